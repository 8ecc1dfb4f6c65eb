"""Templates, several journals, attachments and snapshots: by keys alone, each asked about first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from havenclient import vault
from havenclient.journal import Journal, Query
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from havenclient.ui.screens.journal import JournalScreen
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.editor import Editor
from havenclient.vault import VaultPaths
from tests.ui.house import PASSPHRASE, StillClock, open_app, settle, shown, write

Home = Callable[..., Launch]


async def _line(app: HavenApp, pilot: Pilot[Outcome], text: str) -> None:
    app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await settle(pilot)


async def _press(pilot: Pilot[Outcome], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def _said(app: HavenApp) -> str:
    return app.screen.query_one(QuietLine).sentence


async def test_an_own_template_is_kept_inserted_and_dropped(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await write(pilot, "What was good today\n\n")
        await _press(pilot, "f7")
        count = len(app.session.ask(Journal.templates)) if app.session else 0
        await _press(pilot, *["down"] * count, "enter")  # after the templates: keep
        await _line(app, pilot, "Evening")
        assert "Kept as Evening" in _said(app)
        editor = app.screen.query_one(Editor)
        editor.load("")
        await _press(pilot, "f7", *["down"] * count, "enter")  # the own one is the last
        assert editor.text.startswith("What was good today")
        await _press(pilot, "f7", "up", "enter")  # the last answer: drop one of my own
        await _press(pilot, "enter", "enter")
        assert "Evening is dropped" in _said(app)
        assert app.session is not None
        assert "Evening" not in [one.name for one in app.session.ask(Journal.templates)]


async def test_journals_are_made_hidden_and_written_into_and_an_entry_moves(home: Home) -> None:
    where = home(filled=True)
    async with open_app(where) as (app, pilot):
        app.action_settings("files")
        await settle(pilot)
        await _press(pilot, "enter", "end", "enter")
        await _press(pilot, "down", "enter")  # after the first journal: a new one
        await _line(app, pilot, "Letters")
        assert "Letters is there" in _said(app)
        await _press(pilot, "enter", "down", "enter", "down", "enter")
        assert "Letters is hidden" in _said(app)
        await _press(pilot, "enter", "down", "enter", "down", "down", "enter")
        assert app.settings.writing.default_journal == "Letters"
        assert "Letters" in where.settings_file.read_text()
        await _press(pilot, "enter", "down", "enter", "enter")
        await _line(app, pilot, "Unsent letters")
        assert app.settings.writing.default_journal == "Unsent letters"
        await _press(pilot, "escape", "escape", "f4", "m")
        assert "It is in journal" in shown(app)
        await _press(pilot, "enter")
        assert "Moved to Unsent letters" in _said(app)
        assert app.session is not None
        found = app.session.ask(Journal.journals)
        assert [(one.name, one.hidden, one.entries) for one in found if one.name != "journal"] == [
            ("Unsent letters", True, 1)
        ]


async def test_an_attachment_goes_in_comes_out_and_is_removed(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "river.txt"
    file.write_text("cold and clear")
    async with open_app(home(filled=True)) as (app, pilot):
        await _press(pilot, "f4", "r")
        assert "no attachments" in _said(app)
        await _press(pilot, "a")
        await _line(app, pilot, str(file))
        assert "sealed to this entry" in _said(app)
        assert "river.txt" in shown(app)
        await _press(pilot, "o", "enter")
        target = tmp_path / "out.txt"
        await _line(app, pilot, str(target))
        assert target.read_text() == "cold and clear"
        assert target.stat().st_mode & 0o777 == 0o600
        await _press(pilot, "r", "enter", "enter")
        assert "taken away" in _said(app)
        assert isinstance(app.screen, JournalScreen)
        assert app.screen.shown_entry is not None
        assert not app.screen.shown_entry.attachments
        assert shown(app).count("river.txt") == 1  # in the line that says what was done


async def test_a_snapshot_comes_back_into_a_new_folder_and_opens(
    home: Home, tmp_path: Path
) -> None:
    where = home(filled=True)
    full, root = tmp_path / "full", tmp_path / "again"
    full.mkdir()
    (full / "something").touch()
    async with open_app(where) as (app, pilot):
        assert app.session is not None
        before = app.session.ask(lambda journal: journal.count(Query()))
        app.action_settings("files")
        await settle(pilot)
        await _press(pilot, "enter", *["down"] * 4, "enter")
        assert "22 Nov 2026" in shown(app)
        await _press(pilot, "enter")
        await _line(app, pilot, str(full))
        assert "new or empty folder" in _said(app)
        await _press(pilot, "enter", "enter")
        await _line(app, pilot, str(root))
        assert "It opens with the passphrase" in shown(app)
        await _press(pilot, "enter")
    opened = vault.unlock(
        VaultPaths(root),
        vault.Passphrase(PASSPHRASE),
        state_dir=where.places.state,
        clock=where.clock,
        random=where.random,
    )
    assert Journal(opened, clock=where.clock, random=where.random).count(Query()) == before
    opened.close()


async def test_an_unlock_takes_the_daily_copy_and_ends_what_rested_in_the_bin(
    home: Home, clock: StillClock
) -> None:
    where = home(filled=True)
    async with open_app(where) as (app, _):
        assert app.session is not None
        copies = app.session.ask_vault(lambda vault: len(vault.snapshots.list()))
        everything = app.session.ask(lambda journal: journal.find(Query(), limit=1)).rows
        app.session.ask(lambda journal: journal.bin(everything[0].id))
    clock.forward(timedelta(days=31).total_seconds())
    async with open_app(where) as (app, _):
        assert app.session is not None
        taken = app.session.ask_vault(lambda vault: vault.snapshots.list())
        assert len(taken) == copies + 1 and taken[0].reason == "daily"
        binned = Query(binned=True)
        assert app.session.ask(lambda journal: journal.count(binned)) == 0
