"""A path that a person types never ends Haven, whatever stands behind its `~`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from havenclient.paths import typed_path
from tests.homes import Home

NOBODY = "~nobody-of-that-name/sheet.txt"


def test_home_is_home_and_a_stranger_of_that_name_is_a_folder_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert typed_path("~/sheet.txt") == tmp_path / "sheet.txt"
    assert typed_path("~") == tmp_path
    assert typed_path(NOBODY) == Path(NOBODY)
    assert typed_path("a/~/b") == Path("a/~/b")


@pytest.mark.parametrize(
    "words",
    [
        ("--config", NOBODY, "config", "list"),
        ("--passphrase-file", NOBODY, "list"),
        ("--passphrase-file", "pw", "care", "plan", "--export", "text", NOBODY),
        ("safety", "--did-not-work", "gb-samaritans", "--note-file", NOBODY),
    ],
    ids=["config", "passphrase", "sheet", "note"],
)
def test_a_command_says_what_is_missing_and_does_not_break(
    vault_home: Home, words: tuple[str, ...]
) -> None:
    done = subprocess.run(
        ["haven", *words],
        capture_output=True,
        text=True,
        env=vault_home.environment,
        cwd=vault_home.work,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert "went wrong" not in done.stderr
    assert not (vault_home.work / NOBODY.split("/", maxsplit=1)[0]).exists()


def test_nothing_expands_a_path_in_a_way_of_its_own() -> None:
    house = Path(__file__).resolve().parent.parent / "src" / "havenclient"
    found = [
        str(path.relative_to(house))
        for room in ("cli", "ui")
        for path in (house / room).rglob("*.py")
        if ".expanduser(" in path.read_text("utf-8")
    ]
    assert found == []
