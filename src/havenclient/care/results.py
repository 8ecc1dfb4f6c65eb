"""Kept self-checks (table care_check): only in the vault, never beside a post."""

from __future__ import annotations

import json
from datetime import datetime

from havenclient.care import checks
from havenclient.care.checks import Sitting, Taken
from havenclient.care.instruments import ITEM_9, Instrument
from havenclient.care.seams import Database, micros, moment
from havenclient.seams import Clock

MAX_NOTE = 2000


class Results:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def keep(self, sitting: Sitting, note: str = "") -> None:
        found = checks.score(sitting.instrument, sitting.answers)
        self._db.execute(
            "INSERT INTO care_check(id, taken_at, answers, raw, note) VALUES (?, ?, ?, ?, ?)",
            (
                sitting.instrument.id,
                micros(self._clock.now()),
                json.dumps(sitting.answers),
                None if found is None else found.raw,
                note[:MAX_NOTE],
            ),
        )

    def taken(self, instrument: str = "") -> tuple[Taken, ...]:
        """Oldest first; of one instrument if named."""
        rows = self._db.execute(
            "SELECT no, id, taken_at, answers, raw, note FROM care_check"
            " WHERE ? IN ('', id) ORDER BY taken_at, no",
            (instrument,),
        )
        return tuple(
            Taken(no, name, moment(at), tuple(json.loads(answers)), raw, note)
            for no, name, at, answers, raw, note in rows
        )

    def comes_back(self, instrument: Instrument) -> datetime | None:
        """The moment before which this check is not offered; None: it may be taken now."""
        taken = self.taken(instrument.id)
        back = checks.comes_back(instrument, taken[-1].at if taken else None)
        return back if back is not None and back > self._clock.now() else None

    def set_note(self, no: int, note: str) -> None:
        self._db.execute("UPDATE care_check SET note = ? WHERE no = ?", (note[:MAX_NOTE], no))

    def drop(self, no: int) -> None:
        self._db.execute("DELETE FROM care_check WHERE no = ?", (no,))


def exported(instrument: Instrument, taken: Taken, *, with_item_9: bool = False) -> list[str]:
    """One check as lines for a sheet. The question of death is left out unless it was ticked; then
    the number is left out too, for it would tell."""
    day = taken.at.astimezone()
    hidden = None if with_item_9 else ITEM_9.get(instrument.id)
    number = "" if taken.raw is None or hidden is not None else f", {taken.raw}"
    lines = [f"{instrument.name}, {day.day} {day:%B %Y}{number}"]
    for index, (question, value) in enumerate(
        zip(instrument.questions, taken.answers, strict=False)
    ):
        if index != hidden:
            words = "left out" if value is None else dict(question.answers)[value]
            lines.append(f"{question.text}: {words}")
    return lines
