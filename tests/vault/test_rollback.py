"""An older or a foreign copy of the journal is noticed by the computer that saw the newer one."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from havenclient.vault import Vault, rollback
from havenclient.vault.rollback import seen_path
from tests.vault.kit import PASSPHRASE, Place, notes, write


def copy(place: Place, name: str) -> Path:
    target = place.root / name
    shutil.copytree(place.paths.root, target)
    return target


def put_back(place: Place, copied: Path) -> None:
    shutil.rmtree(place.paths.root)
    shutil.copytree(copied, place.paths.root)


def rollback_notices(vault: Vault) -> list[str]:
    return [n.message for n in vault.notices if n.kind == "rollback"]


def test_everyday_use_raises_no_alarm(place: Place) -> None:
    place.create().close()
    for _ in range(3):
        with place.unlock() as vault:
            assert rollback_notices(vault) == []
            write(vault, "words")
            vault.checkpoint_seen()


def test_a_crash_raises_no_alarm(place: Place) -> None:
    vault = place.create()
    write(vault, "words")
    vault.abandon()
    with place.unlock() as vault:
        assert rollback_notices(vault) == []
        assert notes(vault) == ["words"]


def test_an_older_copy_is_noticed_with_the_day_it_was_newer(place: Place) -> None:
    place.create().close()
    old = copy(place, "old")
    with place.unlock() as vault:
        write(vault, "later words")
    put_back(place, old)
    place.clock.go(days=100)
    with place.unlock() as vault:
        (message,) = rollback_notices(vault)
        assert message == (
            "This journal is older than the one this computer saw on 22 November 2026"
            " (restored backup?)."
        )
    # Said once: from now on this is the journal that the computer knows.
    with place.unlock() as vault:
        assert rollback_notices(vault) == []


def test_a_copy_that_went_on_elsewhere_is_noticed(place: Place) -> None:
    place.create().close()
    old = copy(place, "old")
    place.unlock().close()
    place.unlock().close()
    put_back(place, old)
    elsewhere = Place(place.root / "x", place.clock)
    shutil.copytree(place.paths.root, elsewhere.paths.root)
    for _ in range(9):
        place.clock.go(seconds=1)
        elsewhere.unlock().close()
    put_back(place, elsewhere.paths.root)
    with place.unlock() as vault:
        (message,) = rollback_notices(vault)
        assert "different ways" in message


def test_an_old_key_file_put_back_is_noticed(place: Place) -> None:
    place.create().close()
    old = place.paths.header.read_bytes()
    with place.unlock() as vault:
        vault.change_passphrase(PASSPHRASE, "another set of words")
    place.paths.header.write_bytes(old)
    with place.unlock(PASSPHRASE) as vault:
        assert rollback_notices(vault)


def test_attachments_of_the_newer_copy_survive_a_visit_of_the_older(place: Place) -> None:
    place.create().close()
    older = place.paths.database.read_bytes()
    with place.unlock() as vault:
        blob = vault.blobs.put(io.BytesIO(b"picture"))
    newer = place.paths.database.read_bytes()
    place.paths.database.write_bytes(older)
    with place.unlock() as vault:
        assert rollback_notices(vault)
    place.paths.database.write_bytes(newer)
    with place.unlock() as vault:
        assert vault.blobs.open(blob.blob_id).read() == b"picture"


@pytest.mark.parametrize(
    "memory", [b"", b"{}", b"[" * 5000, b'{"index": "x"}', b"\xff", b"null", b"9" * 10_000]
)
def test_a_damaged_memory_is_no_memory(place: Place, memory: bytes) -> None:
    with place.create() as vault:
        vault_id = vault.vault_id
    seen_path(place.state, vault_id).write_bytes(memory)
    with place.unlock() as vault:
        assert rollback_notices(vault) == []
    assert rollback.load(place.state, vault_id) is not None


def test_a_record_that_was_changed_is_found(place: Place) -> None:
    with place.create() as vault:
        for _ in range(5):
            vault.checkpoint_seen()
        assert rollback.broken_at(vault.db) is None
        vault.db.execute("UPDATE vault_log SET at = 'another day' WHERE idx = 3")
        assert rollback.broken_at(vault.db) == 3


def test_the_memory_holds_no_words_and_is_private(place: Place) -> None:
    with place.create() as vault:
        write(vault, "zanzibar")
        path = seen_path(place.state, vault.vault_id)
    assert b"zanzibar" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
