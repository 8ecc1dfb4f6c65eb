"""When to try again: growing pauses with jitter, so that clients of a relay that comes back do not
arrive together, and so that their pattern tells nothing."""

from __future__ import annotations

from havenclient.seams import Random

FIRST = 2.0
"""Seconds before the second try."""
LONGEST = 15 * 60.0


def pause(tries: int, random: Random, retry_after: float | None = None) -> float:
    """Seconds to wait after `tries` failed tries: full jitter below a doubling bound; never less
    than what the relay asked for."""
    bound = min(LONGEST, FIRST * 2 ** min(tries, 20))
    wait = random.uniform(bound / 2, bound)
    return wait if retry_after is None else max(wait, retry_after + random.uniform(0, 2))
