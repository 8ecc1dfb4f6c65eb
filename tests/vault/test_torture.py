"""The short form of the kill campaign; `make torture` runs 200 deaths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vault.torture.registry import scenarios
from tests.vault.torture.runner import run

KILLS = 3


@pytest.mark.parametrize("name", sorted(scenarios()))
def test_kill_nine_loses_nothing_that_was_acknowledged(tmp_path: Path, name: str) -> None:
    outcome = run(scenarios()[name], tmp_path, KILLS, seed=20261123)
    assert outcome.deaths + outcome.finished == KILLS
    assert outcome.deaths > 0
