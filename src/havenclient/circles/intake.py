"""What a page of entries did, written down: messages, lines, heads, mailboxes, the new state.

The machine says what happened (`receiving.receive`); this module makes rows of it, in one
transaction with the machine's new state. Shown sentences are made here, plain and without names of
mechanisms.
"""

from __future__ import annotations

from havenclient.circles import (
    closing,
    conduct,
    days_off,
    kept,
    ledger,
    mailboxes,
    moved,
    norms,
    outbox,
    road,
    speaking,
    store,
    sunset,
    verifying,
)
from havenclient.circles import events as ev
from havenclient.circles.book import Book
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import TROUBLE_WORDS, Circle, Standing
from havenclient.circles.outgoing import Append, Close
from havenclient.circles.receiving import Memory, Received, SlicePage, receive
from havenclient.circles.strict_cbor import dumps
from havenclient.circles.writing import write
from havenclient.crypto import envelope
from havenclient.crypto.envelope import EnvelopeError, Kind
from havenclient.text import safe_line

KEPT_HEADS = 20_000
"""Heads kept per circle: what members' claims may look back to."""


def take_page(
    book: Book, no: int, page: SlicePage, *, by_road: bool = False
) -> tuple[ev.Event, ...]:
    """Takes entries of the present slice in. What it returns has been saved."""
    db = book.db
    with book.change(no):
        before = book.state(no)
        memory = Memory(
            head_at=lambda seq: store.head_at(db, no, seq),
            is_own=lambda digest: outbox.is_own(db, no, digest),
            may_have_expired=by_road or may_have_expired(book, no, before.terms.retention_days),
        )
        received = receive(before, page, memory, now=book.now(), token=book.token)
        after = received.circle
        if after is before and not received.events:
            return ()
        _keep_heads(book, no, received)
        _keep_entries(book, no, before, after, page)
        for event in received.events:
            _file(book, no, before, after, event)
        for one in received.outgoing:  # answers, to where each was asked for
            relay = mailboxes.relay_of(book, one.log_id) or before.relay
            outbox.put(db, relay, [one], now=book.now(), circle=no)
        epoch_changed = after.group is not before.group and (
            after.standing is Standing.GONE or after.epoch != before.epoch
        )
        if epoch_changed:
            _turn_epoch(book, no, after)
        if before.staged is not None and after.staged is None:
            outbox.drop_closing(db, no)
            _knocks_decided(book, before, after)
        book.save(no, after, epoch_changed=epoch_changed)
        if after.standing is not Standing.GONE and after.log_id != before.log_id:
            moved.arrived(book, no, before, after, page.entries[-1][1], by_road=by_road)
        if epoch_changed:
            _wish_again(book, no)
        _answer(book, no, received)
    return received.events


def caught_up(book: Book, no: int) -> None:
    """Everything has been read today: what comes after it is no older."""
    today = book.now() // ledger.DAY
    if kept.get(book.db, no, "heard") != today:
        with book.change(no):
            kept.put(book.db, no, "heard", today)


def may_have_expired(book: Book, no: int, days: int) -> bool:
    """Whether an entry that we have not seen can be `days` old. A relay counts in days, and so may
    be early by one; so may we."""
    heard = kept.get(book.db, no, "heard")
    return heard is None or book.now() // ledger.DAY - int(heard) >= days - 2


def take_road(book: Book, no: int, page: SlicePage) -> tuple[ev.Event, ...]:
    """Takes a slice in as it lies on the road away from it (`moving.walk` has gone there before
    in the head). What only the relay that is left had of our own words is said again."""
    with book.change(no):
        before = book.state(no)
        began, stretch = road.set_out(before, page, lambda seq: store.head_at(book.db, no, seq))
        book.save(no, began)
        events = take_page(book, no, stretch, by_road=True)
        if book.state(no).base != before.base:
            common = (page.last or 1) - 1
            moved.say_again(book, no, common=common, top=before.chain.seq)
    return events


def _wish_again(book: Book, no: int) -> None:
    """Proposals end with their epoch. What the person still wants (to leave, or to have accepted
    the agreement) and no Commit has taken up is proposed anew in the next one."""
    circle = book.state(no)
    outbox.drop_proposals(book.db, no, before=circle.epoch)
    if circle.standing is Standing.LEAVING:
        propose(book, no, *speaking.propose_leaving(circle, book.token))
    elif circle.standing is Standing.ACTIVE and not circle.has_accepted and not circle.is_host:
        row = book.db.one("SELECT accepted FROM circle WHERE no=?", (no,))
        if row is not None and row[0] == circle.terms.agreement.version:
            propose(book, no, *speaking.propose_refresh(circle, book.token))


