"""A still clock and a real, weakly keyed vault for care's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from havenclient.care.service import Care
from havenclient.vault import KdfParams, Vault, VaultPaths, create

NOW = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)


class StillClock:
    """Moves only when a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._mono = 50.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def forward(self, **span: float) -> None:
        step = timedelta(**span)
        self._now += step
        self._mono += step.total_seconds()


def open_care(root: Path, clock: StillClock) -> tuple[Care, Vault]:
    vault, _ = create(
        VaultPaths(root / "journal"),
        "river lantern seven boats",
        state_dir=root / "state",
        kdf=KdfParams.weak_for_tests(),
        clock=clock,
    )
    return Care(vault.db, clock), vault
