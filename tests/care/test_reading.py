"""Long lines on the command line: whole in a pipe, broken between words at a terminal."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

import pytest

from havenclient.care import library
from havenclient.cli.reading import broken
from tests.homes import Home


def at_a_terminal(home: Home, *words: str, columns: int = 60) -> str:
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    # What a test runner says about its own window is not the window here.
    env = {k: v for k, v in home.environment.items() if k not in ("COLUMNS", "LINES")}
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "havenclient", *words],
        stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=env | {"TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert running.wait(30) == 0
    return seen.decode("utf-8")


def test_a_page_fits_the_terminal_and_loses_no_word(home: Home) -> None:
    said = at_a_terminal(home, "care", "show", "agreement")
    lines = said.splitlines()
    assert max(map(len, lines)) < 60
    text = library.page("agreement").text
    assert " ".join(text.split()) in " ".join(said.split())
    second = lines.index(next(line for line in lines if line.startswith("1. "))) + 1
    assert lines[second].startswith("   ") and lines[second][3] != " "


@pytest.mark.parametrize("words", [("safety", "JP"), ("care", "show", "phq9")])
def test_addresses_stay_whole(home: Home, words: tuple[str, ...]) -> None:
    piped = subprocess.run(
        [sys.executable, "-P", "-m", "havenclient", *words],
        capture_output=True, text=True, timeout=60, env=home.environment,
    ).stdout  # fmt: skip
    found = re.findall(r"https?://\S+", piped)
    assert found and set(found) <= set(re.findall(r"https?://\S+", at_a_terminal(home, *words)))


def test_a_short_line_and_a_narrow_window_are_left_alone() -> None:
    assert broken("1. Sit.", 60) == "1. Sit."
    assert broken("word " * 30, 10) == "word " * 30
