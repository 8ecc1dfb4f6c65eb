"""Days as people lived them: months, years, the same day in other years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from statistics import fmean

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.errors import UsageError
from havenclient.journal import Journal, Query
from havenclient.journal.records import Entry
from havenclient.vault import Vault
from tests.journal.kit import HandClock, SeededRandom, make_vault


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Journal, list[Entry]]]:
    clock = HandClock()
    with make_vault(tmp_path_factory.mktemp("years"), clock) as vault:
        yield Journal(vault, clock=clock, random=SeededRandom()), []


moments = st.builds(
    lambda at, hours: at.replace(tzinfo=timezone(timedelta(hours=hours))),
    st.datetimes(datetime(2023, 12, 25), datetime(2025, 3, 5)),  # noqa: DTZ001
    st.integers(-12, 14),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    at=moments,
    mood=st.none() | st.integers(1, 5),
    body=st.sampled_from(("", "one", "one two")),
    binned=st.sampled_from((False, False, True)),
)
def test_cells_are_what_counting_by_hand_gives(
    years: tuple[Journal, list[Entry]],
    at: datetime,
    mood: int | None,
    body: str,
    binned: bool,
) -> None:
    journal, entries = years
    made = journal.add(body, mood=mood, written_at=at)
    if binned:
        journal.bin(made.id)
    else:
        entries.append(made)
    cells = journal.year(at.year)
    assert [cell.day for cell in cells] == [
        date(at.year, 1, 1) + timedelta(days=n) for n in range(len(cells))
    ]
    assert cells[-1].day == date(at.year, 12, 31)
    for cell in cells:
        today = [entry for entry in entries if entry.written_at.date() == cell.day]
        moods = [entry.mood for entry in today if entry.mood is not None]
        assert cell.entries == len(today)
        assert cell.words == sum(entry.words for entry in today)
        assert cell.mood_mean == (pytest.approx(fmean(moods)) if moods else None)
    month = journal.month(at.year, at.month)
    assert month == [cell for cell in cells if cell.day.month == at.month]
    day = at.date()
    expected = sorted(
        (entry for entry in entries if entry.written_at.date() == day),
        key=lambda entry: entry.written_at,
    )
    assert [row.id for row in journal.day(day)] == [entry.id for entry in expected]


def put(journal: Journal, day: date) -> str:
    at = datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
    return journal.add(str(day), written_at=at).id


def test_on_this_day_shows_earlier_years_newest_first(journal: Journal) -> None:
    for year in (2021, 2023, 2024, 2026, 2027):
        for day in (21, 22, 23):
            put(journal, date(year, 11, day))
    found = journal.on_this_day(date(2026, 11, 22))
    assert [row.title for row in found] == ["2024-11-22", "2023-11-22", "2021-11-22"]


def test_what_comes_unasked_is_folded_by_my_own_topics(journal: Journal, vault: Vault) -> None:
    at = datetime(2024, 11, 22, 12, tzinfo=UTC)
    journal.add("The flat\n\nSo many losses in one year.", written_at=at)
    vault.db.execute("INSERT INTO care_word(kind, key, text) VALUES ('topic', 'loss', 'loss')")
    (row,) = journal.on_this_day(date(2026, 11, 22))
    assert (row.title, row.excerpt, row.note) == ("", "", "my topic loss")
    (asked,) = journal.on_this_day(date(2026, 11, 22), reveal=True)
    assert "The flat" in asked.title + asked.excerpt
    (sought,) = journal.find(Query(words=("losses",))).rows
    assert sought.excerpt, "what I look for by its words is not hidden from me"


def test_the_leap_day_is_not_forgotten(journal: Journal) -> None:
    for day in (date(2020, 2, 29), date(2023, 2, 28), date(2024, 2, 29), date(2024, 2, 28)):
        put(journal, day)
    assert [row.title for row in journal.on_this_day(date(2028, 2, 29))] == [
        "2024-02-29",
        "2020-02-29",
    ]
    assert [row.title for row in journal.on_this_day(date(2026, 2, 28))] == [
        "2024-02-29",
        "2024-02-28",
        "2023-02-28",
        "2020-02-29",
    ]
    assert [row.title for row in journal.on_this_day(date(2028, 2, 28))] == [
        "2024-02-28",
        "2023-02-28",
    ]


def test_an_empty_journal_has_empty_days(journal: Journal) -> None:
    assert journal.on_this_day(date(2026, 11, 22)) == []
    assert all(cell.entries == 0 and cell.mood_mean is None for cell in journal.year(2026))


def test_spans_that_make_no_sense_are_refused(journal: Journal) -> None:
    for year, month in ((2026, 0), (2026, 13), (0, 1), (10_000, 1)):
        with pytest.raises(UsageError):
            journal.month(year, month)
    with pytest.raises(UsageError):
        journal.year(0)
    with pytest.raises(UsageError):
        journal.span(date(2026, 2, 1), date(2026, 1, 1))
    with pytest.raises(UsageError):
        journal.span(date(1, 1, 1), date(9999, 1, 1))
