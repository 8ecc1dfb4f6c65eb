"""A circle moves to another relay: one Commit that names it, and a road that leads there.

Theory of operation (docs/decisions/0080). A move is a host's Commit whose terms name another relay
and a fresh log there, which begins with the epoch that this Commit opens (`policy.py` judges that).
The group, its people, keys, marks and history stay what they are; only the place changes.

* *The old relay answers*: the Commit closes the old log's slice like any other. Who reads it goes
  along by herself; of two hosts who move at once the relay lets one win.
* *It is gone, or can't be believed*: the closing entry can't go there. It goes to the new relay, at
  the end of the *road* from the slice that is left (`road.py`). Members find the road by the new
  relay's address alone: one of those that the terms name besides, or one that somebody told them.

In both cases the mover then builds the roads from earlier slices out of the entries that hosts
keep, so that whoever is away for weeks climbs to the move on the new relay, old one or not. A road
is walked in the head (`walk`) and only taken where it leads to a Commit that names that very relay.

What the old relay had shown somebody beyond the mover's last entry stays in her history here, and
her own words among it are said again. Of two moves from one slice to two relays the one whose relay
stands first in the terms that both left counts (rivals.py); others ask to be let back in there.

| kept about a circle | what it holds                                                             |
| ------------------- | ------------------------------------------------------------------------- |
| move                | relay and manner of our own move, until it took effect                    |
| look                | addresses to look at, given by hand                                       |
| places              | relays that were left: what was counted there, and whether they were gone |
| left                | of a move without the old relay: what tells another one from ours         |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from havenclient.circles import (
    closing,
    kept,
    keys,
    ladder_store,
    ledger,
    outbox,
    road,
    store,
)
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import DAY, Circle, Standing
from havenclient.circles.closing import CommitWish
from havenclient.circles.invite import base_as_said, can_be_asked
from havenclient.circles.outgoing import Close, Outgoing
from havenclient.circles.receiving import Memory, SlicePage, receive
from havenclient.circles.road import Found, Stretch
from havenclient.circles.stretches import ROADS, rows_of
from havenclient.circles.terms import MAX_RELAYS, PLACE, Mailbox
from havenclient.errors import SafetyRefusal, UsageError
from havenclient.text import safe_line

LOOK_DAYS = 30
"""How long an address is looked at, and a rival move searched for."""


class Moving:
    """What people wish of a move; part of `Circles`."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def move(self, what: str, to: str, *, gone: bool = False) -> None:
        """Hosts: the circle moves to the relay `to`. `gone`: without the old one, because it is
        lost or can't be believed. Raises UsageError, SafetyRefusal."""
        row = self.book.find(what)
        to = base_as_said(to)
        with self.book.change(row.no):
            circle = _ready(self.book, row.no, gone=gone)
            if to == circle.terms.relays[0]:
                raise UsageError("the circle is on that relay")
            _stage(self.book, row.no, circle, to, gone=gone)

    def stay(self, what: str) -> None:
        """Takes a move back that has not happened yet."""
        row = self.book.find(what)
        if kept.get(self.book.db, row.no, "move") is None:
            raise UsageError("no move of this circle is on its way from here")
        cancel(self.book, row.no, "it was taken back")

    def also(self, what: str, relays: Sequence[str]) -> None:
        """Hosts: where members look when the relay is gone, in this order (at most three)."""
        row = self.book.find(what)
        circle = self.book.state(row.no)
        others = [base_as_said(one) for one in relays]
        if len(others) >= MAX_RELAYS or len({*others, circle.terms.relays[0]}) <= len(others):
            raise UsageError("up to three other relays, each once")
        terms = replace(circle.terms, relays=(circle.terms.relays[0], *others))
        with self.book.change(row.no):
            after, outgoing = closing.stage(
                circle, CommitWish(terms=terms), self.book.now(), self.book.token
            )
            for one in outgoing:
                put(self.book, row.no, circle, circle.relay, one)
            self.book.save(row.no, after)

    def others(self, what: str) -> tuple[str, ...]:
        """The relays where members look when the circle's own is gone."""
        row = self.book.find(what)
        if row.standing is Standing.GONE or not self.book.has_state(row.no):
            return ()
        return tuple(safe_line(r, limit=255) for r in self.book.state(row.no).terms.relays[1:])

    def look_at(self, what: str, address: str) -> None:
        """The circle is said to have moved to `address`: the next rounds look there."""
        row = self.book.find(what)
        address = base_as_said(address)
        until = self.book.now() + LOOK_DAYS * DAY
        with self.book.change(row.no):
            looks = [one for one in _looks(self.book, row.no) if one[0] != address]
            kept.put(self.book.db, row.no, "look", [*looks, [address, until]][-4:])
            inherit(self.book, address, row.relay)

    def under_way(self, what: str) -> bool:
        """Whether a move from here has not happened yet."""
        return kept.get(self.book.db, self.book.find(what).no, "move") is not None

    def left(self) -> frozenset[str]:
        """Relays that circles have left and where none is now."""
        rows = self.book.rows()
        places = (p for r in rows for p in kept.get(self.book.db, r.no, "places") or [])
        return frozenset(str(p["relay"]) for p in places) - {r.relay for r in rows}