def propose(book: Book, no: int, circle: Circle, outgoing: Append) -> None:
    """Inside `change`: saves a proposal of ours and queues it."""
    outbox.put(book.db, circle.relay, [outgoing], now=book.now(), circle=no, epoch=circle.epoch)
    book.save(no, circle)


def _answer(book: Book, no: int, received: Received) -> None:
    """What our Haven says by itself to quiet messages (safety words), in the state after all."""
    for event in received.events:
        if isinstance(event, ev.MessageReceived) and event.content.control is not None:
            circle = book.state(no)
            if circle.can_write and event.may_post:
                reply = verifying.take(book, no, circle, event.sender, event.content.control)
                if reply is not None:
                    write(book, no, reply)


def stop(book: Book, no: int, trouble: Trouble) -> None:
    """Something is wrong that entries alone don't show: said, and nothing more is sent from here.

    WENT_BACK: the relay has less than it once showed. COPIED: it refused our idempotency key.
    """
    with book.change(no):
        circle = book.state(no)
        if circle.standing is Standing.ACTIVE or circle.standing is Standing.LEAVING:
            book.save(no, circle.in_trouble(trouble))
            ledger.add_line(book.db, no, None, TROUBLE_WORDS[trouble], now=book.now())


def _keep_heads(book: Book, no: int, received: Received) -> None:
    for seq, head in received.heads:
        book.db.execute(
            "INSERT OR REPLACE INTO circle_head(circle, seq, head) VALUES (?,?,?)", (no, seq, head)
        )
    if received.heads:
        oldest = received.heads[-1][0] - KEPT_HEADS
        book.db.execute("DELETE FROM circle_head WHERE circle=? AND seq<?", (no, oldest))


def _keep_entries(book: Book, no: int, before: Circle, after: Circle, page: SlicePage) -> None:
    """Hosts keep the entries themselves, so that a rolled-back relay can be given them back."""
    if before.standing is Standing.GONE or not before.is_host:
        return
    closes = None
    if after.standing is not Standing.GONE and after.epoch != before.epoch:
        closes = dumps(
            [
                before.keys.access_token,
                after.keys.access_hash,
                list(after.terms.committer_hashes),
            ]
        )
    for seq, entry in page.entries:
        if before.chain.seq < seq <= after.chain.seq:
            book.db.execute(
                "INSERT OR IGNORE INTO circle_entry(circle, seq, slice, closes, entry)"
                " VALUES (?,?,?,?,?)",
                (no, seq, page.slice, closes if seq == page.last and page.closed else None, entry),
            )


def _file(book: Book, no: int, before: Circle, circle: Circle, event: ev.Event) -> None:
    """`before`: the circle in the epoch of the page, in which its messages were written."""
    db, now = book.db, book.now()
    match event:
        case ev.MessageReceived():
            if not event.may_post:
                reason = "written before accepting the agreement in force"
                ledger.add_quarantine(db, no, event.seq, event.sender.name, reason, now=now)
                return
            control = event.content.control
            if control is not None and days_off.take(book, no, before, event.sender.key, control):
                return
            taken = conduct.take(book, no, before, event)
            if taken.aside:
                ledger.add_quarantine(db, no, event.seq, event.sender.name, taken.aside, now=now)
            if taken.line:
                ledger.add_line(db, no, event.seq, taken.line, now=now)
            if taken != conduct.Taken():
                return
            incoming = ledger.Incoming(
                seq=event.seq,
                message_id=event.message_id,
                sender_key=event.sender.key,
                sender=event.sender.name,
                mine=False,
                content=event.content,
                encoded=event.encoded,
                evidence=event.evidence,
            )
            ledger.add(db, no, incoming, now=now)
        case ev.OwnEntryLanded():
            message = outbox.landed(db, no, event.digest)
            if message is not None:
                ledger.landed(db, message, event.seq)
                conduct.landed(book, no, before, message)
        case ev.Quarantined():
            name = "" if event.sender is None else event.sender.name
            ledger.add_quarantine(db, no, event.seq, name, event.reason, now=now)
        case ev.ProposalReceived(leaving=True):
            ledger.add_line(db, no, event.seq, f"{event.sender.name} is leaving.", now=now)
        case ev.EpochBegan():
            _file_epoch(book, no, before, circle, event)
            conduct.began(book, no, before, circle, event)
        case ev.RemovedFromCircle():
            text = f"{event.by.name} removed you from this circle. What you received stays here."
            if event.by_own_wish:
                text = "You have left this circle."
            elif event.came_back:
                text = (
                    "You came back to this circle from another computer, or a copy of this vault."
                    " It goes on there; what was received here stays."
                )
            ledger.add_line(db, no, event.seq, text, now=now)
        case ev.GapSeen():
            count = event.last - event.first + 1
            text = f"{count} entries had expired before this computer saw them."
            ledger.add_line(db, no, event.first, text, now=now)
        case ev.TroubleFound():
            # Not at the entry's own place: that is the message's which told us, or that is missing.
            ledger.add_line(db, no, None, TROUBLE_WORDS[event.trouble], now=now)
        case ev.CopiedStateFound():
            text = "Something was sent here in your name by a copy of this vault."
            ledger.add_line(db, no, event.seq, text, now=now)
        case ev.ProposalReceived():
            pass


