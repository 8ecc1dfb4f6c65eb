"""`make bench`: every room's bench, one after the other, and what came out in a few lines.

Each bench is a package here and can be run alone (`make bench-journal` …). What it prints is shown
as it comes and kept in `bench-results/` (not part of the checkout's history). The load of the
machine before and after each stands in the summary: figures of a busy machine are worth less.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "bench-results"
FIRST = ("journal", "mls", "relay", "circles")
MISSED, MET = "AIM MISSED", "aim met"


class Outcome(NamedTuple):
    room: str
    code: int
    seconds: float
    before: float
    after: float
    """Load of one minute, before and after."""
    met: int
    missed: tuple[str, ...]


def rooms() -> list[str]:
    """Packages here that can be run, the known ones first."""
    found = {path.parent.name for path in HERE.glob("*/__main__.py")}
    return [*(room for room in FIRST if room in found), *sorted(found - set(FIRST))]


def run(room: str) -> Outcome:
    RESULTS.mkdir(exist_ok=True)
    before, began = os.getloadavg()[0], time.monotonic()
    lines: list[str] = []
    command = [sys.executable, "-u", "-m", f"benchmarks.{room}"]
    with (
        (RESULTS / f"{room}.txt").open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as child,
    ):
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            kept.write(line)
            lines.append(line.strip())
    return Outcome(
        room,
        child.returncode,
        time.monotonic() - began,
        before,
        os.getloadavg()[0],
        sum(line.endswith(MET) for line in lines),
        tuple(line for line in lines if line.endswith(MISSED)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=", ".join(rooms()))
    chosen = parser.parse_args().rooms or rooms()
    if unknown := set(chosen) - set(rooms()):
        parser.error(f"no bench is called {', '.join(sorted(unknown))}")
    outcomes = []
    for room in chosen:
        print(f"=== {room} ===", flush=True)
        outcomes.append(run(room))
        print(flush=True)
    print(f"=== summary: {platform.machine()}, {os.cpu_count()} cores, Python", end=" ")
    print(f"{platform.python_version()}, {time.strftime('%Y-%m-%d %H:%M %Z')} ===")
    for one in outcomes:
        end = "done" if one.code == 0 else f"FAILED ({one.code})"
        aims = f", {one.met} aims met, {len(one.missed)} missed" if one.met or one.missed else ""
        print(
            f"{one.room:<8} {end}, {one.seconds:.0f} s{aims}; load {one.before:.1f} before,"
            f" {one.after:.1f} after; bench-results/{one.room}.txt"
        )
        for line in one.missed:
            print(f"         {line}")
    return max((one.code for one in outcomes), key=abs, default=0) and 1


if __name__ == "__main__":
    sys.exit(main())
