"""When all hosts are gone for the agreed time: the members found the circle anew.

Only hosts can commit, and the relay takes a closing entry only from who holds a committer token; so
a circle without hosts can be written to and never changed. It is not taken over: it is founded anew
(docs/decisions/0033). More than half of the members agree in the log; the one who asked founds a
circle with the same agreement and sends each member, sealed to her leaf in the old circle, an
invitation of her own. Whoever knocks on it under her old pseudonym is let in without being asked:
nobody else could open that invitation. The old circle stays as it is, readable and writable; a host
who comes back within a week ends the succession by being there, and all go on where they were.

    ["successor", link]      a quiet word (quiet.py)

Here: when it may be asked, and what an invitation along says. `beginning.py` founds.
"""

from __future__ import annotations

from havenclient.circles import doors, ladder_store
from havenclient.circles import ladder as rules
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book
from havenclient.circles.circle import DAY, Circle
from havenclient.circles.ladder import Hall
from havenclient.circles.policy import Person
from havenclient.errors import SafetyRefusal
from havenclient.text import safe_line

ABSENCE = "absence"
DEFAULT_DAYS = 30


def absence_days(circle: Circle) -> int:
    """After how many days without any host (`extra["absence"]`, 14 to 365)."""
    days = circle.terms.extra.get(ABSENCE)
    known = isinstance(days, int) and not isinstance(days, bool) and 14 <= days <= 365
    return days if known and isinstance(days, int) else DEFAULT_DAYS


def must_be_absent(book: Book, no: int, circle: Circle) -> None:
    """Raises SafetyRefusal while a host was seen: by this computer's own clock, which each who
    agrees asks for herself."""
    hosts = {h.signature_key for h in circle.terms.hosts}
    seen = circle.epoch_began  # a Commit is a host's
    for key, at in book.db.execute(
        "SELECT sender_key, max(at) FROM circle_message WHERE circle=? AND sender_key NOT NULL"
        " GROUP BY sender_key",
        (no,),
    ):
        if bytes(key) in hosts:
            seen = max(seen, int(at))
    days = absence_days(circle)
    if book.now() - seen < days * DAY:
        raise SafetyRefusal(
            f"a host was here in the last {days} days", "ask her to make somebody else a host"
        )


def take(book: Book, no: int, circle: Circle, sender: Person, fields: list[object]) -> str:
    """We are invited along: the door stands open, and whether to go in is the person's to say."""
    ladder, hall = ladder_store.ladder_of(book, no), Hall.of(circle)
    step = rules.succession(ladder)
    if step is None or step.actor != sender.key or not rules.succession_decided(ladder, hall):
        return ""
    door = doors.open_door(book, cbor.as_text(cbor.as_list(fields, 2)[1], limit=512))
    return (
        f"{safe_line(sender.name)}, to you alone: the circle is founded anew. Door {door.id} leads"
        f" there; knock as {circle.me.name}. Here everything stays as it is."
    )
