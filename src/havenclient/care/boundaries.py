"""Limits that a person sets for herself, as pure functions over her settings and the clock.

Owns the defaults and the rules of the domain's table of boundaries; the words are in
`data/words.toml`. All limits are promises by me to me: a small line and one key, never a lock.
Help, the journal and replies to me are never limited (`ALWAYS_OPEN`). Nothing here is counted for
others, and nothing here is ever put into a packet.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum, IntEnum
from typing import Protocol

from havenclient.care.library import Exercise, choices, exercise, said
from havenclient.errors import UsageError

WIND_DOWN_MINUTES = 20
MORE_MINUTES = 10
"""What one key adds when the cap is reached."""
WAIT = timedelta(minutes=10)
"""How long a loosened limit waits, only if the person chose that."""
ALWAYS_OPEN = frozenset({"help", "journal", "reply", "own"})
"""Kinds of reading that no limit touches: help, the journal, replies to me, my own posts."""
HEAVIER_OF = (3, 5)
NOT_NOW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person chose; these are the defaults."""

    notices: str = "off"
    """off, once or twice a day; never content, never a count"""
    visit: int = 0
    """Minutes planned for a visit to Haven as a whole; 0 is no plan."""
    session_note: int = 25
    """Minutes in a circle after which the quiet line comes, once; 0 never."""
    posts: int = 0
    """Posts of others that one visit to a circle shows before the rest waits; 0 is no cap."""
    reading_cap: int = 0
    """Minutes of circle reading a day; 0 is none."""
    quiet_hours: str = "22:00-07:00"
    """For notices, deep prompts and opening a circle; "" is none."""
    hold: bool = False
    """In quiet hours what I send waits for their end. Only chosen: somebody who has a bad evening
    must reach her people at any hour."""
    pace: bool = False
    """One post at a time."""
    feelings: bool = False
    """Ask lighter / same / heavier, at most once a visit."""
    wind_down: bool = True
    wait: bool = False
    """Loosening a limit takes ten minutes."""


SENTENCES = {
    "notices": "Notices about circles: off, once or twice a day.",
    "visit": "Minutes that I plan for a visit to Haven; 0 is no plan. Nothing closes by itself.",
    "session_note": "A quiet line after so many minutes in a circle; 0 is never.",
    "posts": "New posts that one visit to a circle shows; the rest waits. 0 is no cap.",
    "reading_cap": "Minutes of circle reading a day; 0 is no cap.",
    "quiet_hours": "Hours in which circles open with one key more; 22:00-07:00, or none.",
    "hold": "In quiet hours what I send waits for their end: on or off.",
    "pace": "One post at a time, with a stop after each: on or off.",
    "feelings": "After a visit, ask lighter, same or heavier: on or off.",
    "wind_down": "After long or heavy reading, offer to put it down: on or off.",
    "wait": "A limit that I loosen waits ten minutes: on or off.",
}
LABELS = {
    "hold": "hold sending",
    "visit": "planned visit",
    "posts": "posts a visit",
    "reading_cap": "reading a day",
}
"""Names of limits where their own would not say enough."""


def label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " "))


class Older(Protocol):
    """The settings file's section from the time when three limits stood there."""

    @property
    def session_minutes(self) -> int: ...
    @property
    def quiet_hours(self) -> str: ...
    @property
    def circle_minutes_per_day(self) -> int: ...


def beginning(older: Older) -> Limits:
    """Where a person's limits begin: the domain's defaults, and what she once wrote into the
    settings file (or gives in the environment). Whatever stands in the vault goes before both."""
    chosen = older.quiet_hours != "own"
    return Limits(
        visit=older.session_minutes,
        quiet_hours=older.quiet_hours if chosen else Limits().quiet_hours,
        hold=chosen and bool(older.quiet_hours),  # hours of that file always held what was sent
        reading_cap=older.circle_minutes_per_day,
    )


_HOURS = re.compile(r"(\d{1,2})(?::([0-5]\d))?\s*[-\u2013]\s*(\d{1,2})(?::([0-5]\d))?", re.ASCII)


def takes(name: str) -> str:
    """What may be given for a limit, in words."""
    default = getattr(Limits(), name)
    if isinstance(default, bool):
        return "on or off"
    if isinstance(default, int):
        return "minutes, 0 to 1440"
    return "off, once or twice" if name == "notices" else "hours such as 22:00-07:00, or none"


