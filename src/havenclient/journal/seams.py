"""What the journal needs of a vault, and no more: tests may stand in for any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol


class Database(Protocol):
    """One connection; `execute` returns when the statement is done."""

    def transaction(self) -> AbstractContextManager[None]: ...

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]: ...

    def rows(self, sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]: ...

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None: ...

    def after_commit(self, action: Callable[[], None]) -> None: ...


class BlobInfo(Protocol):
    @property
    def blob_id(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...


class Work(Protocol):
    def step(self, done: int, total: int | None, label: str) -> None: ...


class NoWork:
    def step(self, done: int, total: int | None, label: str) -> None:
        return None


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


__all__ = ["BinaryIO", "BlobInfo", "Database", "NoWork", "Readable", "Work"]