def notice(book: Book, row: CircleRow) -> str:
    """One line for the circle's head while a move is on its way; else empty."""
    move = kept.get(book.db, row.no, "move")
    return "" if move is None else f"The circle is moving to {safe_line(move['to'])}."


# --- setting out ----------------------------------------------------------------------------------


def _ready(book: Book, no: int, *, gone: bool) -> Circle:
    """The circle as a Commit can be staged on it, an unsent one of ours dropped if need be."""
    circle = book.state(no)
    if circle.standing is Standing.READ_ONLY and gone and circle.trouble is not Trouble.COPIED:
        circle = replace(circle, standing=Standing.ACTIVE, trouble=None)
    if circle.staged is not None and gone:
        circle = dropped(book, no, circle)
    if circle.standing is not Standing.ACTIVE or not circle.is_host:
        raise SafetyRefusal("only a host of an active circle can move it")
    return circle


def dropped(book: Book, no: int, circle: Circle) -> Circle:
    """Inside `change`: the circle without its staged Commit, which will not be sent."""
    outbox.drop_closing(book.db, no)
    book.db.execute(
        "UPDATE circle_knock SET state='waiting' WHERE circle=? AND state='admitting'", (no,)
    )
    return replace(circle, staged=None)


def _stage(book: Book, no: int, circle: Circle, to: str, *, gone: bool) -> None:
    before = circle.terms
    terms = replace(
        before,
        relays=(to, *(r for r in before.relays[1:] if r != to)),
        log_id=book.token(keys.LOG_ID),
        knock=Mailbox(book.token(keys.LOG_ID), book.token(keys.TOKEN)),
        report=Mailbox(book.token(keys.LOG_ID), book.token(keys.TOKEN)),
        extra=before.extra | {PLACE: circle.epoch + 1},
    )
    # Without the old relay, some may have seen steps there that others have not: all go on from
    # the ladder as the mover has it.
    steps = ladder_store.plain(ladder_store.ladder_of(book, no)) if gone else None
    after, outgoing = closing.stage(
        circle, CommitWish(terms=terms, steps=steps), book.now(), book.token
    )
    inherit(book, to, circle.relay)
    old_box = Mailbox(*keys.moved_mailbox(before.knock.token))
    for one in (*outgoing[:-1], closing.create_mailbox(terms, old_box)):
        put(book, no, circle, to, one)
    close = outgoing[-1]
    assert isinstance(close, Close)
    if gone:
        rows = (*rows_of(book, no, circle, circle.epoch), _as_row(circle, close))
        stretch = Stretch(circle.epoch, circle.keys.access_token, rows)
        for one in road.build(after, stretch, to, close.committer_token, book.token):
            put(book, no, circle, to, one)
    else:
        put(book, no, circle, circle.relay, close, epoch=circle.epoch)
    kept.put(book.db, no, "move", {"to": to, "gone": gone})
    book.save(no, after)


def _as_row(circle: Circle, close: Close) -> tuple[int, bytes]:
    return circle.chain.seq - circle.base + 1, close.entry


