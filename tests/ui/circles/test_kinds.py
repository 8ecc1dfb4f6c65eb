"""Kinds of messages and where advice is from, from one person's keys to another person's Haven."""

from __future__ import annotations

from textual.widgets import Input, Static

from havenclient.circles.content import Kind, Source
from havenclient.ui.app import HavenApp
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.conversation import ConversationScreen
from havenclient.ui.screens.circles.manner import Manner, unpacked
from tests.circles.kit import CIRCLE, Person
from tests.ui.circles.village import Village, hears, press, sees, until
from tests.ui.house import open_app, settle, shown, write

LINK = "https://example.org/sleep"


def two(village: Village) -> Person:
    """tove before the screen, mara the host elsewhere. Returns mara."""
    mara, tove = village.person("mara"), village.seated("tove")
    village.found(mara)
    village.bring(mara, tove)
    village.settle(1)
    village.seat()
    return mara


def hint(app: HavenApp) -> str:
    line = app.screen.query_one("#talk-hint", Static)
    return str(line.render()) if line.display else ""


def frame(app: HavenApp) -> str:
    return str(app.screen.query_one(Composer).border_subtitle)


async def choose(pilot, *words: str) -> None:  # type: ignore[no-untyped-def]
    """Down to the answer that begins with each of `words`, one list after the other."""
    for word in words:
        for _ in range(8):
            options = pilot.app.screen.query_one("OptionList")
            if str(options.get_option_at_index(options.highlighted).prompt).startswith(word):
                break
            await press(pilot, "down")
        else:
            raise AssertionError(word)
        await press(pilot, "enter")


async def test_every_kind_arrives_as_it_was_meant(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "To Night Walkers")
        for word, kind in (
            ("experience", Kind.EXPERIENCE),
            ("question", Kind.QUESTION),
            ("just listen", Kind.JUST_LISTEN),
            ("just words", None),
        ):
            await press(pilot, "ctrl+g")
            await choose(pilot, word)
            assert ("kind:" in frame(app)) is (kind is not None)
            await write(pilot, f"this is {word}")
            await press(pilot, "ctrl+j")
            await hears(pilot, mara, lambda word=word: f"this is {word}" in mara.texts())  # type: ignore[misc]
            said = mara.messages()[-1]
            assert (said.talk, said.source) == (kind, None)
            assert "kind:" not in frame(app)  # the next message is just words again


async def test_advice_that_was_read_says_where(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "ctrl+g")
        await choose(pilot, "advice", "read")
        await press(pilot, "enter")  # nowhere is no answer
        await sees(pilot, "Read somewhere says where")
        await press(pilot, "ctrl+g")
        await choose(pilot, "advice", "read")
        await write(pilot, LINK)
        await press(pilot, "enter")
        assert f"advice: read, {LINK}" in frame(app)
        await write(pilot, "Warm milk before bed.")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["Warm milk before bed."])
        (said,) = (view for view in mara.messages() if view.kind == "message")
        assert (said.talk, said.source, said.source_link) == (Kind.ADVICE, Source.READ, LINK)
        await sees(pilot, f"source: read, {LINK}")


async def test_advice_without_a_source_is_asked_for_one_and_then_goes(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "ctrl+g")
        await choose(pilot, "advice")
        await press(pilot, "escape")
        assert "advice" not in frame(app)  # esc leaves it as it was
        screen = app.screen
        assert isinstance(screen, ConversationScreen)
        screen.manner = Manner(kind=Kind.ADVICE)  # as out of another program's draft
        await write(pilot, "Warm milk before bed.")
        await press(pilot, "ctrl+j")
        assert mara.texts() == []
        await choose(pilot, "not sure")
        await hears(pilot, mara, lambda: mara.texts() == ["Warm milk before bed."])
        assert mara.messages()[-1].source == Source.NOT_SURE


async def test_who_asked_to_be_heard_is_answered_by_listening(village: Village) -> None:
    mara = two(village)
    mara.say("The worst day.", kind=Kind.JUST_LISTEN)
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "just listen, please: The worst day.")
        assert hint(app) == ""
        await press(pilot, "r")
        assert hint(app) == "They asked for listening, not advice."
        await press(pilot, "ctrl+g")
        await choose(pilot, "advice", "my own")
        assert "Would you keep this, or say it as listening?" in hint(app)
        await press(pilot, "ctrl+g")
        await choose(pilot, "just words")
        assert hint(app) == "They asked for listening, not advice."
        await write(pilot, "I read you.")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: "I read you." in mara.texts())
        assert hint(app) == ""


async def test_words_like_advice_are_offered_their_label_with_one_key(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "You should stop taking your pills.")
        await press(pilot, "ctrl+j")
        await until(pilot, lambda: "It may be advice." in hint(app), "the question")
        assert "^g says where it is from, ^j sends it as it is." in hint(app)
        mara.sync()
        assert mara.texts() == []
        await press(pilot, "ctrl+g")
        await choose(pilot, "my own")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: len(mara.texts()) == 1)
        said = mara.messages()[-1]
        assert (said.talk, said.source) == (Kind.ADVICE, Source.MINE)


