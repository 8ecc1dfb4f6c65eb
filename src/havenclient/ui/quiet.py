"""The line about the minutes planned for a visit: it only ever speaks softly, and closes nothing.

Quiet hours and what holds in circles are decided by `care.boundaries`.
"""

from __future__ import annotations

WARN_BEFORE = 5


class VisitLine:
    """What the quiet line says about the planned minutes of this visit."""

    def __init__(self) -> None:
        self.shown = ""
        self._extra = 0
        self._hidden_until = -1.0

    def look(self, minutes: float, planned: int, when_over: str) -> str | None:
        """The sentence to show now, "" to clear it, None when nothing changes."""
        sentence = self._sentence(minutes, planned, when_over)
        if sentence == self.shown:
            return None
        self.shown = sentence
        return sentence

    def _sentence(self, minutes: float, planned: int, when_over: str) -> str:
        if not planned or when_over == "nothing":
            return ""
        left = planned + self._extra - minutes
        stage = 2 if left <= 0 else 1 if left <= WARN_BEFORE else 0
        if stage == 0 or self._hidden_until >= stage:
            return ""
        if stage == 1:
            about = max(1, round(left))
            return f"You planned {planned} minutes, about {about} are left. Nothing closes itself."
        if when_over == "once":
            self._hidden_until = max(self._hidden_until, 1)
        return f"Your {planned + self._extra} minutes are over."

    def more(self, minutes: int) -> None:
        self._extra += minutes
        self._hidden_until = -1.0

    def hide(self) -> None:
        """Hide this stage; the next one may still speak once."""
        self._hidden_until = 2 if "over" in self.shown else 1