def _file_epoch(book: Book, no: int, before: Circle, circle: Circle, event: ev.EpochBegan) -> None:
    parts = [f"{p.name} is here now." for p in event.joined]
    parts += [f"{p.name} is back, with a new key." for p in event.returned]
    parts += [f"{p.name} has left." for p in event.left]
    parts += [f"{event.by.name} removed {p.name}." for p in event.removed]
    if circle.standing is not Standing.GONE and circle.log_id != before.log_id:
        parts.append(f"{event.by.name} moved the circle to {safe_line(circle.relay, limit=255)}.")
    ends = sunset.day_of(circle.terms) if circle.standing is not Standing.GONE else None
    if event.terms_changed and ends is not None and ends != sunset.day_of(before.terms):
        parts.append(f"{event.by.name} set a last day: the circle ends on {sunset.words(ends)}.")
    if event.terms_changed and circle.standing is not Standing.GONE:
        norms.keep_agreement(book, no, before.terms, circle.terms, event.by.name)
        days = norms.report_days(circle.terms)
        if days != norms.report_days(before.terms):
            parts.append(f"{event.by.name} set the report window: {days} days.")
    if event.terms_changed and circle.standing is not Standing.GONE and not circle.has_accepted:
        parts.append("The agreement has changed. Accept it before you write.")
    if parts:
        ledger.add_line(book.db, no, event.seq, " ".join(parts), now=book.now())
    for person in event.returned:
        _mark_return(book, no, person.name, person.key)


def _mark_return(book: Book, no: int, name: str, key: bytes) -> None:
    """A verification was of the old key: the new one begins unverified, and that is shown."""
    old = book.db.one(
        "SELECT key FROM circle_person WHERE circle=? AND name=? AND verified_at NOT NULL",
        (no, name),
    )
    book.db.execute("DELETE FROM circle_person WHERE circle=? AND name=?", (no, name))
    if old is not None:
        book.db.execute(
            "INSERT INTO circle_person(circle, key, name, earlier_key) VALUES (?,?,?,?)",
            (no, key, name, old[0]),
        )


def _turn_epoch(book: Book, no: int, after: Circle) -> None:
    """A new epoch: own entries of long ago are forgotten, hosts read the mailboxes in force."""
    db = book.db
    if after.standing is Standing.GONE:
        ledger.never_sent(db, no, "you are no longer in this circle")
        db.execute("DELETE FROM circle_outbox WHERE circle=? AND kind != 'delete'", (no,))
        return
    db.execute("DELETE FROM circle_own_entry WHERE circle=? AND epoch<?", (no, after.epoch - 50))
    mailboxes.watch(book, no, after)


def _knocks_decided(book: Book, before: Circle, after: Circle) -> None:
    """The staged Commit won or lost: who was being let in is in, or waits again."""
    assert before.staged is not None
    inside = {p.key for p in after.people} if after.standing is not Standing.GONE else set()
    for admission in before.staged.admissions:
        state = "admitted" if admission.key in inside else "waiting"
        book.db.execute(
            "UPDATE circle_knock SET state=? WHERE log_id=? AND state='admitting'",
            (state, admission.mailbox.log_id),
        )


def holds_commit(circle: Circle, slice_number: int, entry: bytes) -> bool:
    """Whether an entry of the present slice is a closing bundle, to be read with its page."""
    if slice_number != circle.epoch:
        return False
    try:
        kind, _ = envelope.unseal(circle.keys.envelope, circle.log_id, slice_number, entry)
    except EnvelopeError:
        return False
    return kind is Kind.CLOSING


def stage(book: Book, no: int, wish: closing.CommitWish) -> bool:
    """Stages a Commit and puts it into the outbox. False where one is on its way already."""
    with book.change(no):
        circle = book.state(no)
        if circle.staged is not None:
            return False
        wish = conduct.with_steps(book, no, wish)
        after, outgoing = closing.stage(circle, wish, book.now(), book.token)
        for one in outgoing:
            epoch = circle.epoch if isinstance(one, Close) else None
            outbox.put(book.db, after.relay, [one], now=book.now(), circle=no, epoch=epoch)
        book.save(no, after)
    return True


__all__ = [
    "caught_up",
    "holds_commit",
    "may_have_expired",
    "propose",
    "stage",
    "stop",
    "take_page",
    "take_road",
]
