"""The person's own editor: only when allowed, only in memory, and nothing stays behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from havenclient.config import Settings
from havenclient.external_editor import filesystem
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp
from havenclient.ui.screens.edit import EditScreen
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.dialogs import Ask
from havenclient.ui.widgets.editor import Editor
from tests.ui.house import open_app, settle, write
from tests.ui.test_memory import running

Home = Callable[..., Launch]

PROGRAM = """#!/bin/sh
printf '%s\\n' "$@" > "$0.arguments"
for last; do :; done
stat -c %a "$last" "$(dirname "$last")" > "$0.modes"
cat "$last" > "$0.given"
printf 'from a zanzibarine editor\\n' >> "$last"
exit "$(cat "$0.exit" 2>/dev/null || echo 0)"
"""


@pytest.fixture
def memory() -> Iterator[Path]:
    place = Path("/dev/shm")
    if filesystem(place) != "tmpfs":
        pytest.skip("no memory-backed folder here")
    folder = Path(tempfile.mkdtemp(prefix="haven-ui-", dir=place))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "nano"
    path.parent.mkdir()
    path.write_text(PROGRAM)
    path.chmod(0o700)
    return path


@pytest.fixture
def lending(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test has no terminal to lend; the real one is in the last test."""
    monkeypatch.setattr(HavenApp, "suspend", lambda _: nullcontext())


def _launch(home: Home, program: Path, runtime: Path | None, *, allowed: bool = True) -> Launch:
    settings = Settings().replacing("writing.external_editor", allowed)
    where = home(filled=True, settings=settings.replacing("writing.editor", str(program)))
    return replace(where, places=replace(where.places, runtime=runtime))


@pytest.mark.usefixtures("lending")
async def test_it_is_refused_with_a_sentence_until_it_is_allowed_and_safe(
    home: Home, program: Path, memory: Path, tmp_path: Path
) -> None:
    where = _launch(home, program, memory / "haven", allowed=False)
    async with open_app(where) as (app, pilot):

        async def said() -> str:
            await pilot.press("ctrl+r")
            await settle(pilot)
            return app.screen.query_one(QuietLine).sentence

        assert "not allowed yet" in await said()
        app.settings = app.settings.replacing("writing.external_editor", True)
        on_disk = tmp_path / "run"
        if filesystem(tmp_path) not in ("tmpfs", "ramfs"):
            app.launch = replace(where, places=replace(where.places, runtime=on_disk))
            assert "no memory-backed folder" in await said()
        app.launch = replace(where, places=replace(where.places, runtime=None))
        assert "no memory-backed folder" in await said()
        app.launch = where
        (memory / "haven").mkdir(mode=0o755)
        (memory / "haven").chmod(0o755)  # others may look in: not a place for words
        assert "no memory-backed folder" in await said()
        assert not Path(f"{program}.given").exists()
        assert app.screen.query_one(Editor).text == ""


@pytest.mark.usefixtures("lending")
async def test_words_go_out_and_come_back_as_a_draft(
    home: Home, program: Path, memory: Path
) -> None:
    async with open_app(_launch(home, program, memory / "haven")) as (app, pilot):
        await write(pilot, "one line")
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert app.screen.query_one(Editor).text == "one line\nfrom a zanzibarine editor"
        assert Path(f"{program}.given").read_text() == "one line\n"
        assert Path(f"{program}.modes").read_text() == "600\n700\n"
        arguments = Path(f"{program}.arguments").read_text().splitlines()
        assert arguments[0] == "-R" and arguments[1].endswith("/text.md")
        assert not list((memory / "haven").iterdir())
        session = app.session
        assert session is not None
        kept = session.ask(lambda journal: journal.draft("new"))
        assert kept is not None and kept.body.endswith("zanzibarine editor")


@pytest.mark.usefixtures("lending")
async def test_an_error_of_the_program_changes_nothing(
    home: Home, program: Path, memory: Path
) -> None:
    Path(f"{program}.exit").write_text("3")
    async with open_app(_launch(home, program, memory / "haven")) as (app, pilot):
        await write(pilot, "one line")
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert "nothing was changed" in app.screen.query_one(QuietLine).sentence
        assert app.screen.query_one(Editor).text == "one line"
        assert not list((memory / "haven").iterdir())


@pytest.mark.usefixtures("lending")
async def test_an_entry_that_is_edited_goes_out_too_and_is_saved_as_a_version(
    home: Home, program: Path, memory: Path
) -> None:
    async with open_app(_launch(home, program, memory / "haven")) as (app, pilot):
        await pilot.press("f4")
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert isinstance(app.screen, EditScreen)
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert app.screen.query_one(Editor).text.endswith("from a zanzibarine editor")
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "version 2" in app.screen.query_one(QuietLine).sentence


@pytest.mark.usefixtures("lending")
async def test_a_program_that_keeps_copies_is_asked_about(
    home: Home, program: Path, memory: Path
) -> None:
    code = program.rename(program.with_name("code"))
    async with open_app(_launch(home, code, memory / "haven")) as (app, pilot):
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert isinstance(app.screen, Ask)
        await pilot.press("enter")  # the first answer is no
        await settle(pilot)
        assert not Path(f"{code}.given").exists()
        await pilot.press("ctrl+r")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert Path(f"{code}.given").exists()


def test_in_a_real_terminal_the_screen_is_lent_and_comes_back(
    home: Home, program: Path, memory: Path
) -> None:
    where = home()
    root = where.places.data.parent
    more = {
        "XDG_RUNTIME_DIR": str(memory),
        "HAVEN_WRITING_EXTERNAL_EDITOR": "true",
        "EDITOR": str(program),
    }
    with running(root, more) as terminal:
        terminal.wait_for("[Pp]assphrase")
        terminal.type("river lantern seven boats\r")
        terminal.wait_for("Seal")
        terminal.type("one line\x12")
        terminal.wait_for("zanzibarine")
        terminal.wait_for("draft kept")
        terminal.type("\x11")
        assert terminal.ended() == 0
    assert Path(f"{program}.given").read_text() == "one line\n"
    assert not list((memory / "haven").iterdir())
