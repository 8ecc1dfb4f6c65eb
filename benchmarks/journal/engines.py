"""The same journal on two engines: Haven's encrypted vault, and the plain SQLite of Python.

Both run the same code (`havenclient.journal`) on the same schema file with the same pragmas; what
differs is the engine below. The standard library's SQLite is often years older: its version is
printed, since some of a difference may be progress of SQLite and not the price of encryption.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from havenclient.journal import Journal
from havenclient.vault import KdfParams, Vault, VaultPaths, create

PASSPHRASE = "lantern orchard velvet"
NO_STRETCHING = KdfParams(memory=64, passes=1, lanes=1, testing=True)


def encrypted(root: Path, kdf: KdfParams = NO_STRETCHING) -> Vault:
    vault, _ = create(VaultPaths(root / "journal"), PASSPHRASE, state_dir=root / "state", kdf=kdf)
    return vault


class PlainDatabase:
    """The vault's `Database` seam on `sqlite3`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._depth = 0
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "foreign_keys=ON",
            "mmap_size=0",
            f"cache_size=-{16 * 1024}",
        ):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        schema = files("havenclient.vault").joinpath("schema/0001_journal.sql").read_text("utf-8")
        self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        name = f"t{self._depth}"
        self._connection.execute("BEGIN IMMEDIATE" if not self._depth else f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK" if self._depth == 1 else f"ROLLBACK TO {name}")
            raise
        else:
            self._connection.execute("COMMIT" if self._depth == 1 else f"RELEASE {name}")
        finally:
            self._depth -= 1

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(sql, params).fetchall())

    def rows(self, sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(sql, params))

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return next(self.execute(sql, params), None)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def after_commit(self, action: Callable[[], None]) -> None:
        action()

    def checkpoint(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def plain(path: Path) -> Journal:
    vault = SimpleNamespace(db=PlainDatabase(path), read_only=False)
    return Journal(cast(Vault, vault))
