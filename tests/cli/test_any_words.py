"""Whatever words stand on the command line: an exit code of the list, a sentence, no traceback."""

from __future__ import annotations

import io
import os
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.cli import table
from havenclient.cli.app import haven, run
from havenclient.errors import ExitCode
from tests.homes import Home


def known_words() -> list[str]:
    """Every command, subcommand and option that there is, but the one that reads descriptors."""
    context = click.Context(haven, info_name="haven")
    found = {"-", "--", "last", "@3", "--journal", "--config", "--plain", "--debug", "--version"}
    for name in table.rows():
        found.add(name)
        commands = [haven.get_command(context, name)]
        while commands:
            command = commands.pop()
            assert command is not None
            found |= {word for one in command.params for word in one.opts if word.startswith("-")}
            commands += getattr(command, "commands", {}).values()
            found |= set(getattr(command, "commands", {}))
    return sorted(found - {"--new-passphrase-fd", "--locked"})


HOSTILE = st.text(
    st.characters(blacklist_characters="/\0", max_codepoint=0xFFFF), min_size=0, max_size=12
)
WORDS = st.lists(st.sampled_from(known_words()) | HOSTILE, max_size=6)


@settings(
    max_examples=int(os.environ.get("HAVEN_EXAMPLES", "120")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(WORDS)
def test_any_words_get_an_answer(
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    root = tmp_path_factory.getbasetemp() / "any"
    root.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for name in ("VISUAL", "EDITOR", "HAVEN_PLAIN"):
            patch.delenv(name, raising=False)
        patch.setenv("HAVEN_HOME", str(root / "home"))
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"zanzibarine words\n")))
        code = run(["--no-input", *words])
    out, err = capsys.readouterr()
    assert code in list(ExitCode), words
    assert "Traceback" not in out + err
    assert "something inside Haven went wrong" not in err, words
    # An error tells itself in one line, hints aside, and acts on no terminal.
    assert not set(out + err) & {"\x1b", "\x07", "\x9b", "\u202e"}, words
    if code not in (ExitCode.OK, ExitCode.FAILED):
        assert "haven: " in err, words


SHAPES = (
    ["search", "{}"],
    ["search", "-n", "3", "--rank", "{}", "{}"],
    ["search", "--count", "tag:{}", "mood:{}", "after:{}"],
    ["list", "--after", "{}"],
    ["list", "--tag", "{}", "--before", "{}"],
    ["list", "-m", "{}"],
    ["list", "--cursor", "{}"],
    ["list", "-j", "{}"],
    ["show", "{}"],
    ["new", "--date", "{}", "-t", "{}", "--note", "{}", "{}"],
    ["new", "-j", "{}", "--template", "{}", "{}"],
    ["edit", "last", "--note", "{}", "-t", "{}", "{}"],
    ["history", "{}"],
    ["restore-version", "last", "{}"],
    ["journals", "--new", "{}"],
    ["journals", "--rename", "{}", "{}"],
    ["move", "last", "--to", "{}"],
    ["calendar", "{}"],
    ["stats", "--after", "{}", "--before", "{}"],
    ["on-this-day", "{}"],
    ["draft", "show", "{}"],
    ["attachment", "export", "last", "{}", "-"],
    ["key", "remove", "--yes", "{}"],
    ["config", "set", "writing.default_journal", "{}"],
    ["import", "--dry-run", "--zone", "{}", "pw"],
    ["help", "{}"],
    ["safety", "{}"],
    ["unbin", "{}"],
    ["snapshot", "restore-from", "{}", "new"],
)
ODD = (
    "", " ", "0", "-1", "9" * 30, "last", "tag:", "mood:9", '"', "yesterday", "2026-13-45", "x\ny",
    "0001-01-01", "9999-12-31", "*", "NEAR(", "%", "..", "@9999", "ZZZZZZ", "東京", "\ud800",
    "\x1b[2J", "-", "x" * 5000,
)  # fmt: skip
TEXTS = st.sampled_from(ODD) | HOSTILE


@settings(
    max_examples=int(os.environ.get("HAVEN_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(SHAPES), st.lists(TEXTS, min_size=5, max_size=5))
def test_any_values_get_an_answer(
    vault_home: Home, capsys: pytest.CaptureFixture[str], shape: list[str], values: list[str]
) -> None:
    rest = iter(values)
    words = [word.replace("{}", next(rest)) if "{}" in word else word for word in shape]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(vault_home.work)
        for name in list(os.environ):
            if name.startswith("HAVEN_"):
                patch.delenv(name)
        patch.setenv("HAVEN_HOME", str(vault_home.haven))
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"words\n")))
        code = run(["--no-input", "--debug", "--passphrase-file", "pw", *words])
    out, err = capsys.readouterr()
    assert code in list(ExitCode), words
    assert "something inside Haven went wrong" not in err, (words, err)
    assert not set(out + err) & {"\x1b", "\x07", "\x9b", "\u202e"}, words
    if code not in (ExitCode.OK, ExitCode.FAILED):
        assert "haven: error: " in err, words


def test_no_file_but_settings_came_of_that(tmp_path: Path) -> None:
    """Nothing in the table writes outside its folders just because of odd words."""
    assert run(["--no-input", "--journal", str(tmp_path / "x"), "list"]) == ExitCode.FAILED
    assert not (tmp_path / "x").exists()
