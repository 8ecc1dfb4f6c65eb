"""From nothing to the first sealed entry, by keyboard alone; leaving is possible at any step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Input

from havenclient import vault
from havenclient.care.keeping import Boundaries
from havenclient.config import Settings
from havenclient.crypto import words
from havenclient.journal import Query
from havenclient.ui import Launch
from havenclient.ui.app import Outcome
from havenclient.ui.screens.onboarding import OnboardingScreen, can_and_cannot
from havenclient.ui.screens.today import TodayScreen
from havenclient.ui.screens.unlock import UnlockScreen
from tests.ui.house import StillClock, open_app, settle, shown, write

Home = Callable[..., Launch]


async def test_five_steps_end_in_the_first_entry(home: Home) -> None:
    where = home(vault=False)
    async with open_app(where, unlocked=False) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, OnboardingScreen)
        await pilot.press("enter", "f6")
        offered = screen.query_one("#first", Input).value
        assert len(offered.split()) == 6
        await write(pilot, offered[:-1])
        await pilot.press("enter")
        await settle(pilot)
        assert "not the same" in shown(app) and not vault.exists(where.paths)
        await write(pilot, offered[-1])
        await pilot.press("enter")
        await settle(pilot)
        assert vault.exists(where.paths)

        code, asked = screen._code, screen._asked
        assert len(code) == 8 and all(group in shown(app) for group in code)
        await write(pilot, code[asked[0]].lower())
        await pilot.press("enter")
        await write(pilot, "WRONG")
        await pilot.press("enter")
        await settle(pilot)
        assert "Both groups" in shown(app)
        screen.query_one("#typed-b", Input).value = ""
        await write(pilot, code[asked[1]])
        await pilot.press("enter")
        await settle(pilot)

        screen.query_one("#visit", Input).value = "40"
        await pilot.press("enter", "enter", "enter")
        await settle(pilot)
        assert app.session is not None
        kept = app.session.ask_vault(lambda opened: Boundaries(opened.db, where.clock).limits())
        assert kept.visit == 40, "a limit of one's own lies in the vault"
        assert not where.settings_file.exists() or "40" not in where.settings_file.read_text()
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, TodayScreen)
        await write(pilot, "The first line.")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert app.session is not None
        assert app.session.ask(lambda journal: journal.count(Query())) == 1
        stacks = [screen for stack in app._screen_stacks.values() for screen in stack]
        assert not any(isinstance(one, OnboardingScreen) for one in stacks)
        assert screen._code == ()
        joined = " ".join(code)
        assert app.session.ask_vault(lambda opened: opened.check_recovery_code(joined))
        assert app.session.notices == ()


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 18)])
async def test_the_first_thing_said_is_what_haven_can_and_cannot(
    home: Home, size: tuple[int, int]
) -> None:
    async with open_app(home(vault=False), unlocked=False, size=size) as (app, pilot):
        text = shown(app)
        assert "Haven can" in text
        await pilot.press("down", "down", "down")
        await settle(pilot)
        assert "Haven cannot" in shown(app)
        pairs = {name: lines for name, _, lines in can_and_cannot()}
        assert len(pairs["can"]) >= 4 and "replace a professional" in pairs["cannot"]


async def test_who_wants_the_journal_only_meets_no_circle(home: Home) -> None:
    where = home(vault=False)
    async with open_app(where, unlocked=False) as (app, pilot):
        await pilot.press("space", "enter", "f6")
        assert not where.settings_file.exists(), "nothing is written before there is a journal"
        await write(pilot, app.screen.query_one("#first", Input).value)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("tab", "tab", "space", "enter")
        await settle(pilot)
        await pilot.press("enter", "enter", "enter", "enter", "enter", "enter")
        await settle(pilot)
        assert isinstance(app.screen, TodayScreen)
        assert "circles = false" in where.settings_file.read_text()
        assert "Circles" not in shown(app).splitlines()[0]
        await write(pilot, "The first line.")
        await pilot.press("ctrl+s", "f5")
        await settle(pilot)
        assert isinstance(app.screen, TodayScreen)
        assert "journal only" in shown(app)


async def test_leaving_before_a_passphrase_leaves_nothing(home: Home) -> None:
    where = home(vault=False)
    async with open_app(where, unlocked=False) as (app, pilot):
        await pilot.press("enter")
        await write(pilot, "some passphrase")
        await pilot.press("escape", "escape", "ctrl+q")
        await pilot.pause()
        assert app.return_value is Outcome.QUIT
    assert not where.paths.root.exists()


async def test_leaving_later_leaves_a_whole_journal(home: Home) -> None:
    where = home(vault=False)
    async with open_app(where, unlocked=False) as (app, pilot):
        await pilot.press("enter", "f6")
        words = app.screen.query_one("#first", Input).value
        await write(pilot, words)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("f4", "f10", "ctrl+p")  # rooms are not open yet
        await settle(pilot)
        assert isinstance(app.screen, OnboardingScreen)
        await pilot.press("ctrl+q")
        await pilot.pause()
    async with open_app(where, unlocked=False) as (app, pilot):
        assert isinstance(app.screen, UnlockScreen)
        await write(pilot, words)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, TodayScreen)
        assert app.session is not None
        assert any("recovery code" in notice for notice in app.session.notices)


async def test_the_recovery_code_can_be_skipped_with_open_eyes(home: Home) -> None:
    async with open_app(home(vault=False), unlocked=False) as (app, pilot):
        await pilot.press("enter", "f6")
        await write(pilot, app.screen.query_one("#first", Input).value)
        await pilot.press("enter")
        await settle(pilot)
        assert "[ ] Skip: I accept" in shown(app)
        await pilot.press("tab", "tab", "space", "enter")
        await settle(pilot)
        assert "Gentle boundaries" in shown(app)


async def test_the_code_is_covered_when_the_window_loses_focus(home: Home) -> None:
    from textual.events import AppBlur

    async with open_app(home(vault=False, settings=Settings()), unlocked=False) as (app, pilot):
        await pilot.press("enter", "f6")
        await write(pilot, app.screen.query_one("#first", Input).value)
        await pilot.press("enter")
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, OnboardingScreen)
        app.post_message(AppBlur())
        await settle(pilot)
        page = shown(app)
        assert not any(group in page for group in screen._code)
        await pilot.press("enter")
        await settle(pilot)
        assert screen._code[0] in shown(app)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_what_is_said_of_a_passphrase_is_whole_and_goes_when_it_is_no_longer_true(
    home: Home, size: tuple[int, int]
) -> None:
    async with open_app(home(vault=False), unlocked=False, size=size) as (app, pilot):
        assert "Back" not in shown(app), "there is nothing before the first page"
        await pilot.press("enter")
        await write(pilot, "short")
        await pilot.press("enter")
        await write(pilot, "short")
        await pilot.press("enter")
        await settle(pilot)
        said = shown(app)
        assert words.advice("short").sentence.split()[-1] in said, "the sentence's end is there"
        assert "at least 8 characters" in said and "Back" in said
        await write(pilot, " and longer now")
        await settle(pilot)
        assert "at least 8 characters" not in shown(app)


async def test_a_boundary_that_is_not_understood_is_named_as_on_the_page_and_gets_the_cursor(
    home: Home,
) -> None:
    async with open_app(home(vault=False), unlocked=False) as (app, pilot):
        await pilot.press("enter", "f6")
        await write(pilot, app.screen.query_one("#first", Input).value)
        await pilot.press("enter")
        await settle(pilot)
        assert "esc goes back" not in shown(app), "the vault is made; its passphrase stands"
        await pilot.press("tab", "tab", "space", "enter")
        await settle(pilot)
        for name, typed, sentence in (
            (
                "lock_after_minutes",
                "0",
                "Lock after so many idle minutes: a number from 1",
            ),
            ("visit", "abc", "Minutes you plan for a visit: minutes, 0 to 1440."),
            (
                "quiet_hours",
                "25:00-7",
                "Quiet hours for circles: hours such as 22:00-07:00",
            ),
        ):
            field = app.screen.query_one(f"#{name}", Input)
            before, field.value = field.value, typed
            app.screen.query_one("#cover_on_blur").focus()
            await pilot.press("enter")
            await settle(pilot)
            assert sentence in shown(app)
            assert app.focused is field
            field.value = before
        app.screen.query_one("#quiet_hours", Input).value = "22-6:30"
        app.screen.query_one("#cover_on_blur").focus()
        await pilot.press("enter")
        await settle(pilot)
        assert app.session is not None
        kept = app.session.ask_vault(lambda opened: Boundaries(opened.db, StillClock()).limits())
        assert kept.quiet_hours == "22:00-06:30"
