"""The ladder: who may, how long, with whom; the same on every client; and words for everybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from havenclient.circles import acts, closing, ladder_store
from havenclient.circles.acts import DAY, HOUR, Reason
from havenclient.circles.circle import Standing
from havenclient.circles.closing import CommitWish
from havenclient.circles.quiet_words import NUDGES
from havenclient.circles.writing import write
from havenclient.crypto import mls
from havenclient.errors import SafetyRefusal, UsageError
from tests.circles.kit import CIRCLE, Person, Town


def helper_of(town: Town, host: Person, person: Person, role: str = "helper") -> None:
    host.circles.ask_role(CIRCLE, person.name, role)
    host.sync()
    person.sync()
    person.circles.answer_role(CIRCLE, role)
    person.sync()
    host.sync()
    host.circles.give_role(CIRCLE, person.name, role)
    town.settle(2)


def all_agree(*people: Person) -> None:
    """One ladder on every client, byte for byte."""
    dumps = {ladder_store.dump(ladder_store.ladder_of(p.circles.book, p.row().no)) for p in people}
    assert len(dumps) == 1


def number(person: Person, text: str) -> int:
    return next(m.no for m in person.messages() if m.text == text)


def test_a_nudge_reaches_one_person_and_nobody_else(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    idris.say("You should stop taking that.")
    idris.sync()
    town.settle(1)
    tove.circles.moderating.nudge(CIRCLE, number(tove, "You should stop taking that."), 2)
    tove.sync()
    town.settle(1)
    assert any(NUDGES[2] in line and "tove, to you alone" in line for line in idris.lines())
    assert not [line for line in mara.lines() if "alone" in line]
    for table in ("circle_message", "circle_nudge", "circle_entry"):
        rows = repr(list(mara.vault.db.execute(f"SELECT * FROM {table}")))
        assert "medical" not in rows
    assert not list(mara.vault.db.execute("SELECT * FROM circle_nudge"))


def test_nobody_can_nudge_the_same_person_all_day(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    idris.say("A long text.")
    idris.sync()
    mara.sync()
    for _ in range(5):
        mara.circles.moderating.nudge(CIRCLE, number(mara, "A long text."), 0)
    mara.sync()
    idris.sync()
    assert len([line for line in idris.lines() if "to you alone" in line]) == 3


def test_a_helper_folds_and_the_author_unfolds_by_changing_it(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    helper_of(town, mara, tove)
    idris.say("Something graphic.")
    idris.sync()
    town.settle(1)
    tove.circles.moderating.fold(
        CIRCLE, number(tove, "Something graphic."), "injury", Reason.HARD_TO_READ
    )
    tove.sync()
    town.settle(1)
    for reader in (mara, tove):
        (view,) = [m for m in reader.circles.messages(CIRCLE) if m.sender == "idris"]
        assert view.folded
        assert view.text == ""
        assert view.folded_because == "content note: injury (by tove)"
    for reader in (mara, tove, idris):
        (line,) = [one for one in reader.lines() if "folded" in one]
        assert "graphic" not in line
    own = next(m for m in idris.circles.messages(CIRCLE) if m.mine)
    assert (own.text, own.note, own.note_by) == ("Something graphic.", "injury", "tove")
    idris.circles.edit(CIRCLE, own.no, "Something milder.")
    idris.sync()
    town.settle(1)
    (view,) = [m for m in mara.circles.messages(CIRCLE) if m.sender == "idris"]
    assert (view.folded, view.text) == (False, "Something milder.")
    all_agree(mara, idris, tove)


def test_members_can_not_take_steps_and_nobody_steps_on_herself(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    with pytest.raises(SafetyRefusal):
        idris.circles.moderating.pause(CIRCLE, "tove", DAY, Reason.UNKIND)
    with pytest.raises(UsageError):
        mara.circles.moderating.pause(CIRCLE, "mara", DAY, Reason.UNKIND)
    # A modified client writes the act all the same: it changes nothing for anybody.
    key = next(p.key for p in idris.state().people if p.name == "tove")
    forged = acts.Act(acts.What.PAUSE, idris.circles.book.now(), target=key, seconds=DAY)
    with idris.circles.book.change():
        write(idris.circles.book, idris.row().no, acts.content_of(forged, idris.circles.book.token))
    idris.sync()
    town.settle(1)
    tove.say("Still free.")
    tove.sync()
    town.settle(1)
    assert "Still free." in mara.texts()
    assert not [line for p in (mara, idris, tove) for line in p.lines() if "paused" in line]
    all_agree(mara, idris, tove)


def test_a_pause_holds_for_everybody_ends_by_itself_and_can_be_answered(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.circles.moderating.pause(CIRCLE, "idris", DAY, Reason.UNKIND)
    mara.sync()
    # He has not heard of it yet: his own Haven lets him write, everybody sets it aside.
    idris.say("Written too late.")
    idris.sync()
    town.settle(1)
    with pytest.raises(SafetyRefusal):
        idris.say("And more.")
    for reader in (mara, tove):
        assert "Written too late." not in reader.texts()
        assert [m.text for m in reader.messages() if m.kind == "quarantine"] == [
            "written while paused"
        ]
    own = next(m for m in idris.messages() if m.mine)
    assert (own.state, own.reason) == ("refused", "written while paused")
    (told,) = [line for line in idris.lines() if "You cannot write here" in line]
    assert "reach help as always" in told

    (step,) = idris.circles.moderating.steps(CIRCLE)
    assert (step.what, step.about_me, step.by) == ("pause", True, "mara")
    idris.circles.moderating.answer(CIRCLE, step.id, "I see it differently.")
    idris.sync()
    town.settle(1)
    assert "I see it differently." in tove.texts()
    seen = number(idris, "I see it differently.")
    assert seen

    town.clock.go(hours=23)
    town.settle(1)
    with pytest.raises(SafetyRefusal):
        idris.say("Not yet.")
    town.clock.go(hours=2)
    town.settle(2)  # mara's Haven says what time it is
    idris.say("Back again.")
    idris.sync()
    town.settle(1)
    assert "Back again." in mara.texts()
    assert "Back again." in tove.texts()
    all_agree(mara, idris, tove)


def test_answers_are_three_and_support_is_never_limited(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    tove.say("A hard day.")
    tove.sync()
    mara.circles.moderating.pause(CIRCLE, "idris", HOUR, Reason.FLOOD)
    mara.sync()
    town.settle(1)
    idris.circles.react(CIRCLE, number(idris, "A hard day."), "with you")
    (step,) = idris.circles.moderating.steps(CIRCLE)
    for i in range(3):
        idris.circles.moderating.answer(CIRCLE, step.id, f"answer {i}")
        idris.sync()
    with pytest.raises(UsageError):
        idris.circles.moderating.answer(CIRCLE, step.id, "a fourth")
    town.settle(1)
    (view,) = [m for m in tove.messages() if m.text == "A hard day."]
    assert [(r.word, r.names) for r in view.reactions] == [("with you", ("idris",))]


def test_above_a_day_a_second_helper_has_to_agree(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    helper_of(town, mara, tove)
    tove.circles.moderating.pause(CIRCLE, "idris", 3 * DAY, Reason.PRESSURE)
    tove.sync()
    town.settle(1)
    (step,) = mara.circles.moderating.steps(CIRCLE)
    assert step.asked_until - step.until == 2 * DAY
    with pytest.raises(SafetyRefusal):
        idris.circles.moderating.agree(CIRCLE, step.id)
    mara.circles.moderating.agree(CIRCLE, step.id)
    mara.sync()
    town.settle(1)
    (step,) = idris.circles.moderating.steps(CIRCLE)
    assert step.asked_until == step.until
    town.clock.go(hours=50)
    town.settle(2)
    with pytest.raises(SafetyRefusal):
        idris.say("After two days.")
    tove.circles.moderating.lift(CIRCLE, step.id)
    tove.sync()
    town.settle(1)
    idris.say("Free.")
    idris.sync()
    town.settle(1)
    assert "Free." in mara.texts()
    all_agree(mara, idris, tove)


def test_slow_means_one_message_in_half_an_hour(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.circles.moderating.slow(CIRCLE, None, Reason.FLOOD)
    mara.sync()
    town.settle(1)
    idris.say("One.")
    idris.sync()
    with pytest.raises(SafetyRefusal):
        idris.say("Two, at once.")
    mara.say("Hosts are not slowed by it.")
    mara.say("Twice.")
    town.clock.go(minutes=31)
    town.settle(2)
    idris.say("Two.")
    idris.sync()
    town.settle(1)
    assert [t for t in tove.texts() if t in ("One.", "Two.")] == ["One.", "Two."]
    all_agree(mara, idris, tove)


def test_who_comes_in_later_knows_what_is_in_force(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    mara.circles.moderating.pause(CIRCLE, "idris", DAY, Reason.UNKIND)
    mara.sync()
    idris.sync()
    nela = town.person("nela")
    town.bring(mara, nela)
    town.settle(2)
    (step,) = nela.circles.moderating.steps(CIRCLE)
    assert (step.what, step.person) == ("pause", "idris")
    all_agree(mara, idris, nela)


def test_a_pause_is_not_shed_by_coming_back_with_a_new_key(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.circles.moderating.pause(CIRCLE, "idris", DAY, Reason.UNKIND)
    mara.sync()
    town.settle(1)
    idris.circles.ask_back(CIRCLE)
    idris.sync()
    mara.sync()
    for knock in mara.circles.knocks(CIRCLE):
        mara.circles.admit(CIRCLE, knock.no)
    town.settle(3)
    assert any("idris is back" in line for line in tove.lines())
    with pytest.raises(SafetyRefusal):
        idris.say("With a new key.")
    all_agree(mara, idris, tove)


# --- removal --------------------------------------------------------------------------------------


def test_a_removal_takes_a_second_host_or_helper(town: Town) -> None:
    mara, idris, tove, nela = town.circle_of("mara", "idris", "tove", "nela")
    helper_of(town, mara, tove)
    with pytest.raises(SafetyRefusal):
        mara.circles.remove(CIRCLE, "idris")
    tove.circles.moderating.ask_removal(CIRCLE, "idris", Reason.THREAT)
    tove.sync()
    town.settle(1)
    # The host has said nothing yet: her Haven does not carry it out by itself.
    assert {p.name for p in nela.circles.people(CIRCLE)} == {"mara", "idris", "tove", "nela"}
    (step,) = mara.circles.moderating.steps(CIRCLE)
    mara.circles.moderating.agree(CIRCLE, step.id)
    mara.sync()
    town.settle(3)
    assert {p.name for p in nela.circles.people(CIRCLE)} == {"mara", "tove", "nela"}
    assert idris.circles.get(CIRCLE).standing is Standing.GONE
    all_agree(mara, tove, nela)


def test_two_thirds_of_the_members_decide_as_well(town: Town) -> None:
    mara, idris, tove, nela = town.circle_of("mara", "idris", "tove", "nela")
    helper_of(town, mara, idris)  # the helper is whom it is about
    helper_of(town, mara, nela)
    mara.circles.moderating.ask_removal(CIRCLE, "idris", Reason.SEXUAL)
    mara.sync()
    town.settle(1)
    assert {p.name for p in tove.circles.people(CIRCLE)} == {"mara", "idris", "tove", "nela"}
    (step,) = tove.circles.moderating.steps(CIRCLE)
    tove.circles.moderating.agree(CIRCLE, step.id)  # 2 of 3
    tove.sync()
    town.settle(3)
    assert {p.name for p in tove.circles.people(CIRCLE)} == {"mara", "tove", "nela"}


def test_everybody_refuses_a_commit_that_removes_without_a_warrant(town: Town) -> None:
    mara, _, tove = town.circle_of("mara", "idris", "tove")
    helper_of(town, mara, tove)
    circle = mara.state()
    target = next(p for p in circle.people if p.name == "idris")
    with pytest.raises(mls.PolicyViolation):
        closing.stage(circle, CommitWish(remove=(target.leaf,)), 0, mara.circles.book.token)
    terms = circle.terms.without({next(p.key for p in circle.people if p.name == "tove")})
    with pytest.raises(mls.PolicyViolation):  # nor does it help to take the role away first
        closing.stage(circle, CommitWish(terms=terms), 0, mara.circles.book.token)
    bare = replace(circle.terms, extra={})
    with pytest.raises(mls.PolicyViolation):  # nor to take the rule away
        closing.stage(circle, CommitWish(terms=bare), 0, mara.circles.book.token)
