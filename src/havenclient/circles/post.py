"""What comes out of a mailbox log: each entry opened, judged and filed (protocol.md §3).

Whoever holds an invite can write anything into its mailbox, and every member into the circle's own;
so an entry that means nothing is passed over and blocks nothing.
"""

from __future__ import annotations

from dataclasses import replace

from havenclient.circles import (
    conduct,
    joining,
    kept,
    mailbox,
    mailboxes,
    outbox,
    reports,
    reviewing,
    safety,
    store,
)
from havenclient.circles.book import Book
from havenclient.circles.doors import load_door, save_door
from havenclient.circles.joining import Invitation
from havenclient.circles.mailbox import MailboxError
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.terms import Mailbox
from havenclient.crypto import envelope
from havenclient.crypto.envelope import EnvelopeError, Kind
from havenclient.errors import InputRejected

# --- what comes out of a mailbox ----------------------------------------------------------------


def take_mailbox(book: Book, log_id: bytes, entries: tuple[tuple[int, bytes], ...]) -> bool:
    """Entries of a mailbox log. True where something changed that a person may want to see."""
    box = mailboxes.get(book, log_id)
    changed = False
    with book.change(box.circle):
        for seq, entry in entries:
            if seq <= box.cursor:
                continue
            try:
                kind, content = envelope.unseal(box.keys.envelope, log_id, 0, entry)
                if kind is Kind.MAILBOX:
                    changed |= _take_one(book, log_id, seq, content)
            except (EnvelopeError, MailboxError, InputRejected):
                pass  # whoever holds the invite can write anything here; it blocks nothing
            book.db.execute("UPDATE circle_mailbox SET cursor=? WHERE log_id=?", (seq, log_id))
            box = mailboxes.get(book, log_id)
    return changed


def _take_one(book: Book, log_id: bytes, seq: int, content: bytes) -> bool:
    box = mailboxes.get(book, log_id)
    kind = mailbox.kind_of(content)
    match box.purpose, kind:
        case "invite", mailbox.KNOCK:
            made = store.load_invitation(box.body)
            knock, _, person = joining.read_knock(made, content)
            return _file_knock(book, box, seq, person.name, knock.words, content, returns=False)
        case "invite", mailbox.REVEAL:
            return _take_joiner_reveal(book, box, content)
        case "knock", mailbox.RETURN if box.circle is not None:
            circle = book.state(box.circle)
            back = joining.read_return(circle, Mailbox(log_id, box.keys.token), content)
            old = next(p for p in circle.people if p.leaf == back.replaces)
            return _file_knock(book, box, seq, old.name, "", content, returns=True)
        case "report", reports.SEALED:
            return reviewing.take(book, box, seq, content)
        case "door", mailbox.OFFER:
            return _take_offer(book, box, content)
        case "door", mailbox.REVEAL:
            return _take_host_reveal(book, box, content)
        case (("door" | "return"), mailbox.WELCOME):
            return _take_welcome(book, box, content)
        case _:
            return False


def _file_knock(
    book: Book,
    box: mailboxes.MailboxRow,
    seq: int,
    name: str,
    words: str,
    content: bytes,
    *,
    returns: bool,
) -> bool:
    # Whoever has the invite can append a knock once more; the same knock is the same person.
    known = book.db.one(
        "SELECT 1 FROM circle_knock WHERE log_id=? AND content=?", (box.log_id, content)
    )
    if known is not None:
        return False
    state = "waiting" if box.state in ("open", "used") else "declined"
    book.db.execute(
        "INSERT OR IGNORE INTO circle_knock(circle, log_id, seq, name, words, content, returns,"
        " state, at) VALUES (?,?,?,?,?,?,?,?,?)",
        (box.circle, box.log_id, seq, name, words, content, int(returns), state, book.now()),
    )
    return state == "waiting"


def _take_offer(book: Book, box: mailboxes.MailboxRow, content: bytes) -> bool:
    door = load_door(box.body)
    if door.offer:
        return False  # the first offer is the one that we show and sign
    offer = joining.read_offer(door.invite, content, now=book.now())
    save_door(book, box.log_id, replace(door, offer=content), "offered", expires=offer.expires)
    return True


def _take_host_reveal(book: Book, box: mailboxes.MailboxRow, content: bytes) -> bool:
    """The host's number came: we open our commitment, and both sides have the words."""
    door = load_door(box.body)
    if door.entrance is None or door.words:
        return False
    reveal = mailbox.decode_reveal(content, door.entrance.answer_key)
    if not reveal.by_host:
        return False
    ours = door.entrance.nonce
    words = safety.words_for(ours, reveal.nonce, mailbox.digest(door.knock)).words
    answer = mailbox.encode_reveal(
        mailbox.Reveal(by_host=False, nonce=ours), door.entrance.answer_key, book.token
    )
    outbox.put(book.db, box.relay, [mailbox_append(box.keys, answer, book.token)], now=book.now())
    save_door(book, box.log_id, replace(door, words=words), box.state)
    return True


def _take_joiner_reveal(book: Book, box: mailboxes.MailboxRow, content: bytes) -> bool:
    made: Invitation = store.load_invitation(box.body)
    for no, raw in list(
        book.db.execute("SELECT no, content FROM circle_knock WHERE log_id=?", (box.log_id,))
    ):
        knock, _, _ = joining.read_knock(made, bytes(raw))
        try:
            reveal = mailbox.decode_reveal(content, knock.answer_key)
        except MailboxError:
            continue
        if not reveal.by_host and safety.opens(
            knock.commitment, reveal.nonce, mailbox.digest(made.offer)
        ):
            book.db.execute("UPDATE circle_knock SET opened=? WHERE no=?", (reveal.nonce, no))
            return True
    return False


def _take_welcome(book: Book, box: mailboxes.MailboxRow, content: bytes) -> bool:
    door = load_door(box.body)
    if door.entrance is None or box.state == "in":
        return False
    welcome = mailbox.decode_welcome(content, door.entrance.answer_key)
    returning = box.purpose == "return" and box.circle is not None
    inviter = None
    if not returning:
        inviter = mailbox.decode_offer(door.offer, box.log_id).inviter_key
    known = book.top_of(box.circle) if returning and box.circle is not None else 0
    circle = joining.join(
        door.entrance,
        welcome,
        box.relay,
        now=book.now(),
        token=book.token,
        inviter_key=inviter,
        circle_id=book.id_of(box.circle) if returning and box.circle is not None else None,
    )
    if returning and box.circle is not None:
        no = box.circle
        circle = joining.counted_on(circle, book.state(no) if book.has_state(no) else None, known)
        book.db.execute("DELETE FROM circle_own_entry WHERE circle=?", (no,))
        book.db.execute("UPDATE circle SET relay=? WHERE no=?", (circle.relay, no))
        book.save(no, circle, epoch_changed=True)
    else:
        no = book.add(circle)
        kept.put(book.db, no, kept.DOOR, box.log_id.hex())
    conduct.adopt(book, no, circle)
    mailboxes.watch(book, no, circle)
    save_door(book, box.log_id, replace(door, entrance=None), "in")
    return True
