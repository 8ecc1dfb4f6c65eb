"""The small parts of the command line: options anywhere, filters, completion, pages, idle lock."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pexpect
import pytest

from havenclient.cli import menus, table
from havenclient.cli.app import haven, hoist
from havenclient.cli.commands.completion import bash, fish, takes_files, walk, zsh
from havenclient.cli.commands.help import topics
from havenclient.cli.manual import pages
from havenclient.cli.options import moods, tag
from havenclient.cli.output import Output
from havenclient.cli.progress import Progress
from havenclient.cli.render import short_ids, size
from havenclient.cli.session import Options, Session
from havenclient.config import fields
from havenclient.errors import UsageError
from havenclient.external_editor import filesystem

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        (["list", "--quiet"], ["--quiet", "list"]),
        (["list", "--journal", "x", "-n", "3"], ["--journal", "x", "list", "-n", "3"]),
        (["list", "--journal=x"], ["--journal=x", "list"]),
        (["new", "--", "--quiet"], ["new", "--", "--quiet"]),
        (["list", "--journal"], ["--journal", "list"]),
        (["new", "-j", "night"], ["new", "-j", "night"]),
    ],
)
def test_global_options_may_stand_anywhere(given: list[str], moved: list[str]) -> None:
    assert hoist(given) == moved


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("4", (4, 4)),
        ("2-4", (2, 4)),
        (">=3", (3, None)),
        ("> 3", (4, None)),
        ("<=2", (None, 2)),
        ("<2", (None, 1)),
        ("2..3", (2, 3)),
    ],
)
def test_moods(text: str, limits: tuple[int | None, int | None]) -> None:
    assert moods(text) == limits


@pytest.mark.parametrize("text", ["0", "6", "good", ">=2-3", "", "3-", "--"])
def test_moods_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        moods(text)


def test_a_tag_is_one_word() -> None:
    assert tag("#family") == "family"
    for bad in ("", "#", "two words", "a\x1bb"):
        with pytest.raises(UsageError):
            tag(bad)


def test_short_ids_grow_until_they_differ() -> None:
    ids = ["A" * 26, "B" * 26]
    assert short_ids(ids) == {ids[0]: "A" * 8, ids[1]: "B" * 8}
    near = ["A" * 10 + "B" * 16, "A" * 10 + "C" * 16]
    assert short_ids(near)[near[0]] == "A" * 10 + "B"
    assert short_ids([]) == {}


def test_sizes_in_words() -> None:
    assert [size(n) for n in (0, 999, 1500, 2_000_000, 3_500_000_000_000)] == [
        "0 bytes", "999 bytes", "1.5 KB", "2.0 MB", "3500.0 GB",
    ]  # fmt: skip


def test_options_go_on_after_a_lock_without_the_passphrase(tmp_path: Path) -> None:
    given = Options(
        journal=tmp_path, plain=True, no_color=True, passphrase_file=tmp_path / "pw", locked=True
    )
    assert given.again() == ("--journal", str(tmp_path), "--plain", "--no-color")


# --- completion ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def commands() -> list[Any]:
    return list(walk(click.Context(haven, info_name="haven")))


def completed(script: Path, *words: str) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in words)
    code = f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _haven; "
    code += 'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_bash_completes_commands_options_and_values(tmp_path: Path, commands: list[Any]) -> None:
    script = tmp_path / "haven.bash"
    script.write_text(bash(commands))
    assert completed(script, "haven", "sea") == ["search"]
    assert set(completed(script, "haven", "")) >= set(table.rows())
    assert completed(script, "haven", "key", "ch") == ["change"]
    assert "--new-passphrase-file" in completed(script, "haven", "key", "change", "--new")
    assert completed(script, "haven", "--quiet", "config", "get", "look.th") == ["look.theme"]
    assert completed(script, "haven", "completion", "z") == ["zsh"]


def test_the_other_shells_know_every_command(commands: list[Any]) -> None:
    for script in (zsh(commands), fish(commands, {"": (False, ())})):
        for name in table.rows():
            assert name in script
        assert "look.theme" in script
        assert "--locked" not in script


def test_completion_never_calls_haven(commands: list[Any]) -> None:
    for script in (bash(commands), zsh(commands), fish(commands, {"": (False, ())})):
        assert "$(haven" not in script
        assert "(haven " not in script


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("haven ke", "key"),
        ("haven --plain key ch", "change"),
        ("haven config set look.th", "look.theme"),
        ("haven list --lim", "--limit"),
        ("haven import ./jour", "./journal.zip"),
        ("haven --passphrase-file ./jour", "./journal.zip"),
    ],
)
def test_the_real_fish_completes(
    tmp_path: Path, commands: list[Any], line: str, wanted: str
) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish isn't installed here")
    context = click.Context(haven, info_name="haven")
    (tmp_path / "haven.fish").write_text(fish(commands, takes_files(context)))
    (tmp_path / "journal.zip").touch()
    done = subprocess.run(
        ["fish", "-c", f"source haven.fish; complete -C '{line}'"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip
    assert [found.split("\t")[0] for found in done.stdout.splitlines()] == [wanted]


def test_the_real_zsh_completes(tmp_path: Path, commands: list[Any]) -> None:
    if not shutil.which("zsh"):
        pytest.skip("zsh isn't installed here")
    (tmp_path / "_haven").write_text(zsh(commands))
    (tmp_path / "journal.zip").touch()
    child = pexpect.spawn(
        "zsh", ["-f", "-i"], encoding="utf-8", timeout=30, cwd=str(tmp_path),
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", "PS1": "> "},
    )  # fmt: skip
    try:
        child.sendline(
            f"bindkey -e; fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -u -D;"
            " echo RE''ADY"
        )
        child.expect_exact("READY\r\n")
        for line, wanted in (
            ("haven ke", "haven key"),
            ("haven key ch", "haven key change"),
            ("haven config set look.th", "haven config set look.theme"),
            ("haven import jour", "haven import journal.zip"),
        ):
            # What the line became is printed by the shell itself.
            child.send(f"{line}\t\x01print -r -- '<\x05>'\r")
            child.expect(r"\r\n<([^>\r\n]*)>\r")
            assert child.match is not None and not isinstance(child.match, str)
            assert child.match[1].strip() == wanted
    finally:
        child.close(force=True)


# --- pages ---------------------------------------------------------------------------------------


def test_the_man_pages_are_what_the_program_says() -> None:
    for name, page in pages().items():
        shipped = (DOCS / "man" / name).read_text("utf-8")
        assert shipped == page, f"`make man` makes docs/man/{name} anew"


def test_the_man_pages_name_every_command_and_setting() -> None:
    made = pages()
    for name in table.rows():
        assert name.replace("-", r"\-") in made["haven.1"]
    for one in fields():
        assert one.variable in made["haven-config.5"]


def test_help_pages_fit_a_terminal_and_name_real_commands() -> None:
    assert {"crisis", "traces", "keys", "search", "scripts"} <= set(topics())
    folder = Path(menus.__file__).parent / "topics"
    for file in folder.glob("*.txt"):
        text = file.read_text("utf-8")
        assert max(map(len, text.splitlines())) <= 100, file.name
        for command in re.findall(r"^ +haven ([a-z][a-z-]*)", text, re.MULTILINE):
            assert command in {*table.rows(), *table.ALIASES}, file.name


# --- idle ----------------------------------------------------------------------------------------


def test_the_menus_lock_when_nothing_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls = 0

    def nothing(*_: object) -> tuple[list[object], list[object], list[object]]:
        nonlocal polls
        polls += 1
        return [], [], []

    monkeypatch.setattr("select.select", nothing)
    session = Session(Options(), env={"HAVEN_HOME": str(tmp_path)})
    with pytest.raises(menus._Lock):
        menus._Menus(session).read("Number: ")
    assert polls * menus._POLL == session.settings.locking.lock_after_minutes * 60


def test_the_file_system_below_a_path_is_known() -> None:
    assert filesystem(Path("/proc/self")) == "proc"
    assert filesystem(Path("/")) not in ("", "proc")


class Screen(io.StringIO):
    """A terminal, for those who ask."""

    def isatty(self) -> bool:
        return True


def test_a_progress_line_goes_before_anything_else_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    out = Output(out=screen, err=screen)
    work = Progress(out, "Copying", plain=False)
    work.step(1, 4, "copying")
    assert screen.getvalue() == ""  # nothing within the first second
    now += 2
    work.step(2, 4, "copying")
    assert screen.getvalue() == "\rcopying: 2 of 4, 50 %"
    out.line("done")
    assert screen.getvalue().endswith("\r" + " " * 21 + "\rdone\n")
    out.line("more")
    assert screen.getvalue().endswith("done\nmore\n")


@pytest.mark.parametrize(
    ("screen", "quiet", "told"),
    [
        (Screen(), False, "copying: 2 of 4, 50 %\n"),
        (Screen(), True, ""),
        (io.StringIO(), False, ""),
    ],
)
def test_plain_progress_is_lines_on_a_terminal_and_nothing_elsewhere(
    screen: io.StringIO, quiet: bool, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", screen)
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    work = Progress(Output(out=screen, err=screen, quiet=quiet), "Copying", plain=True)
    now += 10
    work.step(2, 4, "copying")
    work.step(3, 4, "copying")  # at once: not worth a line
    assert screen.getvalue() == told
