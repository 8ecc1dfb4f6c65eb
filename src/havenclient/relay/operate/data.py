"""A relay's data directory: its files, and whether a relay runs on it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from havenclient.errors import TooNew
from havenclient.relay.sqlite import database, schema

PATIENCE_MS = 60_000
"""For a turn beside a running relay. SQLite's lock is not fair, and a relay under full load on a
slow disk holds it nearly always: SQLite's own waiting (every 100 ms, for 10 s) once found no gap
in 45 minutes of soak, and `prune` gave up. A look every millisecond finds one."""
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
            db.set_busy_handler(_next_look)
            if database.version_of(db) != schema.VERSION:
                raise TooNew(
                    "this data was written by another version of haven-relay",
                    "`haven-relay serve` upgrades older data; for newer data update haven-relay",
                )
            yield db
    finally:
        db.close()


def _next_look(number: int) -> bool:
    time.sleep(0.001)
    return number < PATIENCE_MS


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
