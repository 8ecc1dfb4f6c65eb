"""A journal on a real encrypted vault, with a clock and chance of the test's own."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from havenclient.journal import Journal
from havenclient.vault.database import Database
from havenclient.vault.migrations import migrate, shipped
from havenclient.vault.work import NoWork


class HandClock:
    """Time that moves only when the test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def go(self, **span: float) -> None:
        self.at += timedelta(**span)


class SeededRandom:
    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


def open_vault(root: Path, clock: HandClock):
    db = Database(root / "journal.db", b"k" * 32, scratch=root, fresh=True)
    migrate(db, shipped(), now=clock.now(), before=lambda: None, work=NoWork())
    return SimpleNamespace(db=db, read_only=False, close=db.close)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def vault(tmp_path, clock):
    vault = open_vault(tmp_path, clock)
    yield vault
    vault.close()


@pytest.fixture
def journal(vault, clock: HandClock) -> Journal:
    return Journal(vault, clock=clock, random=SeededRandom())
