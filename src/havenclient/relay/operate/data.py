"""A relay's data directory: its files, and whether a relay runs on it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from havenclient.errors import TooNew
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
