"""Questions for a professional, and claims that I check: a list, and an export of ticked parts.

Owns the table care_question. Nothing is ticked by itself: an export holds what the person chose and
nothing else, and none by default.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from havenclient.care.seams import Database, micros, moment
from havenclient.care.sheets import Sheet
from havenclient.errors import NotFound, UsageError
from havenclient.seams import Clock

KINDS = {
    "question": "Questions",
    "check": "Heard or read, to be checked",
    "appointment": "Appointments",
    "medicine": "Medicine, in my own words",
}
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    no: int
    kind: str
    text: str
    source: str
    verdict: str
    added: datetime
    done: datetime | None


class AskList:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def add(self, text: str, *, kind: str = "question", source: str = "", verdict: str = "") -> int:
        if kind not in KINDS:
            raise UsageError("the list has no such kind", "there are: " + ", ".join(KINDS))
        text = text.strip()
        if not text or max(len(text), len(source), len(verdict)) > MAX_TEXT:
            raise UsageError("a line for the list has 1 to 10 000 characters")
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO care_question(kind, text, source, verdict, added_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (kind, text, source.strip(), verdict.strip(), micros(self._clock.now())),
            )
            row = self._db.one("SELECT max(no) FROM care_question")
        assert row is not None
        return int(row[0])

    def check(self, claim: str, *, source: str = "", verdict: str = "") -> int:
        """A claim to be checked, once: the same words again note what is new. Its number."""
        known = self.claim(claim)
        if known is None:
            return self.add(claim, kind="check", source=source, verdict=verdict)
        self.found_out(known.no, verdict or known.verdict, source or known.source)
        return known.no

    def claim(self, words: str) -> Asked | None:
        """The line on which a claim of these words stands."""
        wanted = " ".join(words.split())
        lines = (one for one in self.all() if one.kind == "check")
        return next((one for one in lines if " ".join(one.text.split()) == wanted), None)

    def found_out(self, no: int, verdict: str, source: str | None = None) -> None:
        """What was found out about a claim."""
        one = self.get(no)
        self._db.execute(
            "UPDATE care_question SET verdict = ?, source = ? WHERE no = ?",
            (verdict.strip(), one.source if source is None else source.strip(), no),
        )

    def done(self, no: int) -> None:
        self.get(no)
        self._db.execute(
            "UPDATE care_question SET done_at = ? WHERE no = ?", (micros(self._clock.now()), no)
        )

    def drop(self, no: int) -> None:
        self.get(no)
        self._db.execute("DELETE FROM care_question WHERE no = ?", (no,))

    def get(self, no: int) -> Asked:
        for one in self.all():
            if one.no == no:
                return one
        raise NotFound("there is no line of that number on the list")

    def all(self) -> tuple[Asked, ...]:
        """Oldest first."""
        rows = self._db.execute(
            "SELECT no, kind, text, source, verdict, added_at, done_at FROM care_question"
            " ORDER BY no"
        )
        return tuple(
            Asked(no, kind, text, source, verdict, moment(at), None if d is None else moment(d))
            for no, kind, text, source, verdict, at, d in rows
        )

    def sheet(self, ticked: Collection[int]) -> Sheet:
        """The ticked lines, by kind. UsageError if nothing is ticked."""
        chosen = [self.get(no) for no in sorted(set(ticked))]
        if not chosen:
            raise UsageError("nothing is ticked, so there is nothing to write")
        parts = tuple(
            (title, tuple(entry for one in chosen if one.kind == kind for entry in lines(one)))
            for kind, title in KINDS.items()
            if any(one.kind == kind for one in chosen)
        )
        return Sheet("For a professional", parts)


def lines(one: Asked) -> tuple[str, ...]:
    said = [one.text]
    if one.source:
        said.append(f"Source: {one.source}")
    if one.verdict:
        said.append(f"Found out: {one.verdict}")
    return tuple(said)
