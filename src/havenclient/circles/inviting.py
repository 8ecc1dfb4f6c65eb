"""The inviter's side of a door, kept in the vault: invites that we gave, and who knocked."""

from __future__ import annotations

import hashlib

from havenclient.circles import (
    closing,
    intake,
    joining,
    keys,
    mailbox,
    mailboxes,
    outbox,
    store,
)
from havenclient.circles import invite as invites
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.mailbox import MailboxError
from havenclient.circles.outgoing import CreateLog, DeleteLog
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.terms import Mailbox
from havenclient.circles.views import InviteView, KnockView
from havenclient.errors import InputRejected, NotFound, UsageError
from havenclient.text import safe_line, safe_text

# --- inviting -----------------------------------------------------------------------------------


def invite(book: Book, row: CircleRow, lifetime: int = invites.LIFETIME) -> InviteView:
    """A fresh invite: its mailbox and offer go into the outbox."""
    db, now = book.db, book.now()
    with book.change(row.no):
        circle = book.state(row.no)
        made, offer = joining.make_invitation(
            circle, circle.relay, now=now, lifetime=lifetime, token=book.token
        )
        committer = keys.committer_token(circle.own_secret)
        days = max(1, -(-lifetime // 86_400)) + 1
        create = CreateLog(
            made.invite.mailbox_id,
            hashlib.sha256(made.invite.token).digest(),
            (hashlib.sha256(committer).digest(),),
            days,
            days,
        )
        outbox.put(db, circle.relay, [create, offer], now=now, circle=row.no)
        mailboxes.add(
            book,
            joining.invite_mailbox(made.invite),
            "invite",
            circle=row.no,
            relay=circle.relay,
            body=store.dump_invitation(made),
            state="open",
            expires=made.expires,
        )
    return _invite_view(book, mailboxes.get(book, made.invite.mailbox_id))


def invitations(book: Book, row: CircleRow) -> list[InviteView]:
    return [
        _invite_view(book, box) for box in mailboxes.every(book, purpose="invite", circle=row.no)
    ]


def revoke(book: Book, log_id: bytes) -> None:
    """Takes an invite back: its mailbox is deleted on the relay. Knocks on it are forgotten."""
    box = mailboxes.get(book, log_id)
    if box.circle is None:
        raise NotFound("there is no such invite")
    with book.change(box.circle):
        circle = book.state(box.circle)
        delete = DeleteLog(log_id, box.keys.token, keys.committer_token(circle.own_secret))
        book.db.execute(
            "DELETE FROM circle_outbox WHERE log_id=? AND kind IN ('append', 'create')"
            " AND tries=0 AND state='waiting'",
            (log_id,),
        )
        outbox.put(book.db, box.relay, [delete], now=book.now(), circle=box.circle)
        mailboxes.set_state(book, log_id, "revoked")


def _invite_view(book: Book, box: mailboxes.MailboxRow) -> InviteView:
    made = store.load_invitation(box.body)
    state = box.state
    if state == "open" and book.now() > made.expires:
        state = "expired"
    count = book.db.one("SELECT count(*) FROM circle_knock WHERE log_id=?", (box.log_id,))
    return InviteView(
        id=box.log_id.hex()[:12],
        link=made.invite.link(),
        words=made.invite.words(),
        relay=box.relay,
        expires=made.expires,
        state=state,
        knocks=0 if count is None else int(count[0]),
    )


# --- who stands at the door ---------------------------------------------------------------------


def knocks(book: Book, row: CircleRow) -> list[KnockView]:
    """Who waits to be let in, oldest first."""
    views = []
    for no, log_id, name, words, at, returns, state, content in book.db.execute(
        "SELECT no, log_id, name, words, at, returns, state, content FROM circle_knock"
        " WHERE circle=? AND state IN ('waiting', 'admitting') ORDER BY no",
        (row.no,),
    ):
        others = book.db.one(
            "SELECT count(*) FROM circle_knock WHERE log_id=? AND no != ? AND returns=0",
            (log_id, no),
        )
        views.append(
            KnockView(
                no=no,
                name=safe_line(name),
                words=safe_text(words, limit=mailbox.MAX_WORDS),
                at=at,
                returns=bool(returns),
                state=state,
                invite=bytes(log_id).hex()[:12],
                others=0 if returns or others is None else int(others[0]),
                safety_words=_knock_words(book, bytes(log_id), bytes(content)),
            )
        )
    return views


def _knock_words(book: Book, log_id: bytes, content: bytes) -> tuple[str, ...]:
    row = book.db.one(
        "SELECT opened FROM circle_knock WHERE log_id=? AND content=? AND opened NOT NULL",
        (log_id, content),
    )
    if row is None:
        return ()
    made = store.load_invitation(mailboxes.get(book, log_id).body)
    return joining.knock_words(made, content, bytes(row[0])).words


def admit(book: Book, row: CircleRow, knock_no: int) -> None:
    """Lets somebody in: Add (for a return Remove and Add) and Commit, staged; the Welcome follows
    into the mailbox once the Commit took effect."""
    log_id, content, returns = _knock(book, row, knock_no)
    box = mailboxes.get(book, log_id)
    circle = book.state(row.no)
    try:
        if returns:
            newcomer = joining.read_return(circle, Mailbox(log_id, box.keys.token), content)
        else:
            made = store.load_invitation(box.body)
            knock, package, _ = joining.read_knock(made, content)
            newcomer = joining.newcomer(made, knock, package)
    except MailboxError as error:
        raise InputRejected("this knock can't be answered any more") from error
    with book.change(row.no):
        if not intake.stage(book, row.no, closing.CommitWish(add=(newcomer,))):
            raise UsageError(
                "another change of this circle is on its way", "try again when it is done"
            )
        book.db.execute("UPDATE circle_knock SET state='admitting' WHERE no=?", (knock_no,))
        if not returns:
            mailboxes.set_state(book, log_id, "used")


def decline(book: Book, row: CircleRow, knock_no: int) -> None:
    """Not now: the person at the door is not told anything."""
    _knock(book, row, knock_no)
    book.db.execute("UPDATE circle_knock SET state='declined' WHERE no=?", (knock_no,))


def _knock(book: Book, row: CircleRow, knock_no: int) -> tuple[bytes, bytes, bool]:
    found = book.db.one(
        "SELECT log_id, content, returns FROM circle_knock WHERE no=? AND circle=?"
        " AND state='waiting'",
        (knock_no, row.no),
    )
    if found is None:
        raise NotFound("nobody waits under that number")
    return bytes(found[0]), bytes(found[1]), bool(found[2])


def offer_words(book: Book, row: CircleRow, knock_no: int) -> None:
    """The host's half of the safety words: our number goes into the mailbox, theirs comes back."""
    log_id, content, returns = _knock(book, row, knock_no)
    if returns:
        raise UsageError("a return is proven by the old key; there are no words to compare")
    box = mailboxes.get(book, log_id)
    made = store.load_invitation(box.body)
    knock, _, _ = joining.read_knock(made, content)
    reveal = mailbox.encode_reveal(
        mailbox.Reveal(by_host=True, nonce=joining.host_number(made, content)),
        knock.answer_key,
        book.token,
    )
    with book.change(row.no):
        append = mailbox_append(box.keys, reveal, book.token)
        outbox.put(book.db, box.relay, [append], now=book.now(), circle=row.no)
