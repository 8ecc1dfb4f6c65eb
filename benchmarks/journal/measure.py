"""Measuring fairly on a machine that others use too: by turns, medians, ratios of one run."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    ours: float
    theirs: float
    unit: str
    aim: str
    met: bool


def line(result: Result) -> str:
    mark = "aim met" if result.met else "AIM MISSED"
    return (
        f"  {result.name:<38}{result.ours:>10.2f}{result.theirs:>10.2f} {result.unit:<3}"
        f"  {result.aim:<22} {mark}"
    )


def by_turns(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Median milliseconds of each, run in turn, so that a busy machine slows both."""
    mine: list[float] = []
    other: list[float] = []
    for number in range(rounds):
        pair = ((ours, mine), (theirs, other))
        for action, times in pair if number % 2 else pair[::-1]:
            begun = time.perf_counter()
            action()
            times.append((time.perf_counter() - begun) * 1000)
    return median(mine), median(other)


def process(
    command: Sequence[str], *, env: Mapping[str, str], stdin: bytes = b""
) -> tuple[float, float]:
    """(wall, CPU) milliseconds of one whole process; raises when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        list(command), env=dict(env), input=stdin, capture_output=True, check=False
    )
    wall = (time.perf_counter() - begun) * 1000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors="replace"))
        raise SystemExit(f"{Path(command[0]).name} failed with {done.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu * 1000


def processes(
    commands: Mapping[str, Callable[[], tuple[float, float]]], rounds: int
) -> dict[str, tuple[float, float]]:
    """Medians (wall, CPU) of several processes, run in turn; one warm-up round is thrown away."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, run in commands.items():
            taken = run()
            if number:
                seen[name].append(taken)
    return {
        name: (median(wall for wall, _ in taken), median(cpu for _, cpu in taken))
        for name, taken in seen.items()
    }
