"""Circles that come out of a backup, on the command line: which ones wait, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from havenclient.errors import HavenError

if TYPE_CHECKING:
    from havenclient.cli.session import Session
    from havenclient.vault import Vault


class CirclesIn:
    """Takes them out of a backup into the new vault, and tells which ones wait."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.names: list[str] = []
        self._trouble: HavenError | None = None

    def take(self, vault: Vault, extras: Mapping[str, bytes]) -> None:
        from havenclient.circles.carried import circles_in

        try:
            self.names = circles_in(vault, extras, self._session.clock, self._session.random)
        except HavenError as trouble:  # the journal is worth having without them
            self._trouble = trouble

    def tell(self) -> None:
        out = self._session.out
        if self._trouble is not None:
            out.warn(self._trouble.message)
        for name in self.names:
            out.say(f"haven: the circle {name} waits; `haven circle return NAME` asks to be let in")
