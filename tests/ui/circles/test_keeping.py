"""What a person carries away from a message: a check in three keys, a card, a shared piece."""

from __future__ import annotations

from textual.widgets import Input, OptionList

from havenclient.care.service import Care
from havenclient.circles.content import Kind, Source
from havenclient.ui.app import HavenApp
from havenclient.ui.screens.circles.check_this import CheckThis
from havenclient.ui.screens.circles.talk import Talk
from tests.circles.kit import CIRCLE, Person
from tests.ui.circles.conftest import MakeVillage
from tests.ui.circles.village import Village, hears, press, sees, until
from tests.ui.house import open_app, settle, shown, write

CLAIM = "Slow breathing helped my panic more than anything."


def two(village: Village) -> Person:
    mara, tove = village.person("mara"), village.seated("tove")
    village.found(mara)
    village.bring(mara, tove)
    village.settle(1)
    village.seat()
    return mara


def on_list(app: HavenApp) -> list[tuple[str, str, str, str]]:
    """What stands on the list for a professional, as it lies in the vault."""
    assert app.session is not None
    clock = app.launch.clock
    lines = app.session.ask_vault(lambda vault: Care(vault.db, clock).questions.all())
    return [(one.kind, one.text, one.source, one.verdict) for one in lines]


async def test_from_a_message_to_the_list_in_three_keys(village: Village) -> None:
    mara = two(village)
    mara.say(f"{CLAIM} Try it.", kind=Kind.ADVICE, source=Source.NOT_SURE)
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, CLAIM)
        keys = ("c", "ctrl+j")
        assert len(keys) <= 3
        await press(pilot, *keys)
        await until(pilot, lambda: on_list(app), "on the list")
        assert on_list(app) == [("check", CLAIM, "not sure", "")]
        assert "mara" not in str(on_list(app)) and CIRCLE not in str(on_list(app))
        await sees(pilot, "On your list.")
        assert app.screen.query(Talk)  # back where the person was
        await press(pilot, "f2", "l")
        await sees(pilot, "Ask a professional")
        mara.sync()
        assert len(mara.texts()) == 1  # nobody hears of a check


async def test_the_library_is_looked_at_and_says_that_it_is_no_verdict(village: Village) -> None:
    mara = two(village)
    mara.say(CLAIM + "\nDogs can fly.")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, CLAIM)
        await press(pilot, "c")
        await sees(pilot, "Long-out breathing")
        assert "neither is a verdict" in shown(app)
        await press(pilot, "f7")
        await sees(pilot, "The library here says nothing")
        await press(pilot, "f7")
        await sees(pilot, "Long-out breathing")
        app.screen.query_one("#check-found", OptionList).focus()
        await press(pilot, "enter")
        await sees(pilot, "Evidence:")
        await press(pilot, "escape")
        assert isinstance(app.screen, CheckThis)
        await press(pilot, "escape")
        assert on_list(app) == []


async def test_what_was_found_out_goes_to_the_same_line(village: Village) -> None:
    mara = two(village)
    mara.say(CLAIM)
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, CLAIM)
        await press(pilot, "c", "ctrl+j")
        await until(pilot, lambda: on_list(app), "on the list")
        await press(pilot, "c")
        await sees(pilot, "On your list since")
        await press(pilot, "tab")
        await write(pilot, "a leaflet")
        await press(pilot, "enter")
        await write(pilot, "for some people, says my doctor")
        await press(pilot, "ctrl+j")
        await until(pilot, lambda: "leaflet" in str(on_list(app)), "noted")
        wanted = ("check", CLAIM, "a leaflet", "for some people, says my doctor")
        assert on_list(app) == [wanted]
        await press(pilot, "c")
        await sees(pilot, "On your list since")
        verdict = app.screen.query_one("#check-verdict", Input)
        assert verdict.value == "for some people, says my doctor"


async def test_a_lock_leaves_nothing_of_a_claim_in_the_fields(village: Village) -> None:
    mara = two(village)
    mara.say(CLAIM)
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, CLAIM)
        await press(pilot, "c")
        screen = app.screen
        assert isinstance(screen, CheckThis)
        screen.blank()
        assert CLAIM not in shown(app)
        assert CLAIM not in repr(vars(screen))


