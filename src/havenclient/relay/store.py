"""What the relay needs of a store: a few methods, each atomic and durable before it returns.

A store loads what `rules` asks for and writes what `rules` decided; it decides nothing itself.
All methods block; the server calls `commit`, `create`, `delete` and `prune` from one writer
thread and `find` and `read` from reader threads. A store for several relay processes would lock
the rows of a batch's logs in `commit`, and announce committed rows between the processes; nothing
above this line would change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from havenclient.relay.rules import (
    Birth,
    Creation,
    Door,
    Gone,
    Outcome,
    Place,
    SliceView,
    Wish,
)


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    view: SliceView
    entries: list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Pruned:
    entries: int
    logs: int
    more: bool
    """There is more to do; call again (a prune works in small steps so that appends go on)."""


class CodeRefused(Exception):
    """The admission code is unknown, revoked, expired or used up."""


class Store(Protocol):
    def find(self, door: bytes) -> Door | None:
        """Where a door leads. Never changes while the log lives, so it may be remembered."""
        ...

    def create(self, log_id: bytes, birth: Birth, today: int, code: bytes | None) -> Creation:
        """Create a log; `code` is the hash of the admission code to be charged, if one is needed.

        Raises `CodeRefused`; an identical repeat is not charged.
        """
        ...

    def commit(self, batch: Sequence[Wish], today: int) -> Outcome:
        """Settle a batch in one transaction. When this returns it survives a power cut."""
        ...

    def read(self, place: Place, after: int, limit: int) -> Page | Gone | None:
        """Entries of one slice after a seq; None if the log is gone."""
        ...

    def prune(self, today: int) -> Pruned: ...

    def newest_day(self, by: int) -> int | None:
        """The newest day on which anything came, not after `by`; None where nothing did."""
        ...

    def delete(self, place: Place, committer: bytes) -> bool:
        """Forget a whole log; False if it is not there or the committer hash is not its own."""
        ...

    def close(self) -> None: ...
