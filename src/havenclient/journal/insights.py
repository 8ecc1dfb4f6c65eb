"""Numbers for one reader, and the same in words. Computed here, shared with no one.

What it must never do: count streaks, compare with other people, call an empty day low, or tell what
a mood means. A pattern is shown from `MIN_DAYS` days on, and called a pattern.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import fsum

from havenclient.journal import calendar, ident
from havenclient.journal.figures import DayCell, Insights, MoodPoint, TagContrast
from havenclient.journal.phrases import sentences
from havenclient.journal.records import MOODS
from havenclient.journal.seams import Database

MIN_DAYS = 5
WINDOW = 7
LOW_WINDOW = 14
LOW = 2.0


def _mean(values: Iterable[float]) -> float:
    """The arithmetic mean of at least one value (`statistics` costs 6 ms to import)."""
    known = list(values)
    return fsum(known) / len(known)


def gather(db: Database, first: date, last: date) -> Insights:
    """Read what is needed of these days (and the six before, for the running mean)."""
    calendar.checked_span(first, last)
    start = max(first.toordinal() - WINDOW + 1, 1)
    cells = calendar.cells(db, date.fromordinal(start), last)
    span = (first.toordinal(), last.toordinal())
    counts = dict(
        db.execute(
            "SELECT e.mood, count(*) FROM entry e WHERE e.day BETWEEN ? AND ?"  # noqa: S608
            f" AND e.mood IS NOT NULL AND {calendar.VISIBLE} GROUP BY e.mood",
            span,
        )
    )
    tagged = db.execute(
        "SELECT DISTINCT g.name, e.day FROM tag g"  # noqa: S608
        " CROSS JOIN entry_tag t ON t.tag = g.no AND t.slot BETWEEN ? AND ?"
        " CROSS JOIN entry e ON e.slot = t.slot"
        f" WHERE e.day BETWEEN ? AND ? AND {calendar.VISIBLE}",
        (*ident.day_slots(*span), *span),
    )
    return compute(first, cells, counts, ((name, date.fromordinal(day)) for name, day in tagged))


def compute(
    first: date,
    cells: Sequence[DayCell],
    mood_counts: dict[int, int],
    tagged: Iterable[tuple[str, date]],
) -> Insights:
    """`cells`: every day of the span, and up to six days before `first`."""
    before = [cell for cell in cells if cell.day < first]
    within = [cell for cell in cells if cell.day >= first]
    means = {cell.day: cell.mood_mean for cell in within if cell.mood_mean is not None}
    series = _series([*before, *within])[len(before) :]
    written = [cell.day for cell in within if cell.entries]
    pauses = [(b - a).days - 1 for a, b in pairwise(written)]
    one, two, three, four, five = (mood_counts.get(mood, 0) for mood in MOODS)
    made = Insights(
        first=within[0].day,
        last=within[-1].day,
        entries=sum(cell.entries for cell in within),
        words=sum(cell.words for cell in within),
        days=len(within),
        days_written=len(written),
        days_with_mood=len(means),
        mood_mean=_mean(means.values()) if means else None,
        mood_counts=(one, two, three, four, five),
        series=tuple(series),
        cells=tuple(within),
        contrasts=contrasts(means, tagged),
        longest_pause=max(pauses, default=0),
        low_days=sum(
            cell.mood_mean is not None and cell.mood_mean <= LOW for cell in within[-LOW_WINDOW:]
        ),
        low_window=min(LOW_WINDOW, len(within)),
        sentences=(),
    )
    return replace(made, sentences=sentences(made))


def _series(cells: Sequence[DayCell]) -> list[MoodPoint]:
    points = []
    for index, cell in enumerate(cells):
        window = [
            near.mood_mean
            for near in cells[max(0, index - WINDOW + 1) : index + 1]
            if near.mood_mean is not None
        ]
        points.append(MoodPoint(cell.day, cell.mood_mean, _mean(window) if window else None))
    return points


def contrasts(
    means: dict[date, float], tagged: Iterable[tuple[str, date]]
) -> tuple[TagContrast, ...]:
    """Mean mood of days with and without each tag that has at least `MIN_DAYS` days with a mood."""
    days_of: dict[str, set[date]] = defaultdict(set)
    for tag, day in tagged:
        if day in means:
            days_of[tag].add(day)
    made = []
    for tag, days in days_of.items():
        if len(days) < MIN_DAYS:
            continue
        others = [mood for day, mood in means.items() if day not in days]
        made.append(
            TagContrast(
                tag,
                len(days),
                _mean(means[day] for day in days),
                _mean(others) if others else None,
            )
        )
    return tuple(sorted(made, key=lambda one: (-one.mean_with, one.tag)))
