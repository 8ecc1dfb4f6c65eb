"""The one door to the encrypted database (apsw-sqlite3mc: SQLite with ChaCha20-Poly1305 pages).

Owns the connection: its key, its pragmas, its locking between threads and the mapping of SQLite's
errors. Must never run without a working cipher. `apsw` and `apsw-sqlite3mc` install the same module
name, and a plain SQLite takes `PRAGMA hexkey` without a word and writes plaintext; so opening fails
closed unless all of these hold:

* the module names its cipher library (`apsw.mc_version`) and answers `ok` to the key,
* the journal mode answers `wal` (a rollback journal leaks a 32-bit sum over plaintext bytes),
* the file does not begin with SQLite's plaintext magic: before the key is used, and after the first
  write.

Right or wrong keys are never judged here: the header's AEAD tag did that. What does not open with
the key that the header gave is damage.

Threads: one connection, one lock. `execute` gives whole results, so that no cursor outlives the
lock. `interrupt` stops only a read outside a transaction: a search that is no longer wanted must
not take a draft that is being saved with it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from havenclient.errors import InUse, StorageError
from havenclient.vault.cipher import keyed, mapped_error, require_cipher, require_encrypted
from havenclient.vault.copies import vacuum_into
from havenclient.vault.files import mapped, open_private

__all__ = ["Database", "Params", "Row", "require_cipher"]

BUSY_MILLISECONDS = 5_000
CACHE_KIB = 16 * 1024

Row = tuple[Any, ...]
Params = Sequence[Any] | dict[str, Any]


class Database:
    """An open, keyed connection."""

    def __init__(
        self, path: Path, key: bytes, *, scratch: Path, read_only: bool = False, fresh: bool = False
    ) -> None:
        """Open `path`; with `fresh` it must not exist yet, without it must."""
        self.path = path
        self.read_only = read_only
        self._scratch = scratch
        self._lock = threading.RLock()
        self._interrupt_lock = threading.Lock()
        self._interruptible = False
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._connection: apsw.Connection | None = self._open(path, key, fresh)

    # --- opening ----------------------------------------------------------------------------------

    def _open(self, path: Path, key: bytes, fresh: bool) -> apsw.Connection:
        require_cipher()
        # temp_store=MEMORY keeps temporary tables off the disk; should SQLite ever want a file
        # all the same, it goes into a private folder and not to /var/tmp.
        os.environ["SQLITE_TMPDIR"] = str(self._scratch)
        if fresh:
            with mapped("the journal's database"):
                # SQLite would create it 0644 & umask; ours is 0600 whatever the umask says.
                os.close(open_private(path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        else:
            require_encrypted(path)
        flags = apsw.SQLITE_OPEN_READONLY if self.read_only else apsw.SQLITE_OPEN_READWRITE
        connection: apsw.Connection | None = None
        try:
            connection = apsw.Connection(str(path), flags=flags)
            keyed(connection, key)
            self._configure(connection)
            if fresh:
                connection.execute("PRAGMA user_version=0; CREATE TABLE vault_probe(x);")
                connection.execute("DROP TABLE vault_probe")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            if not self.read_only or path.stat().st_size:
                require_encrypted(path)
        except apsw.Error as error:
            problem = mapped_error(error, connection)
            if connection is not None:
                connection.close()
            raise problem from None
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        return connection

    def _configure(self, connection: apsw.Connection) -> None:
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        if self.read_only:
            connection.pragma("query_only", 1)
        # FULL: a commit that was acknowledged survives a power cut, not only a crash (0.3 ms
        # against 0.02 ms a commit, measured; people save a few times a minute).
        wanted: dict[str, tuple[Any, Any]] = {
            "journal_mode": ("wal", "wal"),
            "synchronous": ("FULL", 2),
            "secure_delete": ("ON", 1),
            "temp_store": ("MEMORY", 2),
            "foreign_keys": ("ON", 1),
            "trusted_schema": ("OFF", 0),
            "cell_size_check": ("ON", 1),
            "mmap_size": (0, None),
            "cache_size": (-CACHE_KIB, -CACHE_KIB),
        }
        for name, (value, answer) in wanted.items():
            if self.read_only and name == "journal_mode":
                continue  # a snapshot answers "delete"; without writing there is no journal
            connection.pragma(name, value)
            if answer is not None and connection.pragma(name) != answer:
                raise StorageError(f"the encrypted database refused a safe setting ({name})")

    def reopen(self, path: Path, key: bytes) -> None:
        """The same object on another file: after a key rotation everybody keeps their handle."""
        with self._lock:
            self.close()
            self._connection = self._open(path, key, fresh=False)
            self.path = path

    def close(self) -> None:
        """Close; the last close empties and removes the write-ahead log. Idempotent."""
        with self._lock:
            if self._connection is not None:
                connection, self._connection = self._connection, None
                with contextlib.suppress(apsw.Error):
                    connection.close()

    # --- use --------------------------------------------------------------------------------------

    @property
    def connection(self) -> apsw.Connection:
        """The bare connection; for the vault's own parts (migrations, rotation, snapshots)."""
        if self._connection is None:
            raise StorageError("the journal is closed")
        return self._connection

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """No other thread touches the database meanwhile (rotation)."""
        with self._lock:
            if self._depth:
                raise StorageError("this can't be done in the middle of a change")
            yield

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[apsw.Connection]:
        with self._lock:
            connection = self.connection
            try:
                yield connection
            except apsw.Error as error:
                raise mapped_error(error, connection) from None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE … COMMIT; nested ones are savepoints. Any exception undoes all of it.

        When the outermost one returned, what it wrote is on the disk.
        """
        with self._lock:
            connection = self.connection
            name = f"haven_{self._depth}"
            outermost = self._depth == 0
            begin, commit, undo = (
                ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
                if outermost
                else (f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}; RELEASE {name}")
            )
            hooks = len(self._after_commit)
            with self._mapped():
                connection.execute(begin)
            self._depth += 1
            try:
                yield
                with self._mapped():
                    connection.execute(commit)
            except BaseException:
                del self._after_commit[hooks:]
                # A full disk makes SQLite roll back by itself; then there is nothing to undo.
                if connection.in_transaction:
                    with contextlib.suppress(apsw.Error):
                        connection.execute(undo)
                raise
            finally:
                self._depth -= 1
            if outermost:
                actions, self._after_commit = self._after_commit, []
                for action in actions:
                    action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` when the outermost transaction is on the disk (now, if there is none)."""
        if self._depth == 0:
            action()
        else:
            self._after_commit.append(action)

    def execute(self, sql: str, params: Params = ()) -> Iterator[Row]:
        """All rows. For more than a few thousand use `rows`."""
        with self._mapped() as connection, self._interruptible_while(_reads(sql)):
            return iter(connection.execute(sql, params).fetchall())

    @contextlib.contextmanager
    def _interruptible_while(self, reading: bool) -> Iterator[None]:
        with self._interrupt_lock:
            self._interruptible = reading and self._depth == 0
        try:
            yield
        finally:
            # Waits for an `interrupt` that is under way, so that it can't hit what comes next.
            with self._interrupt_lock:
                self._interruptible = False

    def one(self, sql: str, params: Params = ()) -> Row | None:
        """The first row or None."""
        return next(self.execute(sql, params), None)

    def rows(self, sql: str, params: Params = (), *, batch: int = 256) -> Iterator[Row]:
        """Rows as they come, `batch` at a time, for exports: memory stays flat."""
        with self._mapped() as connection:
            cursor = connection.cursor().execute(sql, params)
        while True:
            with self._mapped():
                page = [row for _, row in zip(range(batch), cursor, strict=False)]
            yield from page
            if len(page) < batch:
                return

    def executemany(self, sql: str, rows: Iterable[Params]) -> None:
        with self._mapped() as connection:
            connection.executemany(sql, rows)

    def script(self, sql: str) -> None:
        """Several statements, one after the other (a migration's text)."""
        with self._mapped() as connection:
            connection.execute(sql)

    def interrupt(self) -> None:
        """Stop a read that runs in another thread; it raises `Stopped`. Writes go on."""
        with self._interrupt_lock:
            if self._interruptible and self._connection is not None:
                self._connection.interrupt()

    def changes(self) -> int:
        """Rows changed by the last statement."""
        return self.connection.changes()

    # --- care -------------------------------------------------------------------------------------

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it."""
        with self._mapped() as connection:
            busy, _, _ = (
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (0,) * 3
            )
            if busy:
                raise InUse("the journal is being read by another Haven", "close it and try again")

    def copy_to(self, target: Path) -> None:
        """A whole, compact copy under the same key (VACUUM INTO; never a copy of live files)."""
        with self._mapped() as connection:
            vacuum_into(connection, target)

    def quick_check(self) -> bool:
        """True if SQLite finds every page readable and the trees in order (seconds per GB)."""
        with self._lock:
            try:
                return bool(self.connection.pragma("quick_check") == "ok")
            except (apsw.CorruptError, apsw.NotADBError):
                return False


def _reads(sql: str) -> bool:
    return sql.lstrip()[:6].upper().startswith(("SELECT", "WITH"))
