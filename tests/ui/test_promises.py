"""Safety, Cover and Lock work on every screen; nothing shows through."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from havenclient import hygiene
from havenclient.config import Settings
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.ui.jobs import JobWork
from havenclient.ui.screens.cover import CoverScreen, TooSmallScreen
from havenclient.ui.screens.safety import SafetyScreen
from havenclient.ui.screens.unlock import UnlockScreen
from havenclient.ui.widgets.editor import Editor
from tests.ui.house import NOW, PASSPHRASE, StillClock, open_app, settle, shown, unlock, write

Home = Callable[..., Launch]
MARKER = "heronmarker"


PLACES = (
    (),
    ("f4",),
    ("f6",),
    ("f10",),
    ("f4", "c"),
    ("f4", "f"),
    ("f4", "e"),
    ("f4", "v"),
    ("f1",),
    ("ctrl+p",),
    ("ctrl+o",),
    ("f9",),
    ("ctrl+g",),
    ("f4", "slash"),
)


async def go(pilot: Pilot[Outcome], path: tuple[str, ...]) -> None:
    for key in path:
        await pilot.press(key)
        await settle(pilot)


async def home_again(app: HavenApp, pilot: Pilot[Outcome]) -> None:
    while len(app.screen_stack) > 1:
        app.pop_screen()
        await settle(pilot)
    await go(pilot, ("f3",))


async def test_f2_shows_safety_on_every_screen_and_comes_back(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        for path in PLACES:
            await go(pilot, path)
            before, focused = app.screen, app.focused
            await go(pilot, ("f2",))
            assert isinstance(app.screen, SafetyScreen), path
            await go(pilot, ("f2",))
            assert app.screen is before, path
            assert app.focused is focused, path
            await home_again(app, pilot)


async def test_f2_works_before_unlocking(home: Home) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        assert isinstance(app.screen, UnlockScreen)
        await pilot.press("f2")
        await settle(pilot)
        assert isinstance(app.screen, SafetyScreen)
        assert app.session is None


async def test_cover_shows_nothing_and_comes_back_with_one_key(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        for path in (("f4",), ("f4", "c"), ("ctrl+p",), ("f1",), ("f2",), ("f10",)):
            await go(pilot, path)
            await go(pilot, ("f9",))
            assert isinstance(app.screen, CoverScreen), path
            page = shown(app)
            assert "river" not in page and "Slow morning" not in page and "Covered." in page
            await go(pilot, ("f4", "x", "escape", "ctrl+p", "f10", "ctrl+o", "f1"))
            assert isinstance(app.screen, CoverScreen), "only enter leaves the cover"
            await go(pilot, ("enter",))
            assert not app.covered
            await home_again(app, pilot)


async def test_the_window_losing_focus_covers(home: Home) -> None:
    from textual.events import AppBlur

    async with open_app(home(filled=True)) as (app, pilot):
        app.post_message(AppBlur())
        await settle(pilot)
        assert app.covered


async def test_idle_covers_then_locks(home: Home, clock: StillClock) -> None:
    async with open_app(home()) as (app, pilot):
        clock.forward(119)
        app._tick()
        assert not app.covered
        clock.forward(2)
        app._tick()
        await settle(pilot)
        assert app.covered
        clock.forward(10 * 60)
        app._tick()
        await pilot.pause()
        assert app.return_value is Outcome.LOCK
        assert app.session is None


async def test_a_computer_that_slept_locks(home: Home, clock: StillClock) -> None:
    async with open_app(home()) as (app, pilot):
        clock.forward(3600, asleep=True)
        app._tick()
        await pilot.pause()
        assert app.return_value is Outcome.LOCK


async def test_haven_lock_from_another_terminal_locks(home: Home) -> None:
    where = home()
    (where.paths.root / "lock-request").touch()  # left over from before: must not lock now
    async with open_app(where) as (app, pilot):
        assert app.return_value is None
        (where.paths.root / "lock-request").touch()
        app._tick()
        await pilot.pause()
        assert app.return_value is Outcome.LOCK


@pytest.mark.parametrize("path", [(), ("f4", "c"), ("ctrl+p",), ("f9", "f2")], ids="-".join)
async def test_lock_works_everywhere_and_keeps_the_draft(home: Home, path: tuple[str, ...]) -> None:
    where = home(filled=True)
    async with open_app(where) as (app, pilot):
        await write(pilot, MARKER)
        for key in path:
            await pilot.press(key)
            await settle(pilot)
        screens = [screen for stack in app._screen_stacks.values() for screen in stack]
        editors = [editor for screen in screens for editor in screen.query(Editor)]
        app._clipboard = MARKER
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert app.return_value is Outcome.LOCK
        assert app.session is None and app._clipboard == ""
        assert all(not editor.text and not editor.history.undo_stack for editor in editors)
    async with open_app(where) as (app, pilot):
        assert app.screen.query_one(Editor).text == MARKER


async def test_leaving_keeps_the_draft(home: Home) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        await write(pilot, MARKER)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert app.return_value is Outcome.QUIT
    async with open_app(where) as (app, pilot):
        assert app.screen.query_one(Editor).text == MARKER


async def test_a_late_answer_never_reaches_a_locked_screen(home: Home) -> None:
    """A job that ends after the lock is dropped unread."""
    heard: list[int] = []
    async with open_app(home()) as (app, pilot):
        app.ask(lambda journal: 1, heard.append, group="late")
        app._forget()
        await pilot.pause(0.05)
        assert heard == []


async def test_an_older_answer_of_the_same_group_is_void(home: Home) -> None:
    import threading

    gate = threading.Event()
    heard: list[str] = []
    async with open_app(home()) as (app, pilot):

        def old(_: JobWork) -> str:
            gate.wait()
            return "old"

        def new(_: JobWork) -> str:
            return "new"

        app.jobs.start(old, heard.append, group="g")
        app.jobs.start(new, heard.append, group="g")
        gate.set()
        await settle(pilot)
        assert heard == ["new"]


async def test_the_palette_is_closed_while_locked_and_offers_no_screenshot(home: Home) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        await pilot.press("ctrl+p")
        await settle(pilot)
        assert not isinstance(app.screen, CommandPalette)
        await unlock(pilot)
        await pilot.press("ctrl+p")
        await settle(pilot)
        assert isinstance(app.screen, CommandPalette)
        titles = {command.title.lower() for command in app.get_system_commands(app.screen)}
        assert titles and not any("screenshot" in title for title in titles)


async def test_a_wrong_passphrase_says_so_and_f7_shows_what_was_typed(home: Home) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        await write(pilot, "not this")
        await pilot.press("enter")
        await settle(pilot)
        assert "did not open the journal" in shown(app)
        field = app.screen.query_one(Input)
        assert field.password
        await pilot.press("f7")
        assert not field.password and "not this" in shown(app)
        field.value = ""
        await unlock(pilot, PASSPHRASE)
        assert app.session is not None


async def test_the_try_after_a_wrong_passphrase_replaces_it(home: Home) -> None:
    async with open_app(home(), unlocked=False) as (app, pilot):
        await write(pilot, "not that one")
        await pilot.press("enter")
        await settle(pilot)
        await write(pilot, PASSPHRASE)
        await pilot.press("enter")
        await settle(pilot)
        assert app.session is not None


async def test_the_recovery_code_opens_too(home: Home) -> None:
    where = home()
    from havenclient import vault

    opened = vault.unlock(where.paths, vault.Passphrase(PASSPHRASE), state_dir=where.places.state)
    code = opened.new_recovery_code()
    opened.close()
    async with open_app(where, unlocked=False) as (app, pilot):
        await pilot.press("f5")
        await settle(pilot)
        await write(pilot, code.lower())
        await pilot.press("enter")
        await settle(pilot)
        assert app.session is not None and app.session.by_recovery


async def test_a_window_too_small_says_one_sentence_and_f2_works(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.resize_terminal(50, 12)
        await settle(pilot)
        assert isinstance(app.screen, TooSmallScreen)
        assert "too small" in shown(app)
        await pilot.press("f2")
        await settle(pilot)
        assert isinstance(app.screen, SafetyScreen)
        await pilot.press("f2")
        await pilot.resize_terminal(100, 30)
        await settle(pilot)
        assert not isinstance(app.screen, TooSmallScreen)


async def test_no_size_of_window_breaks_anything(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        for size in ((1, 1), (2, 40), (200, 2), (60, 18), (59, 18), (81, 25), (250, 60)):
            await pilot.resize_terminal(*size)
            await go(pilot, ("f3", "f4", "f6", "f2", "f2"))
        assert not app.crashed


async def test_a_quick_note_is_filed_by_an_open_haven_at_once(home: Home) -> None:
    from havenclient.vault import quick

    where = home()
    async with open_app(where) as (app, pilot):
        quick.seal(where.paths, b"sealed outside", clock=where.clock, random=where.random)
        app._tick()
        await settle(pilot)
        assert app.session is not None
        found = app.session.ask(lambda journal: journal.day(NOW.date()))
        assert [row.title for row in found] == ["sealed outside"]


async def test_a_second_haven_says_who_has_the_journal(home: Home) -> None:
    where = home()
    async with open_app(where), open_app(where) as (second, _):
        assert second.session is None
        assert isinstance(second.screen, UnlockScreen)
        assert len(shown(second)) > 100


async def test_settings_that_switch_blur_off_are_heard(home: Home) -> None:
    from dataclasses import replace

    from textual.events import AppBlur

    base = Settings()
    settings = replace(base, locking=replace(base.locking, cover_on_blur=False))
    async with open_app(home(settings=settings)) as (app, pilot):
        app.post_message(AppBlur())
        await settle(pilot)
        assert not app.covered


@pytest.mark.parametrize("debug", [False, True])
async def test_the_journal_is_closed_after_a_crash_and_one_sentence_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch, *, debug: bool
) -> None:
    monkeypatch.setattr(hygiene, "_debug", debug)
    where = home()
    app_seen = None
    with pytest.raises(ZeroDivisionError):
        async with open_app(where) as (app, pilot):
            app_seen = app
            await write(pilot, MARKER)

            def break_it() -> None:
                secret = MARKER  # noqa: F841 (a local that must not be printed)
                raise ZeroDivisionError

            app.call_later(break_it)
            await pilot.pause()
    assert app_seen is not None and app_seen.crashed and app_seen.session is None
    assert app_seen._exit_renderables == []
    assert ("in break_it" in app_seen.crash_place) is debug
    assert MARKER not in app_seen.crash_place
    async with open_app(where) as (app, _):
        assert app.screen.query_one(Editor).text == MARKER
