"""Backups and restores: what has its name is whole, and nothing readable lies about meanwhile."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pyrage

from havenclient.journal import Journal, Query, backup
from havenclient.journal.restore import restore
from havenclient.journal.restore import verify as check
from havenclient.vault import Passphrase, Vault, VaultPaths, unlock
from tests.journal.kit import PASSPHRASE, WEAK, HandClock, make_vault
from tests.vault.torture.registry import Ack, Scenario, register

ENTRIES = 30
MARKER = b"MARKERwordThatOnlyTheJournalHolds"
NEW = "another good phrase"
EXTRAS = {"circles/identities.cbor": b"who we are" + MARKER}


def opened(root: Path, clock: HandClock) -> Vault:
    return unlock(
        VaultPaths(root / "journal"), Passphrase(PASSPHRASE), state_dir=root / "state", clock=clock
    )


def prepare(root: Path) -> None:
    clock = HandClock()
    folder = root / "backups"
    folder.mkdir(mode=0o700)
    identity = pyrage.x25519.Identity.generate()
    (folder / backup.KEY_FILE).touch(0o600)
    (folder / backup.KEY_FILE).write_text(f"{identity}\n")
    with make_vault(root, clock) as vault:
        vault.set_meta(backup.RECIPIENT, str(identity.to_public()))
        journal = Journal(vault, clock=clock)
        for number in range(ENTRIES):
            entry = journal.add(f"{MARKER.decode()} {number}")
        journal.attach(entry.id, "pic", io.BytesIO(MARKER * 20_000), "image/png")


def work(root: Path, ack: Ack) -> None:
    clock = HandClock()
    folder = root / "backups"
    with opened(root, clock) as vault:
        journal = Journal(vault, clock=clock)
        for number in range(1000):
            made = backup.write(journal, vault, folder, extras=EXTRAS, clock=clock)
            ack(f"backup {made.path.name}")
            target = root / f"restored-{number}-{made.path.name.split('.')[0]}"
            if target.exists():
                continue
            restore(
                made.path, folder / backup.KEY_FILE, "", target, NEW,
                state_dir=root / "state", kdf=WEAK, clock=clock,
            )  # fmt: skip
            ack(f"restored {target.name}")


def verify(root: Path, acked: list[str]) -> None:
    folder = root / "backups"
    named = sorted(folder.glob("haven-2*.tar.age"))
    restored = sorted(root.glob("restored-*"))
    promised = {line.split(" ", 1)[1] for line in acked}
    assert promised <= {path.name for path in (*named, *restored)} | gone
    for path in named[-2:]:
        assert check(path, folder / backup.KEY_FILE, "").entries == ENTRIES
    for target in restored[-2:]:
        with unlock(
            VaultPaths(target), Passphrase(NEW), state_dir=root / "state", clock=HandClock()
        ) as vault:
            assert Journal(vault).count(Query()) == ENTRIES
            assert vault.db.quick_check()
            assert vault.blobs.missing() == []
    for path in root.rglob("*"):
        if path.is_file():
            assert MARKER not in path.read_bytes(), path.name
    with opened(root, HandClock()) as vault:
        assert vault.db.quick_check()
    # The disk of a test is small: what was looked at goes, and so does what a death left.
    for path in (*named, *folder.glob(".haven-*"), *folder.glob(".*.part")):
        gone.add(path.name)
        path.unlink(missing_ok=True)
    for target in (*restored, *root.glob(".restored-*")):
        gone.add(target.name)
        shutil.rmtree(target)


gone: set[str] = set()
"""What an earlier look found whole and took away."""

register(Scenario("backup", prepare, work, verify, seconds=1.5))
