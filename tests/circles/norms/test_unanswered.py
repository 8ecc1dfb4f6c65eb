"""Posts without an answer: seen by who wants to help, after a day, folded, and told to nobody."""

from __future__ import annotations

import json

from havenclient.circles import unanswered
from havenclient.circles.content import Kind
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_cli import Terminal
from tests.circles.norms.test_ladder import number

DAY = 24 * 3600


def waiting(person: Person) -> list[str]:
    return [unanswered.line(one) for one in unanswered.look(person.circles, CIRCLE)]


def test_a_post_nobody_answered_is_listed_after_a_day_for_two_weeks(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.say("How do you sleep after nights?", kind=Kind.QUESTION)
    town.settle()
    town.clock.go(seconds=DAY - 3600)
    assert waiting(idris) == []
    town.clock.go(seconds=3600)
    assert waiting(idris) == ["mara: How do you sleep after nights?"]
    assert waiting(mara) == [], "her own post is not held up to her"
    tove.say("Earplugs.", reply_to=number(tove, "How do you sleep after nights?"))
    town.settle()
    assert waiting(idris) == []
    idris.say("A heron today.")
    town.settle()
    town.clock.go(seconds=15 * DAY)
    assert waiting(mara) == []


def test_support_answers_a_post_but_not_a_question(town: Town) -> None:
    mara, idris, tove = town.circle_of("mara", "idris", "tove")
    mara.say("A hard week.", kind=Kind.JUST_LISTEN)
    mara.say("Does light help?", kind=Kind.QUESTION)
    town.settle()
    for text in ("A hard week.", "Does light help?"):
        idris.circles.react(CIRCLE, number(idris, text), "with you")
        mara.circles.react(CIRCLE, number(mara, text), "thank you")
    mara.say("I mean daylight.", reply_to=number(mara, "Does light help?"))
    town.settle()
    town.clock.go(seconds=2 * DAY)
    assert waiting(tove) == ["mara: Does light help?"], "an author's own word is no answer"


def test_the_list_opens_no_fold_and_sends_nothing(town: Town) -> None:
    mara, idris, _ = town.circle_of("mara", "idris", "tove")
    mara.say("zanzibarine", note="loss")
    town.settle()
    town.clock.go(seconds=2 * DAY)
    before = idris.circles.queue()
    (line,) = waiting(idris)
    assert "zanzibarine" not in line and "content note: loss" in line
    assert idris.circles.queue() == before
    haven = Terminal(idris)
    assert "zanzibarine" not in haven("circle", "unanswered") + haven.said
    haven("circle", "unanswered", "--on")
    assert "Only you see it" in haven.said
    assert json.loads(haven("circle", "unanswered", "--json"))["kind"] == "unanswered"
