"""The support map: me, peers, friends and family, professionals, crisis. Who is on my side.

Owns the table care_person. An empty map is fine; there is no score and no reminder. A suggestion
comes only when it is asked for, and "not now" rests for ninety days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from havenclient.care.boundaries import NOT_NOW
from havenclient.care.keeping import Boundaries
from havenclient.care.seams import Database, micros
from havenclient.care.sheets import Sheet
from havenclient.errors import NotFound, UsageError
from havenclient.seams import Clock

PARTS = {
    "me": "Me, what I do for myself",
    "peers": "Peers",
    "near": "Friends and family",
    "professionals": "Professionals",
    "crisis": "When it is very hard",
}
_IDEAS = {
    "me": "One thing that does you good could stand under Me.",
    "peers": "Somebody who knows it from the inside could stand under Peers.",
    "near": "A person who would pick up the phone could stand under Friends and family.",
    "professionals": "A doctor or counsellor could stand under Professionals; the library says "
    "what kind of help is for what.",
    "crisis": "A line from the directory could stand under When it is very hard.",
}
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Person:
    no: int
    part: str
    name: str
    reach: str
    """How to reach her, in own words."""
    last: date | None
    """The last contact, entered by the person."""


class SupportMap:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def people(self, part: str = "") -> tuple[Person, ...]:
        rows = self._db.execute(
            "SELECT no, part, name, reach, last_day FROM care_person"
            " WHERE ? IN ('', part) ORDER BY no",
            (part,),
        )
        found = [
            Person(no, where, name, reach, None if day is None else date.fromordinal(day))
            for no, where, name, reach, day in rows
        ]
        return tuple(sorted(found, key=lambda one: list(PARTS).index(one.part)))

    def add(self, part: str, name: str, reach: str = "", last: date | None = None) -> None:
        if part not in PARTS:
            raise UsageError("the map has no part of that name", "there are: " + ", ".join(PARTS))
        name = " ".join(name.split())
        if not name or max(len(name), len(reach)) > MAX_TEXT:
            raise UsageError("a name has 1 to 500 characters")
        self._db.execute(
            "INSERT INTO care_person(part, name, reach, last_day, added_at) VALUES (?, ?, ?, ?, ?)",
            (
                part,
                name,
                reach.strip(),
                None if last is None else last.toordinal(),
                micros(self._clock.now()),
            ),
        )

    def was_in_touch(self, no: int, day: date | None) -> None:
        self._need(no)
        self._db.execute(
            "UPDATE care_person SET last_day = ? WHERE no = ?",
            (None if day is None else day.toordinal(), no),
        )

    def drop(self, no: int) -> None:
        self._need(no)
        self._db.execute("DELETE FROM care_person WHERE no = ?", (no,))

    def _need(self, no: int) -> None:
        if self._db.one("SELECT 1 FROM care_person WHERE no = ?", (no,)) is None:
            raise NotFound("nobody of that number is on the map")

    def idea(self, boundaries: Boundaries, now: datetime) -> str:
        """One suggestion for an empty part, only when asked for; "" if none is due."""
        rests = boundaries.fact("map:not-now")
        if rests and now - datetime.fromisoformat(rests) < NOT_NOW:
            return ""
        filled = {one.part for one in self.people()}
        return next((idea for part, idea in _IDEAS.items() if part not in filled), "")

    def not_now(self, boundaries: Boundaries, now: datetime) -> None:
        boundaries.remember("map:not-now", now.isoformat())

    def sheet(self) -> Sheet:
        return Sheet(
            "My support map",
            tuple(
                (title, tuple(line(one) for one in self.people(part)))
                for part, title in PARTS.items()
                if self.people(part)
            ),
        )


def line(one: Person) -> str:
    """ "Dad, phone in the evening, last contact 3 Nov 2026" """
    said = [one.name, one.reach]
    if one.last is not None:
        said.append(f"last contact {one.last.day} {one.last:%b %Y}")
    return ", ".join(part for part in said if part)
