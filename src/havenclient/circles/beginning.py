"""Founding a circle: for the first time, or anew because all hosts are gone (`succession.py`)."""

from __future__ import annotations

from typing import Any

from havenclient.circles import founding, inviting, kept, mailboxes, outbox, quiet
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.founding import Foundation
from havenclient.circles.terms import MAX_NAME, TermsError
from havenclient.circles.writing import write
from havenclient.errors import UsageError

_KEY = "succession"


def begin(book: Book, foundation: Foundation) -> int:
    """A new circle with us as its host; its number. Raises UsageError for names that can't be
    kept."""
    try:
        circle, outgoing = founding.found(foundation, now=book.now(), token=book.token)
    except TermsError as error:
        raise UsageError(str(error)) from error
    with book.change():
        no = book.add(circle)
        outbox.put(book.db, circle.relay, outgoing, now=book.now(), circle=no)
        mailboxes.watch(book, no, circle)
    return no


def begin_anew(book: Book, row: CircleRow, circle: Circle, relay: str | None) -> str:
    """The successor, and an invitation for each who is not in it yet."""
    plan = _plan(book, row.no)
    if not plan:
        name = f"{circle.terms.name[: MAX_NAME - 7]}, anew"
        terms = circle.terms
        no = begin(
            book,
            Foundation(
                name,
                circle.me.name,
                terms.agreement.text,
                relay or circle.relay,
                terms.retention_days,
                terms.closing_days,
                terms.theme,
                terms.language,
            ),
        )
        plan = {"circle": book.row(no).id.hex(), "invites": {}}
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


def admit(book: Book, no: int) -> None:
    """Lets in who knocks on her own invitation, under her own name: one Commit at a time."""
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
