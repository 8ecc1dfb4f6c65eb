"""Slices of a circle's logs as a host's Haven kept them: what roads are built from (road.py).

Hosts keep the entries themselves (`intake`), with the access token of each slice that ended.
"""

from __future__ import annotations

from havenclient.circles import kept
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book
from havenclient.circles.circle import DAY, Circle

ROADS = 60
"""Slices before the last that get a road: a year of weekly Commits and more."""


def slices(book: Book, no: int) -> list[tuple[int, bytes]]:
    """(epoch, access token) of slices whose end we kept as a host, newest first."""
    return [
        (int(epoch), cbor.as_bytes(cbor.as_list(cbor.loads(bytes(closes)), 3)[0]))
        for epoch, closes in book.db.execute(
            "SELECT slice, closes FROM circle_entry WHERE circle=? AND closes NOT NULL"
            " ORDER BY slice DESC LIMIT ?",
            (no, ROADS),
        )
    ]


def rows_of(book: Book, no: int, circle: Circle, epoch: int) -> tuple[tuple[int, bytes], ...]:
    """(seq as its log counted, entry) of a slice: Commits, and what is not older than the relay
    would still keep."""
    old = book.db.one(
        "SELECT max(seq) FROM circle_message WHERE circle=? AND at < ?",
        (no, book.now() - circle.terms.retention_days * DAY),
    )
    expired = 0 if old is None or old[0] is None else int(old[0])
    bases = [int(p["base"]) for p in kept.get(book.db, no, "places") or []] + [circle.base]
    return tuple(
        (seq - max(b for b in bases if b < seq), bytes(entry))
        for seq, closes, entry in book.db.execute(
            "SELECT seq, closes, entry FROM circle_entry WHERE circle=? AND slice=? ORDER BY seq",
            (no, epoch),
        )
        if closes is not None or seq > expired
    )


__all__ = ["ROADS", "rows_of", "slices"]