def parse(name: str, text: str) -> str | int | bool:
    """What a person typed for a limit. UsageError says what it takes."""
    fields = {field.name: field.default for field in dataclasses.fields(Limits)}
    if name not in fields:
        raise UsageError("there is no limit of that name", "there are: " + ", ".join(fields))
    default, text = fields[name], text.strip().casefold()
    if isinstance(default, bool):
        words = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
        if text not in words:
            raise UsageError(f"{name} takes {takes(name)}")
        return words[text]
    if isinstance(default, int):
        text = "0" if text in ("none", "never", "off") else text
        if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > 1440:
            raise UsageError(f"{name} takes {takes(name)}")
        return int(text)
    if name == "notices":
        if text not in ("off", "once", "twice"):
            raise UsageError(f"notices takes {takes(name)}")
        return text
    if text in ("", "none", "off"):
        return ""
    return _hours(name, text)


def _hours(name: str, text: str) -> str:
    """`22:00-07:00`, also from `22-7` and `22:00 - 6:30`: people write hours in such ways."""
    found = _HOURS.fullmatch(text)
    if found is not None:
        begin, begin_minute, end, end_minute = found.groups(default="00")
        if int(begin) <= 23 and int(end) <= 23:
            return f"{begin:0>2}:{begin_minute}-{end:0>2}:{end_minute}"
    raise UsageError(f"{name} takes {takes(name)}")


