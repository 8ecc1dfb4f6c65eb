"""The joiner's side of a door, kept in the vault: invites that we hold, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from havenclient.circles import invite as invites
from havenclient.circles import (
    joining,
    keys,
    mailbox,
    mailboxes,
    outbox,
    rivals,
    store,
)
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import MailboxKeys, Standing
from havenclient.circles.founding import Entrance, entrance
from havenclient.circles.invite import Invite
from havenclient.circles.terms import Mailbox, same_name
from havenclient.circles.views import DoorView
from havenclient.errors import InputRejected, UsageError

# --- standing at a door -------------------------------------------------------------------------


DOOR_DAYS = 30
"""How long we look for a Welcome after knocking."""


@dataclass(frozen=True, slots=True)
class Door:
    """What we keep while we stand at a door."""

    invite: Invite = field(repr=False)
    offer: bytes = field(repr=False)
    """The offer's content; empty until it was read."""
    knock: bytes = field(repr=False)
    """The content of our knock; empty until we knocked."""
    entrance: Entrance | None
    pseudonym: str
    words: tuple[str, ...] = ()
    reason: str = ""


def dump_door(door: Door) -> bytes:
    entry = None if door.entrance is None else store.dump_entrance(door.entrance)
    return cbor.dumps(
        [
            door.invite.relay,
            door.invite.secret,
            door.offer,
            door.knock,
            entry,
            door.pseudonym,
            list(door.words),
            door.reason,
        ]
    )


def load_door(data: bytes) -> Door:
    f = cbor.as_list(cbor.loads(data), 8)
    relay = None if f[0] is None else cbor.as_text(f[0], limit=255)
    return Door(
        Invite(relay, cbor.as_bytes(f[1])),
        cbor.as_bytes(f[2]),
        cbor.as_bytes(f[3]),
        None if f[4] is None else store.load_entrance(cbor.as_bytes(f[4])),
        cbor.as_text(f[5], limit=64),
        tuple(cbor.as_text(w, limit=32) for w in cbor.as_list(f[6])),
        cbor.as_text(f[7], limit=500),
    )


def open_door(book: Book, text: str, *, relay: str | None = None) -> DoorView:
    """Keeps an invite; its offer is read at the next sync. Raises InviteError."""
    held = invites.parse(text, relay=relay)
    if held.relay is None:
        raise UsageError(
            "which relay?", "words need the relay's address beside them: --relay https://…"
        )
    with book.change():
        if not mailboxes.has(book, held.mailbox_id):
            mailboxes.add(
                book,
                joining.invite_mailbox(held),
                "door",
                circle=None,
                relay=held.relay,
                body=dump_door(Door(held, b"", b"", None, "")),
                state="opening",
                expires=book.now() + invites.LIFETIME,
            )
    return door_view(book, mailboxes.get(book, held.mailbox_id))


def doors(book: Book) -> list[DoorView]:
    return [door_view(book, box) for box in mailboxes.every(book, purpose="door")]


def door_view(book: Book, box: mailboxes.MailboxRow) -> DoorView:
    door = load_door(box.body)
    card = None
    inviter = ""
    if door.offer:
        offer = mailbox.decode_offer(door.offer, box.log_id)
        card, inviter = offer.card, offer.inviter
    state = box.state
    if state in ("opening", "offered", "knocked") and book.now() > box.expires:
        state = "expired"
    return DoorView(
        id=box.log_id.hex()[:12],
        relay=box.relay,
        state=state,
        card=card,
        inviter=inviter,
        pseudonym=door.pseudonym,
        expires=box.expires,
        safety_words=door.words,
        reason=door.reason,
    )


