"""Opening the file: one place for pragmas, migrations and the mapping of SQLite's errors.

The SQLite is that of apsw-sqlite3mc, used WITHOUT a key: the relay holds only ciphertext, and a
second SQLite in the same installation would shadow the vault's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from havenclient.errors import Damaged, DiskFull, InUse, NotFound, StorageError, TooNew
from havenclient.relay.sqlite import schema

FILE = "relay.db"
CHECKPOINT_PAGES = 4_000
"""16 MiB of log before a checkpoint: fewer stalls than SQLite's 1,000, and still a small file."""


class ReadOnly(StorageError):
    """The disk takes no writes."""


@contextmanager
def mapped() -> Iterator[None]:
    """SQLite's errors in the words of `havenclient.errors`, without any value in them."""
    try:
        yield
    except apsw.FullError as error:
        raise DiskFull("the disk is full", "free some space; reading goes on") from error
    except apsw.ReadOnlyError as error:
        raise ReadOnly("the disk or the database file takes no writes") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise Damaged(
            "the database is damaged",
            "stop the relay, run `haven-relay verify`, and restore the newest backup",
        ) from error
    except apsw.BusyError as error:
        raise InUse("another program holds the database") from error
    except apsw.CantOpenError as error:
        raise StorageError("the database can't be opened") from error
    except apsw.IOError as error:
        raise StorageError("the disk reports an error") from error
    except apsw.Error as error:
        raise StorageError("the database refused an operation") from error


def wait_for_turn(db: apsw.Connection, seconds: int) -> None:
    """How long this connection waits for its turn beside others.

    SQLite's lock is not fair. Its own waiting looks every 100 ms, and found no gap in ten seconds
    beside somebody who took one transaction after the other (a relay under full load held `prune`
    off, and `prune` a relay: found by the soak). A look every millisecond finds one.
    """

    def look_again(number: int) -> bool:
        time.sleep(0.001)
        return number < seconds * 1000

    db.set_busy_handler(look_again)


def connect(path: Path, *, write: bool, vfs: str | None = None) -> apsw.Connection:
    """A connection with the relay's pragmas. `vfs` names a simulated disk in tests."""
    flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
    with mapped():
        db = apsw.Connection(str(path), flags=flags, vfs=vfs)
        wait_for_turn(db, 10)
        if vfs is not None:
            # A VFS written in Python has no shared memory; exclusive WAL needs none.
            db.pragma("locking_mode", "exclusive")
        db.pragma("temp_store", "memory")
        db.pragma("cache_size", -16_384 if write else -8_192)
        if write:
            # EXTRA until the write-ahead log is on: a new file's first change goes through a
            # rollback journal, whose deletion FULL leaves unsynced. After a power cut it could
            # come back and roll the whole database back (found by the simulated power cut).
            db.pragma("synchronous", "extra")
            if db.pragma("journal_mode", "wal") != "wal":
                raise StorageError("the database can't be switched to its write-ahead log")
            # FULL: the log is synced at every commit, which is what an acknowledgement promises.
            db.pragma("synchronous", "full")
            db.pragma("fullfsync", 1)
            db.pragma("checkpoint_fullfsync", 1)
            db.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            db.pragma("journal_size_limit", 64 * 1024 * 1024)
            # Deleted means overwritten. Appends delete nothing, so they don't pay for it.
            db.pragma("secure_delete", 1)
    return db


def version_of(db: apsw.Connection) -> int:
    with mapped():
        return int(db.pragma("user_version"))


def _sync(path: Path) -> None:
    """VACUUM INTO syncs nothing; what comes after it is synced, and must not outlive its backup."""
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            raise StorageError("the disk reports an error") from error
        finally:
            os.close(handle)


def create_file(path: Path, vfs: str | None = None) -> None:
    """Make an empty file that only its owner may read, if there is none."""
    if vfs is not None:
        apsw.Connection(str(path), vfs=vfs).close()
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageError("the data directory can't be written") from error


def require_file(path: Path) -> None:
    if not path.is_file():
        raise NotFound(
            "there is no relay in this data directory",
            "check --data (or HAVEN_RELAY_DATA), or start one: haven-relay serve",
        )


def migrate(db: apsw.Connection, path: Path) -> Path | None:
    """Bring the schema up to date; returns the backup that was made before, if any was."""
    with mapped():
        have = int(db.pragma("user_version"))
        if have > schema.VERSION:
            raise TooNew("this data was written by a newer haven-relay", "update haven-relay")
        if have == schema.VERSION:
            if int(db.pragma("application_id")) != schema.APPLICATION_ID:
                raise Damaged("this file is not a relay's database")
            return None
        kept = None
        if have:
            kept = path.with_name(f"before-schema-{schema.VERSION}-{path.name}")
            kept.unlink(missing_ok=True)
            db.execute("VACUUM INTO ?", (str(kept),))
            _sync(kept)
        elif db.execute("SELECT count(*) FROM sqlite_master").get:
            raise Damaged("this file is not a relay's database")
        db.execute("BEGIN EXCLUSIVE")
        try:
            for step in schema.STEPS[have:]:
                db.execute(step)
            db.pragma("application_id", schema.APPLICATION_ID)
            db.pragma("user_version", schema.VERSION)
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        return kept
