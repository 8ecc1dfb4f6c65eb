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

Threads: one connection that writes, one lock. `execute` gives whole results, so that no cursor
outlives the lock. While another thread holds it (an import is one long transaction), a SELECT goes
to a second connection that only reads and sees what was committed last, so that screens stay alive.
`interrupt` stops only reads outside a transaction: a search that is no longer wanted must not take
a draft that is being saved with it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from havenclient.errors import DiskFull, InUse, StorageError
from havenclient.vault.cipher import keyed, mapped_error, require_cipher, require_encrypted
from havenclient.vault.copies import vacuum_into
from havenclient.vault.files import mapped, open_private

__all__ = ["Database", "Params", "Row", "require_cipher"]

BUSY_MILLISECONDS = 5_000
CACHE_KIB = 16 * 1024
SMALL_LOG_BYTES = 1024 * 1024
"""A log that one command may leave to the next; reading it back takes a few milliseconds."""
LOG_BYTES = 32 * 1024 * 1024
"""What the write-ahead log may keep on disk after it grew larger (a big import)."""

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
        self._interruptible: list[apsw.Connection] = []
        self._side_lock = threading.Lock()
        self._side: apsw.Connection | None = None
        self._alone = False
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self.before_commit: Callable[[], None] | None = None
        """Runs inside every outermost transaction that changed something, just before its end.
        One place, for the vault's log (service.py)."""
        self._key: bytes | None = key
        self._connection: apsw.Connection | None = self._open(path, key, fresh, read_only)

    # --- opening ----------------------------------------------------------------------------------

    def _open(self, path: Path, key: bytes, fresh: bool, read_only: bool) -> apsw.Connection:
        if not read_only:
            return self._open_as(path, key, fresh, read_only, still=False)
        still = not os.access(path.parent, os.W_OK)
        others = _has_room(path.with_name(path.name + "-shm"))
        try:
            return self._open_as(path, key, fresh, read_only, still=still)
        except DiskFull:
            # Reading needs 32 KiB beside the file for who else may be writing. Where that wasn't
            # there and has no room, nobody is: the file lies still, and is read as it lies.
            if still or others:
                raise
            return self._open_as(path, key, fresh, read_only, still=True)

    def _open_as(
        self, path: Path, key: bytes, fresh: bool, read_only: bool, *, still: bool
    ) -> apsw.Connection:
        """`still`: nobody writes to the file, it is on a medium that can't be written."""
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
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
        connection: apsw.Connection | None = None
        try:
            if still:
                address = _immutable(path)
                connection = apsw.Connection(address, flags=flags | apsw.SQLITE_OPEN_URI)
            else:
                connection = apsw.Connection(str(path), flags=flags)
            keyed(connection, key)
            _configure(connection, read_only)
            if fresh:
                connection.execute("PRAGMA user_version=0; CREATE TABLE vault_probe(x);")
                connection.execute("DROP TABLE vault_probe")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            if not read_only or path.stat().st_size:
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

    def reopen(self, path: Path, key: bytes) -> None:
        """The same object on another file: after a key rotation everybody keeps their handle."""
        with self._lock:
            self.close()
            self._connection = self._open(path, key, fresh=False, read_only=self.read_only)
            self._key = key
            self.path = path

    def close(self, *, tidy: bool = True) -> None:
        """Close; the last close empties and removes the write-ahead log. Idempotent.

        Without `tidy` a small log stays for the next one to go on with: what is in it is on the
        disk, and four of the six flushes that adding one entry waits for are those of making,
        emptying and removing it.
        """
        with self._lock, self._side_lock:
            if not tidy and self._connection is not None and _small(self._log):
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            # The reader first: the last one to close tidies the log away, and must be able to.
            for connection in (self._side, self._connection):
                if connection is not None:
                    with contextlib.suppress(apsw.Error):
                        connection.close()
            self._side = self._connection = self._key = None

    @property
    def _log(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

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
            self._alone = True
            try:
                yield
            finally:
                self._alone = False

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
            changes = connection.total_changes()
            self._depth += 1
            try:
                yield
                if outermost and self.before_commit and connection.total_changes() != changes:
                    self.before_commit()
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
        if _reads(sql) and not self.read_only:
            if self._lock.acquire(blocking=False):
                try:
                    return self._read(self._mapped(), sql, params)
                finally:
                    self._lock.release()
            if not self._alone:
                return self._read(self._beside(), sql, params)
        with self._mapped() as connection:
            return iter(connection.execute(sql, params).fetchall())

    def _read(
        self, line: contextlib.AbstractContextManager[apsw.Connection], sql: str, params: Params
    ) -> Iterator[Row]:
        with line as connection, self._interruptible_while(connection):
            return iter(connection.execute(sql, params).fetchall())

    @contextlib.contextmanager
    def _beside(self) -> Iterator[apsw.Connection]:
        """The connection that only reads, for while another thread is writing."""
        with self._side_lock:
            if self._side is None:
                if self._key is None:
                    raise StorageError("the journal is closed")
                self._side = self._open(self.path, self._key, fresh=False, read_only=True)
            try:
                yield self._side
            except apsw.Error as error:
                raise mapped_error(error, self._side) from None

    @contextlib.contextmanager
    def _interruptible_while(self, connection: apsw.Connection) -> Iterator[None]:
        if connection.in_transaction:
            yield
            return
        with self._interrupt_lock:
            self._interruptible.append(connection)
        try:
            yield
        finally:
            # Waits for an `interrupt` that is under way, so that it can't hit what comes next.
            with self._interrupt_lock:
                self._interruptible.remove(connection)

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
        """Stop reads that run in other threads; they raise `Stopped`. Writes go on."""
        with self._interrupt_lock:
            for connection in self._interruptible:
                connection.interrupt()

    def total_changes(self) -> int:
        """Rows changed since this connection was opened; grows with every change."""
        with self._mapped() as connection:  # another thread's statement may be under way
            return int(connection.total_changes())

    def changes(self) -> int:
        """Rows changed by the last statement."""
        with self._mapped() as connection:
            return connection.changes()

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


def _configure(connection: apsw.Connection, read_only: bool) -> None:
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    if read_only:
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
        "fullfsync": ("ON", 1),
        "journal_size_limit": (LOG_BYTES, LOG_BYTES),
        "cache_size": (-CACHE_KIB, -CACHE_KIB),
    }
    if read_only:
        del wanted["journal_mode"]  # a snapshot answers "delete"; without writing there is none
    for name, (value, _) in wanted.items():
        connection.execute(f"PRAGMA {name}={value}").fetchall()
    for name, (_, answer) in wanted.items():
        if answer is not None and connection.pragma(name) != answer:
            raise StorageError(f"the encrypted database refused a safe setting ({name})")


def _has_room(shared: Path) -> bool:
    """Whether the shared memory beside the file is there, and not a hole that a full disk left."""
    try:
        size, blocks = shared.stat().st_size, shared.stat().st_blocks
    except OSError:
        return False
    return 0 < size <= blocks * 512


def _small(log: Path) -> bool:
    try:
        return log.stat().st_size <= SMALL_LOG_BYTES
    except OSError:
        return False


def _immutable(path: Path) -> str:
    """The address of a database on a medium that can't be written (a backup disc)."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        # SQLite would leave the log unread, and with it the newest words.
        raise StorageError(
            "the newest entries of this copy are still in its log (journal.db-wal),"
            " and that can't be read where it lies",
            "copy its folder to a place that can be written, and open it there",
        )
    return f"{path.absolute().as_uri()}?immutable=1"


def _reads(sql: str) -> bool:
    return sql.lstrip()[:6].upper().startswith(("SELECT", "WITH"))
