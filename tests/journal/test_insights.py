"""Numbers and words about a span of days: right, kind, and without streaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.journal import Journal
from havenclient.journal.insights import MIN_DAYS, compute
from havenclient.journal.phrases import mood_course
from havenclient.journal.records import DayCell, Insights, MoodPoint

FIRST = date(2026, 8, 25)

cells_of = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.floats(1, 5), st.sets(st.sampled_from("abc"))),
    min_size=1,
    max_size=60,
)
Days = Sequence[tuple[int, float | None, set[str]]]


def made(days: Days, before: int) -> tuple[Insights, list[DayCell], list[tuple[str, date]]]:
    start = FIRST - timedelta(days=before)
    cells, tagged = [], []
    for index, (entries, mood, tags) in enumerate(days):
        day = start + timedelta(days=index)
        cells.append(DayCell(day, entries, entries * 10, mood if entries else None))
        if entries and day >= FIRST:
            tagged += [(tag, day) for tag in sorted(tags)]
    return compute(FIRST, cells, {}, tagged), cells, tagged


@given(cells_of, st.integers(0, 6))
def test_numbers_are_what_counting_by_hand_gives(days: Days, before: int) -> None:
    if len(days) <= before:
        return
    found, cells, tagged = made(days, before)
    within = [cell for cell in cells if cell.day >= FIRST]
    moods = {cell.day: cell.mood_mean for cell in within if cell.mood_mean is not None}
    assert found.days == len(within)
    assert found.entries == sum(cell.entries for cell in within)
    assert found.days_written == sum(cell.entries > 0 for cell in within)
    assert found.days_with_mood == len(moods)
    assert found.mood_mean == (pytest.approx(fmean(moods.values())) if moods else None)
    for point in found.series:
        window = [
            cell.mood_mean
            for cell in cells
            if point.day - timedelta(days=6) <= cell.day <= point.day and cell.mood_mean is not None
        ]
        assert point.mean7 == (pytest.approx(fmean(window)) if window else None)
    written = "".join("x" if cell.entries else "." for cell in within).strip(".")
    assert found.longest_pause == max(map(len, re.findall(r"\.+", written)), default=0)
    for tag in "abc":
        days_with = {day for name, day in tagged if name == tag and day in moods}
        contrast = next((one for one in found.contrasts if one.tag == tag), None)
        assert (contrast is not None) == (len(days_with) >= MIN_DAYS)
        if contrast is not None:
            others = [mood for day, mood in moods.items() if day not in days_with]
            assert contrast.days == len(days_with)
            assert contrast.mean_with == pytest.approx(fmean(moods[day] for day in days_with))
            assert (contrast.mean_without is None) == (not others)
            if others:
                assert contrast.mean_without == pytest.approx(fmean(others))
    last = [cell.mood_mean for cell in within[-14:] if cell.mood_mean is not None]
    assert found.low_days == sum(mood <= 2 for mood in last)


@given(cells_of)
def test_words_are_kind_whatever_the_numbers(days: Days) -> None:
    found, _, _ = made(days, 0)
    text = " ".join(found.sentences)
    assert found.sentences
    assert not re.search(r"streak|in a row|missed|only|failed|broke|should|keep it up|!", text)
    if not found.entries:
        assert text == "Nothing was written in this time, and that is fine."
    if found.longest_pause:
        assert "and that is fine" in text


def course(values: Sequence[float | None]) -> str:
    return mood_course(
        [MoodPoint(FIRST + timedelta(days=n), value, value) for n, value in enumerate(values)]
    )


def test_the_course_of_the_mood_is_said_in_one_sentence() -> None:
    assert course([3, 2.5, 2, 2, 2.5, 3, 3.5, 4]) == (
        "The seven-day mean has been rising since 28 August."
    )
    assert course([4, 4, 4.5, 4, 3.5, 3, 3, 2.5]) == (
        "The seven-day mean has been lower since 27 August."
    )
    assert course([3, 3.1, 2.9, 3, 3, None, 3.1, 3, 3]) == (
        "The seven-day mean has been about even."
    )
    assert course([1, 5, None]) == ""


def test_a_real_journal_gives_the_same_numbers(journal: Journal) -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    for day in range(12):
        walked = day % 2 == 0
        journal.add(
            "went out" if walked else "in",
            mood=4 if walked else 2,
            tags=["Walk"] if walked else [],
            written_at=at + timedelta(days=day),
        )
    journal.add("second of the day", mood=5, written_at=at + timedelta(hours=1))
    journal.bin(journal.add("binned", mood=1, written_at=at).id)
    found = journal.insights(date(2026, 11, 1), date(2026, 11, 30))
    assert (found.entries, found.days, found.days_written, found.days_with_mood) == (13, 30, 12, 12)
    assert found.mood_counts == (0, 6, 0, 6, 1)
    assert [(one.tag, one.days) for one in found.contrasts] == [("Walk", 6)]
    assert found.contrasts[0].mean_with == pytest.approx((4.5 + 5 * 4) / 6)
    assert found.contrasts[0].mean_without == 2
    assert "On 6 days with #Walk the mood was 4.1, on days without it 2.0." in found.sentences
    assert found.sentences[-1] == "A pattern is not a cause."


def test_the_running_mean_looks_back_before_the_span(journal: Journal) -> None:
    at = datetime(2026, 10, 28, 12, tzinfo=UTC)
    journal.add("x", mood=2, written_at=at)
    found = journal.insights(date(2026, 11, 1), date(2026, 11, 7))
    assert [point.mean7 for point in found.series] == [2, 2, 2, None, None, None, None]
    assert found.days_with_mood == 0
