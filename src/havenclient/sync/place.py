"""A circle's log as the circle counts it.

A relay numbers a log's entries from 1 and its slices from 0. After a move (circles/moving.py) the
circle's log is another one, so an entry's number here is the relay's plus the circle's `base`, and
slice 0 there is the circle's `first_epoch`. This is the one place that translates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from havenclient.circles.circle import Circle
from havenclient.sync.client import LiveClosed, LiveEntry, Page, RelayClient


@dataclass(frozen=True, slots=True)
class Place:
    """One circle's present log on one relay. Calls raise what `RelayClient`'s raise."""

    client: RelayClient
    log_id: bytes
    base: int
    first_epoch: int

    @staticmethod
    def of(circle: Circle, client: RelayClient) -> Place:
        terms = circle.terms
        return Place(client, terms.log_id, circle.base, terms.first_epoch)

    def read(self, token: bytes, *, after: int) -> Page:
        page = self.client.read(self.log_id, token, after=max(after - self.base, 0))
        return replace(
            page,
            slice=page.slice + self.first_epoch,
            first=page.first + self.base,
            last=page.last + self.base,
            entries=tuple((seq + self.base, entry) for seq, entry in page.entries),
        )

    def events(
        self, token: bytes, *, after: int, heartbeat: float
    ) -> Iterator[LiveEntry | LiveClosed | None]:
        after = max(after - self.base, 0)
        for event in self.client.events(self.log_id, token, after=after, heartbeat=heartbeat):
            match event:
                case LiveEntry(seq, entry):
                    yield LiveEntry(seq + self.base, entry)
                case _:
                    yield event


__all__ = ["Place"]
