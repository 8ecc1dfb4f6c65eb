"""Circles for the screens: a town on a real relay, in which one person sits before the TUI.

The person at the screen is a `Person` on the very vault that the app will open; before the app
opens it, her engine and vault are closed. The others stay, each with a vault of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from textual.pilot import Pilot

from havenclient import vault
from havenclient.circles.founding import Foundation
from havenclient.sync.client import RelayClient
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.vault import Passphrase, Vault
from tests.circles.kit import AGREEMENT, CIRCLE, Connect, Person, Town
from tests.ui import house
from tests.ui.house import shown

P = TypeVar("P", bound=Person)

EARLIER = datetime(2026, 11, 20, 21, 14, tzinfo=UTC)


class TownClock(house.StillClock):
    """The tests' clock with the town's way to move it."""

    def go(self, *, seconds: float = 0, days: float = 0) -> None:
        self.forward(seconds + days * 86_400)


@dataclass
class Seated(Person):
    """Whoever sits before the screen: her vault is the app's."""

    where: Launch | None = None

    @property
    def vault(self) -> Vault:
        assert self.where is not None
        if self._vault is None:
            self._vault = vault.unlock(
                self.where.paths,
                Passphrase(house.PASSPHRASE),
                state_dir=self.where.places.state,
                clock=self.clock,
            )
        return self._vault


class Village(Town):
    def __init__(
        self,
        folder: Path,
        relay: str,
        where: Launch,
        *,
        connect: Connect = RelayClient,
        seed: int | None = None,
    ) -> None:
        """`connect`: another way to the relay than its name says; `seed`: no real chance;
        two villages on one relay need two, for they would make the same logs."""
        super().__init__(folder, relay)
        self._connect, self._seed = connect, seed
        assert isinstance(where.clock, TownClock)
        self.clock = where.clock  # type: ignore[assignment]
        self.where = where

    def seated(self, name: str) -> Seated:
        made = Seated(name, self.folder / name, self.clock, where=self.where)
        return self._settled(made)

    def person(self, name: str, *, connect: Connect | None = None) -> Person:
        return self._settled(Person(name, self.folder / name, self.clock))

    def _settled(self, made: P) -> P:
        made.connect = self._connect
        if self._seed is not None:
            made.random = house.SeededRandom(self._seed + len(self.people))
        self.people.append(made)
        return made

    def elsewhere(self, guest: Person) -> None:
        """`guest` opens an invitation to a circle of other people."""
        host = self.person("jo")
        host.circles.found(Foundation("Sunday Letters", "jo", AGREEMENT, self.relay, theme="post"))
        host.sync()
        invite = host.circles.invite("Sunday Letters")
        host.sync()
        guest.circles.open_invite(invite.link)

    def walkers(self, *, seated: str = "tove") -> dict[str, Person]:
        """Five people in Night Walkers, hosted by mara, with two days of talk."""
        assert isinstance(self.clock, TownClock)
        self.clock.set(EARLIER)
        names = ("mara", "idris", "tove", "jo", "nell")
        people = {n: self.seated(n) if n == seated else self.person(n) for n in names}
        mara = people["mara"]
        self.found(mara)
        for guest in names[1:]:
            self.bring(mara, people[guest])
        self.settle(2)
        return people

    def talk(self, people: dict[str, Person]) -> None:
        assert isinstance(self.clock, TownClock)

        def say(who: str, day: int, hour: int, minute: int, text: str, **more: object) -> int:
            assert isinstance(self.clock, TownClock)
            self.clock.set(datetime(2026, 11, day, hour, minute, tzinfo=UTC))
            no = people[who].say(text, **more)
            self.settle(1)
            return no

        say("mara", 20, 21, 14, "Walked the long way home. The heron was there again.")
        first = people["tove"].messages()[-1]
        people["tove"].circles.react(CIRCLE, first.no, "with you")
        people["idris"].circles.react(CIRCLE, people["idris"].messages()[-1].no, "thank you")
        say(
            "idris",
            20,
            21,
            40,
            "It is a year on Sunday.\nI did not expect the shop to\nstill have his coat.\n"
            "They asked if I wanted it.\nI said yes.",
            note="loss of a parent",
        )
        say("tove", 20, 21, 52, "Thinking of you. No need to answer.")
        say("idris", 22, 10, 2, "Small good thing: the dentist laughed at my joke.")
        target = people["tove"].messages()[-1].no
        say("jo", 22, 10, 20, "Which one? The one with the bridge?", reply_to=None)
        say("tove", 22, 11, 5, "I want to hear it too.", reply_to=target)
        say("mara", 22, 11, 31, "Soup, and then no soup.\nLong story.", note="food")
        self.clock.set(house.NOW)
        self.settle(1)

    def seat(self) -> None:
        """The person at the screen closes her own hands, so that the app can open the vault."""
        for person in self.people:
            if isinstance(person, Seated):
                person.close()


async def until(
    pilot: Pilot[Outcome], what: Callable[[], object], words: str = "", *, seconds: float = 60
) -> None:
    """Until `what` holds: threads and a relay process take their own time."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            app = pilot.app
            assert isinstance(app, HavenApp)
            raise AssertionError(f"did not come about: {words}\n{shown(app)}")
        await pilot.pause(0.02)


async def press(pilot: Pilot[Outcome], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await house.settle(pilot)


async def sees(pilot: Pilot[Outcome], words: str, *, seconds: float = 60) -> None:
    app = pilot.app
    assert isinstance(app, HavenApp)
    await until(pilot, lambda: words in shown(app), repr(words), seconds=seconds)


async def sees_no_more(pilot: Pilot[Outcome], words: str) -> None:
    app = pilot.app
    assert isinstance(app, HavenApp)
    await until(pilot, lambda: words not in shown(app), f"gone: {words!r}")


async def hears(pilot: Pilot[Outcome], person: Person, what: Callable[[], object]) -> None:
    """Another person syncs until something is so for them."""
    end = time.monotonic() + 60
    while True:
        await asyncio.to_thread(person.sync)
        if what():
            return
        assert time.monotonic() < end, person.texts()
        await pilot.pause(0.05)
