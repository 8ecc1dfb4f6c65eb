"""(c) What a start costs: help, one new entry, the unlock screen."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.journal.engines import PASSPHRASE, encrypted
from benchmarks.journal.measure import Result, process, processes

HELP_AIM = 120.0
SCREEN_AIM = 1.5
EMPTY_APP = """
from textual.app import App
class Empty(App):
    pass
Empty().run()
"""


def run(folder: Path, haven: Path, rounds: int) -> list[Result]:
    vault = encrypted(folder)
    vault.close()
    secret = folder / "passphrase"
    secret.write_text(PASSPHRASE)
    secret.chmod(0o600)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "HAVEN_HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
    }
    opened = [str(haven), "--journal", str(folder / "journal")]
    new = [*opened, "--passphrase-file", str(secret), "--no-input", "new", "-"]
    taken = processes(
        {
            "bare": lambda: process([sys.executable, "-c", ""], env=env),
            "help": lambda: process([str(haven), "--help"], env=env),
            "new": lambda: process(new, env=env, stdin=b"Walked home by the river."),
        },
        rounds,
    )
    print("(c) starting; CPU ms of whole processes (the second column is a bare interpreter)")
    bare = taken["bare"][1]
    more = taken["help"][1] - bare
    results = [
        Result(
            "haven --help",
            taken["help"][1],
            bare,
            "ms",
            f"+{more:.0f} ms (aim +{HELP_AIM:.0f})",
            more <= HELP_AIM,
        )
    ]
    print(
        f"  haven new without key stretching: {taken['new'][1]:.0f} ms CPU,"
        f" {taken['new'][0]:.0f} ms wall"
    )
    screen = [*opened]
    empty = [sys.executable, "-c", EMPTY_APP]
    mine: list[float] = []
    other: list[float] = []
    for number in range(max(5, rounds // 2)):
        for command, times in ((screen, mine), (empty, other))[:: 1 if number % 2 else -1]:
            times.append(first_screen(command, env))
    ratio = median(mine) / median(other)
    results.append(
        Result(
            "unlock screen / empty Textual app",
            median(mine),
            median(other),
            "ms",
            f"{ratio:.2f}x (aim {SCREEN_AIM}x)",
            ratio <= SCREEN_AIM,
        )
    )
    return results


def first_screen(command: list[str], env: dict[str, str]) -> float:
    """Milliseconds until a program on a terminal has drawn and is silent for 150 ms."""
    main, side = pty.openpty()
    begun = time.perf_counter()
    child = subprocess.Popen(
        command,
        stdin=side,
        stdout=side,
        stderr=side,
        env={**env, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36"},
        start_new_session=True,
    )
    os.close(side)
    seen, last, size = False, begun, 0
    try:
        while time.perf_counter() - begun < 20:
            ready, _, _ = select.select([main], [], [], 0.15)
            if ready:
                size += len(os.read(main, 65_536))
                last = time.perf_counter()
                seen = seen or size > 1_000  # beyond the switch to the alternate screen
            elif seen:
                return (last - begun) * 1000
        raise SystemExit(f"{command[0]} drew nothing")
    finally:
        child.kill()
        child.wait()
        os.close(main)
