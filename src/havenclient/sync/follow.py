"""Following a circle that moved without its old relay: looking where a road may begin, and going.

Only carries: `moving.walk` judges what lies there, `intake.take_road` takes it in. An address that
does not answer or has nothing for us is no trouble: it is looked at again with the next round.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from havenclient.circles import doors, intake, keys, ledger, moving, rivals, road
from havenclient.circles import events as ev
from havenclient.circles.book import Book
from havenclient.circles.keys import RoadKeys
from havenclient.circles.road import Found
from havenclient.errors import NetworkError
from havenclient.sync.client import Page, RelayClient, RelayRefused
from havenclient.wire import Problem

MAX_BYTES = 64 * 1024 * 1024
"""Of one road: what a relay says beyond is not read."""

DEAD_END_SECONDS = 600
"""After a road that led nowhere: somebody could have put up megabytes of one."""

Note = Callable[[int, tuple[ev.Event, ...]], None]


class Way(Enum):
    """What looking for a road came to."""

    THERE = "we went along"
    NONE = "nothing is there, or no answer"
    DEAD_END = "something is there that leads nowhere"


def follow(book: Book, no: int, address: str, client: RelayClient, note: Note) -> Way:
    """Goes along where a move leads from our slice to `address`."""
    seen = []

    def there(token: bytes) -> Found | None:
        found = look(client, token)
        seen.append(found is not None)
        return found

    try:
        pages = moving.walk(book, no, address, there)
    except NetworkError:
        return Way.NONE
    for page in pages:
        note(no, intake.take_road(book, no, page))
    if pages:
        return Way.THERE
    return Way.DEAD_END if any(seen) else Way.NONE


def give_way(book: Book, no: int, address: str, client: RelayClient) -> bool:
    """Where another host's move from the slice that we left is found at a relay that comes before
    ours: asks to be let back in there. True if we asked."""
    wanted = rivals.rivals_to_look_for(book, no)
    if wanted is None:
        return False
    try:
        found = look(client, wanted[0])
    except NetworkError:
        return False
    if found is None or not rivals.is_rival(book, no, found):
        return False
    with book.change(no):
        moving.inherit(book, address, book.row(no).relay)
        doors.ask_back(book, book.row(no), at=address)
        ledger.add_line(book.db, no, None, rivals.GIVE_WAY, now=book.now())
    return True


def look(client: RelayClient, access_token: bytes) -> Found | None:
    """The road from the slice with this token, if it is complete. Raises NetworkError."""
    there = keys.road(access_token)
    signs = _slice(client, there, there.signpost)
    if signs is None or not signs[0].closed or not signs[1]:
        return None
    post = road.read_signpost(there, signs[1][-1])
    stretch = _slice(client, there, there.token)
    return None if post is None or stretch is None else Found(post, stretch[1])


def _slice(
    client: RelayClient, there: RoadKeys, token: bytes
) -> tuple[Page, tuple[bytes, ...]] | None:
    """(its last page, all entries) of one slice of a road; None where there is no such thing."""
    entries: list[bytes] = []
    after = size = 0
    while True:
        try:
            page = client.read(there.log_id, token, after=after)
        except RelayRefused as error:
            first = error.detail.get("first_seq")
            if error.problem is Problem.NOT_FOUND:
                return None
            if error.problem is not Problem.GONE or not isinstance(first, int) or first <= after:
                raise
            after = first - 1
            continue
        entries += [entry for _, entry in page.entries]
        size += sum(len(entry) for _, entry in page.entries)
        if not page.entries or page.entries[-1][0] >= page.last or size > MAX_BYTES:
            return page, tuple(entries)
        after = page.entries[-1][0]


__all__ = ["DEAD_END_SECONDS", "Way", "follow", "give_way", "look"]