def shown(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value in ("", 0) else str(value)


def loosens(name: str, old: str | int | bool, new: str | int | bool) -> bool:
    """Whether a change gives way (then it may have to wait) or holds more."""
    if name in ("visit", "session_note", "posts", "reading_cap"):
        return bool(old) and (not new or int(new) > int(old))
    if name == "quiet_hours":
        return bool(old) and _span(str(new)) < _span(str(old))
    if name == "notices":
        order = ("off", "once", "twice")
        return order.index(str(new)) > order.index(str(old))
    return name in ("pace", "wind_down", "hold", "wait") and bool(old) and not new


def _span(hours: str) -> timedelta:
    if not hours:
        return timedelta(0)
    begin, end = _times(hours)
    minutes = (end.hour * 60 + end.minute) - (begin.hour * 60 + begin.minute)
    return timedelta(minutes=minutes % 1440)


def _times(hours: str) -> tuple[time, time]:
    begin, _, end = hours.partition("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


# --- time -----------------------------------------------------------------------------------------


def is_quiet(hours: str, now: datetime) -> bool:
    """`now` is the person's own time."""
    if not hours:
        return False
    begin, end = _times(hours)
    at = now.time()
    return begin <= at < end if begin <= end else at >= begin or at < end


def quiet_until(hours: str, now: datetime) -> datetime | None:
    """When quiet hours end, if it is quiet now."""
    if not is_quiet(hours, now):
        return None
    _, end = _times(hours)
    ends = now.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > now else ends + timedelta(days=1)


def held_until(limits: Limits, now: datetime) -> datetime | None:
    """Until when what is sent now waits; None: it goes at once."""
    return quiet_until(limits.quiet_hours, now) if limits.hold else None


def quiet_since(hours: str, now: datetime) -> datetime | None:
    """When the quiet hours began in which `now` lies: what came since waits."""
    if not is_quiet(hours, now):
        return None
    begin, _ = _times(hours)
    began = now.replace(hour=begin.hour, minute=begin.minute, second=0, microsecond=0)
    return began if began <= now else began - timedelta(days=1)


LATE_FROM, LATE_TO = 20, 4
"""Hours between which quiet hours are late hours; they may as well lie before breakfast, or after
lunch."""


def opening_question(limits: Limits, now: datetime) -> str:
    """What is asked before a circle opens: "" or the sentence of quiet hours (one extra key)."""
    ends = quiet_until(limits.quiet_hours, now)
    if ends is None:
        return ""
    if now.hour >= LATE_FROM or now.hour < LATE_TO:
        return said("quiet")
    return said("quiet_by_day", until=f"{ends:%H:%M}")


def session_note(limits: Limits, minutes: float, *, already: bool) -> str:
    """The quiet line in a circle, once; "" otherwise."""
    due = limits.session_note and minutes >= limits.session_note and not already
    return said("session") if due else ""


class Reading(Enum):
    OPEN = "open"
    LATER = "later"
    """The cap is reached: this goes to the shelf, one key opens ten more minutes."""


def reading(limits: Limits, kind: str, minutes_today: float, *, more: int = 0) -> Reading:
    """`kind` is "post", or one of ALWAYS_OPEN; `more` counts the ten-minute keys of today."""
    if kind in ALWAYS_OPEN or not limits.reading_cap:
        return Reading.OPEN
    allowed = limits.reading_cap + more * MORE_MINUTES
    return Reading.OPEN if minutes_today < allowed else Reading.LATER


def cap_words(shown: int) -> str:
    """The calm line when a visit has shown what it was to show, or (0) the day's minutes are up."""
    return said("posts", number=str(shown)) if shown else said("cap")


# --- pausing --------------------------------------------------------------------------------------


class PauseLength(Enum):
    DAY = "1 day"
    THREE_DAYS = "3 days"
    WEEK = "1 week"
    OPEN = "until I return"


_PAUSES = {PauseLength.DAY: 1, PauseLength.THREE_DAYS: 3, PauseLength.WEEK: 7}


def pause_until(length: PauseLength, now: datetime) -> datetime | None:
    days = _PAUSES.get(length)
    return None if days is None else now + timedelta(days=days)


def pause_length(text: str) -> PauseLength:
    short = {
        "1d": PauseLength.DAY,
        "3d": PauseLength.THREE_DAYS,
        "1w": PauseLength.WEEK,
        "7d": PauseLength.WEEK,
        "open": PauseLength.OPEN,
    }
    wanted = text.strip().casefold()
    if wanted in short:
        return short[wanted]
    for one in PauseLength:
        if wanted == one.value.casefold():
            return one
    raise UsageError("a pause is 1d, 3d, 1w or open (until you return)")


def pause_sentence(until: datetime | None) -> str:
    """What the person sees, and what the circle is told if she wants that."""
    if until is None:
        return said("pause_open")
    day = until.astimezone()
    return said("pause", until=f"{day:%A} {day.day} {day:%B}")


def return_summary(posts: int, to_me: int) -> str:
    """After a pause: no red, no pile."""
    said_posts = f"{posts} post{'' if posts == 1 else 's'}"
    return f"{said_posts}, {to_me} to you"


# --- before and after -----------------------------------------------------------------------------


class Feeling(IntEnum):
    HEAVIER = -1
    SAME = 0
    LIGHTER = 1


def heavier_line(last: Sequence[Feeling]) -> tuple[str, tuple[str, ...]]:
    """The private line and its four choices when three of the last five visits (newest last) were
    heavier; ("", ()) otherwise."""
    wanted, of = HEAVIER_OF
    if sum(one is Feeling.HEAVIER for one in last[-of:]) >= wanted:
        return said("heavier"), choices("heavier")
    return "", ()


def look_back(feelings: Sequence[Feeling]) -> str:
    """ "14 visits: 5 lighter, 6 the same, 3 heavier." For the private view; no score."""
    if not feelings:
        return "Nothing was noted yet."
    counts = [sum(one is kind for one in feelings) for kind in reversed(Feeling)]
    visits = f"{len(feelings)} visit{'' if len(feelings) == 1 else 's'}"
    return f"{visits}: {counts[0]} lighter, {counts[1]} the same, {counts[2]} heavier."


def wind_down(limits: Limits, minutes: float, *, heavy: bool) -> str:
    """Offered when closing after twenty minutes or a heavy post."""
    due = limits.wind_down and (heavy or minutes >= WIND_DOWN_MINUTES)
    return said("wind_down") if due else ""


def too_much() -> tuple[str, Exercise, tuple[str, ...]]:
    """Behind the key that is always on: the words, thirty seconds of grounding, then choices."""
    return said("too_much"), exercise("feet_and_room"), choices("too_much")


def who_is_on(helpers: Sequence[str], off: Sequence[str]) -> str:
    """ "Mira is off today. Sam is here." """
    away = [name for name in helpers if name in off]
    here = [name for name in helpers if name not in off]
    if not away:
        return ""
    on = f"{_and(here)} {'is' if len(here) == 1 else 'are'} here." if here else "No helper is here."
    return said("day_off", off=_and(away), verb="is" if len(away) == 1 else "are", on=on)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
