"""The day that the relay goes by: a clock that is wrong must not cost an entry.

Entries carry the day on which they came, and by today's date the relay removes what has outlived
its span. So a computer that begins in 1970 until the network tells it the time would date entries
so that they expire as soon as it knows better, and one whose clock leaps ahead by years would
remove everything at once (both seen with a clock that was made to lie). Two rules:

* *Too early.* A clock from before this program was made is wrong. What comes gets the newest day
  that is known, and nothing is removed.
* *A leap.* A clock that is further than `leap_days` past the newest day known is doubted until the
  relay has run with it for a day. What comes meanwhile gets the clock's day, so that it stays too
  long rather than too short, and nothing is removed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

DAY: Final = 86_400
MADE: Final = 20_780
"""2026-11-23, as days since 1970: no honest clock stands before it."""
LEAP_DAYS: Final = 45
"""Longer than a relay is usually off, or without any entry, and shorter than the life spans add up
to: after a month and a half off, waiting a day costs nobody anything."""


def today() -> int:
    """Days since 1970 in UTC, as the clock says: all that the relay ever stores of time."""
    return int(time.time() // DAY)


class Days:
    """`newest(day)` is the newest day in the store that is not after `day`; None where none is.
    `running` are seconds that no setting of the clock moves."""

    def __init__(
        self,
        newest: Callable[[int], int | None],
        clock: Callable[[], int] = today,
        running: Callable[[], float] = time.monotonic,
        leap_days: int = LEAP_DAYS,
    ) -> None:
        """`leap_days` 0 believes every clock."""
        now = clock()
        if now < MADE:
            self._known = max(newest(1 << 40) or 0, MADE)
        else:
            known = newest(now)
            self._known = now if known is None else known
        self._clock = clock
        self._running = running
        self._leap_days = leap_days
        self._seen = running()
        self._doubted: float | None = None

    def arrival(self) -> int:
        """The day of what comes now. Any thread."""
        day = self._clock()
        return day if day >= MADE else self._known

    def removal(self) -> int | None:
        """The day by which to remove; None while the clock is doubted."""
        day, now = self._clock(), self._running()
        if day < MADE and self._leap_days:
            return None
        passed = int((now - self._seen) // DAY) + 1
        if not self._leap_days or day <= self._known + passed + self._leap_days:
            self._doubted = None
        else:
            self._doubted = now if self._doubted is None else self._doubted
            if now - self._doubted < DAY:
                return None
            self._doubted = None
        self._known, self._seen = max(self._known, day), now
        return day

    @property
    def ahead(self) -> int:
        """How many days the clock is past the newest day known; negative where it is too early."""
        return self._clock() - self._known
