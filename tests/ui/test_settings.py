"""Settings are drawn from the schema, kept at once, and can be taken back."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

from textual.widgets import Input, OptionList

from havenclient import config
from havenclient.ui import Launch
from havenclient.ui.screens.settings import SettingsScreen, _widget_id
from havenclient.ui.screens.unlock import UnlockScreen
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.choice import Choice
from tests.ui.house import PASSPHRASE, open_app, settle, shown, unlock, write

Home = Callable[..., Launch]


async def test_every_setting_has_its_control_and_a_change_is_kept_at_once(home: Home) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        await pilot.press("f10")
        await settle(pilot)
        for field in config.fields():
            assert bool(app.screen.query(f"#{_widget_id(field.key)}")) is not bool(field.moved), (
                field.key
            )
        assert app.screen.query("#own-limits"), "what moved into the vault is one key away"
        await pilot.press("enter")  # Look: the first field is the theme
        await pilot.press("right")
        await settle(pilot)
        assert app.theme == "haven-dawn"
        assert tomllib.loads(where.settings_file.read_text())["look"]["theme"] == "haven-dawn"
        await pilot.press("u")
        await settle(pilot)
        assert app.theme == "haven-dusk"
        await pilot.press("right", "d")
        await settle(pilot)
        assert app.settings.look.theme == "haven-dusk"


async def test_a_wrong_value_is_said_and_not_kept(home: Home) -> None:
    where = home()
    async with open_app(where) as (app, pilot):
        await pilot.press("f10")
        await settle(pilot)
        field = app.screen.query_one("#set-safety-country", Input)
        app.screen.query_one("#sections", OptionList).highlighted = 5
        await settle(pilot)
        field.focus()
        await write(pilot, "late")
        await pilot.press("enter")
        await settle(pilot)
        assert "GB" in app.screen.query_one(QuietLine).sentence
        assert app.settings.safety.country == ""
        assert not where.settings_file.exists()


async def test_find_goes_to_a_setting(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await pilot.press("f10")
        await settle(pilot)
        await pilot.press("slash")
        await write(pilot, "lock idle")
        await pilot.press("escape", "slash")
        await write(pilot, "autosave")
        await pilot.press("enter")
        await settle(pilot)
        assert app.focused is not None and app.focused.id == "set-writing-autosave_seconds"


async def test_the_passphrase_is_changed_by_keys_alone(home: Home) -> None:
    where = home()
    new = "seven quiet boats home"
    async with open_app(where) as (app, pilot):
        app.action_settings("passphrase")
        await settle(pilot)
        await pilot.press("enter", "enter")
        await settle(pilot)
        for typed in (PASSPHRASE, new, new):
            await write(pilot, typed)
            await pilot.press("enter")
            await settle(pilot)
        assert "is changed" in app.screen.query_one(QuietLine).sentence
    async with open_app(where, unlocked=False) as (app, pilot):
        await unlock(pilot)
        assert isinstance(app.screen, UnlockScreen)
        app.screen.query_one(Input).value = ""
        await unlock(pilot, new)
        assert app.session is not None


async def test_import_shows_what_it_found_and_brings_it_in_once(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "journal.txt"
    file.write_text("[2020-01-02 10:00] First. Cold.\n\n[2020-01-03 09:30] Second @walk\n")
    async with open_app(home()) as (app, pilot):
        for expected in ("2 entries are in", "2 were there already"):
            app.action_settings("files")
            await settle(pilot)
            await pilot.press("enter", "enter")
            await settle(pilot)
            app.screen.query_one(Input).value = str(file)
            await pilot.press("enter")
            await settle(pilot)
            page = shown(app)
            assert "2 entries" in page and "no zone" in page
            await pilot.press("enter")
            await settle(pilot)
            assert expected in app.screen.query_one(QuietLine).sentence
            app.pop_screen()
            await settle(pilot)


async def test_export_asks_before_it_writes_plain_text(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "plain"
    async with open_app(home(filled=True)) as (app, pilot):
        app.action_settings("files")
        await settle(pilot)
        await pilot.press("enter", "down", "enter")
        await settle(pilot)
        await pilot.press("enter")  # Markdown
        await settle(pilot)
        app.screen.query_one(Input).value = str(target)
        await pilot.press("enter")
        await settle(pilot)
        assert not target.exists() and "readable" in shown(app)
        await pilot.press("enter")
        await settle(pilot)
        assert len(list(target.rglob("*.md"))) > 100


async def test_backup_makes_a_key_the_first_time_and_restores_into_a_new_folder(
    home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    async with open_app(home(filled=True)) as (app, pilot):
        app.action_settings("files")
        await settle(pilot)
        await pilot.press("enter", "down", "down", "enter")
        await settle(pilot)
        for typed in (str(folder), "backup words here", "backup words here"):
            app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            await settle(pilot)
        assert "checked" in app.screen.query_one(QuietLine).sentence
        [archive] = folder.glob("haven-2*.tar.age")
        await pilot.press("down", "enter")
        await settle(pilot)
        key = folder / "haven-backup-key.age"
        root = tmp_path / "again"
        for typed in (
            str(archive),
            str(key),
            "backup words here",
            str(root),
            "new pass",
            "new pass",
        ):
            app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            await settle(pilot)
        assert "recovery code" in shown(app)
        assert (root / "vault.haven").exists()


async def test_esc_stops_long_work_and_nothing_is_changed(home: Home) -> None:
    from havenclient.ui.jobs import JobWork
    from havenclient.ui.session import Session
    from havenclient.ui.widgets.bars import WorkLine

    reached = []

    def endless(session: Session, work: JobWork) -> None:
        for done in range(10_000_000):
            work.step(done, 10_000_000, "pages")
            reached.append(done)
            work.stop.wait(0.002)

    async with open_app(home()) as (app, pilot):
        await pilot.press("f10")
        await settle(pilot)
        app.work("Doing much", endless, lambda _: None)
        await pilot.pause(0.1)
        assert isinstance(app.screen, SettingsScreen)
        line = app.screen.query_one(WorkLine)
        assert line.display and "Doing much" in shown(app) and "esc stops" in shown(app)
        await pilot.press("escape")
        await settle(pilot)
        assert not line.display and isinstance(app.screen, SettingsScreen)
        assert "stopped" in app.screen.query_one(QuietLine).sentence.lower()


async def test_a_choice_has_room_in_the_smallest_window(home: Home) -> None:
    async with open_app(home(), size=(60, 20)) as (app, pilot):
        await pilot.press("f10")
        await settle(pilot)
        for choice in app.screen.query(Choice):
            if choice.region.width:
                assert choice.region.width >= 20, "not one word a line in four columns"
