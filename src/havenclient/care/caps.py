"""What a cap lets in: pure decisions over rows, for every front end.

A person may set how many new posts one visit shows her, and how many minutes of a day she reads in
circles. What is beyond waits, the oldest let in first, and stays new. Her own words, Haven's lines
and answers to her come through always; the caller never asks about help or the journal at all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from havenclient.care import boundaries


class Fresh(Protocol):
    """Others' posts since a visit began (circles.unread)."""

    @property
    def rows(self) -> tuple[int, ...]: ...
    @property
    def to_me(self) -> frozenset[int]: ...


class Post(Protocol):
    @property
    def no(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def mine(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Capped:
    """What a cap makes of the posts that are new in this visit."""

    let_in: frozenset[int] = frozenset()
    """Rows that count against the cap and may be read."""
    waiting: tuple[int, ...] = ()
    """Rows that wait, oldest first."""
    to_me: frozenset[int] = frozenset()
    words: str = ""
    """The calm line; empty where nothing waits."""

    @property
    def first(self) -> int | None:
        """The row at which reading stops for now."""
        return self.waiting[0] if self.waiting else None

    def comes_through(self, view: Post) -> bool:
        """Of what stands after `first`: own words, Haven's lines, answers to the person."""
        return view.mine or view.kind != "message" or view.no in self.to_me


def within_cap(
    fresh: Fresh, let_in: Collection[int], *, allowed: int | None, minutes_up: bool
) -> Capped:
    """`fresh`: others' posts since the visit began; `let_in`: those that it has shown already.

    `allowed`: how many it may show by now (None: no cap); `minutes_up`: the day's reading is over.
    """
    known, waiting = set(let_in), []
    for row in fresh.rows:
        if row in fresh.to_me or row in known:
            continue
        if minutes_up or (allowed is not None and len(known) >= allowed):
            waiting.append(row)
        else:
            known.add(row)
    words = ""
    if waiting:
        words = boundaries.cap_words(0 if minutes_up else len(known))
    return Capped(frozenset(known), tuple(waiting), fresh.to_me, words)
