"""How much, how often, how many: everything that may be refused with "later".

Rates are token buckets in memory, per log and only for requests that have already proved their
right, so that a stranger who knows a log's id can't use up its share. Closings have a bucket of
their own, so a flooding member can always be removed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_REMEMBERED: Final = 50_000


class Buckets:
    """Token buckets by log number: `per_minute` on average, as many at once at most."""

    __slots__ = ("_buckets", "_burst", "_now", "_rate")

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._rate = per_minute / 60
        self._burst = float(per_minute)
        self._now = now
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def take(self, key: int) -> float:
        """Take one token; 0.0 if there was one, else the seconds until there will be."""
        if not self._burst:
            return 0.0  # 0 in the settings: no limit
        now = self._now()
        level, then = self._buckets.get(key, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._rate)
        if level < 1:
            return (1 - level) / self._rate
        self._buckets[key] = (level - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _REMEMBERED:
            # The least recently used log has had the longest time to fill up again.
            self._buckets.popitem(last=False)
        return 0.0
