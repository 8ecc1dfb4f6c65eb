"""Keys can be moved; the three promises cannot be lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from havenclient.config import Settings
from havenclient.errors import UsageError
from havenclient.ui import Launch, keymap
from havenclient.ui.screens.journal import JournalScreen
from havenclient.ui.screens.safety import SafetyScreen
from havenclient.ui.widgets.bars import QuietLine
from tests.ui.house import open_app, settle, write

Home = Callable[..., Launch]


@pytest.mark.parametrize(
    "lines",
    [
        'safety = ""',
        'lock = ""',
        'cover = " , "',
        '"go.journal" = "f2"',
        '"edit.save" = "ctrl+l"',
        'safety = "x"',
        'safety = "f9"',
        'lock = "f2"',
    ],
)
def test_a_keymap_that_loses_a_promise_is_refused(tmp_path: Path, lines: str) -> None:
    file = tmp_path / "keymap.toml"
    file.write_text(f"[keys]\n{lines}\n")
    with pytest.raises(UsageError):
        keymap.load(file, keymap.known_ids())


@pytest.mark.parametrize("text", ["keys = 3", "[keys]\nnothing = 'f3'", "[keys]\nseal = 3", "[["])
def test_a_keymap_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keymap.toml"
    file.write_text(text)
    with pytest.raises(UsageError):
        keymap.load(file, keymap.known_ids())


def with_keymap(where: Launch, text: str) -> Launch:
    where.places.config.mkdir(parents=True, exist_ok=True)
    (where.places.config / "keymap.toml").write_text(text)
    base = Settings()
    return replace(where, settings=replace(base, keys=replace(base.keys, keymap="keymap.toml")))


async def test_moved_keys_work_and_the_help_shows_them(home: Home) -> None:
    where = with_keymap(home(), '[keys]\n"go.journal" = "f12"\nsafety = "f2,f7"\n')
    async with open_app(where) as (app, pilot):
        await pilot.press("f12")
        await settle(pilot)
        assert isinstance(app.screen, JournalScreen)
        await pilot.press("f7")
        await settle(pilot)
        assert isinstance(app.screen, SafetyScreen)


async def test_a_refused_keymap_leaves_the_own_keys_and_says_so(home: Home) -> None:
    async with open_app(with_keymap(home(), '[keys]\nsafety = ""\n')) as (app, pilot):
        assert "keymap was not used" in app.screen.query_one(QuietLine).sentence
        await pilot.press("f2")
        await settle(pilot)
        assert isinstance(app.screen, SafetyScreen)


async def test_letters_are_letters_while_writing_and_keys_elsewhere(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await write(pilot, "1234?/q")
        await settle(pilot)
        assert app.current_mode == "today"
        await pilot.press("escape", "tab", "tab", "tab")  # out of the text fields, to a list
        await pilot.press("2")
        await settle(pilot)
        assert app.current_mode == "journal"


async def test_no_footer_is_wider_than_its_window(home: Home) -> None:
    from havenclient.ui.widgets.bars import KeyBar, TopBar

    async with open_app(home(filled=True), size=(80, 24)) as (app, pilot):
        for key in ("f3", "f4", "f6", "f10", "f2"):
            await pilot.press(key)
            await settle(pilot)
            for width in (80, 60):
                await pilot.resize_terminal(width, 24)
                await settle(pilot)
                for bar in (app.screen.query_one(KeyBar), app.screen.query_one(TopBar)):
                    assert bar.render().cell_len <= width, (key, width, bar)
                assert "F9" in app.screen.query_one(KeyBar).render().plain
