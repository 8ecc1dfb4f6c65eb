"""Circles in a backup: what travels along, and what comes back, for both front ends.

The journal carries other rooms' files without knowing them; this is where the two meet. Only who
one is in each circle travels, never a ratchet: a restored Haven asks to be let back in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.seams import Clock, Random
    from havenclient.vault import Vault

IDENTITIES = "circles/identities.cbor"


def circles_out(vault: Vault, clock: Clock, random: Random) -> dict[str, bytes]:
    """What the backup takes along; empty for somebody without circles."""
    from havenclient.circles.service import Circles

    circles = Circles(vault, clock=clock, random=random)
    return {IDENTITIES: circles.save_identities()} if circles.all() else {}


def circles_in(
    vault: Vault, extras: Mapping[str, bytes], clock: Clock, random: Random
) -> list[str]:
    """Names of the circles that came out of a backup and now wait; `HavenError` if unreadable."""
    data = extras.get(IDENTITIES)
    if data is None:
        return []
    from havenclient.circles.service import Circles

    return Circles(vault, clock=clock, random=random).load_identities(data)