def knock_at(book: Book, log_id: bytes, pseudonym: str, words: str, accepted_version: int) -> None:
    """Agrees and knocks. `accepted_version`: the agreement that the person read and accepted."""
    box = mailboxes.get(book, log_id)
    door = load_door(box.body)
    if box.state != "offered":
        raise UsageError("this door is not open for knocking", "look with `haven accept`")
    offer = joining.read_offer(door.invite, door.offer, now=book.now())
    if accepted_version != offer.card.agreement.version:
        raise UsageError("the agreement has changed meanwhile", "read it again, then knock")
    taken = (*offer.card.hosts, *offer.card.helpers)
    if any(same_name(pseudonym, name) for name in taken):
        raise UsageError("somebody in this circle has that name", "choose another pseudonym")
    made = entrance(pseudonym, offer.card.agreement, now=book.now(), token=book.token)
    content, append = joining.knock(door.invite, door.offer, offer, made, words, book.token)
    with book.change():
        outbox.put(book.db, box.relay, [append], now=book.now())
        save_door(
            book,
            log_id,
            replace(door, knock=content, entrance=made, pseudonym=pseudonym),
            "knocked",
            expires=book.now() + DOOR_DAYS * 86_400,
        )


def close_door(book: Book, log_id: bytes) -> None:
    """Not for me: everything about this invite is forgotten here; nothing is sent."""
    with book.change():
        book.db.execute("DELETE FROM circle_outbox WHERE log_id=? AND circle IS NULL", (log_id,))
        book.db.execute("DELETE FROM circle_mailbox WHERE log_id=? AND purpose='door'", (log_id,))


# --- the way back -------------------------------------------------------------------------------


def ask_back(book: Book, row: CircleRow, *, at: str | None = None) -> None:
    """Asks the hosts to be put back as ourselves; the circle waits in RETURNING meanwhile. `at`:
    the relay that the circle has moved to without us."""
    with book.change(row.no):
        saved = book.db.one("SELECT identity FROM circle WHERE no=?", (row.no,))
        assert saved is not None
        identity = store.load_identity(bytes(saved[0]))
        relay = at or row.relay
        if at is not None and at != row.relay:
            known = rivals.old_knock(book, row.no) or identity.knock
            identity = replace(identity, knock=Mailbox(*keys.moved_mailbox(known.token)))
        made = joining.returning_entrance(identity, now=book.now(), token=book.token)
        _, append = joining.ask_back(identity, made, now=book.now(), token=book.token)
        book.db.execute("DELETE FROM circle_outbox WHERE circle=? AND kind='close'", (row.no,))
        outbox.put(book.db, relay, [append], now=book.now(), circle=row.no)
        box = MailboxKeys.of(identity.knock)
        book.db.execute("DELETE FROM circle_mailbox WHERE log_id=?", (box.log_id,))
        door = Door(Invite(relay, b""), b"", b"", made, identity.pseudonym)
        mailboxes.add(
            book,
            box,
            "return",
            circle=row.no,
            relay=relay,
            body=dump_door(door),
            state="knocked",
            expires=book.now() + 400 * 86_400,
        )
        if book.has_state(row.no):
            circle = replace(book.state(row.no), standing=Standing.RETURNING, staged=None)
            book.save(row.no, circle)
        book.db.execute(
            "UPDATE circle SET standing=? WHERE no=?", (Standing.RETURNING.value, row.no)
        )


def restore(book: Book, data: bytes) -> list[str]:
    """Rows for circles that came out of a backup. A circle that is here already stays as it is."""
    try:
        identities = [
            store.load_identity(cbor.as_bytes(one)) for one in cbor.as_list(cbor.loads(data))
        ]
    except (cbor.CborError, ValueError) as error:
        raise InputRejected("the circles in this backup can't be read") from error
    names = []
    with book.change():
        for one in identities:
            known = book.db.one("SELECT 1 FROM circle WHERE id=?", (one.circle_id,))
            if known is None:
                book.db.execute(
                    "INSERT INTO circle(id, name, pseudonym, relay, standing, state, identity,"
                    " joined_at) VALUES (?,?,?,?,?,x'',?,?)",
                    (
                        one.circle_id,
                        one.name,
                        one.pseudonym,
                        one.relay,
                        Standing.RETURNING.value,
                        store.dump_identity(one),
                        book.now(),
                    ),
                )
                names.append(one.name)
    return names


def save_door(
    book: Book, log_id: bytes, door: Door, state: str, *, expires: int | None = None
) -> None:
    book.db.execute(
        "UPDATE circle_mailbox SET body=?, state=?, expires=coalesce(?, expires) WHERE log_id=?",
        (dump_door(door), state, expires, log_id),
    )
