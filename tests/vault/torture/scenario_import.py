"""Imports with attachments: all of a plan is in the journal, or nothing of it; never twice."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from havenclient.journal import Journal, Query
from havenclient.journal.imported import ImportedEntry, ImportedFile, ImportPlan
from havenclient.vault import Passphrase, Vault, VaultPaths, unlock
from tests.journal.kit import PASSPHRASE, HandClock, make_vault
from tests.vault.torture.registry import Ack, Scenario, register

ENTRIES = 40
FILES = 8
PICTURE = b"picture" * 20_000


def plan(root: Path, number: int) -> ImportPlan:
    """The import of that number: the same one whenever it is tried again."""
    begin = datetime(2020, 1, 1, 8, tzinfo=UTC) + timedelta(days=number)
    picture = ImportedFile("pic.png", "image/png", root / "pic.png")
    entries = tuple(
        ImportedEntry(
            source="torture",
            source_id=f"{number}-{one}",
            written_at=begin + timedelta(minutes=one),
            zone="UTC",
            zone_guessed=False,
            body=f"import {number} entry {one}",
            tags=(f"t{number}",),
            attachments=(picture,) if one < FILES else (),
        )
        for one in range(ENTRIES)
    )
    return ImportPlan("torture", entries, attachments=FILES)


def opened(root: Path, clock: HandClock) -> Vault:
    return unlock(
        VaultPaths(root / "journal"), Passphrase(PASSPHRASE), state_dir=root / "state", clock=clock
    )


def prepare(root: Path) -> None:
    (root / "pic.png").write_bytes(PICTURE)
    clock = HandClock()
    with make_vault(root, clock) as vault:
        Journal(vault, clock=clock).add("first words")


def work(root: Path, ack: Ack) -> None:
    clock = HandClock()
    with opened(root, clock) as vault:
        journal = Journal(vault, clock=clock)
        done = journal.count(Query()) // ENTRIES
        for number in range(done, done + 1000):
            result = journal.import_plan(plan(root, number))
            assert result.added + result.already_there == ENTRIES
            ack(f"import {number}")


def verify(root: Path, acked: list[str]) -> None:
    clock = HandClock()
    with opened(root, clock) as vault:
        journal = Journal(vault, clock=clock)
        assert vault.db.quick_check()
        assert vault.blobs.missing() == []
        known = set(vault.blobs.ids())
        assert {path.name for path in vault.paths.blobs.iterdir()} == known  # leftovers were swept
        every = journal.count(Query())
        assert (every - 1) % ENTRIES == 0, "half an import"
        whole = (every - 1) // ENTRIES
        assert len(known) == whole * FILES
        assert {f"import {number}" for number in range(whole)} >= set(acked)
        if whole:
            again = journal.import_plan(plan(root, whole - 1))
            assert (again.added, again.already_there) == (0, ENTRIES)
            (row,) = journal.find(
                Query(words=("import", str(whole - 1), "entry", "0")), limit=1
            ).rows
            (file,) = journal.get(row.id).attachments
            with journal.read_attachment(file.blob_id) as stream:
                assert hashlib.sha256(stream.read()).digest() == hashlib.sha256(PICTURE).digest()


register(Scenario("import", prepare, work, verify, seconds=1.0))
