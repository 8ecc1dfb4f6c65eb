"""Circles in one run of the command line: opened on demand, synced after a wish.

Every command that changes something makes one round with the relay afterwards, unless --offline was
given or the relay can't be reached: then it says so and leaves the rest to the next round. What was
wished is saved before anything is sent, so a failed round loses nothing and is no failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from havenclient.cli.session import Session
from havenclient.errors import NetworkError

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.sync.engine import Engine, Report


class Together:
    """Circles, and the way to their relays."""

    def __init__(self, session: Session, circles: Circles) -> None:
        self.session = session
        self.circles = circles
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            from havenclient.sync import routes
            from havenclient.sync.engine import Engine

            vault = self.circles.book.vault
            self._engine = Engine(
                self.circles,
                lambda base, purpose: routes.route(vault, base, purpose),
                random=self.session.random,
            )
        return self._engine

    def sync(self, only: str | None = None, *, needed: bool = False) -> Report | None:
        """One round. `needed`: the command is about nothing else, so trouble is its failure."""
        if self.session.options.offline:
            self.session.out.say("haven: offline; it goes out with the next `haven sync`")
            return None
        report = self.engine.once(only)
        for name, words in report.errors.items():
            if needed:
                raise NetworkError(f"{words} ({name})", "nothing is lost; `haven sync` tries again")
            self.session.out.warn(f"{name}: {words}; it will be tried again")
        return report

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()


@contextmanager
def together(session: Session, *, reading: bool = False) -> Iterator[Together]:
    """The circles of this vault for one command."""
    from havenclient.circles.service import Circles

    vault = session.unlocked(reading=reading)
    both = Together(session, Circles(vault, clock=session.clock, random=session.random))
    try:
        yield both
    finally:
        both.close()
        session.close()
