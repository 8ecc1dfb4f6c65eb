"""A month looked back on: visits, checks, what helped, and the person's own "more" and "less".

Joined from what lies in the vault, in words, for her alone: no score, no advice, nothing counted
for anybody else, and nothing that is sent. Where a part is empty it says so once or not at all; an
empty month is a month like any other. A pattern is never called a cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from havenclient.care import boundaries
from havenclient.care.checks import Taken, trend_lines
from havenclient.care.instruments import instrument
from havenclient.care.keeping import Boundaries, Visit
from havenclient.care.shelf import Card
from havenclient.errors import UsageError

if TYPE_CHECKING:
    from havenclient.care.service import Care

ENOUGH = 3
"""Days of each kind before moods are set beside each other."""
MAX_WORDS = 2_000
MORE, LESS = "more", "less"
NOTHING = "Nothing was noted in this month, and that is fine."
NO_CAUSE = "A pattern is not a cause."


class Day(Protocol):
    """A day of a journal, as far as a month needs it."""

    @property
    def day(self) -> date: ...

    @property
    def mood_mean(self) -> float | None:
        """1.0 to 5.0; None where no mood was noted."""


@dataclass(frozen=True, slots=True)
class Part:
    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookBack:
    first: date
    parts: tuple[Part, ...]
    more: str
    less: str

    @property
    def title(self) -> str:
        return f"{self.first:%B %Y}"


def parse_month(text: str, today: date) -> date:
    """The first day of "2026-11", or of the month of `today`. Raises UsageError."""
    if not text:
        return today.replace(day=1)
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text.startswith("0000"):
        raise UsageError("a month is written like 2026-11")
    return date(int(text[:4]), int(text[5:]), 1)


def following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def earlier(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def look_back(
    care: Care, first: date, days: Iterable[Day] = (), names: Mapping[str, str] | None = None
) -> LookBack:
    """`first`: the month's first day. `days`: the journal's, if it is at hand (those of other
    months are passed over); `names`: of circles, by the text that visits know them by."""
    kept, known, end = care.boundaries, names or {}, following(first)
    moods = {one.day: one.mood_mean for one in days if one.mood_mean is not None}

    def inside(at: datetime) -> bool:
        return first <= at.astimezone().date() < end

    visits = [one for one in kept.visits(limit=10_000) if inside(one.began)]
    parts = [
        Part("After visits to circles", _visits(visits, known)),
        Part("Mood beside visits", _moods(visits, moods, first, end)),
        Part("Checks", _checks([one for one in care.results.taken() if inside(one.at)])),
        Part("What helped", _helped([one for one in care.shelf.cards() if inside(one.kept)])),
    ]
    month = f"{first:%Y-%m}"
    return LookBack(
        first,
        tuple(one for one in parts if one.lines),
        kept.fact(f"{MORE}:{month}"),
        kept.fact(f"{LESS}:{month}"),
    )


def note(kept: Boundaries, first: date, which: str, text: str) -> None:
    """Own words: what she wants more or less of. Empty clears them."""
    if len(text) > MAX_WORDS:
        raise UsageError("up to 2 000 characters")
    kept.remember(f"{which}:{first:%Y-%m}", " ".join(text.split()))


def _visits(visits: Sequence[Visit], names: Mapping[str, str]) -> tuple[str, ...]:
    if not visits:
        return ()
    days = len({one.began.astimezone().date() for one in visits})
    minutes = round(sum(one.read_seconds for one in visits) / 60)
    count = "1 visit" if len(visits) == 1 else f"{len(visits)} visits"
    line = f"{count}, on {days} day{'' if days == 1 else 's'}"
    lines = [f"{line}, {_span(minutes)} of reading." if minutes else f"{line}."]
    by_circle: dict[str, list[boundaries.Feeling]] = {}
    for one in visits:
        if one.feeling is not None:
            by_circle.setdefault(names.get(one.circle, one.circle), []).append(one.feeling)
    for name, felt in by_circle.items():
        words = boundaries.look_back(felt)
        lines.append(f"{name}: {words}" if name else words)
    if not by_circle:
        lines.append("Lighter, the same or heavier was not noted.")
    return tuple(lines)


def _span(minutes: int) -> str:
    if minutes < 90:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {round(minutes / 60)} hours"


def _moods(
    visits: Sequence[Visit], moods: Mapping[date, float], first: date, end: date
) -> tuple[str, ...]:
    with_visit = {one.began.astimezone().date() for one in visits}
    known = {day: mood for day, mood in moods.items() if first <= day < end}
    on = [mood for day, mood in known.items() if day in with_visit]
    off = [mood for day, mood in known.items() if day not in with_visit]
    if len(on) < ENOUGH or len(off) < ENOUGH:
        return ()
    line = (
        f"Mood on days with a visit was {sum(on) / len(on):.1f} of 5 on the mean, "
        f"on the other days {sum(off) / len(off):.1f}."
    )
    return line, NO_CAUSE


def _checks(taken: Sequence[Taken]) -> tuple[str, ...]:
    lines: list[str] = []
    for name in dict.fromkeys(one.id for one in taken):
        own = [one for one in taken if one.id == name]
        lines.append(f"{instrument(name).name}:")
        lines += [f"  {line}" for line in trend_lines(instrument(name), own)]
    return tuple(lines)


def _helped(cards: Sequence[Card]) -> tuple[str, ...]:
    return tuple(f"{one.what}" + (f" ({one.note})" if one.note else "") for one in cards)
