"""Values of looking back: days as cells, and what a span of days adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a calendar; empty days are there too, with zeros."""

    day: date
    entries: int
    words: int
    mood_mean: float | None
    """Mean of the day's moods, 1.0 to 5.0; None when no entry of the day has one."""


@dataclass(frozen=True, slots=True)
class TagContrast:
    """Mood on days with a tag and on days without it. A pattern is not a cause."""

    tag: str
    days: int
    """Days that have both the tag and a mood; at least `insights.MIN_DAYS`."""
    mean_with: float
    mean_without: float | None
    """None when every day with a mood has the tag."""


@dataclass(frozen=True, slots=True)
class MoodPoint:
    day: date
    mood: float | None
    """The day's own mean."""
    mean7: float | None
    """Mean of the day means of this day and the six before it; None when none of them has one."""


@dataclass(frozen=True, slots=True)
class Insights:
    """What a span of days looks like, as numbers and in words. Computed here, for one reader."""

    first: date
    last: date
    """Both inclusive."""
    entries: int
    words: int
    days: int
    days_written: int
    days_with_mood: int
    mood_mean: float | None
    """Mean of the day means, so that a day of many entries weighs as one day."""
    mood_counts: tuple[int, int, int, int, int]
    """Entries with mood 1, 2, 3, 4, 5."""
    series: tuple[MoodPoint, ...]
    """One point a day, first to last."""
    cells: tuple[DayCell, ...]
    contrasts: tuple[TagContrast, ...]
    """Best mean first."""
    longest_pause: int
    """Days without an entry between two days with one, within the span."""
    low_days: int
    """Days among the last `low_window` of the span whose mean mood is 2 or lower."""
    low_window: int
    sentences: tuple[str, ...]
    """The same in words: plain, kind, without judging."""
