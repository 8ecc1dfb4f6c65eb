"""No circle ends unmanageable: the members go on without their hosts, and a host can come back."""

from __future__ import annotations

import pytest

from havenclient.circles.circle import Standing
from havenclient.circles.service import Words
from havenclient.errors import SafetyRefusal, UsageError
from tests.circles.kit import CIRCLE, Person, Town

NEW = f"{CIRCLE}, anew"


def rounds(*people: Person, times: int = 1) -> None:
    for _ in range(times):
        for person in people:
            person.sync()


def test_the_host_is_lost_and_the_members_go_on(town: Town) -> None:
    mara, idris, tove, nela = town.circle_of("mara", "idris", "tove", "nela")
    with pytest.raises(SafetyRefusal):
        tove.circles.moderating.ask_succession(CIRCLE)
    mara.close()
    town.clock.go(days=25)
    idris.say("Is anybody there?")
    rounds(idris, tove, nela)
    town.clock.go(days=6)
    tove.circles.moderating.ask_succession(CIRCLE)
    rounds(tove, idris, nela)
    with pytest.raises(UsageError):
        tove.circles.moderating.found_anew(CIRCLE)
    (step,) = idris.circles.moderating.steps(CIRCLE)
    idris.circles.moderating.agree(CIRCLE, step.id)
    rounds(idris, tove, nela)
    assert tove.circles.moderating.found_anew(CIRCLE) == NEW
    rounds(tove, idris, nela)
    for guest in (idris, nela):
        assert any("founded anew" in line for line in guest.lines())
        guest.sync()  # reads what is behind the door
        (door,) = guest.circles.doors()[-1:]
        assert door.inviter == "tove"
        guest.circles.knock(door.id, guest.name, "", accepted_version=1)
        guest.sync()
        rounds(tove, tove, guest)
    rounds(tove, idris, nela, times=2)
    names = {p.name for p in nela.circles.people(NEW)}
    assert names == {"tove", "idris", "nela"}
    nela.circles.say(NEW, Words("We are still here."))
    rounds(nela, idris)
    assert [m.text for m in idris.circles.messages(NEW) if m.kind == "message"] == [
        "We are still here."
    ]
    # Where they were is not lost either.
    assert idris.circles.get(CIRCLE).standing is Standing.ACTIVE
    (line,) = [one for one in nela.lines() if "asks to found" in one]
    assert "tove" in line


def test_a_host_who_comes_back_within_a_week_ends_it(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    town.clock.go(days=25)
    rounds(idris, tove)
    town.clock.go(days=6)
    tove.circles.moderating.ask_succession(CIRCLE)
    rounds(tove, idris)
    idris.circles.moderating.agree(CIRCLE, idris.circles.moderating.steps(CIRCLE)[0].id)
    rounds(idris, tove)
    town.clock.go(days=3)
    rounds(mara, tove, idris)
    for person in (mara, idris, tove):
        assert any("mara is here again" in line for line in person.lines())
        assert person.circles.moderating.steps(CIRCLE) == []
    with pytest.raises(SafetyRefusal):
        tove.circles.moderating.found_anew(CIRCLE)
