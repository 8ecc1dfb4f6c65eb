"""A journal in a real encrypted vault, with a clock and chance of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.journal import Journal
from havenclient.vault import Vault
from tests.journal.kit import HandClock, SeededRandom, make_vault


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def vault(tmp_path: Path, clock: HandClock) -> Iterator[Vault]:
    with make_vault(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def journal(vault: Vault, clock: HandClock) -> Journal:
    return Journal(vault, clock=clock, random=SeededRandom(11))
