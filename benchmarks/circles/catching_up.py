"""One member in a fresh process: catches up, and says what it cost.

    python -m benchmarks.circles.catching_up FOLDER NAME

Prints entries received, CPU seconds and wall seconds of the round, and the process's peak memory
before and after it in MiB.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.circles.kit import CIRCLE, Person
from tests.vault.kit import HandClock

from havenclient.seams import SystemRandom
from havenclient.sync import routes
from havenclient.sync.engine import Engine


def peak() -> float:
    """MiB. Not `ru_maxrss`: Linux hands a parent's peak down through fork and exec."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024


def main() -> None:
    folder, name = sys.argv[1:]
    person = Person(name, Path(folder) / name, HandClock())
    engine = Engine(
        person.circles,
        lambda base, purpose: routes.route(person.vault, base, purpose),
        random=SystemRandom(),
    )
    person.circles.get(CIRCLE)
    before = peak()
    cpu, wall = time.process_time(), time.perf_counter()
    report = engine.once(commit=False)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(report.received, cpu, wall, before, peak())
    person.close()


if __name__ == "__main__":
    main()
