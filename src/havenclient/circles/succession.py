"""When all hosts are gone for the agreed time: the members found the circle anew.

Only hosts can commit, and the relay takes a closing entry only from who holds a committer token; so
a circle without hosts can be written to and never changed. It is not taken over: it is founded anew
(docs/decisions/0033). More than half of the members agree in the log; the one who asked founds a
circle with the same agreement and sends each member, sealed to her leaf in the old circle, an
invitation of her own. Whoever knocks on it under her old pseudonym is let in without being asked:
nobody else could open that invitation. The old circle stays as it is, readable and writable; a host
who comes back within a week ends the succession by being there, and all go on where they were.

    ["successor", link]      a quiet word (quiet.py)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from havenclient.circles import doors, inviting, kept, quiet
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, Standing
from havenclient.circles.founding import Foundation
from havenclient.circles.policy import Person
from havenclient.circles.terms import MAX_NAME
from havenclient.circles.writing import write
from havenclient.errors import SafetyRefusal
from havenclient.text import safe_line

if TYPE_CHECKING:
    from havenclient.circles.service import Circles

ABSENCE = "absence"
DEFAULT_DAYS = 30
_KEY = "succession"


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


def found(circles: Circles, row: CircleRow, circle: Circle, relay: str | None) -> str:
    """The successor, and an invitation for each who is not in it yet."""
    book = circles.book
    plan = _plan(book, row.no)
    if not plan:
        name = f"{circle.terms.name[: MAX_NAME - 7]}, anew"
        terms = circle.terms
        view = circles.found(
            Foundation(
                name,
                circle.me.name,
                terms.agreement.text,
                relay or circle.relay,
                terms.retention_days,
                terms.closing_days,
                terms.theme,
                terms.language,
            )
        )
        plan = {"circle": view.id, "invites": {}}
    new = book.find(plan["circle"])
    inside = {p.name for p in book.state(new.no).people}
    for person in circle.people:
        if person.name in inside:
            continue
        made = inviting.invite(book, new)
        plan["invites"][made.id] = person.name
        with book.change(row.no):
            fields: list[object] = ["successor", made.link]
            old = book.state(row.no)
            write(book, row.no, quiet.seal(old, person.key, fields, book.token))
            kept.put(book.db, row.no, _KEY, plan)
    return new.name


def take(book: Book, no: int, circle: Circle, sender: Person, fields: list[object]) -> str:
    """We are invited along: the door stands open, and whether to go in is the person's to say."""
    from havenclient.circles import conduct  # it asks us about quiet words: a circle otherwise
    from havenclient.circles import ladder as rules
    from havenclient.circles.ladder import Hall

    ladder, hall = conduct.ladder_of(book, no), Hall.of(circle)
    step = rules.succession(ladder)
    if step is None or step.actor != sender.key or not rules.succession_decided(ladder, hall):
        return ""
    door = doors.open_door(book, cbor.as_text(cbor.as_list(fields, 2)[1], limit=512))
    return (
        f"{safe_line(sender.name)}, to you alone: the circle is founded anew. Door {door.id} leads"
        f" there; knock as {circle.me.name}. Here everything stays as it is."
    )


def admit(circles: Circles, no: int) -> None:
    """Lets in who knocks on her own invitation, under her own name: one Commit at a time."""
    book = circles.book
    plan = _plan(book, no)
    if not plan:
        return
    new = next((r for r in book.rows() if r.id.hex() == plan["circle"]), None)
    if new is None or new.standing is not Standing.ACTIVE or book.state(new.no).staged is not None:
        return
    for knock in inviting.knocks(book, new):
        name = plan["invites"].get(knock.invite)
        if knock.state == "waiting" and knock.others == 0 and name == knock.name:
            inviting.admit(book, new, knock.no)
            return


def _plan(book: Book, no: int) -> dict[str, Any]:
    return dict(kept.get(book.db, no, _KEY) or {})


__all__ = ["absence_days", "admit", "found", "must_be_absent", "take"]
