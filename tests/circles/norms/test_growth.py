"""A fourth member needs a helper; what a circle agreed on; who may look up what."""

from __future__ import annotations

import pytest

from havenclient.circles import order
from havenclient.circles.acts import DAY, Reason, What
from havenclient.circles.night import Lane
from havenclient.circles.order import Thought
from havenclient.errors import NotFound, SafetyRefusal, UsageError
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_ladder import helper_of, number
from tests.circles.norms.test_lane_and_sunset import shown, with_newcomer


def at_the_door(town: Town, host: Person, name: str) -> int:
    guest = town.person(name)
    town.knock(host, guest)
    host.sync()
    return next(k.no for k in host.circles.knocks(CIRCLE) if k.name == name)


def test_a_fourth_comes_in_only_where_somebody_helps(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    knock = at_the_door(town, mara, "nela")
    with pytest.raises(SafetyRefusal, match="somebody besides its host"):
        mara.circles.admit(CIRCLE, knock)
    # Growth waits; nobody is silenced, and the knock still stands there.
    idris.say("We talk as always.")
    idris.sync()
    town.settle(1)
    assert "We talk as always." in tove.texts()
    assert [k.state for k in mara.circles.knocks(CIRCLE)] == ["waiting"]
    helper_of(town, mara, tove)
    mara.circles.admit(CIRCLE, knock)
    town.settle(2)
    assert {p.name for p in idris.circles.people(CIRCLE)} == {"mara", "idris", "tove", "nela"}


def test_whoever_comes_back_is_no_growth(town: Town) -> None:
    mara, idris, _ = town.circle_of("mara", "idris", "tove")
    idris.circles.ask_back(CIRCLE)
    idris.sync()
    mara.sync()
    (knock,) = mara.circles.knocks(CIRCLE)
    mara.circles.admit(CIRCLE, knock.no)
    town.settle(2)
    assert any("idris is back" in line for line in mara.lines())


def test_a_circle_may_agree_on_another_report_window(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    with pytest.raises(UsageError):
        order.set_report_days(mara.circles, CIRCLE, 3)
    order.set_report_days(mara.circles, CIRCLE, 21)
    town.settle(2)
    assert any("set the report window: 21 days" in line for line in idris.lines())
    mara.say("Words to be reported.")
    mara.sync()
    idris.sync()
    no = number(idris, "Words to be reported.")
    town.clock.go(days=20)
    town.settle(1)
    assert no in idris.circles.reporting.provable(CIRCLE)
    town.clock.go(days=2)
    town.settle(1)
    assert no not in idris.circles.reporting.provable(CIRCLE)
    with pytest.raises(NotFound, match="no evidence"):
        idris.circles.reporting.take_outside(CIRCLE, [no], "seven quiet herons")


def test_what_changed_in_the_agreement_is_known(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.change_agreement(CIRCLE, "We are kind.\nWe answer when we can.")
    town.settle(2)
    change = order.change_of_agreement(idris.circles, CIRCLE)
    assert (change.version, change.by) == (2, "mara")
    assert ("+", "We answer when we can.") in change.lines
    assert [m for m, _ in change.lines if m == "-"]


def test_a_preview_is_the_very_line_that_all_will_see(town: Town) -> None:
    mara, _, tove = town.circle_of("mara", "idris", "tove")
    thought = Thought(What.PAUSE, "idris", Reason.UNKIND, 3 * DAY)
    said = order.preview(mara.circles, CIRCLE, thought)
    assert "becomes 3 days if a second host or helper agrees" in said
    assert mara.circles.moderating.steps(CIRCLE) == []
    mara.circles.moderating.pause(CIRCLE, "idris", 3 * DAY, Reason.UNKIND)
    mara.sync()
    town.settle(1)
    assert said in tove.lines()
    assert said in [line for _, line in order.log(tove.circles, CIRCLE)]
    # A member's thought is no step: the rules would refuse it.
    assert order.preview(tove.circles, CIRCLE, thought) == ""


def test_who_must_agree_is_said(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    helper_of(town, mara, tove)
    mara.circles.moderating.ask_removal(CIRCLE, "idris", Reason.THREAT)
    mara.sync()
    town.settle(1)
    (hers,) = tove.circles.moderating.steps(CIRCLE)
    assert "one more host or helper" in hers.needs
    assert (hers.may_agree, hers.may_lift) == (True, True)
    (his,) = idris.circles.moderating.steps(CIRCLE)
    assert (his.may_agree, his.may_lift, his.about_me) == (False, False, True)
    tove.circles.moderating.agree(CIRCLE, hers.id)
    tove.sync()
    (decided,) = tove.circles.moderating.steps(CIRCLE)
    assert decided.enough
    assert decided.needs == ""


def test_at_night_a_haven_that_only_runs_shows_nothing_and_one_key_does(town: Town) -> None:
    mara, tove, nela = with_newcomer(town, Lane(7, 0, 6))
    town.clock.go(hours=8)
    nela.say("By night.")
    nela.sync()
    for _ in range(3):  # the host's Haven runs, and she does not look
        mara.sync()
        town.clock.go(minutes=20)
    tove.sync()
    assert shown(tove) == []
    (waiting,) = order.waiting_for_others(mara.circles, CIRCLE)
    assert waiting.text == "By night."
    assert order.waiting_for_others(tove.circles, CIRCLE) == []
    order.let_through(mara.circles, CIRCLE)
    mara.sync()
    tove.sync()
    assert shown(tove) == ["By night."]
    assert order.waiting_for_others(mara.circles, CIRCLE) == []


def test_a_report_names_its_readers_before_it_leaves(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    helper_of(town, mara, tove)
    tove.say("Words of a helper.")
    tove.sync()
    town.settle(1)
    no = number(idris, "Words of a helper.")
    assert no in idris.circles.reporting.provable(CIRCLE)
    assert idris.circles.reporting.readers(CIRCLE, [no]) == ["mara"]
    assert idris.circles.reporting.readers(CIRCLE, []) == ["mara", "tove"]
    assert idris.circles.reporting.left_today(CIRCLE) == 5
