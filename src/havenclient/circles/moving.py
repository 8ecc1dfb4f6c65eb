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
stands first in the terms that both left counts (`rival`); others ask to be let back in there.

| kept about a circle | what it holds                                                             |
| ------------------- | ------------------------------------------------------------------------- |
| move                | relay and manner of our own move, until it took effect                    |
| look                | addresses to look at, given by hand                                       |
| places              | relays that were left: what was counted there, and whether they were gone |
| left                | of a move without the old relay: what tells another one from ours         |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from havenclient.circles import (
    closing,
    conduct,
    kept,
    keys,
    ladder_store,
    ledger,
    mailboxes,
    outbox,
    road,
    speaking,
    store,
)
from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import DAY, Circle, MailboxKeys, Standing
from havenclient.circles.closing import CommitWish
from havenclient.circles.invite import InviteError, address_of
from havenclient.circles.outgoing import Append, Close, CreateLog, Outgoing
from havenclient.circles.receiving import Memory, SlicePage, receive
from havenclient.circles.road import Signpost, Stretch
from havenclient.circles.terms import MAX_RELAYS, PLACE, Mailbox, Terms
from havenclient.errors import SafetyRefusal, UsageError
from havenclient.text import safe_line

if TYPE_CHECKING:
    from havenclient.circles.service import Circles

ROADS = 60
"""Slices before the last that get a road: a year of weekly Commits and more."""
LOOK_DAYS = 30
"""How long an address is looked at, and a rival move searched for."""


class Moving:
    """What people wish of a move; part of `Circles`."""

    def __init__(self, circles: Circles) -> None:
        self.book: Book = circles.book

    def move(self, what: str, to: str, *, gone: bool = False) -> None:
        """Hosts: the circle moves to the relay `to`. `gone`: without the old one, because it is
        lost or can't be believed. Raises UsageError, SafetyRefusal."""
        row = self.book.find(what)
        to = _base(to)
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
        others = [_base(one) for one in relays]
        if len(others) >= MAX_RELAYS or len({*others, circle.terms.relays[0]}) <= len(others):
            raise UsageError("up to three other relays, each once")
        terms = replace(circle.terms, relays=(circle.terms.relays[0], *others))
        with self.book.change(row.no):
            after, outgoing = closing.stage(
                circle, CommitWish(terms=terms), self.book.now(), self.book.token
            )
            for one in outgoing:
                _put(self.book, row.no, circle, circle.relay, one)
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
        address = _base(address)
        until = self.book.now() + LOOK_DAYS * DAY
        with self.book.change(row.no):
            looks = [one for one in _looks(self.book, row.no) if one[0] != address]
            kept.put(self.book.db, row.no, "look", [*looks, [address, until]][-4:])
            inherit(self.book, address, row.relay)

    def notice(self, row: CircleRow) -> str:
        """One line for the circle's head while a move is on its way; else empty."""
        move = kept.get(self.book.db, row.no, "move")
        return "" if move is None else f"The circle is moving to {safe_line(move['to'])}."


# --- setting out ----------------------------------------------------------------------------------


def _base(address: str) -> str:
    base = address.strip().rstrip("/")
    address_of(base)
    return base


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
    steps = ladder_store.plain(conduct.ladder_of(book, no)) if gone else None
    after, outgoing = closing.stage(
        circle, CommitWish(terms=terms, steps=steps), book.now(), book.token
    )
    inherit(book, to, circle.relay)
    old_box = Mailbox(*keys.moved_mailbox(before.knock.token))
    for one in (*outgoing[:-1], closing.create_mailbox(terms, old_box)):
        _put(book, no, circle, to, one)
    close = outgoing[-1]
    assert isinstance(close, Close)
    if gone:
        rows = (*_kept_rows(book, no, circle, circle.epoch), _as_row(circle, close))
        stretch = Stretch(circle.epoch, circle.keys.access_token, rows)
        for one in road.build(after, stretch, to, close.committer_token, book.token):
            _put(book, no, circle, to, one)
    else:
        _put(book, no, circle, circle.relay, close, epoch=circle.epoch)
    kept.put(book.db, no, "move", {"to": to, "gone": gone})
    book.save(no, after)


def _as_row(circle: Circle, close: Close) -> tuple[int, bytes]:
    return circle.chain.seq - circle.base + 1, close.entry


