"""Writing through the journal: entries, edits, drafts, attachments and quick notes."""

from __future__ import annotations

import io
from pathlib import Path

from havenclient.journal import Journal
from havenclient.journal.records import Draft
from havenclient.seams import SystemClock, SystemRandom
from havenclient.vault import KdfParams, Passphrase, Vault, VaultPaths, create, quick, unlock
from tests.vault.torture.registry import Ack, Scenario, register

PASSPHRASE = "lantern orchard velvet"


def opened(root: Path) -> Vault:
    return unlock(VaultPaths(root / "journal"), Passphrase(PASSPHRASE), state_dir=root / "state")


def prepare(root: Path) -> None:
    vault, _ = create(
        VaultPaths(root / "journal"),
        PASSPHRASE,
        state_dir=root / "state",
        kdf=KdfParams.weak_for_tests(),
    )
    vault.close()


def service(vault: Vault) -> Journal:
    return Journal(vault, clock=SystemClock(), random=SystemRandom())


def work(root: Path, ack: Ack) -> None:
    with opened(root) as vault:
        journal = service(vault)
        journal.file_quick()
        for number in range(10_000):
            entry = journal.add(f"words {number} " * 30, tags=("storm",), mood=3)
            ack(f"entry {entry.id} words {number} ")
            journal.save_draft(Draft("new", f"draft {number}", SystemClock().now()))
            ack(f"draft draft {number}")
            edited = journal.edit(entry.id, body=f"edited {number} " * 30)
            ack(f"edit {edited.id} edited {number} ")
            if number % 5 == 0:
                kept = vault.blobs.put(io.BytesIO(bytes([number % 256]) * 150_000))
                ack(f"blob {kept.blob_id} {number % 256}")
            path = quick.seal(
                vault.paths, f"quick {number}".encode(), clock=SystemClock(), random=SystemRandom()
            )
            ack(f"quick {path.name}")
            if number % 3 == 0:
                journal.file_quick()


def verify(root: Path, acked: list[str]) -> None:
    with opened(root) as vault:
        journal = service(vault)
        journal.file_quick()
        assert vault.db.quick_check()
        assert quick.pending(vault) == []
        assert quick.unreadable(vault) == []
        drafts = 0
        for line in acked[-400:]:
            kind, _, rest = line.partition(" ")
            if kind in ("entry", "edit"):
                entry_id, _, words = rest.partition(" ")
                bodies = [version.body for version in journal.history(entry_id)]
                assert any(body.startswith(words) for body in bodies), line
            elif kind == "draft":
                drafts += 1
            elif kind == "blob":
                blob_id, _, byte = rest.partition(" ")
                with vault.blobs.open(blob_id) as stream:
                    assert stream.read() == bytes([int(byte)]) * 150_000
        if drafts:
            assert journal.draft("new") is not None
        filed = sum(line.startswith("quick") for line in acked)
        (found,) = vault.db.one("SELECT count(*) FROM quick_filed") or (0,)
        assert found >= filed
        assert vault.blobs.missing() == []


register(Scenario("writing", prepare, work, verify, seconds=0.6))
