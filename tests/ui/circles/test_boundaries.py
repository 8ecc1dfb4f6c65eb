"""Limits in circles: one small line, one key, and nothing of it for anybody else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from havenclient.care.boundaries import Feeling
from havenclient.care.keeping import Boundaries
from havenclient.circles import days_off
from havenclient.config import Settings
from havenclient.ui.app import HavenApp
from havenclient.ui.circles_session import desk
from havenclient.ui.screens.care.player import PlayerScreen
from havenclient.ui.screens.circles.conversation import ConversationScreen
from havenclient.ui.screens.circles.later import LaterScreen
from havenclient.ui.screens.circles.limits_here import LimitLine
from havenclient.ui.screens.circles.overview import CirclesScreen
from havenclient.ui.screens.circles.pace import PaceScreen
from havenclient.ui.screens.circles.rows import Rows
from tests.circles.kit import CIRCLE, Person
from tests.ui.circles.conftest import MakeVillage
from tests.ui.circles.village import (
    TownClock,
    Village,
    hears,
    press,
    sees,
    sees_no_more,
    until,
)
from tests.ui.house import open_app, shown, write

AFTERNOON = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def small_circle(village: Village, **limits: str) -> Person:
    """mara hosts, tove sits before the screen with these limits in her vault. Returns mara."""
    clock = village.clock
    assert isinstance(clock, TownClock)
    clock.set(AFTERNOON)
    mara, tove = village.person("mara"), village.seated("tove")
    village.found(mara)
    village.bring(mara, tove)
    village.settle(1)
    kept = Boundaries(tove.vault.db, clock)
    for name, value in {"quiet_hours": "none", **limits}.items():
        kept.set(name, value)
    village.seat()
    return mara


async def says(mara: Person, *texts: str) -> None:
    for text in texts:
        await asyncio.to_thread(mara.say, text)
    await asyncio.to_thread(mara.sync)


def pass_time(app: HavenApp, **span: float) -> None:
    """Time goes by with the person awake before the screen: nothing covers or locks itself."""
    clock = app.launch.clock
    assert isinstance(clock, TownClock)
    clock.go(**span)
    app.guard.touch()
    app.guard.look()


def line(app: HavenApp) -> str:
    return app.screen.query_one(LimitLine).sentence


# --- quiet hours ----------------------------------------------------------------------------------


async def test_at_night_a_circle_costs_one_more_key_and_words_go_out_in_the_morning(
    village: Village,
) -> None:
    mara = small_circle(village, quiet_hours="22:00-07:00", hold="on")
    clock = village.clock
    assert isinstance(clock, TownClock)
    clock.set(NIGHT)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, CIRCLE)
        await press(pilot, "enter")
        assert line(app) == "It is late. Notes will be here tomorrow. Open anyway?"
        assert isinstance(app.screen, CirclesScreen), "a line, not a dialog"
        await press(pilot, "escape")
        assert line(app) == ""
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, ConversationScreen)
        await says(mara, "late words")
        await sees(pilot, "late words")
        await write(pilot, "for the morning")
        await press(pilot, "ctrl+j")
        await sees(pilot, "held")
        await asyncio.to_thread(mara.sync)
        assert "for the morning" not in mara.texts()
        pass_time(app, seconds=9 * 3600)
        desk(app).keep_in_touch()
        await hears(pilot, mara, lambda: "for the morning" in mara.texts())


async def test_what_waits_is_not_called_nothing(village: Village) -> None:
    mara = small_circle(village, quiet_hours="16:00-18:00")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "Nothing was said here yet")
        pass_time(app, seconds=2 * 3600)
        await says(mara, "are you awake?")
        await sees(pilot, "1 message until 18:00")
        assert "What was said waits" in shown(app)
        assert "Nothing was said" not in shown(app)


async def test_what_she_once_wrote_into_the_settings_file_still_holds(
    make_village: MakeVillage,
) -> None:
    base = Settings()
    old = replace(base, boundaries=replace(base.boundaries, quiet_hours="14:00-16:00"))
    village = make_village(settings=old)
    mara, tove = village.person("mara"), village.seated("tove")
    village.found(mara)
    village.bring(mara, tove)
    village.seat()
    clock = village.clock
    assert isinstance(clock, TownClock)
    clock.set(AFTERNOON)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        assert line(app).startswith("It is quiet until 16:00.")
        await press(pilot, "o")
        await sees(pilot, "goes out at 16:00")
        assert app.session is not None
        app.session.ask_vault(lambda v: Boundaries(v.db, clock).set("quiet_hours", "none"))
        await press(pilot, "escape", "escape", "enter")
        await sees_no_more(pilot, "goes out at")


# --- caps -----------------------------------------------------------------------------------------


async def test_a_visit_shows_as_many_posts_as_she_set_and_answers_to_her_always(
    village: Village,
) -> None:
    mara = small_circle(village, posts="2")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, f"To {CIRCLE}")
        await write(pilot, "is anybody there?")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: "is anybody there?" in mara.texts())
        await says(mara, "one", "two", "three", "four")
        mine = next(m.no for m in mara.messages() if m.text == "is anybody there?")
        await asyncio.to_thread(lambda: mara.say("I am", reply_to=mine))
        await asyncio.to_thread(mara.sync)
        await sees(pilot, "I am")
        assert line(app) == "That was 2 for this visit. The rest waits for you."
        assert "two" in shown(app) and "three" not in shown(app)
        await press(pilot, "escape", "u")
        await sees(pilot, "four")
        assert line(app) == ""
        await press(pilot, "escape")
        await sees(pilot, CIRCLE)


async def test_the_rest_stays_new_for_the_next_visit(village: Village) -> None:
    mara = small_circle(village, posts="1")
    await says(mara, "one", "two", "three")
    clock = village.clock
    assert isinstance(clock, TownClock)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "3 new")
        await press(pilot, "enter")
        await sees(pilot, "That was 1 for this visit.")
        await press(pilot, "escape", "escape")
        await sees(pilot, "2 new")
        await press(pilot, "enter")
        await sees(pilot, "That was 1 for this visit.")  # the same visit goes on
        await press(pilot, "escape", "escape")
        pass_time(app, seconds=3600)
        await press(pilot, "enter")
        await sees(pilot, "two")
        assert "three" not in shown(app)


async def test_the_days_minutes_end_softly_and_one_key_gives_ten_more(village: Village) -> None:
    mara = small_circle(village, reading_cap="20")
    await says(mara, "read before")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "read before")
        desk(app).spend(21 * 60, _circle(app))
        await says(mara, "one too many")
        await sees(pilot, "That is what you set for today. The rest waits for you.")
        assert "read before" in shown(app) and "one too many" not in shown(app)
        await press(pilot, "escape", "u")
        await sees(pilot, "one too many")


async def test_reading_on_waits_only_for_who_chose_to_wait(village: Village) -> None:
    mara = small_circle(village, posts="1", wait="on")
    await says(mara, "one", "two")
    clock = village.clock
    assert isinstance(clock, TownClock)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape", "u")
        await sees(pilot, "You chose to wait: it opens at 15:10.")
        assert "two" not in shown(app)
        pass_time(app, seconds=601)
        screen = app.screen
        assert isinstance(screen, ConversationScreen)
        screen._after_a_while()
        await sees(pilot, "two")


def _circle(app: HavenApp) -> str:
    screen = app.screen
    assert isinstance(screen, ConversationScreen)
    return screen.circle


# --- the quiet line, and leaving ------------------------------------------------------------------


async def test_after_a_while_one_quiet_line_and_gently_out(village: Village) -> None:
    small_circle(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        screen = app.screen
        assert isinstance(screen, ConversationScreen)
        desk(app).spend(25 * 60, screen.circle)
        screen._after_a_while()
        assert line(app) == "You have been here a while. Stay, or close gently?"
        await press(pilot, "d")
        assert line(app) == ""
        desk(app).spend(25 * 60, screen.circle)
        screen._after_a_while()
        assert line(app) == "", "once"
        await press(pilot, "escape")
        assert line(app) == "Put it down before you go?"
        await press(pilot, "W")
        assert isinstance(app.screen, PlayerScreen)
        assert "theirs and not yours" in shown(app)
        await press(pilot, "escape")
        assert line(app) == ""


async def test_lighter_same_heavier_is_asked_once_and_three_of_five_bring_four_choices(
    village: Village,
) -> None:
    mara = small_circle(village, feelings="on", wind_down="off")
    await says(mara, "a post")
    async with open_app(village.where) as (app, pilot):
        assert app.session is not None
        clock = village.where.clock

        def earlier(vault: object) -> None:
            kept = Boundaries(vault.db, clock)  # type: ignore[attr-defined]
            for _ in range(2):
                kept.feel(kept.begin_visit("elsewhere"), Feeling.HEAVIER)

        app.session.ask_vault(earlier)
        await press(pilot, "f5", "enter")
        await sees(pilot, "a post")
        await press(pilot, "escape", "escape")
        assert line(app) == "How do you leave this circle?"
        await press(pilot, "H")
        await sees(pilot, "The last visits left you heavier. Want to change something?")
        for choice in ("P pause it", "D smaller dose", "T a professional", "K keep as it is"):
            assert choice in shown(app)
        await press(pilot, "K")
        assert line(app) == ""
        await press(pilot, "enter", "escape", "escape")
        assert line(app) == "", "once a visit"
        kept = app.session.ask_vault(lambda v: Boundaries(v.db, clock).visits())
        assert [one.feeling for one in kept] == [Feeling.HEAVIER] * 3


async def test_a_folded_post_that_was_opened_offers_to_put_it_down(village: Village) -> None:
    mara = small_circle(village)
    await asyncio.to_thread(lambda: mara.say("heavy words", note="grief"))
    await asyncio.to_thread(mara.sync)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "content note: grief")
        await press(pilot, "space")
        await sees(pilot, "heavy words")
        await press(pilot, "escape")
        assert line(app) == "Put it down before you go?"
        await press(pilot, "escape")
        assert line(app) == ""


# --- rests ----------------------------------------------------------------------------------------


async def test_a_rest_has_no_mark_and_ends_with_words(village: Village) -> None:
    mara = small_circle(village, notices="twice")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "going for a walk")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: "going for a walk" in mara.texts())
        await press(pilot, "escape", "escape", "p", "down", "enter")
        await sees(pilot, "Tell the circle?")
        await press(pilot, "enter")
        await sees(pilot, "Resting from this circle until Wednesday 25 November.")
        await says(mara, "one", "two")
        mine = next(m.no for m in mara.messages() if m.text == "going for a walk")
        await asyncio.to_thread(lambda: mara.say("enjoy it", reply_to=mine))
        await asyncio.to_thread(mara.sync)
        assert app.session is not None
        row = app.session.ask_vault
        await until(pilot, lambda: row(lambda _: desk(app).circles.get(CIRCLE).new) == 3, "fetched")
        await press(pilot, "f3", "f5")
        assert "3 new" not in shown(app) and "something new" not in shown(app)
        await press(pilot, "enter")
        assert line(app).startswith("Resting from this circle until")
        await press(pilot, "p")
        await sees(pilot, "Back. 3 posts, 1 to you.")
        await sees_no_more(pilot, "Resting from")
        await asyncio.to_thread(mara.sync)
        assert not any("Resting" in text for text in mara.texts()), "silent unless she tells"


async def test_a_rest_that_was_told_and_that_ran_out(village: Village) -> None:
    mara = small_circle(village)
    clock = village.clock
    assert isinstance(clock, TownClock)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape", "p", "enter")
        await sees(pilot, "Tell the circle?")
        await press(pilot, "down", "enter")
        await hears(pilot, mara, lambda: any("until Monday" in text for text in mara.texts()))
        await press(pilot, "escape")
        await says(mara, "rest well")
        pass_time(app, days=1, seconds=5)
        await press(pilot, "f3", "f5")
        await sees(pilot, "Your rest from this circle is over.")
        await sees(pilot, "1 post, 0 to you.")
        await press(pilot, "enter", "escape", "escape")
        await sees_no_more(pilot, "Your rest from this circle is over.")


# --- later, and one at a time ---------------------------------------------------------------------


async def test_the_shelf_keeps_the_fold_and_leads_back(village: Village) -> None:
    mara = small_circle(village)
    await asyncio.to_thread(lambda: mara.say("zanzibarine words", note="grief"))
    await says(mara, *(f"number {n}" for n in range(5)))
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "number 4")
        await press(pilot, *("up",) * 5)
        await press(pilot, "l")
        await sees(pilot, "Kept for later.")
        await press(pilot, "escape", "l")
        assert isinstance(app.screen, LaterScreen)
        await sees(pilot, "content note: grief")
        assert "zanzibarine" not in shown(app)
        await press(pilot, "enter")
        screen = app.screen
        assert isinstance(screen, ConversationScreen)
        await until(pilot, lambda: screen.post and screen.post.note == "grief", "at the post")
        await press(pilot, "escape", "escape", "x")
        await sees(pilot, "Nothing is kept here.")
        await press(pilot, "escape", "f2", "r")
        await sees(pilot, "Nothing is kept here.")


async def test_one_post_at_a_time(village: Village) -> None:
    mara = small_circle(village, pace="on")
    await says(mara, "first", "second", "third")
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5")
        await sees(pilot, "3 new")
        await press(pilot, "enter")
        assert isinstance(app.screen, PaceScreen)
        await sees(pilot, "first")
        assert line(app) == "Next, later, or enough?" and "second" not in shown(app)
        await press(pilot, "l")
        await sees(pilot, "second")
        assert "first" not in shown(app)
        await press(pilot, "escape")
        await sees(pilot, "1 new")
        await press(pilot, "enter")
        await sees(pilot, "third")
        await press(pilot, "space")
        await sees(pilot, "That was all that is new.")
        await press(pilot, "c")
        await sees(pilot, f"To {CIRCLE}")
        assert isinstance(app.screen, ConversationScreen)


# --- a helper's day off, and notices --------------------------------------------------------------


async def test_a_hosts_day_off_is_seen_by_the_circle(village: Village) -> None:
    clock = village.clock
    assert isinstance(clock, TownClock)
    clock.set(AFTERNOON)
    tove, mara = village.seated("tove"), village.person("mara")
    village.found(tove)
    village.bring(tove, mara)
    village.settle(1)
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "i", "o", "enter")
        await sees(pilot, "You are off today.")

        def heard() -> bool:
            return days_off.who(mara.circles, CIRCLE) == (("tove",), ("tove",))

        await hears(pilot, mara, heard)
        await press(pilot, "escape")
        await sees(pilot, "tove is off today. No helper")
        await press(pilot, "i", "o", "end", "up", "enter")
        await sees(pilot, "You are here again.")
        await hears(pilot, mara, lambda: days_off.who(mara.circles, CIRCLE)[1] == ())
        assert "off" not in " ".join(mara.texts())
        assert isinstance(app.screen.query_one("#people-list"), Rows)


async def test_a_notice_is_one_sentence_without_content_as_often_as_she_chose(
    village: Village,
) -> None:
    mara = small_circle(village, notices="once")
    async with open_app(village.where) as (app, pilot):
        await until(pilot, lambda: desk(app).checked_at, "in touch")
        await says(mara, "zanzibarine")
        await sees(pilot, "There is something new in your circle.")
        assert "zanzibarine" not in shown(app) and "1 new" not in shown(app)
        app.say("")
        await says(mara, "and again")
        row = app.session.ask_vault  # type: ignore[union-attr]
        await until(pilot, lambda: row(lambda _: desk(app).circles.get(CIRCLE).new) == 2, "came")
        await pilot.pause(0.2)
        assert "something new" not in shown(app)
