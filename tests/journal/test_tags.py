"""A tag gets another name: everywhere, in one step, and the history knows the old one."""

from __future__ import annotations

import pytest

from havenclient.errors import NotFound, UsageError
from havenclient.journal import Journal, Query


def test_a_tag_is_renamed_in_every_entry_and_the_history_stays(journal: Journal) -> None:
    both = journal.add("one", tags=["rain", "Familie", "family"], note="grief", starred=True)
    only = journal.add("two", tags=["FAMILIE"])
    other = journal.add("three", tags=["rain"])
    journal.create_journal("night", hidden=True)
    hidden = journal.add("four", tags=["Familie"], journal="night")
    assert journal.rename_tag("familie", "family") == 3
    assert journal.get(both.id).tags == ("rain", "family")
    assert journal.get(both.id).note == "grief" and journal.get(both.id).starred
    assert journal.get(only.id).tags == journal.get(hidden.id).tags == ("family",)
    assert journal.get(other.id) == other, "an entry without it gets no version"
    assert journal.history(only.id)[1].tags == ("FAMILIE",)
    assert journal.count(Query(tags=("family",))) == 2
    assert journal.count(Query(tags=("familie",))) == 0
    assert dict(journal.tags()) == {"family": 2, "rain": 2}


def test_only_how_a_tag_is_written_can_change(journal: Journal) -> None:
    made = journal.add("one", tags=["rain"])
    assert journal.rename_tag("rain", "Rain") == 1
    assert journal.get(made.id).tags == ("Rain",) and journal.tags() == [("Rain", 1)]


def test_a_tag_from_elsewhere_with_blanks_gets_a_plain_name(journal: Journal) -> None:
    made = journal.add("one", tags=["road trip"])
    journal.rename_tag("road trip", "trip")
    assert journal.get(made.id).tags == ("trip",)


def test_a_tag_that_no_entry_has_is_said_and_nothing_changes(journal: Journal) -> None:
    made = journal.add("one", tags=["rain"])
    with pytest.raises(NotFound, match="no entry has that tag"):
        journal.rename_tag("snow", "rain")
    for nothing in ("", "#", "  "):
        with pytest.raises(UsageError):
            journal.rename_tag("rain", nothing)
    journal.bin(made.id)
    with pytest.raises(NotFound):
        journal.rename_tag("rain", "sun")
    assert journal.unbin(made.id).tags == ("rain",)
