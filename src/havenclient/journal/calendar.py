"""Days as cells: what a month, a year or a heat map shows. Empty days are cells too."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta

from havenclient.errors import UsageError
from havenclient.journal.figures import DayCell
from havenclient.journal.seams import Database

MAX_DAYS = 3_700
VISIBLE = "e.binned_at IS NULL AND e.journal IN (SELECT no FROM journal WHERE NOT hidden)"


def checked_span(first: date, last: date) -> None:
    if last < first:
        raise UsageError("the first day lies after the last")
    if (last - first).days >= MAX_DAYS:
        raise UsageError("that is more than ten years at once")


def cells(db: Database, first: date, last: date) -> list[DayCell]:
    """Every day from first to last, both inclusive; hidden journals and the bin don't count."""
    checked_span(first, last)
    found = {
        day: (entries, words, moods)
        for day, entries, words, moods in db.execute(
            "SELECT e.day, count(*), sum(e.words), avg(e.mood) FROM entry e"  # noqa: S608
            f" WHERE e.day BETWEEN ? AND ? AND {VISIBLE} GROUP BY e.day",
            (first.toordinal(), last.toordinal()),
        )
    }
    span = range(first.toordinal(), last.toordinal() + 1)
    return [DayCell(date.fromordinal(day), *found.get(day, (0, 0, None))) for day in span]


def month_span(year: int, month: int) -> tuple[date, date]:
    try:
        return date(year, month, 1), date(year, month, months.monthrange(year, month)[1])
    except (ValueError, months.IllegalMonthError):
        raise UsageError("there is no such month", "2026-11") from None


def year_span(year: int) -> tuple[date, date]:
    try:
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        raise UsageError("there is no such year") from None


def slots_on(db: Database, days: list[date]) -> list[int]:
    """Slots of the entries of these days, newest first."""
    marks = ",".join("?" * len(days))
    found = db.execute(
        f"SELECT e.slot FROM entry e WHERE e.day IN ({marks}) AND {VISIBLE}"  # noqa: S608
        " ORDER BY e.slot DESC",
        [day.toordinal() for day in days],
    )
    return [int(row[0]) for row in found]


def same_days(db: Database, day: date) -> list[date]:
    """The same day in earlier years. On 28 February of a common year, 29 February counts too."""
    row = db.one("SELECT min(day) FROM entry")
    if row is None or row[0] is None:
        return []
    days: list[date] = []
    leap_too = (day.month, day.day) == (2, 28) and not months.isleap(day.year)
    for year in range(date.fromordinal(row[0]).year, day.year):
        if (day.month, day.day) != (2, 29) or months.isleap(year):
            days.append(day.replace(year=year))
        if leap_too and months.isleap(year):
            days.append(days[-1] + timedelta(days=1))
    return days
