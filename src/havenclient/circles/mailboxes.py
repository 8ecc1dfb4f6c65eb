"""Rows of the mailbox logs that we read, and what each is for.

| purpose       | whose               | states                                          |
| ------------- | ------------------- | ----------------------------------------------- |
| invite        | we invited          | open, used, revoked, expired                    |
| knock, report | our circle's own    | open                                            |
| door          | we were invited     | opening, offered, knocked, in, refused, expired |
| return        | we ask to come back | knocked, in                                     |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from havenclient.circles.book import Book
from havenclient.circles.circle import DAY, Circle, MailboxKeys
from havenclient.circles.terms import Mailbox
from havenclient.errors import NotFound


@dataclass(frozen=True, slots=True)
class MailboxRow:
    log_id: bytes
    circle: int | None
    relay: str
    purpose: str
    keys: MailboxKeys = field(repr=False)
    body: bytes = field(repr=False)
    state: str
    cursor: int
    expires: int


_COLUMNS = "log_id, circle, relay, purpose, token, envelope, body, state, cursor, expires"


def every(book: Book, *, purpose: str | None = None, circle: int | None = None) -> list[MailboxRow]:
    return [
        _mailbox(r)
        for r in book.db.execute(
            f"SELECT {_COLUMNS} FROM circle_mailbox"  # noqa: S608
            " WHERE (?1 IS NULL OR purpose=?1) AND (?2 IS NULL OR circle=?2) ORDER BY made_at",
            (purpose, circle),
        )
    ]


def get(book: Book, log_id: bytes) -> MailboxRow:
    row = book.db.one(
        f"SELECT {_COLUMNS} FROM circle_mailbox WHERE log_id=?",  # noqa: S608
        (log_id,),
    )
    if row is None:
        raise NotFound("there is no such invite")
    return _mailbox(row)


def find(book: Book, what: str, purpose: str) -> MailboxRow:
    """By a beginning of its id. Raises NotFound."""
    wanted = what.strip().casefold()
    found = [
        b for b in every(book, purpose=purpose) if wanted and b.log_id.hex().startswith(wanted)
    ]
    if len(found) != 1:
        raise NotFound("there is no such invite", "`haven invite list` shows them")
    return found[0]


def _mailbox(r: tuple[Any, ...]) -> MailboxRow:
    log_id, circle, relay, purpose, token, env, body, state, cursor, expires = r
    made = MailboxKeys(bytes(log_id), bytes(token), bytes(env))
    return MailboxRow(
        made.log_id,
        circle,
        str(relay),
        str(purpose),
        made,
        bytes(body),
        str(state),
        cursor,
        expires,
    )


def add(
    book: Book,
    made: MailboxKeys,
    purpose: str,
    *,
    circle: int | None,
    relay: str,
    body: bytes,
    state: str,
    expires: int,
) -> None:
    book.db.execute(
        "INSERT INTO circle_mailbox(log_id, circle, relay, purpose, token, envelope, body, state,"
        " made_at, expires) VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            made.log_id,
            circle,
            relay,
            purpose,
            made.token,
            made.envelope,
            body,
            state,
            book.now(),
            expires,
        ),
    )


def has(book: Book, log_id: bytes) -> bool:
    return book.db.one("SELECT 1 FROM circle_mailbox WHERE log_id=?", (log_id,)) is not None


def set_state(book: Book, log_id: bytes, state: str) -> None:
    book.db.execute("UPDATE circle_mailbox SET state=? WHERE log_id=?", (state, log_id))


def relay_of(book: Book, log_id: bytes) -> str | None:
    """The relay that holds a mailbox which we watch: after a move, not always the circle's."""
    row = book.db.one("SELECT relay FROM circle_mailbox WHERE log_id=?", (log_id,))
    return None if row is None else str(row[0])


def watch(book: Book, no: int, circle: Circle) -> None:
    """Hosts read the circle's knock and report mailboxes, and earlier ones for the long life span;
    helpers read reports."""
    if not (circle.is_host or circle.terms.is_helper(circle.me.key)):
        return
    boxes: list[tuple[str, Mailbox]] = [("report", circle.terms.report)]
    if circle.is_host:
        boxes.append(("knock", circle.terms.knock))
    now = book.now()
    for purpose, box in boxes:
        keys = MailboxKeys.of(box)
        book.db.execute(
            "INSERT INTO circle_mailbox(log_id, circle, relay, purpose, token, envelope, body,"
            " state, made_at, expires) VALUES (?,?,?,?,?,?,x'','open',?,?)"
            " ON CONFLICT(log_id) DO UPDATE SET expires=excluded.expires",
            (
                keys.log_id,
                no,
                circle.relay,
                purpose,
                keys.token,
                keys.envelope,
                now,
                now + circle.terms.closing_days * DAY,
            ),
        )
