"""Random wishes of several people, with outages, long absences and crashes, end in one history.

Real vaults, a real relay process. Each run draws a seed and prints it; HAVEN_SEED repeats one. The
suite makes one short walk; `make torture-circles` makes long ones (HAVEN_TORTURE=1).
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field

from havenclient.circles.circle import Standing
from havenclient.errors import HavenError
from havenclient.sync.client import RelayClient, RelayUnreachable
from tests.circles.kit import CIRCLE, Person, Town
from tests.relay.harness import Relay

LONG = os.environ.get("HAVEN_TORTURE") == "1"


class Flaky(RelayClient):
    """Sometimes no way there, sometimes no way back."""

    chance = random.Random(0)
    broken = 0.0

    def _ask(self, *args: object, **more: object) -> object:  # type: ignore[override]
        if Flaky.chance.random() < Flaky.broken:
            raise RelayUnreachable("the relay can't be reached")
        answer = super()._ask(*args, **more)  # type: ignore[arg-type]
        if Flaky.chance.random() < Flaky.broken:
            raise RelayUnreachable("the relay does not answer in time")
        return answer


@dataclass
class Walk:
    """What the test itself knows: who is in, and what was said by whom."""

    town: Town
    chance: random.Random
    other: str
    """Address of a second relay: the circle moves to and fro."""
    inside: list[Person] = field(default_factory=list)
    gone: list[Person] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def host(self) -> Person:
        return self.inside[0]

    def anybody(self) -> Person:
        return self.chance.choice(self.inside)

    def say(self) -> None:
        person = self.anybody()
        text = f"{person.name} {len(self.said.setdefault(person.name, []))}"
        person.say(text)
        self.said[person.name].append(text)

    def sync(self) -> None:
        self.anybody().sync()

    def crash(self) -> None:
        # Nothing is flushed or told: what isn't in the database is lost, as after SIGKILL.
        person = self.anybody()
        person.close()

    def bring(self) -> None:
        if len(self.inside) >= (12 if LONG else 5):
            return
        self.count += 1
        guest = self.town.person(f"person{self.count}", connect=Flaky)
        broken, Flaky.broken = Flaky.broken, 0.0
        self.town.clock.go(hours=2)
        for _ in range(2):
            self.host().sync()
        self.town.bring(self.host(), guest)
        Flaky.broken = broken
        if guest.circles.all():
            self.inside.append(guest)

    def remove(self) -> None:
        if len(self.inside) < 3 or self.host().state().staged is not None:
            return
        person = self.chance.choice(self.inside[1:])
        self.host().circles.remove(CIRCLE, person.name)
        self.inside.remove(person)
        self.gone.append(person)

    def leave(self) -> None:
        if len(self.inside) < 3:
            return
        person = self.chance.choice(self.inside[1:])
        person.circles.leave(CIRCLE)
        self.inside.remove(person)
        self.gone.append(person)

    def refresh(self) -> None:
        host = self.host()
        if host.state().staged is None:
            host.circles.commit_waiting(host.row().no)

    def move(self) -> None:
        host = self.host()
        there, back = self.other, self.town.relay
        host.circles.moving.move(CIRCLE, there if host.state().terms.relays[0] == back else back)

    def outage(self) -> None:
        Flaky.broken = self.chance.choice((0.0, 0.0, 0.1, 0.3))

    def wait(self) -> None:
        self.town.clock.go(minutes=self.chance.randrange(1, 300))


WISHES = (
    ["say"] * 8 + ["sync"] * 8 + ["wait"] * 3 + ["crash", "refresh", "outage", "outage"]
    + ["bring", "remove", "leave", "move"]
)  # fmt: skip


def walk(town: Town, other: str, seed: int, steps: int) -> None:
    print(f"HAVEN_SEED={seed}")
    chance = random.Random(seed)
    Flaky.chance, Flaky.broken = random.Random(seed + 1), 0.0
    host = town.person("host", connect=Flaky)
    town.found(host)
    trip = Walk(town, chance, other, [host])
    trip.bring()
    for _ in range(steps):
        try:
            getattr(trip, chance.choice(WISHES))()
        except HavenError as error:
            # A refusal in words is allowed; what it left behind is judged at the end.
            print(error.message)
    Flaky.broken = 0.0
    for _ in range(6):
        town.clock.go(hours=3)
        for person in [*trip.inside, *trip.gone]:
            person.sync()

    states = [p.state() for p in trip.inside]
    assert all(s.standing is Standing.ACTIVE for s in states), [p.health() for p in trip.inside]
    assert len({s.group.epoch_authenticator for s in states}) == 1
    assert len({(s.chain.seq - s.base, s.chain.head) for s in states}) == 1
    assert len({s.relay for s in states}) == 1
    assert {p.name for p in host.circles.people(CIRCLE)} == {p.name for p in trip.inside}
    seen = host.texts()
    assert len(set(seen)) == len(seen)
    for person in trip.inside:
        assert [t for t in seen if t.split()[0] == person.name] == trip.said.get(person.name, [])
        texts = person.texts()
        assert texts == seen[len(seen) - len(texts) :]  # newcomers see from their joining on
        assert not [m for m in person.messages() if m.kind == "quarantine"]
    for person in trip.gone:
        assert person.circles.get(CIRCLE).standing is Standing.GONE


def test_random_wishes_end_in_one_history(town: Town, own_relay: Relay) -> None:
    seed = int(os.environ.get("HAVEN_SEED", random.randrange(1 << 32)))
    rounds = 20 if LONG else 1
    for number in range(rounds):
        folder = Town(town.folder / str(number), town.relay)
        try:
            walk(folder, own_relay.url, seed + number, 150 if LONG else 60)
        finally:
            folder.close()
