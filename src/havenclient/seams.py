"""The two things that every room takes from outside and no room makes itself: time and chance.

Code that needs the time takes a `Clock`; code that needs randomness takes a `Random`. The
entry points pass `SystemClock()` and `SystemRandom()`; tests pass their own, so that no test
waits and every failure can be repeated.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward; for durations."""
        ...


class Random(Protocol):
    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes, fit for keys."""
        ...

    def below(self, bound: int) -> int:
        """A uniform integer, 0 <= n < bound."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A uniform delay or jitter in seconds; not for keys."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemRandom:
    def token(self, size: int) -> bytes:
        return os.urandom(size)

    def below(self, bound: int) -> int:
        import secrets  # its own imports cost a start three milliseconds; few runs draw numbers

        return secrets.randbelow(bound)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * ((int.from_bytes(os.urandom(7)) >> 3) / (1 << 53))