def put(
    book: Book, no: int, circle: Circle, relay: str, one: Outgoing, *, epoch: int | None = None
) -> None:
    if isinstance(one, Close) and one.log_id == circle.log_id:
        epoch = circle.epoch
    outbox.put(book.db, relay, [one], now=book.now(), circle=no, epoch=epoch)


def inherit(book: Book, to: str, base: str) -> None:
    """Inside `change`: a relay that we are led to is asked through the proxy of the one we come
    from. Otherwise a host could find out addresses by moving a circle away from Tor."""
    book.db.execute(
        "INSERT OR IGNORE INTO circle_relay(base, proxy) SELECT ?, proxy FROM circle_relay"
        " WHERE base=? AND proxy NOT NULL",
        (to, base),
    )


def cancel(book: Book, no: int, reason: str) -> None:
    """The new relay can't be had, or the person wants to stay: nothing has changed for anybody."""
    with book.change(no):
        move = kept.get(book.db, no, "move")
        if move is None:
            return
        forget_move(book, no, move)
        book.save(no, dropped(book, no, book.state(no)))
        text = f"The circle was not moved: {reason}. Everything is where it was."
        ledger.add_line(book.db, no, None, text, now=book.now())


def under_way(book: Book, no: int, relay: str) -> bool:
    """Whether a move of ours to `relay` has not taken effect yet."""
    move = kept.get(book.db, no, "move")
    return move is not None and move["to"] == relay


def leaves_without(book: Book, no: int) -> bool:
    """Whether we are on our way without the old relay: what it says now counts no more."""
    move = kept.get(book.db, no, "move")
    return move is not None and bool(move["gone"])


def forget_move(book: Book, no: int, move: dict[str, Any]) -> None:
    kept.put(book.db, no, "move", None)
    book.db.execute(
        "DELETE FROM circle_outbox WHERE circle=? AND relay=? AND message IS NULL",
        (no, move["to"]),
    )


# --- looking for a road ---------------------------------------------------------------------------


def to_look_at(book: Book, no: int, *, lost: bool) -> list[str]:
    """Addresses where a road may begin. `lost`: the circle's relay gives no answer or a wrong one;
    only then the relays that the terms name besides are asked."""
    circle = book.state(no)
    if circle.standing in (Standing.GONE, Standing.RETURNING):
        return []
    move = kept.get(book.db, no, "move")
    found = [move["to"]] if move is not None and move["gone"] else []
    found += [one for one, until in _looks(book, no) if until >= book.now()]
    found += circle.terms.relays[1:] if lost else ()
    return [one for one in dict.fromkeys(found) if one != circle.relay and can_be_asked(one)]


def _looks(book: Book, no: int) -> list[tuple[str, int]]:
    return [(str(a), int(u)) for a, u in kept.get(book.db, no, "look") or []]


def walk(
    book: Book, no: int, address: str, look: Callable[[bytes], Found | None]
) -> list[SlicePage]:
    """The pages that lead from here to a Commit that names `address`; empty where none do.
    Changes nothing. `look` gives what lies on the road from the slice with an access token."""
    circle = book.state(no)
    heads: dict[int, bytes] = {}

    def head_at(seq: int) -> bytes | None:
        return heads.get(seq) or store.head_at(book.db, no, seq)

    memory = Memory(head_at, lambda digest: outbox.is_own(book.db, no, digest))
    pages: list[SlicePage] = []
    while len(pages) <= ROADS:
        found = look(circle.keys.access_token)
        page = None if found is None else road.page(circle, found.post, found.entries)
        if page is None:
            return []
        began, stretch = road.set_out(circle, page, head_at)
        received = receive(began, stretch, memory, now=book.now(), token=book.token)
        after = received.circle
        heads |= dict(received.heads)
        pages.append(page)
        if after.standing is Standing.GONE:
            return pages  # a host removed us on the way
        if after.epoch == circle.epoch or after.standing is Standing.READ_ONLY:
            return []
        if after.log_id != circle.log_id and after.relay == address:
            return pages
        circle = after
    return []


__all__ = [
    "LOOK_DAYS",
    "Moving",
    "cancel",
    "dropped",
    "forget_move",
    "inherit",
    "leaves_without",
    "notice",
    "put",
    "to_look_at",
    "under_way",
    "walk",
]
