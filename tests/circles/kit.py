"""People with real vaults and real connections, for tests of circles.

A `Person` is one vault folder, `Circles` on it and an `Engine`; `crash` and `reopen` do what their
names say. The relay is the real server process (`tests.relay.harness.Relay`). Time is a clock that
tests move by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from havenclient.circles import folding, inviting
from havenclient.circles.book import CircleRow
from havenclient.circles.circle import Circle
from havenclient.circles.founding import Foundation
from havenclient.circles.service import Circles, Words
from havenclient.circles.views import MessageView
from havenclient.seams import Random, SystemRandom
from havenclient.sync import routes
from havenclient.sync.client import RelayClient, Route
from havenclient.sync.engine import Engine, Report
from havenclient.vault import KdfParams, Passphrase, Vault, VaultPaths, create, unlock
from tests.vault.kit import HandClock

PASSPHRASE = "lantern orchard velvet"
WEAK = KdfParams.weak_for_tests()
CIRCLE = "Night Walkers"
AGREEMENT = "We are kind, and we keep each other anonymous."

Connect = Callable[[Route], RelayClient]


@dataclass
class Person:
    name: str
    root: Path
    clock: HandClock
    random: Random = field(default_factory=SystemRandom)
    connect: Connect = RelayClient
    _vault: Vault | None = None
    _circles: Circles | None = None
    _engine: Engine | None = None

    @property
    def vault(self) -> Vault:
        if self._vault is None:
            paths = VaultPaths(self.root / "journal")
            if paths.header.exists():
                self._vault = unlock(
                    paths, Passphrase(PASSPHRASE), state_dir=self.root / "state", clock=self.clock
                )
            else:
                self._vault, _ = create(
                    paths, PASSPHRASE, state_dir=self.root / "state", kdf=WEAK, clock=self.clock
                )
        return self._vault

    @property
    def circles(self) -> Circles:
        if self._circles is None:
            self._circles = Circles(self.vault, clock=self.clock, random=self.random)
        return self._circles

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(
                self.circles,
                lambda base, purpose: routes.route(self.vault, base, purpose),
                random=self.random,
                connect=self.connect,
            )
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        if self._vault is not None:
            self._vault.close()
        self._vault = self._circles = self._engine = None

    # --- what people do ---------------------------------------------------------------------------

    def sync(self, *, commit: bool = True) -> Report:
        """A round, after enough time that nothing waits for its next try."""
        self.clock.go(seconds=1)
        return self.engine.once(commit=commit)

    def say(self, text: str, **more: object) -> int:
        return self.circles.say(CIRCLE, Words(text, **more))  # type: ignore[arg-type]

    def messages(self) -> list[MessageView]:
        return self.circles.messages(CIRCLE, limit=1000, opened=folding.EVERYTHING)

    def texts(self) -> list[str]:
        """What was said, in the order that this person sees."""
        return [m.text for m in self.messages() if m.kind == "message"]

    def lines(self) -> list[str]:
        return [m.text for m in self.messages() if m.kind == "line"]

    def row(self) -> CircleRow:
        return self.circles.book.find(CIRCLE)

    def state(self) -> Circle:
        return self.circles.book.state(self.row().no)

    def health(self) -> str:
        return self.circles.get(CIRCLE).health

    def copy_vault(self, to: Path) -> None:
        """A copy of the folder, as a person with two machines might make one (vault closed)."""
        self.close()
        shutil.copytree(self.root, to)


class Town:
    """A relay's address, a clock, and people who know each other."""

    def __init__(self, folder: Path, relay: str) -> None:
        self.folder = folder
        self.relay = relay
        self.clock = HandClock()
        self.people: list[Person] = []

    def person(self, name: str, *, connect: Connect = RelayClient) -> Person:
        made = Person(name, self.folder / name, self.clock, connect=connect)
        self.people.append(made)
        return made

    def found(self, host: Person) -> None:
        host.circles.found(Foundation(CIRCLE, host.name, AGREEMENT, self.relay))
        host.sync()

    def knock(self, host: Person, guest: Person) -> None:
        """Invite and knock, with neither online while the other acts."""
        invite = host.circles.invite(CIRCLE)
        host.sync()
        door = guest.circles.open_invite(invite.link)
        guest.sync()
        guest.circles.knock(door.id, guest.name, "hello", accepted_version=1)
        guest.sync()

    def bring(self, host: Person, guest: Person) -> None:
        """From invitation to belonging."""
        self.knock(host, guest)
        host.sync()
        for knock in host.circles.knocks(CIRCLE):
            if knock.name == guest.name:
                # Below the wish: most towns are about something else than who helps in them
                # (the wish asks for a helper from the fourth on: norms.must_be_able_to_grow).
                inviting.admit(host.circles.book, host.row(), knock.no)
        host.sync()
        guest.sync()

    def circle_of(self, *names: str) -> list[Person]:
        """The first is the host."""
        people = [self.person(name) for name in names]
        self.found(people[0])
        for guest in people[1:]:
            self.bring(people[0], guest)
        for person in people:
            person.sync()
        return people

    def settle(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            for person in self.people:
                person.sync()

    def close(self) -> None:
        for person in self.people:
            person.close()
