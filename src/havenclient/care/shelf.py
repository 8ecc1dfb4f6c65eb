"""The strategy shelf: coping cards that were kept, without the name of who wrote them.

Owns the table care_card. A card stays after its circle is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from havenclient.care.seams import Database, micros, moment
from havenclient.errors import NotFound, UsageError
from havenclient.seams import Clock

MAX_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Card:
    no: int
    what: str
    at: str
    """When it helps."""
    worked: str
    """"for me", or in own words."""
    source: str
    note: str
    """The keeper's own remark."""
    kept: datetime


class Shelf:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def keep(
        self, what: str, *, at: str = "", worked: str = "", source: str = "", note: str = ""
    ) -> None:
        given = (what.strip(), at.strip(), worked.strip(), source.strip(), note.strip())
        if not given[0] or max(map(len, given)) > MAX_TEXT:
            raise UsageError("a card has 1 to 5 000 characters in each part")
        self._db.execute(
            "INSERT INTO care_card(what, at, worked, source, note, kept_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*given, micros(self._clock.now())),
        )

    def cards(self) -> tuple[Card, ...]:
        rows = self._db.execute(
            "SELECT no, what, at, worked, source, note, kept_at FROM care_card ORDER BY no"
        )
        return tuple(
            Card(no, what, at, worked, source, note, moment(kept))
            for no, what, at, worked, source, note, kept in rows
        )

    def remark(self, no: int, note: str) -> None:
        self._need(no)
        self._db.execute("UPDATE care_card SET note = ? WHERE no = ?", (note[:MAX_TEXT], no))

    def drop(self, no: int) -> None:
        self._need(no)
        self._db.execute("DELETE FROM care_card WHERE no = ?", (no,))

    def _need(self, no: int) -> None:
        if self._db.one("SELECT 1 FROM care_card WHERE no = ?", (no,)) is None:
            raise NotFound("there is no card of that number")
