"""A relay that lost its newest entries gets them back from a host; the others see that it did.

A relay restored from an older backup is honest but behind. Every client that saw more stops
(Trouble.WENT_BACK). A host's client has the entries themselves and what each closing carried, so it
can play them back in order: same bytes, same seqs, same hash chain. If somebody wrote meanwhile at
one of those seqs, the histories differ, and that can't be made good by anybody: the circle moves.
"""

from __future__ import annotations

from dataclasses import replace

from havenclient.circles import intake, keys, ledger, store
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import CircleRow
from havenclient.circles.chain import Trouble, step
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.service import Circles
from havenclient.sync.client import Page, RelayClient, RelayRefused
from havenclient.sync.place import Place
from havenclient.wire import Problem

BACK = "The relay has the entries again. Writing goes on."


def look_again(circles: Circles, row: CircleRow, client: RelayClient) -> bool:
    """Whether a circle that stopped because of a lost tail can go on; a host repairs it first."""
    circle = circles.book.state(row.no)
    if circle.trouble is not Trouble.WENT_BACK:
        return False
    if not _whole(circles, row.no, circle, client) and not (
        circle.is_host and _play_back(circles, row.no, circle, client)
    ):
        return False
    with circles.book.change(row.no):
        circle = circles.book.state(row.no)
        circles.book.save(row.no, replace(circle, standing=Standing.ACTIVE, trouble=None))
        ledger.add_line(circles.book.db, row.no, None, BACK, now=circles.book.now())
    return True


def _whole(circles: Circles, no: int, circle: Circle, client: RelayClient) -> bool:
    """Whether the relay shows, at our position, the entry that we have seen there, and goes on
    from it without leaving anything out."""
    seq, place = circle.chain.seq, Place.of(circle, client)
    page = _read(place, circle.keys.access_token, max(seq - 1, 0))
    if page is None or page.slice != circle.epoch:
        return False
    after = _read(place, circle.keys.access_token, seq)
    if after is None or (after.entries and after.entries[0][0] != seq + 1):
        return False
    if page.first > seq:  # a slice in which nothing has been written since it was opened
        return page.first == seq + 1
    before = store.head_at(circles.book.db, no, seq - 1)
    for number, entry in page.entries:
        if number == seq:
            return before is None or step(before, entry) == circle.chain.head
    return False


def _play_back(circles: Circles, no: int, circle: Circle, client: RelayClient) -> bool:
    """Finds where the relay stands and appends, closes, appends from there."""
    db = circles.book.db
    found = _standing_of(circles, no, circle, client)
    if found is None:
        return False
    token, page = found
    for seq, slice_number, closes, entry in db.execute(
        "SELECT seq, slice, closes, entry FROM circle_entry WHERE circle=? AND seq>? ORDER BY seq",
        (no, page.last),
    ):
        if slice_number != page.slice and slice_number < page.slice:
            return False
        key = circles.book.token(keys.IDEMPOTENCY_KEY)
        try:
            if closes is None:
                slot = client.append(circle.log_id, token, key, bytes(entry))
            else:
                own, access, committers = cbor.as_list(cbor.loads(bytes(closes)), 3)
                slot = client.close_slice(
                    circle.log_id,
                    cbor.as_bytes(own),
                    keys.committer_token(circle.own_secret),
                    slice_number - circle.terms.first_epoch,
                    key,
                    bytes(entry),
                    cbor.as_bytes(access),
                    tuple(cbor.as_bytes(c) for c in cbor.as_list(committers)),
                )
                token = _token_of(circles, no, circle, slice_number + 1)
        except RelayRefused:
            return False
        if slot.seq + circle.base != seq:
            intake.stop(circles.book, no, Trouble.TWO_HISTORIES)
            return False
    return _whole(circles, no, circle, client)


def _standing_of(
    circles: Circles, no: int, circle: Circle, client: RelayClient
) -> tuple[bytes, Page] | None:
    """(token, page) of the newest slice that the relay knows, if it is one of ours."""
    for number in range(circle.epoch, circle.terms.first_epoch - 1, -1):
        token = _token_of(circles, no, circle, number)
        if not token:
            return None
        page = _read(Place.of(circle, client), token, 0)
        if page is not None:
            return None if page.closed else (token, page)
    return None


def _token_of(circles: Circles, no: int, circle: Circle, number: int) -> bytes:
    if number == circle.epoch:
        return circle.keys.access_token
    row = circles.book.db.one(
        "SELECT closes FROM circle_entry WHERE circle=? AND slice=? AND closes NOT NULL",
        (no, number),
    )
    if row is None:
        return b""
    return cbor.as_bytes(cbor.as_list(cbor.loads(bytes(row[0])), 3)[0])


def _read(place: Place, token: bytes, after: int) -> Page | None:
    try:
        page = place.read(token, after=after)
    except RelayRefused as error:
        if error.problem in (Problem.NOT_FOUND, Problem.GONE):
            return None
        raise
    return page
