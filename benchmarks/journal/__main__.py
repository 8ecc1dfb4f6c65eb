"""`make bench-journal`: (a) beside jrnl, (b) beside plain SQLite, (c) starting, (d) memory.

Everything that is compared is measured side by side in one run, by turns, and given as medians. All
files lie in one temporary folder that goes at the end. Smaller: `--entries 10000 --parts b`.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.journal import against_jrnl, memory, starting, store
from benchmarks.journal.measure import Result, line


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench-journal", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="for (b) and (d)")
    parser.add_argument("--jrnl-entries", type=int, default=10_000, help="for (a)")
    parser.add_argument("--rounds", type=int, default=9, help="whole processes, each")
    parser.add_argument("--parts", default="abcd")
    chosen = parser.parse_args()
    haven = Path(sys.executable).parent / "haven"
    parts: dict[str, Callable[[Path], list[Result]]] = {
        "a": lambda folder: against_jrnl.run(folder, haven, chosen.jrnl_entries, chosen.rounds),
        "b": lambda folder: store.run(folder, chosen.entries),
        "c": lambda folder: starting.run(folder, haven, chosen.rounds),
        "d": lambda folder: memory.run(folder, chosen.entries),
    }
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}\n")
    print(f"  {'':<38}{'Haven':>10}{'other':>10}")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="haven-bench-") as base:
        for part in chosen.parts:
            # (d) looks at the journal that (b) has filled.
            folder = Path(base) / ("b" if part == "d" and "b" in chosen.parts else part)
            folder.mkdir(exist_ok=True)
            for result in parts[part](folder):
                print(line(result), flush=True)
                missed += not result.met
            print(flush=True)
    print("every aim is met" if not missed else f"{missed} aims are missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
