"""The library's screens by keyboard: locked and open, covered, in time, and in no colour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from havenclient.care import library
from havenclient.care.boundaries import SENTENCES
from havenclient.care.service import Care
from havenclient.config import Settings
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.ui.numbers import for_country
from havenclient.ui.screens.care.check import CheckScreen
from havenclient.ui.screens.care.library import LibraryScreen
from havenclient.ui.screens.care.limits import LimitsScreen
from havenclient.ui.screens.care.lists import AskScreen
from havenclient.ui.screens.care.month import MonthScreen
from havenclient.ui.screens.care.plan import PlanScreen
from havenclient.ui.screens.care.player import PlayerScreen, TooMuchScreen
from havenclient.ui.screens.care.tips import tip
from havenclient.ui.screens.safety import SafetyScreen
from havenclient.ui.screens.today import TodayScreen
from havenclient.ui.widgets.dialogs import AskLine
from tests.ui.house import StillClock, open_app, settle, shown, write

Home = Callable[..., Launch]


async def press(pilot: Pilot[Outcome], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def ask(app: HavenApp) -> Care:
    session = app.session
    assert session is not None
    return session.ask_vault(lambda vault: Care(vault.db, app.launch.clock))


async def open_check(pilot: Pilot[Outcome], name: str) -> None:
    await press(pilot, "f2", "l")
    options = pilot.app.screen.query_one("#library-list", OptionList)
    options.highlighted = options.get_option_index(name)
    await press(pilot, "enter")
    assert isinstance(pilot.app.screen, CheckScreen)


async def test_the_library_is_open_while_the_journal_is_locked(home: Home) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        await press(pilot, "f2", "l")
        assert isinstance(app.screen, LibraryScreen) and "Square breathing" in shown(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, LibraryScreen), "the plan waits for the passphrase"
        assert "This part is in the journal" in shown(app)
        await press(pilot, "escape", "1")
        assert isinstance(app.screen, PlayerScreen)


async def test_know_the_limits_and_how_to_answer_are_two_keys_away(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2", "k")
        assert "What peers can give" in shown(app)
        await press(pilot, "escape", "h")
        assert "Breathe first" in shown(app)
        await press(pilot, "escape", "f2")
        assert not isinstance(app.screen, SafetyScreen | LibraryScreen)


async def test_a_paced_exercise_shows_words_and_numbers_and_stops_with_one_key(
    home: Home, clock: StillClock
) -> None:
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2", "1", "space")
        player = app.screen
        assert isinstance(player, PlayerScreen) and player.running
        assert "1 of 3" in shown(app)
        clock.forward(5.0)
        player._tick()
        await pilot.pause()
        assert "out" in shown(app) and "2 of 7" in shown(app)
        await press(pilot, "space")
        assert not player.running and "paused" in shown(app)
        clock.forward(100)
        await press(pilot, "space")
        assert "2 of 7" in shown(app), "a pause takes nothing away"
        await press(pilot, "s")
        assert isinstance(app.screen, SafetyScreen)


async def test_a_long_stretch_counts_no_seconds_and_the_gentle_form_is_named(
    home: Home, clock: StillClock
) -> None:
    async with open_app(home()) as (app, pilot):
        app.push_screen(PlayerScreen("breath_478"))
        await settle(pilot)
        assert "the gentle form; g takes the usual one" in shown(app)
        await press(pilot, "g")
        assert "hold 7" in shown(app) and "the gentle form" not in shown(app).splitlines()[5]
        await press(pilot, "escape")
        app.push_screen(PlayerScreen("worry_time"))
        await settle(pilot)
        assert "with the list 15 min" in shown(app)
        await press(pilot, "space")
        clock.forward(65)
        app.screen._tick()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "of 900" not in shown(app) and "min left" in shown(app)


async def test_it_got_stronger_is_answered_with_grounding_not_with_breath(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2", "1", "space", "w")
        assert "That happens. Eyes open" in shown(app)
        await press(pilot, "space")
        assert "feet down" in shown(app)


@pytest.mark.parametrize("unlocked", [True, False])
async def test_too_much_is_one_key_everywhere(
    home: Home, clock: StillClock, unlocked: bool
) -> None:
    async with open_app(home(filled=True), unlocked=unlocked) as (app, pilot):
        for path in (("f4",), ("f10",), ("f2",), ("f9",)):
            await press(pilot, *path)
            before = app.screen
            await press(pilot, "f8")
            assert isinstance(app.screen, TooMuchScreen), path
            text = shown(app)
            assert "Feet, room, breath." in text and "feet down" in text and "river" not in text
            clock.forward(30)
            app.screen._tick()
            await pilot.pause()
            assert "help near you" in shown(app)
            await press(pilot, "escape")
            assert app.screen is before
            await press(pilot, "escape")


async def test_the_support_card_comes_before_the_number(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await open_check(pilot, "phq9")
        assert "One question asks about thoughts" in shown(app)
        await press(pilot, "down", "down", "enter", *["0"] * 8, "1")
        text = shown(app)
        assert "Would any of these help right now?" in text and "my plan" in text
        assert "of 27" not in text
        await press(pilot, "down", "down", "down", "enter")
        text = shown(app)
        assert "PHQ-9: 1 of 27." in text and "common on ordinary weeks" not in text
        assert ask(app).results.taken("phq9")[0].raw == 1


async def test_the_first_answer_to_phq9_is_to_skip_it(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await open_check(pilot, "phq9")
        await press(pilot, "enter")
        assert isinstance(app.screen, LibraryScreen)
        assert ask(app).results.taken() == ()


async def test_a_question_left_out_gives_no_number_and_esc_keeps_nothing(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await open_check(pilot, "phq4")
        await press(pilot, "1", "escape")
        assert ask(app).results.taken() == ()
        await press(pilot, "enter", "1", "n", "1", "1")
        assert "there is no number" in shown(app)
        assert "of 12" not in shown(app)


async def test_what_studies_call_it_is_one_key_further(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await open_check(pilot, "gad7")
        await press(pilot, *["1"] * 7)
        assert "mild" not in shown(app)
        await press(pilot, "m")
        text = shown(app)
        assert "Studies call 5 to 9: mild." in text and "only a professional" in text


async def test_the_plan_is_written_by_keyboard_and_hidden_by_the_cover(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2", "4", "down", "enter")
        await write(pilot, "walk zanzibarine")
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, PlanScreen)
        assert "zanzibarine" in shown(app)
        assert ask(app).plan.texts()[1] == "walk zanzibarine"
        await press(pilot, "f9", "f2")
        await press(pilot, "4")
        assert "zanzibarine" not in shown(app), "a covered Haven shows nothing of the vault"


async def test_from_anywhere_a_question_is_on_the_list_in_few_keys(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2", "l", "down", "down", "enter", "c")
        await write(pilot, "Magnesium helps sleep")
        await press(pilot, "enter")
        assert isinstance(app.screen, AskScreen) and "Magnesium" in shown(app)
        assert "[ ]" in shown(app), "nothing is ticked by itself"
        await press(pilot, "x")
        assert "Nothing is ticked yet" in shown(app)
        await press(pilot, "enter")
        assert "[x]" in shown(app)


async def test_a_tip_comes_once_where_it_matters_and_again_when_asked(home: Home) -> None:
    async def check(pilot: Pilot[Outcome]) -> str:
        await open_check(pilot, "haven_weather")
        await press(pilot, "1", "1", "1")
        assert isinstance(pilot.app, HavenApp)
        text = shown(pilot.app)
        await press(pilot, "enter", "escape", "escape")
        return text

    tip = "A tip, once: questions for a professional have a place (F2, l)."
    async with open_app(home(), size=(80, 24)) as (app, pilot):
        assert tip in await check(pilot)
        assert tip not in await check(pilot)
        await press(pilot, "f2", "l")
        options = app.screen.query_one("#library-list", OptionList)
        assert "Show them again" not in shown(app)
        options.highlighted = options.get_option_index("tips")
        await press(pilot, "r")
        assert "once more" in shown(app)
        await press(pilot, "escape", "escape")
        assert tip in await check(pilot)


async def test_the_first_seal_brings_a_tip_after_its_own_line(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        assert isinstance(app.screen, TodayScreen)
        tip(app.screen, "professional")
        await settle(pilot)
        assert "A tip, once" in shown(app)
        app.say("")
        tip(app.screen, "professional")
        await settle(pilot)
        assert "A tip, once" not in shown(app)


async def test_the_map_and_the_month_are_two_halves_of_one_look(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        ask(app).map.add("near", "Dad zanzibarine")
        await press(pilot, "f2", "5")
        assert "zanzibarine" in shown(app) and "could stand under" not in shown(app)
        depth = len(app.screen_stack)
        await press(pilot, "m")
        assert isinstance(app.screen, MonthScreen) and "November 2026" in shown(app)
        await press(pilot, "w")
        assert "zanzibarine" in shown(app) and len(app.screen_stack) == depth
        await press(pilot, "i")
        assert "could stand under" in shown(app), "an idea only when it is asked for"
        await press(pilot, "down", "enter", "i")
        assert "could stand under" not in shown(app), "not now rests"


def test_every_tip_fits_a_quiet_line() -> None:
    for name in library.tips():
        for where in ("screen", "command"):
            assert len(library.tip(name, where=where)) <= 78


async def test_a_limit_is_changed_by_keyboard(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2", "l")
        options = app.screen.query_one("#library-list", OptionList)
        options.highlighted = options.get_option_index("own:limits")
        await press(pilot, "enter")
        assert isinstance(app.screen, LimitsScreen)
        assert "22:00-07:00" in shown(app)
        await press(pilot, *["down"] * list(SENTENCES).index("pace"), "enter")
        assert ask(app).boundaries.limits().pace


async def test_help_lines_of_the_chosen_country_and_none_of_a_guessed_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    async with open_app(home()) as (app, pilot):
        await press(pilot, "f2")
        text = shown(app)
        assert "suggests United Kingdom" in text and "Samaritans" not in text
        await press(pilot, "c", "enter")
        text = shown(app)
        assert "999 or 112" in text and "Samaritans" in text
        assert "not checked by" in text


async def test_a_line_that_did_not_work_comes_last_with_a_note_to_send(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    where = home(settings=Settings().replacing("safety.country", "GB"))
    async with open_app(where, size=(120, 60)) as (app, pilot):
        await press(pilot, "f2")
        text = shown(app)
        assert text.index("Samaritans") < text.index("SHOUT") and "did not work" not in text[:2000]
        await press(pilot, "x", "enter", "down", "enter", "enter")
        (note,) = tmp_path.glob("haven-line.txt")
        assert "Samaritans" in note.read_text("utf-8") and note.stat().st_mode & 0o777 == 0o600
        text = shown(app)
        assert text.index("SHOUT") < text.index("Samaritans")
        assert "did not work for you before" in text
        (kept,) = ask(app).boundaries.unanswered()
        index = [one.id for one in for_country("GB").lines].index(kept)  # type: ignore[union-attr]
        await press(pilot, "x", *["down"] * index, "enter", "enter")
        assert not ask(app).boundaries.unanswered()


async def test_while_locked_the_list_says_that_it_does_not_know(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    where = home(settings=Settings().replacing("safety.country", "GB"))
    async with open_app(where, size=(120, 240), unlocked=False) as (app, pilot):
        await press(pilot, "f2")
        assert "What did not work for you before is" in shown(app)
        await press(pilot, "x", "enter")
        assert "Put it last" not in shown(app)
        await press(pilot, "enter")
        for _ in range(100):
            if isinstance(app.screen, AskLine):
                break
            await pilot.pause(0.05)
        await press(pilot, "enter")
        assert list(tmp_path.glob("haven-line.txt"))


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 18)])
async def test_every_page_draws_at_every_size_and_without_colour(
    home: Home, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(home(), size=size) as (app, pilot):
        for path in (("f2",), ("l",), ("down", "enter"), ("escape", "escape", "1", "space"),
                     ("s", "3"), ("s", "4"), ("escape", "5")):  # fmt: skip
            await press(pilot, *path)
            assert shown(app).strip()
            assert not app.crashed


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("uk", "GB"),
        ("england", "GB"),
        ("usa", "US"),
        ("Deutschland", "DE"),
        ("osterreich", "AT"),
        ("turkiye", "TR"),
        ("germ", "DE"),
        ("ukr", "UA"),
        ("us", "US"),
    ],
)
async def test_a_country_is_found_by_what_people_call_it(home: Home, typed: str, iso: str) -> None:
    """A wrong country's numbers are worse than none: "uk" is not Ukraine."""
    async with open_app(home(), unlocked=False) as (app, pilot):
        await pilot.press("f2", "c")
        await write(pilot, typed)
        await pilot.press("enter")
        await settle(pilot)
        assert app.settings.safety.country == iso


