"""A helper's days off: said to the circle by her own Haven, so that nobody waits in vain.

    ["off", first day, last day]      days since 1970-01-01; last before first: here again

A control message of one host or helper (MLS signs it); everybody keeps the newest one of each, and
who is in no role, or in none any more, is passed over. It says nothing of why. Somebody who joins
later has not read it and sees that helper as here: a day off is a courtesy, not a rule of the log.
"""

from __future__ import annotations

from datetime import date

from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book
from havenclient.circles.circle import Circle
from havenclient.circles.content import Content
from havenclient.circles.facade import Facade
from havenclient.circles.writing import write
from havenclient.errors import SafetyRefusal, UsageError
from havenclient.text import safe_line

OFF = "off"
MAX_DAYS = 60
_EPOCH = date(1970, 1, 1).toordinal()


def take(book: Book, no: int, circle: Circle, key: bytes, control: bytes) -> bool:
    """A control message that says so. True: it was one, and nothing else is to be done with it."""
    try:
        fields = cbor.as_list(cbor.loads(control))
        if not fields or fields[0] != OFF:
            return False
        _, first, last = cbor.as_list(fields, 3)
        days = cbor.as_int(first, high=1 << 20), cbor.as_int(last, high=1 << 20)
    except cbor.CborError:
        return False
    if _helps(circle, key) and days[1] - days[0] < MAX_DAYS:
        _keep(book, no, key, *days)
    return True


def take_off(circles: Facade, what: str, days: int) -> str:
    """Our own next `days` days, today included; 0: here again. Returns a sentence for us."""
    book = circles.book
    row = book.find(what)
    circle = book.state(row.no)
    if not _helps(circle, circle.me.key):
        raise SafetyRefusal("days off are for hosts and helpers", "to rest, pause the circle")
    if not 0 <= days <= MAX_DAYS:
        raise UsageError(f"up to {MAX_DAYS} days at once")
    today = _today(book)
    first, last = today, today + days - 1
    content = Content(book.token(mimi.SALT_SIZE), control=cbor.dumps([OFF, first, max(0, last)]))
    with book.change(row.no):
        write(book, row.no, content)
        _keep(book, row.no, circle.me.key, first, last)
    if not days:
        return "You are here again."
    return "You are off today." if days == 1 else f"You are off for {days} days."


def _keep(book: Book, no: int, key: bytes, first: int, last: int) -> None:
    book.db.execute(
        "INSERT OR REPLACE INTO circle_day_off(circle, key, first, last) VALUES (?,?,?,?)",
        (no, key, first, last),
    )


def _today(book: Book) -> int:
    """By the person's own calendar."""
    return book.clock.now().astimezone().date().toordinal() - _EPOCH


def _helps(circle: Circle, key: bytes) -> bool:
    return circle.terms.is_host(key) or circle.terms.is_helper(key)


def who(circles: Facade, what: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(who helps in this circle, who of them is off today), by name."""
    book = circles.book
    row = book.find(what)
    if not book.has_state(row.no):
        return (), ()
    circle, today = book.state(row.no), _today(book)
    off = {
        bytes(key)
        for (key,) in book.db.execute(
            "SELECT key FROM circle_day_off WHERE circle=? AND first <= ? AND last >= ?",
            (row.no, today, today),
        )
    }
    helping = [p for p in circle.people if _helps(circle, p.key)]
    names = tuple(safe_line(p.name) for p in helping)
    return names, tuple(safe_line(p.name) for p in helping if p.key in off)
