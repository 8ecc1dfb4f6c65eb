"""Is this the newest copy? Page MACs catch damage, not age; this catches age.

In the database stands an append-only log, each record's digest covering the one before. With the
first change of a session (in its transaction), and at close for whatever came after, a record is
added and its (index, digest) is remembered outside the vault, in the state folder. Who only reads
compares and adds nothing. A vault that has less, or something else, than this computer remembers is
an older copy or one that went on elsewhere: a restored backup, a synced folder, or somebody's hand.

What this can't see: an attacker who rolls back the whole home folder, state and all; and what
happened between two records (call `Vault.checkpoint_seen` after important writes).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from havenclient.vault.database import Database
from havenclient.vault.files import mapped, private_folder, read_small, write_atomically
from havenclient.vault.notices import Notice

_START = bytes(32)
_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Seen:
    """What this computer remembers of a vault."""

    index: int
    digest: str
    seq: int
    """The header's sequence number."""
    at: str
    """ISO 8601, UTC."""


def seen_path(state_dir: Path, vault_id: bytes) -> Path:
    return state_dir / f"seen-{vault_id.hex()}.json"


def head(database: Database) -> tuple[int, bytes]:
    row = database.one("SELECT idx, digest FROM vault_log ORDER BY idx DESC LIMIT 1")
    return (row[0], row[1]) if row else (0, _START)


def append(database: Database, kind: str, now: datetime) -> tuple[int, bytes]:
    with database.transaction():
        index, previous = head(database)
        record = json.dumps([index + 1, now.isoformat(), kind]).encode()
        digest = hashlib.blake2b(previous + record, digest_size=32).digest()
        database.execute(
            "INSERT INTO vault_log(idx, at, kind, digest) VALUES (?, ?, ?, ?)",
            (index + 1, now.isoformat(), kind, digest),
        )
    return index + 1, digest


def broken_at(database: Database) -> int | None:
    """The first record whose digest does not follow from the one before (for `haven doctor`)."""
    previous = _START
    expected = 1
    for index, at, kind, digest in database.rows(
        "SELECT idx, at, kind, digest FROM vault_log ORDER BY idx"
    ):
        record = json.dumps([index, at, kind]).encode()
        if (
            index != expected
            or hashlib.blake2b(previous + record, digest_size=32).digest() != digest
        ):
            return int(index)
        previous, expected = digest, index + 1
    return None


def load(state_dir: Path, vault_id: bytes) -> Seen | None:
    """None when nothing (readable) is remembered: then there is nothing to compare with."""
    try:
        data = json.loads(read_small(seen_path(state_dir, vault_id), _LIMIT))
        return Seen(int(data["index"]), str(data["digest"]), int(data["seq"]), str(data["at"]))
    except Exception:  # a damaged memory is no memory, whatever is wrong with it
        return None


def store(state_dir: Path, vault_id: bytes, seen: Seen) -> None:
    """Remember `seen`; call it only when the record it names is on the disk."""
    body = {"index": seen.index, "digest": seen.digest, "seq": seen.seq, "at": seen.at}
    with mapped("Haven's state folder"):
        private_folder(state_dir)
        # An older memory is a true one still (its record is in the log): the folder isn't waited
        # for, which would be a seventh of what saving an entry waits for the disk.
        write_atomically(seen_path(state_dir, vault_id), json.dumps(body).encode(), lasting=False)


def require_memory(state_dir: Path) -> None:
    """StorageError if nothing can be remembered: better said at unlock than never."""
    with mapped("Haven's state folder"):
        private_folder(state_dir)
        if not os.access(state_dir, os.W_OK):
            raise PermissionError(errno.EACCES, "")


def compare(database: Database, seq: int, seen: Seen | None) -> Notice | None:
    """The notice if this vault is older than, or another than, what this computer saw."""
    if seen is None:
        return None
    row = database.one("SELECT digest FROM vault_log WHERE idx = ?", (seen.index,))
    if row is not None and row[0].hex() == seen.digest and seq >= seen.seq:
        return None
    when = ""
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(seen.at)
        when = f" on {moment.day} {moment:%B %Y}"
    if row is not None and row[0].hex() != seen.digest:
        return Notice(
            "rollback",
            f"This journal is not the one this computer saw{when}: the two went different ways.",
            (
                "If you restored a backup or copied the folder, that is why.",
                "If not, somebody may have put another copy in its place.",
            ),
        )
    return Notice(
        "rollback",
        f"This journal is older than the one this computer saw{when} (restored backup?).",
        (
            "If you restored a backup or a snapshot, all is well.",
            "If not, what was written since then may be missing: look for another copy.",
        ),
    )
