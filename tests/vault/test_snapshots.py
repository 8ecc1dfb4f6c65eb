"""Local copies: made whole or not at all, checked, kept by a rule, and each opens by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.errors import Damaged
from havenclient.vault import Passphrase, Stopped, Vault, VaultPaths, unlock
from havenclient.vault.snapshots import kept
from tests.vault.kit import PASSPHRASE, Place, killed_everywhere, notes, write

START = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
moments = st.lists(
    st.integers(0, 60 * 24 * 500).map(lambda m: START + timedelta(minutes=m)), max_size=120
)


def test_a_snapshot_is_a_vault_of_its_own(place: Place, vault: Vault) -> None:
    write(vault, "before")
    info = vault.snapshots.take("daily")
    write(vault, "after")
    assert vault.snapshots.list() == (info,)
    with unlock(
        VaultPaths(info.path),
        Passphrase(PASSPHRASE),
        state_dir=place.root / "elsewhere",
        read_only=True,
        schema=place.schema,
    ) as copy:
        assert notes(copy) == ["before"]
        assert copy.vault_id == vault.vault_id


def test_one_is_due_each_day(place: Place, vault: Vault) -> None:
    assert vault.snapshots.due()
    vault.snapshots.take()
    assert not vault.snapshots.due()
    place.clock.go(hours=19)
    assert not vault.snapshots.due()
    place.clock.go(hours=2)
    assert vault.snapshots.due()


def test_a_copy_that_does_not_pass_its_check_is_not_kept(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("havenclient.vault.snapshots.check_copy", lambda *_: False)
    with pytest.raises(Damaged):
        vault.snapshots.take()
    assert list(vault.paths.snapshots.iterdir()) == []


def test_it_can_be_stopped(vault: Vault) -> None:
    class Stop:
        def step(self, done: int, total: int | None, label: str) -> None:
            if done == 1:
                raise Stopped

    with pytest.raises(Stopped):
        vault.snapshots.take(work=Stop())
    assert list(vault.paths.snapshots.iterdir()) == []


def test_killed_anywhere_there_is_a_whole_snapshot_or_none(place: Place) -> None:
    with place.create() as vault:
        write(vault, "words")
    counts = set()

    def action() -> None:
        with place.unlock() as vault:
            vault.snapshots.take()

    def prepare() -> None:
        place.clock.go(days=1)

    for _ in killed_everywhere(action, prepare):
        with place.unlock() as vault:
            counts.add(len(vault.snapshots.list()))
            assert not list(vault.snapshots.folder.glob(".partial-*"))
            for info in vault.snapshots.list():
                with unlock(
                    VaultPaths(info.path),
                    Passphrase(PASSPHRASE),
                    state_dir=place.root / "elsewhere",
                    read_only=True,
                    schema=place.schema,
                ) as copy:
                    assert notes(copy) == ["words"]
    assert counts


def test_a_year_of_days_leaves_seven_days_four_weeks_twelve_months() -> None:
    days = [START + timedelta(days=n) for n in range(400)]
    keep = sorted(kept(days), reverse=True)
    assert keep[:7] == days[:-8:-1]
    assert len({d.strftime("%G%V") for d in keep}) >= 4
    assert len({d.strftime("%Y%m") for d in keep}) == 12
    assert len(keep) <= 7 + 4 + 12


@given(moments)
def test_the_newest_always_stays_and_the_number_is_bounded(times: list[datetime]) -> None:
    keep = kept(times)
    assert keep <= set(times)
    assert len(keep) <= 23
    if times:
        assert max(times) in keep


@given(moments)
def test_thinning_every_evening_keeps_no_less_than_thinning_once(times: list[datetime]) -> None:
    held: set[datetime] = set()
    for moment in sorted(times):
        held = set(kept(held | {moment}))
    if times:
        newest = max(times)
        week = {t for t in kept(times) if newest - t < timedelta(days=1)}
        assert week <= held | {t for t in times if t.date() == newest.date()}
        assert newest in held


def test_what_was_kept_before_a_risky_step_stays_a_week(place: Place, vault: Vault) -> None:
    for _ in range(3):
        vault.snapshots.take("before-import")
        place.clock.go(minutes=1)
    vault.snapshots.take("daily")
    assert len(vault.snapshots.list()) == 4
    place.clock.go(days=8)
    vault.snapshots.take("daily")
    assert [s.reason for s in vault.snapshots.list()] == ["daily", "daily"]
