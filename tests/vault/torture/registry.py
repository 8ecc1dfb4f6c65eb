"""What a scenario is, and the list of them.

`prepare(root)` makes the starting state once. `work(root, ack)` runs in a child process that will
be killed; it calls `ack(text)` *after* a thing was promised to the person, and goes on until it is
killed or done. `verify(root, acked)` runs after each death with everything that was acknowledged
since `prepare`, and asserts. The state carries over from one death to the next, as in life.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Ack = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    prepare: Callable[[Path], None]
    work: Callable[[Path, Ack], None]
    verify: Callable[[Path, list[str]], None]
    seconds: float = 1.0
    """Deaths come uniformly within this time of the child's first step (or earlier, if it ends)."""


_scenarios: dict[str, Scenario] = {}


def register(scenario: Scenario) -> Scenario:
    _scenarios[scenario.name] = scenario
    return scenario


def scenarios() -> dict[str, Scenario]:
    """All scenarios of this folder, by name."""
    package = importlib.import_module("tests.vault.torture")
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("scenario_"):
            importlib.import_module(f"tests.vault.torture.{found.name}")
    return dict(sorted(_scenarios.items()))
