"""Night mode: newcomers' words wait while no host or helper was here for a while.

Agreed in the terms (`extra["lane"] = [days, seconds, hours]`): for `days` after they came, people
are newcomers; one of their messages waits for everybody but hosts and helpers when, by the reader's
own clock, no host or helper was seen for `hours` before it and none since. Where one is here again,
it is shown, and she may fold it first. The slow lane (`seconds` between two messages) is judged in
the log by `ladder.py`; this is only what a reader is shown, and so may use her own clock.

Being here is something that a person does: she writes, takes a step, or lets the words through with
one key (`order.let_through`). That her Haven runs somewhere is not enough (`conduct.tick`), or what
waits for her eyes would be shown before she opened the circle.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass, replace

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, Standing
from havenclient.circles.policy import Person
from havenclient.circles.terms import Terms
from havenclient.circles.views import MessageView

HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Lane:
    days: int
    seconds: int
    """Between two messages of a newcomer; 0: as everybody."""
    hours: int
    """Night mode after so many hours without a host or helper; 0: off."""


NO_LANE = Lane(0, 0, 0)


def lane_of(terms: Terms) -> Lane:
    """What the circle agreed on; anything else than three sane numbers counts as nothing."""
    try:
        days, seconds, hours = cbor.as_list(terms.extra.get("lane"), 3)
        return Lane(
            cbor.as_int(days, high=90),
            cbor.as_int(seconds, high=DAY),
            cbor.as_int(hours, high=168),
        )
    except cbor.CborError:
        return NO_LANE


def came(book: Book, no: int, people: tuple[Person, ...]) -> None:
    """Inside `change`: somebody is new in the circle."""
    for person in people:
        book.db.execute(
            "INSERT OR IGNORE INTO circle_since(circle, key, at) VALUES (?,?,?)",
            (no, person.key, book.now()),
        )


def waiting(book: Book, row: CircleRow) -> Container[int]:
    """Rows of messages that wait at this moment. Who helps sees them at once."""
    return _waiting(book, row, helps=False)


def waiting_for_others(book: Book, row: CircleRow) -> Collection[int]:
    """As host or helper: what everybody else does not see until she says that she is here."""
    return _waiting(book, row, helps=True)


def _waiting(book: Book, row: CircleRow, *, helps: bool) -> Collection[int]:
    if row.standing is not Standing.ACTIVE or not book.has_state(row.no):
        return ()
    circle = book.state(row.no)
    lane = lane_of(circle.terms)
    if not lane.hours or not lane.days or _in_charge(circle, circle.me.key) is not helps:
        return ()
    now = book.now()
    said = book.db.one("SELECT state FROM circle_ladder WHERE circle=?", (row.no,))
    told = 0 if said is None else _latest(circle, bytes(said[0]))
    rows = list(
        book.db.execute(
            "SELECT m.no, m.sender_key, m.at, s.at FROM circle_message m"
            " LEFT JOIN circle_since s ON s.circle = m.circle AND s.key = m.sender_key"
            " WHERE m.circle=? AND m.at > ? AND m.sender_key NOT NULL ORDER BY m.seq DESC",
            (row.no, now - (lane.days + 7) * DAY),
        )
    )
    found = []
    after = False
    for i, (no, key, at, since) in enumerate(rows):
        if _in_charge(circle, bytes(key)):
            after = True
        elif not after and at > told and since is not None and at - since < lane.days * DAY:
            seen = next((r[2] for r in rows[i:] if _in_charge(circle, bytes(r[1]))), 0)
            seen = max(seen, told)
            if at - seen > lane.hours * HOUR:
                found.append(int(no))
    return frozenset(found)


def _latest(circle: Circle, ladder: bytes) -> int:
    """The latest time that a host's or helper's Haven has said in the log (ladder.py)."""
    clocks = cbor.as_map(cbor.as_list(cbor.loads(ladder), 4)[1])
    times = [cbor.as_int(t) for k, t in clocks.items() if _in_charge(circle, cbor.as_bytes(k))]
    return max(times, default=0)


def mark(view: MessageView, rows: Container[int]) -> MessageView:
    return replace(view, waits=True) if view.no in rows and not view.mine else view


def _in_charge(circle: Circle, key: bytes) -> bool:
    return circle.terms.is_host(key) or circle.terms.is_helper(key)
