"""Watches time for the lock: how long nobody was here, and whether the computer slept.

`CLOCK_MONOTONIC` stands still while a computer sleeps, the wall clock does not. So when between two
looks the wall moved much further than the monotonic clock, the lid was closed in between: lock.
(Setting the clock by hand also looks like that; a lock too many costs one passphrase.)
"""

from __future__ import annotations

from dataclasses import dataclass

from havenclient.seams import Clock

JUMP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    idle_seconds: float
    slept: bool


class Guard:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen_wall = clock.now()
        self._seen_mono = clock.monotonic()
        self._last_key = self._seen_mono
        self._visit: float | None = None

    def touch(self) -> None:
        """A key, a click, a paste."""
        self._last_key = self._clock.monotonic()

    def begin_visit(self) -> None:
        self._visit = self._clock.monotonic()

    def visit_minutes(self) -> float:
        """How long this visit has lasted."""
        return 0.0 if self._visit is None else (self._clock.monotonic() - self._visit) / 60

    def idle_seconds(self) -> float:
        """How long no key was pressed."""
        return self._clock.monotonic() - self._last_key

    def look(self) -> Verdict:
        wall, mono = self._clock.now(), self._clock.monotonic()
        jump = (wall - self._seen_wall).total_seconds() - (mono - self._seen_mono)
        self._seen_wall, self._seen_mono = wall, mono
        return Verdict(mono - self._last_key, abs(jump) > JUMP_SECONDS)
