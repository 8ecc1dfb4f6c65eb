"""Copies of a database: made by VACUUM INTO, checked by opening, brought under another key, freed
of what no copy is to hold.

Never a copy of live files (`-wal` and `-shm` belong to the file, and a page may be half written),
and never a file beside a finished copy: it is opened as immutable.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import apsw

from havenclient.errors import Damaged, StorageError
from havenclient.vault.cipher import (
    keyed,
    mapped_error,
    raw_key_hex,
    require_cipher,
    require_encrypted,
)
from havenclient.vault.files import mapped


@contextlib.contextmanager
def _finished(path: Path, key: bytes) -> Iterator[apsw.Connection]:
    """A finished copy, opened without leaving a file beside it."""
    require_cipher()
    require_encrypted(path)
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection: apsw.Connection | None = None
    try:
        # immutable: no -wal or -shm is made; nobody writes to a finished copy.
        connection = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)
        keyed(connection, key)
        yield connection
    except apsw.Error as error:
        raise mapped_error(error, connection) from None
    finally:
        if connection is not None:
            connection.close()


def check_copy(path: Path, key: bytes) -> bool:
    """quick_check of a finished copy (snapshot, backup)."""
    try:
        with _finished(path, key) as connection:
            return bool(connection.pragma("quick_check") == "ok")
    except Damaged:
        return False


def copy_between(source: Path, old_key: bytes, target: Path, new_key: bytes) -> None:
    """A finished copy again, under another key. Damaged if `old_key` does not open it."""
    with _finished(source, old_key) as connection:
        vacuum_into(connection, target)
    rekey(target, old_key, new_key)


def vacuum_into(connection: apsw.Connection, target: Path) -> None:
    # Not by a `file:…?hexkey=` address, though sqlite3mc takes one: SQLite quotes the address in
    # its errors, and the key with it. The copy inherits the key and gets another afterwards.
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
        with mapped("a copy of the journal"):
            target.chmod(0o600)
        require_encrypted(target)
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()
        raise


def leave_out(path: Path, key: bytes) -> None:
    """Take out of a finished copy what no copy is to hold (`schema/left_out.sql` says why)."""
    connection: apsw.Connection | None = None
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        keyed(connection, key)
        if connection.pragma("journal_mode", "OFF") not in ("off", "memory"):
            raise StorageError("the encrypted database refused a safe setting (journal_mode)")
        connection.pragma("secure_delete", "ON")
        tables = {r[0] for r in connection.execute("SELECT name FROM sqlite_master")}
        for statement in _left_out():
            if _TABLE.findall(statement)[0] in tables:
                connection.execute(statement)
    except apsw.Error as error:
        raise mapped_error(error, connection) from None
    finally:
        if connection is not None:
            connection.close()


_TABLE = re.compile(r"(?:UPDATE|DELETE FROM) (\w+)")


def _left_out() -> list[str]:
    text = (Path(__file__).parent / "schema" / "left_out.sql").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";") if one.strip()]


def rekey(path: Path, old_key: bytes, new_key: bytes) -> None:
    """Another key for a finished copy that nobody has open. On failure the copy is removed."""
    connection: apsw.Connection | None = None
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        keyed(connection, old_key)
        # The copy is thrown away if this fails, so no journal: a rollback journal on disk would
        # leak a checksum of plaintext bytes, and rekeying in WAL mode corrupted older versions.
        if connection.pragma("journal_mode", "OFF") not in ("off", "memory"):
            raise StorageError("the encrypted database refused a safe setting (journal_mode)")
        if connection.pragma("hexrekey", raw_key_hex(new_key)) != "ok":
            raise StorageError("the copy could not be brought under its new key")
    except BaseException as error:
        if connection is not None:
            connection.close()
        with contextlib.suppress(OSError):
            path.unlink()
        if isinstance(error, apsw.Error):
            raise mapped_error(error, None) from None
        raise
    connection.close()
