"""The cipher under the database: is it there, is it at work, and what did SQLite mean by that?

Everything here fails closed: a doubt about the cipher is `NoCipher`, and nothing is opened. Keys
go to SQLite by pragma only, never in a file address: SQLite quotes addresses in its errors.
"""

from __future__ import annotations

import errno
from pathlib import Path

import apsw

from havenclient.errors import Damaged, HavenError, InUse, SafetyRefusal, StorageError
from havenclient.vault.files import disk_full, mapped
from havenclient.vault.work import Stopped

PLAINTEXT_MAGIC = b"SQLite format 3\0"
CIPHER = "chacha20"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoCipher(SafetyRefusal):
    """The encrypting SQLite is missing or not at work; opening would write plaintext."""

    def __init__(self) -> None:
        super().__init__(
            "the encrypted database is not available, so nothing was opened or written",
            "install Haven again; the package apsw must not stand beside apsw-sqlite3mc",
        )


class Conflict(StorageError):
    """A constraint of the schema (UNIQUE, CHECK, FOREIGN KEY) refused a row."""


def require_cipher() -> None:
    if not getattr(apsw, "mc_version", ""):
        raise NoCipher


def raw_key_hex(key: bytes | bytearray) -> str:
    """The key as sqlite3mc wants it: `raw:` says that no further stretching is to be done."""
    return (b"raw:" + bytes(key)).hex()


def _first_bytes(path: Path) -> bytes:
    with mapped("the journal's database"), path.open("rb") as stream:
        return stream.read(len(PLAINTEXT_MAGIC))


def require_encrypted(path: Path) -> None:
    """NoCipher if the file at `path` is a plaintext SQLite database."""
    if _first_bytes(path) == PLAINTEXT_MAGIC:
        raise NoCipher


def mapped_error(error: apsw.Error, connection: apsw.Connection | None) -> HavenError:
    """SQLite's error as Haven's. Raise it `from None`: messages here are fixed sentences, SQLite's
    quote search words and addresses and have no place in a chain that may be printed."""
    if isinstance(error, apsw.FullError):
        return disk_full()
    if isinstance(error, apsw.IOError):
        if connection is not None and connection.system_errno in _NO_ROOM:
            return disk_full()
        return StorageError("the journal's database can't be read or written")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return damaged()
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return InUse("the journal is busy in another Haven", "try again in a moment")
    if isinstance(error, apsw.InterruptError):
        return Stopped()
    if isinstance(error, apsw.ReadOnlyError):
        return StorageError("this journal is open to read only")
    if isinstance(error, apsw.CantOpenError):
        return StorageError("the journal's database can't be opened")
    if isinstance(error, apsw.ConstraintError):
        return Conflict("the journal's database refused a value that contradicts another")
    if isinstance(error, apsw.NoMemError):
        return StorageError("there is not enough free memory")
    return StorageError("the journal's database refused an instruction")


def damaged() -> Damaged:
    return Damaged(
        "a part of the journal's database is damaged",
        "stop writing and keep the folder as it is",
        "`haven doctor` tells how much is readable; snapshots and backups hold good copies",
    )


def keyed(connection: apsw.Connection, key: bytes) -> None:
    """Give the key before anything else happens on a connection; NoCipher unless it took."""
    if connection.pragma("cipher", CIPHER) != CIPHER:
        raise NoCipher
    if connection.pragma("hexkey", raw_key_hex(key)) != "ok":
        raise NoCipher
