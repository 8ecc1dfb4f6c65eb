"""A real journal in a real vault, and the samples that other programs wrote."""

from __future__ import annotations

import os
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
    with make_vault(tmp_path / "v", clock) as opened:
        yield opened


@pytest.fixture
def journal(vault: Vault, clock: HandClock) -> Journal:
    return Journal(vault, clock=clock, random=SeededRandom(11))


@pytest.fixture(scope="session")
def samples() -> Path:
    """HAVEN_SAMPLES, by default `../shared/samples` beside the checkout."""
    checkout = Path(__file__).resolve().parents[2]
    path = Path(os.environ.get("HAVEN_SAMPLES") or checkout.parent / "shared" / "samples")
    if not path.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the import samples are missing; set HAVEN_SAMPLES")
        pytest.skip("no import samples here; set HAVEN_SAMPLES to their folder")
    return path