async def test_a_country_nobody_knows_is_answered_in_a_sentence(home: Home) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        await pilot.press("f2", "c")
        await write(pilot, "atlantis")
        await settle(pilot)
        assert "Nothing of that name" in shown(app)
        await pilot.press("enter")
        assert not app.settings.safety.country


@pytest.mark.parametrize("keys", [("f2",), ("f2", "1"), ("f2", "l")])
async def test_no_key_is_shown_that_does_nothing_while_locked(
    home: Home, keys: tuple[str, ...]
) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        await pilot.press(*keys)
        await settle(pilot)
        page = shown(app).splitlines()
        foot = next(line for line in reversed(page) if line.strip())
        assert "Lock" not in foot and "Palette" not in foot and "^p" not in foot


async def test_a_page_of_help_can_be_covered_while_locked(home: Home) -> None:
    """The page itself says "F9 cover now"; who is looked at in that moment needs it to be true."""
    async with open_app(home(), unlocked=False) as (app, pilot):
        await pilot.press("f9")
        assert not app.covered, "there is nothing to hide about a question for a passphrase"
        await pilot.press("f2")
        await settle(pilot)
        await pilot.press("f9")
        await settle(pilot)
        page = shown(app)
        assert app.covered and "Covered." in page and "Safety" not in page
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, SafetyScreen)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_no_heading_of_the_safety_page_is_cut(home: Home, size: tuple[int, int]) -> None:
    async with open_app(home(), unlocked=False, size=size) as (app, pilot):
        await pilot.press("f2")
        await settle(pilot)
        for panel in app.screen.query(".panel"):
            assert str(panel.border_title) in shown(app)


