"""Circles in a backup: what travels along, and what waits after a restore.

The journal carries other rooms' files without knowing them; this is where the two meet. Only who
one is in each circle travels, never a ratchet: a restored Haven asks to be let back in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from havenclient.errors import HavenError

if TYPE_CHECKING:
    from havenclient.cli.session import Session
    from havenclient.seams import Clock, Random
    from havenclient.vault import Vault

IDENTITIES = "circles/identities.cbor"


def circles_out(vault: Vault, clock: Clock, random: Random) -> dict[str, bytes]:
    """What the backup takes along; empty for somebody without circles."""
    from havenclient.circles.service import Circles

    circles = Circles(vault, clock=clock, random=random)
    return {IDENTITIES: circles.save_identities()} if circles.all() else {}


class CirclesIn:
    """Takes them out of a backup into the new vault, and tells which ones wait."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.names: list[str] = []
        self._trouble: HavenError | None = None

    def take(self, vault: Vault, extras: Mapping[str, bytes]) -> None:
        data = extras.get(IDENTITIES)
        if data is None:
            return
        from havenclient.circles.service import Circles

        circles = Circles(vault, clock=self._session.clock, random=self._session.random)
        try:
            self.names = circles.load_identities(data)
        except HavenError as trouble:  # the journal is worth having without them
            self._trouble = trouble

    def tell(self) -> None:
        out = self._session.out
        if self._trouble is not None:
            out.warn(self._trouble.message)
        for name in self.names:
            out.say(f"haven: the circle {name} waits; `haven circle return NAME` asks to be let in")
