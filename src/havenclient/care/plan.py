"""My plan for hard moments: seven headings of Haven's own, and what the person writes below them.

Owns the table care_plan. Never uploaded, never looked at by anything else, no examples under the
heading about a safer space. Making it with a professional or a trusted person is better than alone,
and the page says so.
"""

from __future__ import annotations

from havenclient.care.library import exercise
from havenclient.care.seams import Database, micros
from havenclient.care.sheets import Sheet
from havenclient.errors import UsageError
from havenclient.seams import Clock

MAX_TEXT = 10_000
BETTER_TOGETHER = "Making it with a professional or a person you trust is better than alone."


def headings() -> tuple[str, ...]:
    return exercise("my_plan").steps


class Plan:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def texts(self) -> tuple[str, ...]:
        """One a heading; "" where nothing stands."""
        stored = dict(self._db.execute("SELECT section, text FROM care_plan"))
        return tuple(stored.get(number, "") for number in range(1, len(headings()) + 1))

    @property
    def empty(self) -> bool:
        return not any(self.texts())

    def write(self, section: int, text: str) -> None:
        """`section` from 1. An empty text clears it."""
        if not 1 <= section <= len(headings()):
            raise UsageError(f"the plan has headings 1 to {len(headings())}")
        if len(text) > MAX_TEXT:
            raise UsageError("that is longer than a part of the plan may be")
        if text.strip():
            self._db.execute(
                "INSERT OR REPLACE INTO care_plan(section, text, changed_at) VALUES (?, ?, ?)",
                (section, text.strip(), micros(self._clock.now())),
            )
        else:
            self._db.execute("DELETE FROM care_plan WHERE section = ?", (section,))

    def sheet(self) -> Sheet:
        """All that is written, to print."""
        parts = tuple(
            (heading, tuple(text.splitlines()))
            for heading, text in zip(headings(), self.texts(), strict=True)
            if text
        )
        return Sheet("My plan for hard moments", parts)