@pytest.mark.parametrize("leave", ["escape", "ctrl+l", "ctrl+q"])
async def test_words_for_the_plan_are_not_lost_when_they_were_not_kept_yet(
    home: Home, leave: str
) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        await press(pilot, "f2", "4", "down", "enter")
        await write(pilot, "walk zanzibarine")
        await press(pilot, leave)
        if leave == "escape":
            assert "Kept as a draft" in shown(app) and not ask(app).plan.texts()[1]
    async with open_app(where) as (app, pilot):
        await press(pilot, "f2", "4", "down", "enter")
        await settle(pilot)
        assert "walk zanzibarine" in shown(app)
        await press(pilot, "ctrl+s")
        await settle(pilot)
        assert ask(app).plan.texts()[1] == "walk zanzibarine"
        assert app.session is not None
        assert not app.session.ask(lambda journal: journal.drafts())


async def test_one_number_too_many_does_not_lead_away_from_the_card_of_support(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await open_check(pilot, "phq9")
        await press(pilot, "3", "4", "9")
        assert "One question asks about thoughts" in shown(app), "before the first answer neither"
        await press(pilot, "down", "down", "enter", *["1"] * 9, "1", "2", "3", "4")
        assert isinstance(app.screen, CheckScreen)
        assert "Would any of these help right now?" in shown(app)
