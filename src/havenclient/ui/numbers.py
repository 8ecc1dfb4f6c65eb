"""Emergency numbers and help lines for the screens: a call to the care library's directory.

Works without a vault and without a network. A country is the person's choice; what the computer's
language hints at (`suggested`) is only ever offered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from havenclient.care import helplines


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    name: str
    ways: tuple[tuple[str, str], ...]
    """(what to dial, text or open; facts about it)"""
    facts: str
    """For whom, and the honest state of checking."""

    @property
    def dial(self) -> str:
        return self.ways[0][0] if self.ways else ""


@dataclass(frozen=True, slots=True)
class Numbers:
    iso: str
    country: str
    emergency: tuple[tuple[str, str], ...]
    """(what for, numbers)"""
    emergency_year: int
    lines: tuple[Line, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Origin:
    dated: str
    said: str
    directory: str


def origin() -> Origin:
    day = helplines.dated()
    said = f"It is from public sources and {helplines.NOT_CHECKED}."
    return Origin(f"{day.day} {day:%B %Y}", said, helplines.directories()[0][1])


def matching(words: str) -> tuple[tuple[str, str], ...]:
    """(iso, name) of the countries that the words may mean, the likeliest first; all for none."""
    return helplines.matching(words)


def for_country(
    iso: str, *, today: date | None = None, unanswered: Collection[str] = ()
) -> Numbers | None:
    """Everything to show for a country; lines that did not work for this person come last."""
    found = helplines.find(iso) if iso else None
    if found is None:
        return None
    day = today or helplines.dated()
    return Numbers(
        iso=found.iso,
        country=found.name,
        emergency=tuple((role, " or ".join(numbers)) for role, numbers in found.emergency),
        emergency_year=found.emergency_year,
        lines=tuple(_line(one, day) for one in helplines.ordered(found, unanswered)),
        note=" ".join(part for part in (found.emergency_note, found.note) if part),
    )


def stale(today: date) -> str:
    """The line that comes twelve months after the list was made; "" before."""
    if helplines.is_stale(helplines.dated(), today):
        return helplines.may_have_changed(None)
    return ""


def _line(one: helplines.Service, today: date) -> Line:
    ways = tuple(
        (
            contact.value
            if contact.way == "phone"
            else f"{helplines.WAYS[contact.way]} {contact.value}",
            ", ".join(contact.in_words.split(", ")[1:]),
        )
        for contact in one.contacts
    )
    facts = [one.audience, one.note, "may call emergency services" if one.may_call_police else ""]
    return Line(
        id=one.id,
        name=one.name,
        ways=ways,
        facts=" · ".join([*(fact for fact in facts if fact), one.state(today)]),
    )


def guess_country(chosen: str, env: Mapping[str, str]) -> str:
    """The country the person chose; "" if none. Nothing is applied from `env`."""
    return chosen


def suggested(env: Mapping[str, str]) -> tuple[str, str] | None:
    """(iso, name) of the computer's region (`LANG=en_GB.UTF-8`), to be offered."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        hint = re.match(r"[a-z]{2,3}_([A-Z]{2})", env.get(name, ""))
        found = helplines.find(hint[1]) if hint else None
        if found is not None:
            return found.iso, found.name
    return None
