"""SIGKILL at every step of I/O: afterwards all converge, nothing is lost, nothing is shown twice.

The suite tries a few of the points of each deed; `make torture-circles` tries all of them
(HAVEN_TORTURE=1). Which points a run takes follows from a seed that is printed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from havenclient.circles.circle import Standing
from havenclient.circles.founding import Foundation
from tests.circles.conftest import UNHURRIED
from tests.circles.killing import die_at
from tests.circles.kit import AGREEMENT, CIRCLE, Person, Town
from tests.relay.harness import Relay

ALL = os.environ.get("HAVEN_TORTURE") == "1"
FEW = 3
MOST = 60
"""No deed has so many points; reaching it means that it never ends."""


def points() -> list[int]:
    """Which counts to die at: all, in order, or a few."""
    if ALL:
        return list(range(1, MOST))
    seed = int(os.environ.get("HAVEN_SEED", random.randrange(1 << 32)))
    print(f"HAVEN_SEED={seed}")
    return sorted(random.Random(seed).sample(range(1, 16), FEW))


def alone(person: Person, deed: Callable[[Person], None]) -> Callable[[], None]:
    """The deed with vault and connections of its own, opened after the fork."""
    fresh = Person(person.name, person.root, person.clock)

    def work() -> None:
        deed(fresh)
        fresh.close()

    return work


def died_at_every_point(person: Person, deed: Callable[[Person], None]) -> None:
    """Lets `person` die at each of the points in turn; what is left to do is done at the end."""
    deaths = 0
    for count in points():
        person.close()
        if not die_at(count, alone(person, deed)) and ALL:
            break
        deaths += 1
    deed(person)
    assert deaths >= 4 or not ALL, "the deed has fewer steps than a deed can have"


def converged(town: Town, people: list[Person]) -> None:
    town.clock.go(hours=2)
    town.settle(3)
    town.clock.go(hours=2)
    town.settle(2)
    states = [p.state() for p in people]
    assert all(s.standing is Standing.ACTIVE for s in states), [p.health() for p in people]
    assert len({s.group.epoch_authenticator for s in states}) == 1
    assert len({s.chain for s in states}) == 1
    assert all(s.staged is None for s in states)
    seen = [p.texts() for p in people]
    assert all(texts == seen[0] for texts in seen)
    assert len(set(seen[0])) == len(seen[0]), "something is shown twice"
    for person in people:
        # A ratchet key used twice would reach the others as a message that can't be opened.
        assert not [m for m in person.messages() if m.kind == "quarantine"]
        assert all(m.state == "sent" for m in person.messages())


def test_dying_while_founding(town: Town) -> None:
    mara = town.person("mara")

    def deed(person: Person) -> None:
        if not person.circles.all():
            person.circles.found(Foundation(CIRCLE, "mara", AGREEMENT, town.relay))
        person.sync()

    died_at_every_point(mara, deed)
    assert len(mara.circles.all()) == 1
    idris = town.person("idris")
    town.clock.go(hours=1)
    town.bring(mara, idris)
    converged(town, [mara, idris])


def test_dying_while_inviting_knocking_admitting_and_joining(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)

    def invite(person: Person) -> None:
        if not person.circles.invites(CIRCLE):
            person.circles.invite(CIRCLE)
        person.clock.go(hours=1)
        person.sync()

    died_at_every_point(mara, invite)
    (made,) = mara.circles.invites(CIRCLE)
    idris.circles.open_invite(made.link)

    def knock(person: Person) -> None:
        person.clock.go(hours=1)
        person.sync()
        (door,) = person.circles.doors()
        if door.state == "offered":
            person.circles.knock(door.id, "idris", "", accepted_version=1)
        person.sync()

    died_at_every_point(idris, knock)

    def admit(person: Person) -> None:
        person.clock.go(hours=1)
        person.sync()
        for one in person.circles.knocks(CIRCLE):
            if one.state == "waiting" and person.state().staged is None:
                person.circles.admit(CIRCLE, one.no)
        person.sync()

    died_at_every_point(mara, admit)

    def join(person: Person) -> None:
        person.clock.go(hours=1)
        person.sync()

    died_at_every_point(idris, join)
    assert [p.name for p in mara.circles.people(CIRCLE)] == ["mara", "idris"]
    mara.say("You are in.")
    converged(town, [mara, idris])
    assert idris.texts() == ["You are in."]


def test_dying_while_saying_something(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    acknowledged = town.folder / "acknowledged"

    def deed(person: Person) -> None:
        person.clock.go(hours=1)
        number = person.say(f"message {len(person.messages())}")
        text = person.circles.message(CIRCLE, number).text
        with acknowledged.open("a") as stream:  # saved: from here on it must not be lost
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        person.sync()

    died_at_every_point(mara, deed)
    converged(town, [mara, idris])
    promised = acknowledged.read_text().split("\n")[:-1]
    assert promised
    assert set(promised) <= set(idris.texts())


def test_dying_while_receiving(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")

    def deed(person: Person) -> None:
        person.clock.go(hours=1)
        person.sync()

    for number in range(6):
        mara.say(f"message {number}")
        mara.sync()
        mara.circles.commit_waiting(mara.row().no)
        mara.sync()
    died_at_every_point(idris, deed)
    converged(town, [mara, idris])
    assert idris.texts() == [f"message {number}" for number in range(6)]


def test_dying_in_the_middle_of_a_commit(town: Town) -> None:
    mara, idris, tove, jo = town.circle_of("mara", "idris", "tove", "jo")

    def deed(person: Person) -> None:
        person.clock.go(hours=1)
        names = {p.name for p in person.circles.people(CIRCLE)}
        if "jo" in names and person.state().staged is None:
            person.circles.remove(CIRCLE, "jo")
        person.sync()

    died_at_every_point(mara, deed)
    town.people.remove(jo)
    converged(town, [mara, idris, tove])
    assert {p.name for p in tove.circles.people(CIRCLE)} == {"mara", "idris", "tove"}
    jo.sync()
    assert jo.circles.get(CIRCLE).standing is Standing.GONE
    jo.close()


def test_dying_while_coming_back(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")

    def deed(person: Person) -> None:
        person.clock.go(hours=1)
        if person.circles.get(CIRCLE).standing is Standing.ACTIVE:
            return
        person.sync()

    idris.circles.ask_back(CIRCLE)
    died_at_every_point(idris, deed)
    town.clock.go(hours=1)
    mara.sync()
    for knock in mara.circles.knocks(CIRCLE):
        mara.circles.admit(CIRCLE, knock.no)
    mara.sync()
    died_at_every_point(idris, deed)
    idris.say("Back.")
    converged(town, [mara, idris])
    assert mara.texts() == ["Back."]


def test_a_relay_killed_again_and_again_loses_nothing(own_town: Town, own_relay: Relay) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    for number in range(4):
        mara.say(f"message {number}")
        mara.sync()
        own_relay.kill()
        mara.say(f"while it was away {number}")
        mara.sync()
        own_relay.start()
        for person in (mara, idris):
            person.close()
        own_town.clock.go(hours=1)
        own_town.settle(1)
    converged(own_town, [mara, idris])
    assert len(idris.texts()) == 8


def moves_to(relay: Relay, *, gone: bool) -> Callable[[Person], None]:
    def deed(person: Person) -> None:
        person.clock.go(hours=1)
        if person.row().relay != relay.url and person.state().staged is None:
            person.circles.moving.move(CIRCLE, relay.url, gone=gone)
        person.sync()

    return deed


def goes_along(relay: Relay) -> Callable[[Person], None]:
    def deed(person: Person) -> None:
        person.clock.go(hours=1)
        person.circles.moving.look_at(CIRCLE, relay.url)
        person.sync()

    return deed


@pytest.mark.parametrize("gone", [False, True])
def test_dying_while_moving_and_while_going_along(
    own_town: Town, own_relay: Relay, tmp_path: Path, gone: bool
) -> None:
    mara, idris = own_town.circle_of("mara", "idris")
    mara.say("Before.")
    idris.say("And I.")
    own_town.settle(2)
    with Relay(tmp_path / "new", env=UNHURRIED) as relay:
        if gone:
            own_relay.kill()
        idris.say("Said on the way.")
        died_at_every_point(mara, moves_to(relay, gone=gone))
        died_at_every_point(idris, goes_along(relay))
        mara.say("After.")
        converged(own_town, [mara, idris])
        assert {p.row().relay for p in (mara, idris)} == {relay.url}
        assert sorted(idris.texts()) == ["After.", "And I.", "Before.", "Said on the way."]
