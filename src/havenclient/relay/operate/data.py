"""A relay's data directory: its files, and whether a relay runs on it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from havenclient.errors import InUse, TooNew
from havenclient.relay.sqlite import database, schema

PATIENCE = 60
"""Seconds that a command waits for a turn beside a running relay."""
LOCK = "relay.lock"
SETTINGS = "relay.toml"


def database_of(data: Path) -> Path:
    path = data / database.FILE
    database.require_file(path)
    return path


@contextmanager
def opened(data: Path, *, write: bool = False) -> Iterator[apsw.Connection]:
    """A connection of its own; a running relay goes on beside it."""
    with open_file(database_of(data), write=write) as db:
        yield db


@contextmanager
def open_file(path: Path, *, write: bool = False) -> Iterator[apsw.Connection]:
    db = database.connect(path, write=write)
    try:
        with database.mapped():
            database.wait_for_turn(db, PATIENCE)
            if database.version_of(db) != schema.VERSION:
                raise TooNew(
                    "this data was written by another version of haven-relay",
                    "`haven-relay serve` upgrades older data; for newer data update haven-relay",
                )
            yield db
    finally:
        db.close()


def make_file(path: Path) -> int:
    """A new file of ours in a data directory, open for writing; only its owner may read it.

    Root's files go to the directory's owner: beside a service under a user of its own (the systemd
    unit's) the relay could not open them. Never through a link: that user may be the one who put
    it there, and root would write wherever it leads.
    """
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    _to_owner(handle, path.parent)
    return handle


def _to_owner(handle: int, directory: Path) -> None:
    if os.geteuid() == 0:
        owner = directory.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


@contextmanager
def lying_still(data: Path) -> Iterator[None]:
    """No relay runs on the directory, and none can start meanwhile."""
    handle = os.open(data / LOCK, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        _to_owner(handle, data)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse("a relay runs on this data", "stop it first") from None
        yield
    finally:
        os.close(handle)


def running(data: Path) -> bool:
    """Whether a relay holds the directory's lock."""
    try:
        with (data / LOCK).open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except OSError:
        return True
