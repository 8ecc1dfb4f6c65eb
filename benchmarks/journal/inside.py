"""Whole commands again and again inside one warm process: the work without starting Python.

A child runs one program's own entry function for each line it is sent, with output thrown away, and
answers with the milliseconds. Both children live through the whole measurement and take turns.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from statistics import median

CHILD = """
import io, json, os, sys, time
answers = os.fdopen(os.dup(1), "w")
asked = os.fdopen(os.dup(0), "r")
nothing = os.open(os.devnull, os.O_RDWR)
os.dup2(nothing, 1)
os.dup2(nothing, 0)
ENTRY
for line in asked:
    arguments, text = json.loads(line)
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
    begun = time.perf_counter()
    try:
        code = run(arguments)
    except SystemExit as left:
        code = left.code
    sys.stdout.flush()
    taken = (time.perf_counter() - begun) * 1000
    print(json.dumps([taken, code or 0]), file=answers, flush=True)
"""
HAVEN = "from havenclient.cli.app import run"
JRNL = "from jrnl.main import run"


class Program:
    """One warm child."""

    def __init__(self, python: str, entry: str, env: Mapping[str, str]) -> None:
        self._child = subprocess.Popen(
            [python, "-c", CHILD.replace("ENTRY", entry)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            text=True,
        )

    def run(self, arguments: Sequence[str], text: str = "") -> float:
        """Milliseconds of one command."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps([list(arguments), text]) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        if not answer or json.loads(answer)[1]:
            self.close()
            raise SystemExit(f"a command failed inside: {arguments[-2:]}")
        return float(json.loads(answer)[0])

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        _, said = "", self._child.stderr.read() if self._child.stderr else ""
        if self._child.wait():
            sys.stderr.write(said)


def by_turns(
    ours: Program,
    theirs: Program,
    commands: Sequence[tuple[Sequence[str], str, Sequence[str]]],
    rounds: int,
) -> list[tuple[float, float]]:
    """Medians (ours, theirs) for each (our arguments, our input, their arguments)."""
    taken: list[tuple[list[float], list[float]]] = [([], []) for _ in commands]
    for number in range(rounds + 1):
        for (arguments, text, others), (mine, other) in zip(commands, taken, strict=True):
            pair = (ours.run(arguments, text), theirs.run(others))
            if number:  # the first round warms both
                mine.append(pair[0])
                other.append(pair[1])
    return [(median(mine), median(other)) for mine, other in taken]
