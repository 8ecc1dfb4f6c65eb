"""Tips in a circle: each where it matters, and none over something else that is being said."""

from __future__ import annotations

from havenclient.circles.content import Kind, Source
from havenclient.ui.screens.care.tips import tip
from havenclient.ui.screens.circles.conversation import LONG_VISIT, ConversationScreen
from tests.ui.circles.test_conversation import person, seat
from tests.ui.circles.village import Village, press, sees, sees_no_more
from tests.ui.house import open_app, settle, shown


async def test_limits_advice_and_breaks_have_their_tips_here(village: Village) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    mara.say("A heron.")
    mara.sync()
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "A heron")
        room = app.screen
        assert isinstance(room, ConversationScreen) and room._tipped == {"limits"}
        mara.say("Less coffee.", kind=Kind.ADVICE, source=Source.MINE)
        mara.sync()
        await sees(pilot, "Less coffee")
        assert room._tipped == {"limits", "check"}
        room.visit.seconds = LONG_VISIT
        room._after_a_while()
        assert room._tipped == {"limits", "check", "break"}

        app.say("Kept.")
        tip(room, "check", where="c on it")
        await settle(pilot)
        assert "Kept." in shown(app), "a tip waits until the line is free"
        app.say("")
        tip(room, "check", where="c on it")
        await settle(pilot)
        assert "check advice before you change anything (c on it)." in shown(app)


async def test_posts_nobody_answered_stand_beside_their_circle_for_who_asked(
    village: Village,
) -> None:
    seat(village, "mara", "tove")
    mara = person(village, "mara")
    mara.say("How do you sleep after nights?", kind=Kind.QUESTION)
    mara.sync()
    village.settle(1)
    village.clock.go(days=2)
    village.seat()
    async with open_app(village.where, size=(120, 48)) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "Boundaries for you")
        assert "How do you sleep" not in shown(app)
        await press(pilot, "w")
        await sees(pilot, "No answer yet, only if you want to")
        assert "mara: How do you sleep after nights?" in shown(app)
        await press(pilot, "w")
        await sees_no_more(pilot, "How do you sleep")
