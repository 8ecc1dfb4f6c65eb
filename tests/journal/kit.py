"""What the journal's tests share: time that is moved by hand, seeded chance, a quick vault."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from havenclient.vault import KdfParams, Passphrase, Vault, VaultPaths, create, unlock

PASSPHRASE = "lantern orchard velvet"


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


WEAK = KdfParams(memory=64, passes=1, lanes=1, testing=True)


def make_vault(root: Path, clock: HandClock) -> Vault:
    vault, _code = create(
        VaultPaths(root / "journal"),
        PASSPHRASE,
        state_dir=root / "state",
        kdf=WEAK,
        clock=clock,
        random=SeededRandom(1),
    )
    return vault


def open_vault(root: Path, clock: HandClock) -> Vault:
    return unlock(
        VaultPaths(root / "journal"),
        Passphrase(PASSPHRASE),
        state_dir=root / "state",
        clock=clock,
        random=SeededRandom(2),
    )
