"""Fork, let it work, kill it with SIGKILL, look at what is left; many times."""

from __future__ import annotations

import os
import random
import select
import signal
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from tests.vault.torture.registry import Scenario


@dataclass(frozen=True, slots=True)
class Outcome:
    deaths: int
    """Children that were really killed in the middle."""
    finished: int
    """Children that ended by themselves first."""
    acknowledged: int


def run(scenario: Scenario, root: Path, kills: int, *, seed: int) -> Outcome:
    """`kills` children; AssertionError (with the seed) at the first loss or damage."""
    dice = random.Random(seed)
    scenario.prepare(root)
    acked: list[str] = []
    deaths = finished = 0
    span = scenario.seconds
    for number in range(kills):
        wait = dice.uniform(0.0, span)
        killed, took = _one(scenario, root, wait, acked)
        if killed:
            deaths += 1
        else:
            finished += 1
            span = min(span, max(0.02, took))  # aim inside the work, not behind its end
        try:
            scenario.verify(root, acked)
        except BaseException as error:
            raise AssertionError(
                f"{scenario.name}: broken after death {number} (seed {seed}, {wait * 1000:.1f} ms)"
            ) from error
    return Outcome(deaths, finished, len(acked))


def _one(scenario: Scenario, root: Path, wait: float, acked: list[str]) -> tuple[bool, float]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setpgid(0, 0)
        try:
            scenario.work(root, lambda text: _say(writing, text))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    began = time.monotonic()
    # Wait for the instant of death or for the child's own end, whichever comes first; what it
    # acknowledges meanwhile must not fill the pipe and stop it.
    heard = bytearray()
    while (left := began + wait - time.monotonic()) > 0:
        ready, _, _ = select.select([reading], [], [], left)
        if ready:
            piece = os.read(reading, 1 << 16)
            if not piece:
                break
            heard += piece
    took = time.monotonic() - began
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    while piece := os.read(reading, 1 << 16):
        heard += piece
    os.close(reading)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"{scenario.name}: the child failed by itself ({code})"
    # A line that was cut by the death was not acknowledged.
    acked.extend(heard.decode().split("\n")[:-1])
    return code != 0, took


def _say(descriptor: int, text: str) -> None:
    os.write(descriptor, text.encode() + b"\n")
