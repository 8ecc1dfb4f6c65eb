"""Dates as people say them: "yesterday 8pm", "2026-11-22 21:04", "last friday", "3 days ago".

Only what has one meaning is understood: "03/04/2026" is refused with a hint instead of guessed.
A day without a time of day means noon, and now for today. Times that a clock change skips or
repeats are taken as Python's `fold=0` takes them.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from havenclient.errors import UsageError

MAX_LENGTH = 100
NOON = time(12)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("mon monday", "tue tues tuesday", "wed wednesday", "thu thur thurs thursday",
         "fri friday", "sat saturday", "sun sunday")
    )
    for name in names.split()
}  # fmt: skip
_PARTS_OF_DAY = {
    "morning": time(9),
    "noon": NOON,
    "midday": NOON,
    "afternoon": time(15),
    "evening": time(20),
    "night": time(22),
    "midnight": time(0),
}
_UNITS = {"minute": 60, "min": 60, "hour": 3_600, "h": 3_600, "day": 86_400, "week": 604_800}

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2})(?:[:](\d{2}))?)?\s*(am|pm|a\.m\.|p\.m\.)?")
_AGO = re.compile(r"(\d{1,4}|an?|one)\s+(minute|min|hour|h|day|week)s?\s+ago(?:\s+(.*))?")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ,]+(.*))?")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:[ ,]+(.*))?")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([a-z]{3,9})\.?(?:\s+(\d{4}))?(?:[ ,]+(.*))?"
)
_MONTH_DAY = re.compile(
    r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?(?:[ ,]+(.*))?"
)


class NotADate(UsageError):
    def __init__(self) -> None:
        super().__init__(
            "that date can't be read",
            'try "2026-11-22 21:04", "yesterday 8pm", "last friday" or "3 days ago"',
        )


def parse(text: str, *, now: datetime) -> datetime:
    """The moment meant by `text`, aware, in the zone of `now` unless the text names an offset.

    `now` must be aware. With the computer's own fixed offset as its zone (`datetime.astimezone()`)
    other days get the offset that the computer's zone had on them. `UsageError` otherwise.
    """
    if now.utcoffset() is None:
        raise UsageError("a time needs a zone")
    said = " ".join(text.split()).casefold()
    if not said or len(said) > MAX_LENGTH:
        raise NotADate
    try:
        return _parse(text.strip(), said, now)
    except (ValueError, OverflowError):
        raise NotADate from None


def _parse(text: str, said: str, now: datetime) -> datetime:
    try:
        whole = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if whole.tzinfo is not None:
            return whole
        if len(said) > 10 or "t" in said:
            return _local(whole, now)
    if said == "now":
        return now
    if ago := _AGO.fullmatch(said):
        return _ago(ago[1], ago[2], ago[3], now)
    day, rest = _day(said, now.date())
    if rest:
        return _local(datetime.combine(day, _clock(rest)), now)
    if day == now.date():
        return now
    return _local(datetime.combine(day, NOON), now)


def _ago(count: str, unit: str, rest: str | None, now: datetime) -> datetime:
    seconds = _UNITS[unit] * (int(count) if count.isdigit() else 1)
    if unit in ("day", "week"):
        day = now.date() - timedelta(seconds=seconds)
        clock = _clock(rest) if rest else now.time()
        return _local(datetime.combine(day, clock), now)
    if rest:
        raise ValueError(unit)
    moved = now.astimezone(UTC) - timedelta(seconds=seconds)
    return moved.astimezone() if _computers_own(now) else moved.astimezone(now.tzinfo)


def _day(said: str, today: date) -> tuple[date, str]:
    """(the day, what is left of the text)"""
    word, _, rest = said.partition(" ")
    if word in ("today", "this", "tonight"):
        if word == "tonight":
            rest = rest or "night"
        return today, _without_at(rest)
    if word in ("yesterday", "last") and (word == "yesterday" or rest.startswith("night")):
        return today - timedelta(days=1), _without_at(rest)
    if word == "tomorrow":
        return today + timedelta(days=1), _without_at(rest)
    if word in ("last", "on"):
        word, _, rest = rest.partition(" ")
    if word.rstrip(",") in _WEEKDAYS:
        # The latest one before today: people write about what was.
        back = (today.weekday() - _WEEKDAYS[word.rstrip(",")] - 1) % 7 + 1
        return today - timedelta(days=back), _without_at(rest)
    if found := _ISO_DAY.fullmatch(said):
        return date(int(found[1]), int(found[2]), int(found[3])), _without_at(found[4])
    if found := _DOTTED.fullmatch(said):
        return date(int(found[3]), int(found[2]), int(found[1])), _without_at(found[4])
    if (found := _DAY_MONTH.fullmatch(said)) and found[2] in _MONTHS:
        return _past(today, found[3], _MONTHS[found[2]], int(found[1])), _without_at(found[4])
    if (found := _MONTH_DAY.fullmatch(said)) and found[1] in _MONTHS:
        return _past(today, found[3], _MONTHS[found[1]], int(found[2])), _without_at(found[4])
    return today, _without_at(said)


def _past(today: date, year: str | None, month: int, day: int) -> date:
    """Without a year: the latest such day that is not in the future."""
    if year:
        return date(int(year), month, day)
    this = date(today.year, month, day)
    return this if this <= today else date(today.year - 1, month, day)


def _without_at(rest: str | None) -> str:
    return (rest or "").removeprefix("at ").strip()


def _clock(said: str) -> time:
    said = said.removeprefix("in the ").strip()
    if said in _PARTS_OF_DAY:
        return _PARTS_OF_DAY[said]
    found = _CLOCK.fullmatch(said)
    if found is None or (found[2] is None and found[4] is None):
        raise ValueError
    hour, half = int(found[1]), (found[4] or "").replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(found[2] or 0), int(found[3] or 0))


def _local(naive: datetime, now: datetime) -> datetime:
    return naive.astimezone() if _computers_own(now) else naive.replace(tzinfo=now.tzinfo)


def _computers_own(now: datetime) -> bool:
    """A bare offset that is this computer's: its zone knows the offsets of other days."""
    return isinstance(now.tzinfo, timezone) and now.astimezone().utcoffset() == now.utcoffset()
