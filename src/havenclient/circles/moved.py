"""What a move does where it took effect, in the one step in which its Commit is taken in.

The outbox goes along, mailboxes are watched, roads from earlier slices are built, and what was left
is remembered (the table is in moving.py). Everything here runs inside the caller's `change`.
"""

from __future__ import annotations

import hashlib

from havenclient.circles import conduct, kept, keys, mailboxes, road, speaking
from havenclient.circles import content as mimi
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, MailboxKeys
from havenclient.circles.moving import LOOK_DAYS, forget_move, inherit, put
from havenclient.circles.road import Stretch
from havenclient.circles.stretches import rows_of, slices
from havenclient.circles.terms import Mailbox, Terms
from havenclient.circles.writing import send


def arrived(
    book: Book, no: int, before: Circle, after: Circle, closing_entry: bytes, *, by_road: bool
) -> None:
    """Inside `change`, in the step in which a move took effect here."""
    db = book.db
    move = kept.get(db, no, "move")
    mover = before.staged is not None and move is not None and move["to"] == after.relay
    if move is not None and not mover:
        forget_move(book, no, move)
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
    rows = list(
        book.db.execute(
            "SELECT no, content FROM circle_message m WHERE circle=?1 AND mine=1"
            " AND content NOT NULL AND kind IN ('message', 'control')"
            " AND ((seq > ?2 AND seq <= ?3)"
            " OR (seq IS NULL AND sent=1"
            " AND NOT EXISTS (SELECT 1 FROM circle_outbox o WHERE o.message = m.no))"
            " OR EXISTS (SELECT 1 FROM circle_outbox o WHERE o.message = m.no"
            " AND o.state = 'stale')) ORDER BY no",
            (no, common, top),
        )
    )
    for message, raw in rows:
        said = speaking.say(book.state(no), mimi.decode(bytes(raw)), book.token)
        book.db.execute("UPDATE circle_message SET seq=NULL, sent=0 WHERE no=?", (message,))
        book.db.execute("DELETE FROM circle_outbox WHERE message=?", (message,))
        send(book, no, said, message)
    return len(rows)


# --- roads from earlier slices --------------------------------------------------------------------


def _build_earlier_roads(
    book: Book, no: int, before: Circle, after: Circle, *, by_road: bool
) -> None:
    committer = keys.committer_token(after.own_secret)
    for epoch, token in slices(book, no):
        if by_road and epoch == before.epoch:
            continue  # the one that brought us here
        rows = rows_of(book, no, before, epoch)
        if rows:
            stretch = Stretch(epoch, token, rows)
            for one in road.build(after, stretch, after.relay, committer, book.token):
                put(book, no, after, after.relay, one)


def relays_of_files(book: Book, row: CircleRow) -> list[str]:
    """Where a file of the circle may lie: its relay, then those it has left, newest first."""
    left = [str(p["relay"]) for p in kept.get(book.db, row.no, "places") or []]
    return list(dict.fromkeys([row.relay, *reversed(left)]))


__all__ = ["arrived", "relays_of_files", "say_again"]
