"""What was saved stays saved: entries, versions, the bin, drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from havenclient.errors import NotFound, UsageError
from havenclient.journal import KEEP, Draft, Journal, Query
from havenclient.vault import Vault
from tests.journal.kit import HandClock, SeededRandom


def ids(journal: Journal, query: Query | None = None) -> list[str]:
    return [row.id for row in journal.find(query or Query()).rows]


def test_an_entry_comes_back_as_it_was_given(journal: Journal) -> None:
    at = datetime(2024, 2, 29, 23, 58, 59, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    made = journal.add(
        "# Slow morning\r\n\n\tRain \0 and 東京\n",
        mood=4,
        tags=["#Family", "rain", "family", "long  walk"],
        note=" grief ",
        written_at=at,
        zone="Asia/Kathmandu",
        starred=True,
    )
    assert journal.get(made.id) == made
    assert made.body == "# Slow morning\r\n\n\tRain \0 and 東京\n"
    assert made.title == "Slow morning"
    assert made.tags == ("Family", "rain", "long walk")
    assert made.note == "grief"
    assert made.written_at == at
    assert made.written_at.utcoffset() == at.utcoffset()
    assert (made.zone, made.version, made.mood, made.starred) == ("Asia/Kathmandu", 1, 4, True)


@pytest.mark.parametrize("year", [1, 1900, 1969, 9999])
@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_any_year_in_any_zone_comes_back(journal: Journal, year: int, hours: int) -> None:
    at = datetime(year, 1, 1, 3, 0, 0, 7, tzinfo=timezone(timedelta(hours=hours)))
    assert journal.get(journal.add("x", written_at=at).id).written_at == at
    last = datetime(year, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=hours)))
    assert journal.get(journal.add("x", written_at=last).id).written_at == last


def test_a_prefix_of_six_finds_an_entry_and_reads_as_crockford_says(journal: Journal) -> None:
    made = journal.add("x")
    typed = made.id[:8].lower().replace("0", "o").replace("1", "l")
    assert journal.get(typed).id == made.id
    with pytest.raises(UsageError):
        journal.get(made.id[:5])
    with pytest.raises(UsageError):
        journal.get("nothing!")
    with pytest.raises(NotFound):
        journal.get("ZZZZZZZZ" if not made.id.startswith("ZZ") else "00000000")


def test_two_entries_with_the_same_prefix_ask_for_more(vault: Vault, clock: HandClock) -> None:
    class Stuck(SeededRandom):
        def token(self, size: int) -> bytes:
            return super().token(size)[:-4] + b"\0\0\0\0"  # ids begin alike

    journal = Journal(vault, clock=clock, random=Stuck())
    one, two = journal.add("one"), journal.add("two")
    assert one.id[:6] == two.id[:6]
    with pytest.raises(UsageError):
        journal.get(one.id[:6])
    assert journal.get(two.id).body == "two"


@pytest.mark.parametrize("mood", [0, 6, True])
def test_a_mood_is_one_to_five(journal: Journal, mood: int) -> None:
    with pytest.raises(UsageError):
        journal.add("x", mood=mood)
    assert ids(journal) == []


def test_a_time_without_a_zone_is_refused(journal: Journal) -> None:
    with pytest.raises(UsageError):
        journal.add("x", written_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_undecodable_input_is_kept_with_marks_instead_of_failing(journal: Journal) -> None:
    made = journal.add("caf\udce9", tags=["\ud800x"])
    assert journal.get(made.id).body == "caf\ufffd"
    assert made.tags == ("\ufffdx",)


def test_each_edit_is_a_version_and_none_is_lost(journal: Journal, clock: HandClock) -> None:
    made = journal.add("one", tags=["a"], mood=2)
    clock.go(minutes=5)
    journal.edit(made.id, body="two")
    clock.go(minutes=5)
    now = journal.edit(made.id, mood=None, note="grief", tags=())
    assert (now.version, now.body, now.mood, now.note, now.tags) == (3, "two", None, "grief", ())
    history = journal.history(made.id)
    assert [(v.number, v.body, v.mood) for v in history] == [
        (3, "two", None),
        (2, "two", 2),
        (1, "one", 2),
    ]
    assert [v.saved_at for v in history] == [clock.at - timedelta(minutes=5 * n) for n in range(3)]


def test_an_edit_that_changes_nothing_makes_no_version(journal: Journal) -> None:
    made = journal.add("one", tags=["a"], mood=2, note="n")
    assert journal.edit(made.id) == made
    assert journal.edit(made.id, body="one", tags=["#a"], mood=2, note="n", journal=KEEP) == made
    assert len(journal.history(made.id)) == 1


def test_restoring_makes_a_new_version_from_an_old_one(journal: Journal) -> None:
    made = journal.add("one", mood=1, tags=["a"])
    journal.edit(made.id, body="two", mood=5, tags=["b"])
    back = journal.restore_version(made.id, 1)
    assert (back.version, back.body, back.mood, back.tags) == (3, "one", 1, ("a",))
    assert [v.origin for v in journal.history(made.id)] == ["restore", "edit", "edit"]
    assert ids(journal, Query(words=("two",))) == []
    with pytest.raises(NotFound):
        journal.restore_version(made.id, 9)


def test_the_bin_takes_out_of_sight_and_gives_back(journal: Journal) -> None:
    made, other = journal.add("river", tags=["a"]), journal.add("river too", tags=["b"])
    binned = journal.bin(made.id)
    assert binned.binned_at is not None
    assert ids(journal, Query(words=("river",))) == [other.id]
    assert ids(journal, Query(words=("river",), binned=True)) == [made.id]
    assert ids(journal, Query(tags=("a",), binned=True)) == [made.id]
    assert ids(journal, Query(tags=("b",), binned=True)) == []
    assert journal.tags() == [("b", 1)]
    assert journal.get(made.id).body == "river"
    with pytest.raises(UsageError):
        journal.edit(made.id, body="changed in the bin")
    assert journal.unbin(made.id) == made
    assert ids(journal, Query(words=("river",), tags=("a",))) == [made.id]


def test_the_bin_is_emptied_after_thirty_days_and_not_before(
    journal: Journal, clock: HandClock
) -> None:
    old, young = journal.add("old"), journal.add("young")
    journal.bin(old.id)
    clock.go(days=1)
    journal.bin(young.id)
    clock.go(days=28, hours=23, minutes=59)
    assert journal.purge_expired() == 0
    clock.go(minutes=1)
    assert journal.purge_expired() == 1
    with pytest.raises(NotFound):
        journal.get(old.id)
    assert journal.get(young.id).body == "young"


def test_purging_leaves_no_row_of_the_entry(journal: Journal, vault: Vault) -> None:
    made = journal.add("xyzzymarker", tags=["plughmarker"])
    journal.edit(made.id, body="second xyzzymarker")
    journal.save_draft(Draft(f"entry:{made.id}", "third xyzzymarker", made.saved_at))
    journal.purge(made.id)
    tables = [
        str(name)
        for (name,) in vault.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    for table in tables:
        for row in vault.db.execute(f'SELECT * FROM "{table}"'):
            for value in row:
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert b"marker" not in raw, table


def test_drafts_survive_and_go_when_dropped(journal: Journal, vault: Vault) -> None:
    at = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    one = Draft("new", "half a sen", at, mood=3, tags=("a", "東"), note="grief")
    two = Draft("entry:X", "more", at + timedelta(seconds=5))
    journal.save_draft(one)
    journal.save_draft(two)
    assert Journal(vault).drafts() == [two, one]
    journal.save_draft(Draft("new", "half a sentence", at))
    saved = journal.draft("new")
    assert saved is not None
    assert saved.body == "half a sentence"
    journal.drop_draft("new")
    journal.drop_draft("never there")
    assert journal.draft("new") is None


def test_moving_an_entry_in_time_moves_it_in_every_list(journal: Journal) -> None:
    day = datetime(2026, 5, 1, 12, tzinfo=UTC)
    first = journal.add("river one", written_at=day)
    second = journal.add("river two", written_at=day + timedelta(days=1), tags=["a"])
    assert ids(journal) == [second.id, first.id]
    moved = journal.edit(second.id, written_at=day - timedelta(days=1))
    assert moved.written_at == day - timedelta(days=1)
    assert ids(journal) == ids(journal, Query(words=("river",))) == [first.id, second.id]
    assert ids(journal, Query(tags=("A",))) == [second.id]
    assert journal.month(2026, 4)[29].entries == 1


def test_many_entries_of_one_second_keep_their_order(journal: Journal) -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    made = [journal.add(f"entry {n}", written_at=at).id for n in range(40)]
    assert ids(journal) == made[::-1]


def test_hidden_journals_show_only_when_named(journal: Journal) -> None:
    journal.create_journal("Night book", hidden=True)
    open_one = journal.add("river by day", tags=["a"], mood=5)
    hidden = journal.add("river by night", journal="night BOOK", tags=["b"], mood=1)
    assert ids(journal) == ids(journal, Query(words=("river",))) == [open_one.id]
    assert ids(journal, Query(journal="Night Book")) == [hidden.id]
    assert ids(journal, Query(journal="night book", words=("river",))) == [hidden.id]
    assert journal.tags() == [("a", 1)]
    day = hidden.written_at.date()
    assert [row.id for row in journal.day(day)] == [open_one.id]
    assert journal.span(day, day)[0].mood_mean == 5
    assert [info.name for info in journal.journals(hidden=False)] == ["journal"]
    journal.change_journal("night book", rename="Evenings", hidden=False)
    assert set(ids(journal)) == {open_one.id, hidden.id}
    assert journal.get(hidden.id).journal == "Evenings"


def test_journals_have_one_name_each(journal: Journal) -> None:
    journal.create_journal("Garden")
    with pytest.raises(UsageError):
        journal.create_journal("garden ")
    with pytest.raises(UsageError):
        journal.create_journal("  ")
    with pytest.raises(UsageError):
        journal.add("x", journal="nowhere")
    with pytest.raises(NotFound):
        journal.change_journal("nowhere", hidden=True)
    made = journal.add("x", journal="Garden")
    assert journal.edit(made.id, journal="journal").journal == "journal"


def test_tags_are_counted_once_whatever_their_case(journal: Journal) -> None:
    journal.add("x", tags=["Straße", "b"])
    journal.add("y", tags=["STRASSE"])
    assert journal.tags() == [("Straße", 2), ("b", 1)]


def test_export_walks_oldest_first_with_all_versions(journal: Journal) -> None:
    day = datetime(2026, 5, 1, 12, tzinfo=UTC)
    late = journal.add("late", written_at=day)
    early = journal.add("early", written_at=day - timedelta(days=9))
    journal.edit(late.id, body="later")
    found = [(entry.id, [v.body for v in versions]) for entry, versions in journal.iter_versions()]
    assert found == [(early.id, ["early"]), (late.id, ["late", "later"])]


def test_names_that_no_encoding_holds_are_only_not_found(journal: Journal) -> None:
    made = journal.add("x", zone="\udcff")
    assert made.zone == "\ufffd"
    at = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    journal.save_draft(Draft("\udcff", "words\udcff", at, note="\udcff", tags=("\udcff",)))
    assert journal.draft("\udcff") is not None
    journal.drop_draft("\udcff")
    for attempt in (
        lambda: journal.read_attachment("\udcff"),
        lambda: journal.detach(made.id, "\udcff"),
        lambda: journal.drop_template("\udcff"),
        lambda: journal.prompt_taken("\udcff"),
        lambda: journal.change_journal("\udcff", hidden=True),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(UsageError):
        journal.get("\udcff\udcff\udcff\udcff\udcff\udcff")
    assert journal.find(Query(tags=("\udcff",), words=("\udcff",))).rows == ()