async def test_nothing_is_carried_away_from_what_was_not_opened(village: Village) -> None:
    mara = two(village)
    mara.say(CLAIM, note="breathing")
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "content note: breathing")
        for key in ("c", "K", "q"):
            await press(pilot, key)
            await sees(pilot, "It is folded. space shows it")
            assert app.screen.query(Talk) and CLAIM not in shown(app)
        await press(pilot, "space")
        await sees(pilot, CLAIM)
        await press(pilot, "c")
        assert isinstance(app.screen, CheckThis)


async def test_a_card_is_kept_without_a_name_and_found_behind_f2(village: Village) -> None:
    mara = two(village)
    mara.say(
        "What: the long way home\nWhen: after a hard call\nWorked for: me", kind=Kind.WHAT_HELPED
    )
    mara.sync()
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f5", "enter", "escape")
        await sees(pilot, "the long way home")
        await press(pilot, "K")
        await write(pilot, "try it by the river")
        await press(pilot, "enter")
        await sees(pilot, "Kept without a name.")
        assert app.session is not None
        clock = app.launch.clock
        (card,) = app.session.ask_vault(lambda vault: Care(vault.db, clock).shelf.cards())
        assert (card.what, card.at, card.worked) == ("the long way home", "after a hard call", "me")
        assert card.note == "try it by the river" and "mara" not in repr(card)
        await press(pilot, "f2", "l")
        options = app.screen.query_one(OptionList)
        while options.get_option_at_index(options.highlighted or 0).id != "own:cards":
            await press(pilot, "down")
        await press(pilot, "enter")
        await sees(pilot, "when: after a hard call")
        await sees(pilot, "my remark: try it by the river")
        assert "mara" not in shown(app)
        await press(pilot, "enter")
        await write(pilot, ", or not")
        await press(pilot, "enter")
        await sees(pilot, "try it by the river, or not")
        await press(pilot, "a")
        await write(pilot, "soup")
        await press(pilot, "enter")
        await write(pilot, "in winter")
        await press(pilot, "enter")
        await sees(pilot, "when: in winter")


async def test_a_card_is_composed_line_by_line(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "enter", "ctrl+g", "down", "down", "down", "enter")
        await sees(pilot, "What, when, and for whom.")
        await write(pilot, "soup")
        await press(pilot, "down", "end")
        await write(pilot, "in winter")
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: len(mara.texts()) == 1)
        assert mara.texts() == ["What: soup\nWhen: in winter\nWorked for: me"]
        assert mara.messages()[-1].talk == Kind.WHAT_HELPED


async def test_a_shared_piece_is_looked_at_before_it_leaves(make_village: MakeVillage) -> None:
    village = make_village(filled=True)
    mara = two(village)
    async with open_app(village.where) as (app, pilot):
        await press(pilot, "f4", "p")
        await until(pilot, lambda: app.screen.query("#share-text"), "the piece")
        await settle(pilot)
        await write(pilot, "write to me at tove@example.org ")
        await press(pilot, "ctrl+j")
        await sees(pilot, "There may be a mail address in it.")
        await press(pilot, "escape")
        mara.sync()
        assert mara.texts() == []
        await press(pilot, "ctrl+j", "enter")
        await hears(pilot, mara, lambda: any("tove@example.org" in text for text in mara.texts()))


async def test_an_unnamed_question_is_looked_at_before_it_leaves(village: Village) -> None:
    mara = two(village)
    async with open_app(village.where) as (_, pilot):
        await press(pilot, "f5", "m")
        await sees(pilot, "ask something without your name")
        await press(pilot, "u")
        await sees(pilot, "goes to")
        await write(pilot, "Does anybody know tove@example.org?")
        await press(pilot, "ctrl+j")
        await sees(pilot, "There may be a mail address in it.")
        mara.sync()
        assert mara.circles.reviewing.inbox(CIRCLE) == []
        await press(pilot, "ctrl+j")
        await hears(pilot, mara, lambda: mara.circles.reviewing.inbox(CIRCLE))