def _put(
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
        _forget_move(book, no, move)
        book.save(no, dropped(book, no, book.state(no)))
        text = f"The circle was not moved: {reason}. Everything is where it was."
        ledger.add_line(book.db, no, None, text, now=book.now())


def under_way(book: Book, no: int, relay: str) -> bool:
    """Whether a move of ours to `relay` has not taken effect yet."""
    move = kept.get(book.db, no, "move")
    return move is not None and move["to"] == relay


def _forget_move(book: Book, no: int, move: dict[str, Any]) -> None:
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
    return [one for one in dict.fromkeys(found) if one != circle.relay and _can_be_asked(one)]


def _looks(book: Book, no: int) -> list[tuple[str, int]]:
    return [(str(a), int(u)) for a, u in kept.get(book.db, no, "look") or []]


def _can_be_asked(address: str) -> bool:
    try:
        address_of(address)
    except InviteError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Found:
    """What lies where a road from a slice would be."""

    post: Signpost
    entries: tuple[bytes, ...]


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


# --- there ----------------------------------------------------------------------------------------


def arrived(
    book: Book, no: int, before: Circle, after: Circle, closing_entry: bytes, *, by_road: bool
) -> None:
    """Inside `change`, in the step in which a move took effect here."""
    db = book.db
    move = kept.get(db, no, "move")
    mover = before.staged is not None and move is not None and move["to"] == after.relay
    if move is not None and not mover:
        _forget_move(book, no, move)
    kept.put(db, no, "move", None)
    kept.put(db, no, "look", None)
    place = {"relay": before.relay, "base": before.base, "top": after.base, "gone": by_road}
    kept.put(db, no, "places", [*(kept.get(db, no, "places") or []), place])
    db.execute("UPDATE circle SET relay=? WHERE no=?", (after.relay, no))
    inherit(book, after.relay, before.relay)
    _take_outbox_along(book, no, before, after, by_road=by_road)
    if after.is_host:
        _watch_old_box(book, no, before.terms, after)
    if by_road:
        conduct.adopt(book, no, after)
        left = {
            "epoch": before.epoch,
            "closing": hashlib.sha256(closing_entry).hexdigest(),
            "token": before.keys.access_token.hex(),
            "knock": [before.terms.knock.log_id.hex(), before.terms.knock.token.hex()],
            "relays": [r for r in before.terms.relays if r != before.relay],
            "until": book.now() + LOOK_DAYS * DAY,
        }
        kept.put(db, no, "left", left)
    if mover:
        _build_earlier_roads(book, no, before, after, by_road=by_road)


def _take_outbox_along(
    book: Book, no: int, before: Circle, after: Circle, *, by_road: bool
) -> None:
    """What waited for the old log is said in the new one. What waited for other logs of the old
    relay (files, answers to knocks) still goes there if it answers; else files go along, and doors
    there are closed with it."""
    db = book.db
    db.execute(
        "UPDATE circle_outbox SET relay=?, log_id=?, reason='', tries=0,"
        " not_before=CASE state WHEN 'held' THEN not_before ELSE 0 END,"
        " state=CASE state WHEN 'held' THEN 'held' ELSE 'stale' END"
        " WHERE circle=? AND epoch NOT NULL AND message NOT NULL AND state != 'refused'",
        (after.relay, after.log_id, no),
    )
    if not by_road:
        return
    boxes = "SELECT log_id FROM circle_mailbox WHERE circle=?1 AND relay=?2"
    db.execute(
        f"DELETE FROM circle_outbox WHERE circle=?1 AND relay=?2 AND log_id IN ({boxes})",  # noqa: S608
        (no, before.relay),
    )
    db.execute(
        "UPDATE circle_outbox SET relay=?, not_before=0, tries=0, reason=''"
        " WHERE circle=? AND relay=? AND epoch IS NULL AND kind IN ('create', 'append')",
        (after.relay, no, before.relay),
    )
    db.execute(
        "UPDATE circle_mailbox SET state='revoked' WHERE circle=? AND relay=? AND purpose='invite'",
        (no, before.relay),
    )
    db.execute(
        "DELETE FROM circle_mailbox WHERE circle=? AND relay=? AND purpose IN ('knock', 'report')",
        (no, before.relay),
    )


def _watch_old_box(book: Book, no: int, before: Terms, after: Circle) -> None:
    """Who knows only the mailbox of before the move knocks where it would be at the new relay."""
    box = MailboxKeys.of(Mailbox(*keys.moved_mailbox(before.knock.token)))
    if not mailboxes.has(book, box.log_id):
        expires = book.now() + after.terms.closing_days * DAY
        mailboxes.add(
            book,
            box,
            "knock",
            circle=no,
            relay=after.relay,
            body=b"",
            state="open",
            expires=expires,
        )


def say_again(book: Book, no: int, *, common: int, top: int) -> int:
    """Inside `change`: our own words that only the lost relay had (above `common`, up to `top`, or
    acknowledged and never read back) go out once more, before what waits. Returns how many."""
    if not book.state(no).can_write:
        return 0
    waiting = "SELECT 1 FROM circle_outbox o WHERE o.message = m.no"
    rows = list(
        book.db.execute(
            "SELECT no, content FROM circle_message m WHERE circle=?1 AND mine=1"
            " AND content NOT NULL AND kind IN ('message', 'control')"
            " AND ((seq > ?2 AND seq <= ?3)"
            f" OR (seq IS NULL AND sent=1 AND NOT EXISTS ({waiting}))"  # noqa: S608
            f" OR EXISTS ({waiting} AND o.state = 'stale')) ORDER BY no",
            (no, common, top),
        )
    )
    for message, raw in rows:
        said = speaking.say(book.state(no), mimi.decode(bytes(raw)), book.token)
        book.db.execute("UPDATE circle_message SET seq=NULL, sent=0 WHERE no=?", (message,))
        book.db.execute("DELETE FROM circle_outbox WHERE message=?", (message,))
        outbox.put(
            book.db,
            said.circle.relay,
            [said.outgoing],
            now=book.now(),
            circle=no,
            epoch=said.circle.epoch,
            message=message,
        )
        book.save(no, said.circle)
    return len(rows)


# --- roads from earlier slices --------------------------------------------------------------------


def _build_earlier_roads(
    book: Book, no: int, before: Circle, after: Circle, *, by_road: bool
) -> None:
    committer = keys.committer_token(after.own_secret)
    for epoch, token in _slices(book, no):
        if by_road and epoch == before.epoch:
            continue  # the one that brought us here
        rows = _kept_rows(book, no, before, epoch)
        if rows:
            stretch = Stretch(epoch, token, rows)
            for one in road.build(after, stretch, after.relay, committer, book.token):
                _put(book, no, after, after.relay, one)


def _slices(book: Book, no: int) -> list[tuple[int, bytes]]:
    """(epoch, access token) of slices whose end we kept as a host, newest first."""
    return [
        (int(epoch), cbor.as_bytes(cbor.as_list(cbor.loads(bytes(closes)), 3)[0]))
        for epoch, closes in book.db.execute(
            "SELECT slice, closes FROM circle_entry WHERE circle=? AND closes NOT NULL"
            " ORDER BY slice DESC LIMIT ?",
            (no, ROADS),
        )
    ]


def _kept_rows(book: Book, no: int, circle: Circle, epoch: int) -> tuple[tuple[int, bytes], ...]:
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


def relays_of_files(book: Book, row: CircleRow) -> list[str]:
    """Where a file of the circle may lie: its relay, then those it has left, newest first."""
    left = [str(p["relay"]) for p in kept.get(book.db, row.no, "places") or []]
    return list(dict.fromkeys([row.relay, *reversed(left)]))


# --- two moves from one slice ---------------------------------------------------------------------


def rivals_to_look_for(book: Book, no: int) -> tuple[bytes, list[str]] | None:
    """(access token of the slice that was left, relays that come before ours in the terms of
    then); None where there is nothing to look for."""
    left = kept.get(book.db, no, "left")
    if left is None or left["until"] < book.now():
        return None
    circle = book.state(no)
    if circle.standing is not Standing.ACTIVE:
        return None
    relays: list[str] = left["relays"]
    first = relays[: relays.index(circle.relay)] if circle.relay in relays else relays
    asked = [one for one in first if _can_be_asked(one)]
    return (bytes.fromhex(left["token"]), asked) if asked else None


def is_rival(book: Book, no: int, found: Found) -> bool:
    """Whether another host's move from the slice that we left lies there."""
    left = kept.get(book.db, no, "left")
    return (
        left is not None
        and found.post.epoch == left["epoch"]
        and found.post.closing.hex() != left["closing"]
        and road.by_host(found.post, book.state(no))
    )


def old_knock(book: Book, no: int) -> Mailbox | None:
    """The knock mailbox that both sides of two moves knew."""
    left = kept.get(book.db, no, "left")
    if left is None:
        return None
    log_id, token = left["knock"]
    return Mailbox(bytes.fromhex(log_id), bytes.fromhex(token))


GIVE_WAY = (
    "Two hosts moved the circle at the same time. It goes on where the terms named first:"
    " a host there is asked to let you back in."
)


__all__ = [
    "GIVE_WAY",
    "Found",
    "Moving",
    "arrived",
    "cancel",
    "inherit",
    "is_rival",
    "old_knock",
    "rivals_to_look_for",
    "relays_of_files",
    "say_again",
    "to_look_at",
    "under_way",
    "walk",
]
