"""Insights in words: plain, kind, and no more than the numbers say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from havenclient.journal.figures import Insights, MoodPoint

_CHANGE = 0.5
"""A running mean that moved less than this is called even."""
_LOOK_BACK = 60


def number(value: int) -> str:
    """6204 -> "6 204" (a narrow no-break space would be lost in some terminals)."""
    return f"{value:,}".replace(",", " ")


def plural(value: int, one: str, many: str | None = None) -> str:
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def day_name(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def sentences(found: Insights) -> tuple[str, ...]:
    if not found.entries:
        return ("Nothing was written in this time, and that is fine.",)
    said = [
        f"{plural(found.entries, 'entry', 'entries')} and {plural(found.words, 'word')}"
        f" on {found.days_written} of {plural(found.days, 'day')}."
    ]
    if found.longest_pause:
        said.append(
            f"The longest pause was {plural(found.longest_pause, 'day')}, and that is fine."
        )
    if found.days_with_mood:
        said.append(
            f"{found.days_with_mood} of {plural(found.days, 'day')}"
            f" {'has' if found.days_with_mood == 1 else 'have'} a mood;"
            f" the mean is {found.mood_mean:.1f}. Empty days do not count as low."
        )
        if course := mood_course(found.series):
            said.append(course)
    for one in found.contrasts[:3]:
        if one.mean_without is not None:
            said.append(
                f"On {plural(one.days, 'day')} with #{one.tag} the mood was {one.mean_with:.1f},"
                f" on days without it {one.mean_without:.1f}."
            )
    if len(said) > 2 and found.contrasts and found.contrasts[0].mean_without is not None:
        said.append("A pattern is not a cause.")
    return tuple(said)


def mood_course(series: Sequence[MoodPoint]) -> str:
    """One sentence about the running mean: where it goes now, or that it is even."""
    known = [(point.day, point.mean7) for point in series[-_LOOK_BACK:] if point.mean7 is not None]
    if len(known) < 7:
        return ""
    values = [value for _, value in known]
    now = values[-1]
    # The last turning point: the latest lowest (or highest) day that the present is away from.
    low = len(values) - 1 - values[::-1].index(min(values))
    high = len(values) - 1 - values[::-1].index(max(values))
    risen, fallen = now - values[low], values[high] - now
    if risen >= _CHANGE and (low > high or risen > fallen):
        return f"The seven-day mean has been rising since {day_name(known[low][0])}."
    if fallen >= _CHANGE:
        return f"The seven-day mean has been lower since {day_name(known[high][0])}."
    return "The seven-day mean has been about even."