async def test_words_like_advice_may_go_as_they_are(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "You should stop taking your pills.")
        await press(pilot, "ctrl+j")
        await until(pilot, lambda: "It may be advice." in hint(app), "the question")
        await write(pilot, " Or not.")
        await until(pilot, lambda: not hint(app), "other words are looked at anew")
        await press(pilot, "ctrl+j")
        await until(pilot, lambda: "It may be advice." in hint(app), "the question again")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: len(mara.texts()) == 1)
        assert mara.messages()[-1].talk is None


async def kept(pilot) -> None:  # type: ignore[no-untyped-def]
    """The draft is in the vault, as every few seconds and before a lock."""
    pilot.app.screen.keep_draft()
    await settle(pilot)


async def test_a_draft_keeps_how_it_is_meant_and_whom_it_answers(village: Village) -> None:
    mara = two(village)
    mara.say("The worst day.", kind=Kind.JUST_LISTEN)
    mara.sync()
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "The worst day.")
        await press(pilot, "r", "ctrl+g")
        await choose(pilot, "advice", "read")
        await write(pilot, LINK)
        await press(pilot, "enter", "ctrl+t", "down", "enter")
        await write(pilot, "half a thought")
        await kept(pilot)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "Answer to mara")
        assert app.screen.query_one(Composer).text == "half a thought"
        assert "advice: read, https://" in frame(app) and "note: health" in frame(app)
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: "half a thought" in mara.texts())
        said = mara.messages()[-1]
        assert said.reply_to == mara.messages()[-2].no
        assert (said.talk, said.source_link, said.note) == (Kind.ADVICE, LINK, "health")


async def test_a_draft_of_other_words_comes_back_as_other_words(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await write(pilot, "good morning")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["good morning"])
        await press(pilot, "escape", "e")
        await write(pilot, ", all")
        await kept(pilot)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter")
        await sees(pilot, "Your message in other words")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts() == ["good morning, all"])


async def test_a_quotation_keeps_kind_and_source(village: Village) -> None:
    mara = two(village)
    mara.say("Warm milk.", kind=Kind.ADVICE, source=Source.READ, source_link=LINK)
    mara.sync()
    mara.say("for later", note="food")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, f"source: read, {LINK}")
        await press(pilot, "q")
        await sees(pilot, "It is folded.")
        assert app.screen.query_one(Composer).text == ""
        await press(pilot, "up", "q")
        quoted = app.screen.query_one(Composer).text
        assert quoted == f"> Warm milk.\n> (advice; source: read, {LINK})\n\n"
        await press(pilot, "escape", "r")
        await write(pilot, "Thank you.")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.texts()[-1].endswith("Thank you."))
        await sees(pilot, f"↳ mara: (advice, read, {LINK})")


async def test_an_unnamed_question_shows_no_name_as_its_author(village: Village) -> None:
    idris, mara, tove = village.person("idris"), village.person("mara"), village.seated("tove")
    village.found(mara)
    for guest in (idris, tove):
        village.bring(mara, guest)
    village.settle(1)
    idris.circles.reporting.ask_unnamed(CIRCLE, "Does it get quieter?", "mara")
    idris.sync()
    mara.sync()
    (asked,) = mara.circles.reviewing.inbox(CIRCLE)
    mara.circles.reviewing.pass_on(CIRCLE, asked.no)
    mara.sync()
    village.seat()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "someone here asks, through mara")
        assert "Does it get quieter?" in shown(app)
        await press(pilot, "r")
        await sees(pilot, "Answer to someone, for all of Night Walkers")


async def test_words_of_support_are_a_fixed_set_and_nobody_counts_them(village: Village) -> None:
    mara = two(village)
    mara.say("good morning")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "good morning")
        await press(pilot, "full_stop")
        offered = app.screen.query_one("OptionList")
        words = [str(offered.get_option_at_index(n).prompt) for n in range(offered.option_count)]  # type: ignore[attr-defined]
        assert words == ["with you", "thank you", "me too", "take your time", "that helped"]
        assert not app.screen.query(Input)
        await press(pilot, "enter")
        await sees(pilot, "with you: tove")
        mara.circles.react(CIRCLE, mara.messages()[-1].no, "with you")
        mara.sync()
        await sees(pilot, "with you: ")
        await until(pilot, lambda: "mara, tove" in shown(app) or "tove, mara" in shown(app), "both")
        assert "2" not in "".join(line for line in shown(app).split("\n") if "with you" in line)


def test_what_a_draft_kept_and_nobody_knows_is_left_out() -> None:
    manner = Manner("food", Kind.ADVICE, Source.READ, LINK)
    assert unpacked("food", manner.packed(7, None)) == (manner, 7, None)
    assert unpacked(None, Manner().packed(None, 3)) == (Manner(), None, 3)
    odd = ("kind:shout", "source:", "answers:-1", "rewords:x", "walk", "answers")
    assert unpacked(None, odd) == (Manner(), None, None)
