"""Evidence: messages with the signatures that MLS made, and what is needed to check them offline.

MLS signs each message over its content, the group and the group context of its epoch. Whoever holds
the AuthenticatedContent, that context and the sender's public key can check it years later, without
any secret of the group. Haven keeps both for the circle's report window only (14 days, unless
it agreed on another), also of messages
whose authors took them back, and deletes them then for good. `docs/decisions/0032` says why.

What it proves: that the holder of that key wrote these words in that epoch of that group. What it
does not: who the person is outside the circle, when it was written, or that nothing is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from havenclient.circles import content as mimi
from havenclient.circles import ledger
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.circle import Circle
from havenclient.circles.content import Content, ContentError
from havenclient.circles.ledger import REPORT_WINDOW
from havenclient.crypto import mls
from havenclient.crypto.mls.codec import decode_all
from havenclient.crypto.mls.framing import read_authenticated_content
from havenclient.vault import Database

MAX_MESSAGES = 10
"""In one report."""
MAX_EXHIBITS = 2 * MAX_MESSAGES
"""A message as it was, and as it became."""
UNKNOWN = "somebody unknown"
_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One message as its reader received it."""

    authenticated: bytes = field(repr=False)
    context: bytes = field(repr=False)
    """The group context of its epoch."""
    suite: int
    key: bytes
    """Signature key of whom the reader took for its author."""
    name: str
    """What the reader calls her. No signature covers it: only `Checked.name` may be believed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What an exhibit is worth. `content` is hostile text like any other message's.

    `name` is whose key it is here; where nobody's keys are known (a file from outside), what the
    one who made the file wrote beside it."""

    proven: bool
    why: str
    """In words, where it is not proven."""
    name: str
    key: bytes
    content: Content | None = field(repr=False)


def keep_context(db: Database, no: int, circle: Circle, now: int) -> None:
    """Inside `change`: the context in which a message of this epoch was signed."""
    db.execute(
        "INSERT INTO circle_context(circle, epoch, context, at) VALUES (?,?,?,?)"
        " ON CONFLICT(circle, epoch) DO UPDATE SET at=excluded.at",
        (no, circle.epoch, circle.group.group_context_bytes, now),
    )


def gather(db: Database, no: int, suite: int, message: int) -> tuple[Exhibit, ...]:
    """The evidence of a row of somebody else's: as it was written, and as its author changed it
    last (else harmless words could be changed into others that nobody can report). Empty where its
    window has passed."""
    row = db.one(
        "SELECT id, sender_key, sender, evidence FROM circle_message WHERE circle=? AND no=?"
        " AND mine=0 AND evidence NOT NULL AND kind='message'",
        (no, message),
    )
    if row is None:
        return ()
    ident, key, name = row[0], bytes(row[1]), str(row[2])
    signed = [bytes(row[3])]
    later = db.execute(
        "SELECT evidence FROM circle_message WHERE circle=? AND replaces=? AND sender_key=?"
        " AND evidence NOT NULL ORDER BY no DESC",
        (no, ident, key),
    )
    signed += [bytes(r[0]) for r in later if _has_words(bytes(r[0]))][:1]
    found = []
    for one in signed:
        context = db.one(
            "SELECT context FROM circle_context WHERE circle=? AND epoch=?", (no, epoch_of(one))
        )
        if context is not None:
            found.append(Exhibit(one, bytes(context[0]), suite, key, name))
    return tuple(found)


def _has_words(authenticated: bytes) -> bool:
    body = decode_all(authenticated, read_authenticated_content).content.body
    try:
        return isinstance(body, bytes) and not mimi.decode(body).deletes
    except ContentError:
        return False


def epoch_of(authenticated: bytes) -> int:
    """Raises MLSError."""
    return decode_all(authenticated, read_authenticated_content).content.epoch


def check(one: Exhibit, group_id: bytes, names: Mapping[bytes, str] | None) -> Checked:
    """An exhibit, checked with nothing but itself; `names`: whose keys the reader knows from this
    circle (None: nobody's, as for a person outside)."""
    name = one.name if names is None else names.get(one.key, UNKNOWN)

    def no(why: str) -> Checked:
        return Checked(proven=False, why=why, name=name, key=one.key, content=None)

    try:
        framed = mls.verify_authenticated(one.suite, one.authenticated, one.context, one.key)
    except mls.errors.MLSError:
        return no("the signature does not fit: these words may have been changed")
    if framed.group_id != group_id:
        return no("it is from another circle")
    if not isinstance(framed.body, bytes):
        return no("it is no message")
    if names is not None and one.key not in names:
        return no("the key belongs to nobody that this Haven knows from the circle")
    try:
        content = mimi.decode(framed.body)
    except ContentError:
        return no("it was written for another version")
    return Checked(proven=True, why="", name=name, key=one.key, content=content)


def encode(exhibits: Collection[Exhibit]) -> list[object]:
    """Contexts once each: they are the larger part."""
    contexts = list(dict.fromkeys(e.context for e in exhibits))
    rows = [[e.authenticated, contexts.index(e.context), e.suite, e.key, e.name] for e in exhibits]
    return [contexts, rows]


def decode(value: object) -> tuple[Exhibit, ...]:
    """Raises CborError."""
    contexts, rows = cbor.as_list(value, 2)
    known = [cbor.as_bytes(c, limit=_MAX) for c in cbor.as_list(contexts)]
    found = []
    for row in cbor.as_list(rows)[:MAX_EXHIBITS]:
        authenticated, index, suite, key, name = cbor.as_list(row, 5)
        found.append(
            Exhibit(
                cbor.as_bytes(authenticated, limit=4 * _MAX),
                known[cbor.as_int(index, high=len(known) - 1)],
                cbor.as_int(suite, high=0xFFFF),
                cbor.as_bytes(key, limit=128),
                cbor.as_text(name, limit=64),
            )
        )
    return tuple(found)


def purge(db: Database, now: int, windows: Mapping[int, int] = MappingProxyType({})) -> None:
    """What is older than the report window is gone: signatures, contexts, what reports held, who
    asked unnamed, and messages that expired. `windows`: circles that agreed on another one, in
    seconds."""
    ledger.purge_expired(db, now)
    numbers = {int(r[0]) for r in db.execute("SELECT no FROM circle")}
    for no in numbers:
        _purge(db, no, now - windows.get(no, REPORT_WINDOW))


def _purge(db: Database, no: int, old: int) -> None:
    # Looks first: this runs every round, and a writing waits for the lock.
    anything = db.one(
        "SELECT EXISTS (SELECT 1 FROM circle_context WHERE circle=?2 AND at <= ?1)"
        " OR EXISTS (SELECT 1 FROM circle_message"
        "            WHERE circle=?2 AND evidence NOT NULL AND at <= ?1)"
        " OR EXISTS (SELECT 1 FROM circle_report WHERE circle=?2 AND body NOT NULL AND at <= ?1)",
        (old, no),
    )
    if anything is None or not anything[0]:
        return
    db.execute(
        "UPDATE circle_message SET evidence=NULL WHERE circle=? AND evidence NOT NULL AND at <= ?",
        (no, old),
    )
    db.execute("DELETE FROM circle_context WHERE circle=? AND at <= ?", (no, old))
    db.execute(
        "UPDATE circle_report SET body=NULL, words='',"
        " name=CASE kind WHEN 'question' THEN '' ELSE name END,"
        " reporter=CASE kind WHEN 'question' THEN x'' ELSE reporter END"
        " WHERE circle=? AND at <= ? AND body NOT NULL",
        (no, old),
    )
