"""Help near a person: emergency numbers and services, offline, with where each one is from.

Theory of operation. The data file holds only what may be shown (`tools/care_data.py` chose,
`tools/check_care.py` refuses anything else). The order on every page is the same: the emergency
number with its role first, then the directory (the only thing here that somebody keeps up to date),
then services. Each service says in which of the honest states it is: checked by a person on a day,
or listed in a source of a year and not checked. What is hidden is the third state. Twelve months
after the last check, or after the list was made, a line says that it may have changed.

Never here: a guess at the country (front ends ask), a `tel:` address, anything that is sent.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from havenclient.care import countries as naming
from havenclient.care import pack
from havenclient.care.pack import Shelf
from havenclient.errors import NotFound

ROLES = {"general": "emergency", "ambulance": "ambulance", "police": "police", "fire": "fire"}
KINDS = {
    "crisis": "crisis line",
    "emotional_support": "someone who listens",
    "youth": "for young people",
    "community_specific": "for a community",
    "information_referral": "information",
}
WAYS = {"phone": "call", "sms": "text", "whatsapp": "WhatsApp", "chat": "chat", "email": "write"}
STALE_DAYS = 365
ALWAYS = (
    "If someone is in danger now, call the emergency number of the country you are in.",
    "In most of Europe and from most mobile phones 112 works; in North America 911.",
)
NOT_CHECKED = "not checked by a person"


@dataclass(frozen=True, slots=True)
class Contact:
    way: str
    """phone, sms, chat, whatsapp or email"""
    value: str
    """As people write it; `dial` is what to press."""
    dial: str
    intl: str
    text: str
    """The word to send, for sms."""
    hours: str
    cost: str
    note: str

    @property
    def in_words(self) -> str:
        said = f"{WAYS[self.way]} {self.value}"
        if self.text:
            said += f", send {self.text}"
        known = {"see site": "", "unknown": "", "free": "free", "data": ""}
        facts = [known.get(fact, fact) for fact in (self.hours, self.cost)]
        return ", ".join(part for part in (said, *facts, self.note) if part)


@dataclass(frozen=True, slots=True)
class Service:
    id: str
    name: str
    kind: str
    audience: str
    contacts: tuple[Contact, ...]
    url: str
    source: str
    """Title of the newest source."""
    year: int
    last_verified: date | None
    may_call_police: bool
    note: str

    def state(self, today: date) -> str:
        """Which of the honest states, in words."""
        if self.last_verified is not None:
            day = self.last_verified
            return f"Checked by a person on {day.day} {day:%b %Y}"
        return f"Listed in a {self.year} source, {NOT_CHECKED}"


@dataclass(frozen=True, slots=True)
class Country:
    iso: str
    name: str
    emergency: tuple[tuple[str, tuple[str, ...]], ...]
    """(role, numbers); a role is left out where the number for everything covers it."""
    emergency_year: int
    emergency_note: str
    services: tuple[Service, ...]
    note: str

    @property
    def first_number(self) -> str:
        """The number to say in one breath: "112", or "ambulance 103"; "" if none is known."""
        if not self.emergency:
            return ""
        role, numbers = self.emergency[0]
        return numbers[0] if role == "emergency" else f"{role} {numbers[0]}"


@cache
def _read(shelf: Shelf) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(shelf.text("helplines.json"))
    return loaded


def _data() -> dict[str, Any]:
    return _read(pack.shelf())


def read_all(shelf: Shelf) -> None:
    """Read everything in it once, as the pages would; raises what a broken file makes it raise."""
    whole = _read(shelf)
    date.fromisoformat(whole["date"])
    for one in whole["directories"]:
        if not (one["name"] and one["url"].startswith("https://")):
            raise ValueError("a directory without an address")
    for iso, raw in whole["countries"].items():
        country = _country(iso, raw, whole["sources"])
        if not all(contact.in_words for one in country.services for contact in one.contacts):
            raise ValueError("a contact without words")


def dated() -> date:
    return date.fromisoformat(_data()["date"])


def directories() -> tuple[tuple[str, str], ...]:
    """(name, address), the one to try first at the head."""
    return tuple((one["name"], one["url"]) for one in _data()["directories"])


def countries() -> tuple[tuple[str, str], ...]:
    """(two letters, name), by name."""
    known = _data()["countries"].items()
    pairs = ((iso, naming.shown(iso, one["name"])) for iso, one in known)
    return tuple(sorted(pairs, key=lambda pair: naming.plain(pair[1])))


def find(iso: str) -> Country | None:
    """The country of these two letters, if anything is known about it."""
    raw = _data()["countries"].get(iso.upper())
    if raw is None:
        return None
    return _country(iso, raw, _data()["sources"])


def _country(iso: str, raw: dict[str, Any], sources: dict[str, Any]) -> Country:
    emergency = raw.get("emergency", {})
    return Country(
        iso=iso.upper(),
        name=naming.shown(iso.upper(), raw["name"]),
        emergency=_roles(emergency),
        emergency_year=emergency.get("source_year", 0),
        emergency_note=emergency.get("note", ""),
        services=tuple(_service(one, sources) for one in raw["services"]),
        note=raw.get("note", ""),
    )


def by_name(name: str) -> str:
    """Two letters for two letters or a name that people use; "" if unknown."""
    return naming.named(name, countries())


def matching(words: str) -> tuple[tuple[str, str], ...]:
    """(two letters, name) of what the words may mean, the likeliest first."""
    return naming.matching(words, countries())


def _roles(raw: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    everything = set(raw.get("general", ()))
    found = []
    for key, role in ROLES.items():
        numbers = tuple(raw.get(key, ()))
        # An ambulance number is said even where one number does for all: its role is what people
        # look for (domain §5.3.6). Police and fire only where they differ.
        if numbers and (key in ("general", "ambulance") or not set(numbers) <= everything):
            found.append((role, numbers))
    if len(found) == 2 and found[0][1] == found[1][1]:
        del found[1]  # one number, said once
    return tuple(found)


def _service(raw: dict[str, Any], sources: dict[str, Any]) -> Service:
    known = [sources[name] for name in raw["sources"] if name in sources]
    newest = max(known, key=lambda one: int(one["year"]))
    verified = raw["last_verified"]
    return Service(
        id=raw["id"],
        name=raw["name"],
        kind=KINDS.get(raw["kind"], raw["kind"]),
        audience="" if raw["audience"] == "everyone" else raw["audience"],
        contacts=tuple(
            Contact(
                one["type"],
                one["value"],
                *(one.get(name, "") for name in ("dial", "intl", "text", "hours", "cost", "note")),
            )
            for one in raw["contacts"]
        ),
        url=raw["url"],
        source=newest["title"],
        year=raw["source_year"],
        last_verified=date.fromisoformat(verified) if verified else None,
        may_call_police=raw["emergency_services_policy"] == "may",
        note=raw.get("note", ""),
    )


def ordered(country: Country, unanswered: Collection[str] = ()) -> tuple[Service, ...]:
    """Its services; those that did not work for this person come last."""
    return tuple(sorted(country.services, key=lambda one: one.id in unanswered))


def service(name: str) -> Service:
    for iso, _ in countries():
        found = find(iso)
        assert found is not None
        for one in found.services:
            if one.id == name.strip().casefold():
                return one
    raise NotFound("there is no service of that name", "`haven safety` shows their names")


def is_stale(checked: date, today: date) -> bool:
    return (today - checked).days >= STALE_DAYS


def may_have_changed(country: Country | None) -> str:
    number = country.first_number if country is not None else ""
    return f"May have changed. Emergency: {number or '112, in North America 911'}."


def emergency_lines(country: Country) -> Iterator[str]:
    for role, numbers in country.emergency:
        yield f"{role}: {' or '.join(numbers)}"


def service_lines(one: Service, today: date) -> Iterator[str]:
    """One service, one fact a line."""
    kind = f"{one.kind}, {one.audience}" if one.audience else one.kind
    yield f"{one.name} ({kind})"
    for contact in one.contacts:
        yield f"  {contact.in_words}"
    if one.note:
        yield f"  {one.note}"
    if one.may_call_police:
        yield "  It may call emergency services in some cases."
    yield f"  {one.state(today)}. Own page: {one.url}"


def page(iso: str, *, today: date | None = None, unanswered: Collection[str] = ()) -> Iterator[str]:
    """Everything about a country, one fact a line."""
    today = today or datetime.now(UTC).date()
    country = find(iso) if iso else None
    if country is not None:
        yield from _emergency(country)
    yield from ALWAYS
    for number, (name, url) in enumerate(directories()):
        yield f"{'Someone to talk to, by country' if not number else 'Also'}: {name}, {url}"
    if country is not None and country.services:
        yield ""
        yield f"Lines and services in {country.name}:"
        for one in ordered(country, unanswered):
            yield from service_lines(one, today)
            if one.id in unanswered:
                yield "  It did not work for you before."
    if country is not None and country.note:
        yield country.note
    yield ""
    day = dated()
    yield f"List of {day.day} {day:%B %Y}, from public sources, {NOT_CHECKED}."
    if is_stale(day, today):
        yield may_have_changed(country)


def first_page(country: str) -> Sequence[str]:
    """The page as `haven safety` and the numbered menus print it; "" is an unknown country."""
    return tuple(page(country))


def _emergency(country: Country) -> Iterator[str]:
    if not country.emergency:
        yield f"No emergency number for {country.name} that two sources agree on."
        return
    yield f"Emergency numbers in {country.name}:"
    yield from emergency_lines(country)
    yield f"Listed in {country.emergency_year} sources, {NOT_CHECKED}."
    if country.emergency_note:
        yield country.emergency_note


def did_not_work(one: Service, *, said: str = "") -> str:
    """A note that the person may send to whoever keeps the list. Nothing is sent by Haven."""
    tried = "; ".join(f"{WAYS[contact.way]} {contact.value}" for contact in one.contacts)
    lines = [
        "A help line in Haven's list that did not work.",
        f"Record: {one.id} ({one.name})",
        f"Tried: {tried}",
        f"Its source: {one.source}, {one.year}",
        f"List of {dated().isoformat()}",
    ]
    if said:
        lines.append(f"What happened: {said}")
    lines.append("This note holds nothing about you unless you wrote it above.")
    return "\n".join(lines) + "\n"
