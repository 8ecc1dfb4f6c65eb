"""Quiet messages between clients of members: safety words, and being asked to take a role.

They travel as MIMI content with Haven's control type: signed and ordered like every message, shown
as no line. Each is a CBOR list `[what, …]`; what this version doesn't know is passed over.

    ["sas-commit", peer key, commitment]      one begins to compare with another
    ["sas-answer", peer key, number]          the other's Haven answers by itself
    ["sas-open", peer key, number]            the first opens her commitment; both have the words
    ["role-offer", peer key, role]            a host asks
    ["role-yes", role, sealing key, committer hash, signature]   the member agrees (seals.py)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from havenclient.circles import content as mimi
from havenclient.circles import keys, safety, seals
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book
from havenclient.circles.circle import Circle
from havenclient.circles.content import Content, ContentError
from havenclient.circles.policy import Person
from havenclient.circles.safety import SafetyWords
from havenclient.circles.seals import Seal
from havenclient.circles.speaking import Token
from havenclient.crypto.sealing import PUBLIC_SIZE
from havenclient.vault import Database

BEGIN_AGAIN = 60
"""Seconds before the same member may begin to compare anew."""


@dataclass(frozen=True, slots=True)
class Verification:
    state: str
    """none, waiting (for the other's Haven), ready (compare now), verified, differs."""
    words: SafetyWords | None


@dataclass(frozen=True, slots=True)
class RoleAnswer:
    sealing_key: bytes
    committer_hash: bytes
    seal: Seal


def _control(token: Token, *fields: object) -> Content:
    return Content(token(mimi.SALT_SIZE), control=cbor.dumps(list(fields)))


# --- safety words ---------------------------------------------------------------------------------


def begin(book: Book, no: int, circle: Circle, person: Person) -> Content:
    """Our commitment; the number itself stays in the vault until the other has answered."""
    nonce = book.token(safety.NONCE)
    context = safety.pair_context(circle.group.group_id, circle.me.key, person.key)
    book.db.execute(
        "INSERT OR REPLACE INTO circle_sas(circle, key, mine, began, ours, theirs, opened)"
        " VALUES (?,?,1,?,?,NULL,0)",
        (no, person.key, book.now(), nonce),
    )
    return _control(book.token, "sas-commit", person.key, safety.commitment(nonce, context))


def take(book: Book, no: int, circle: Circle, sender: Person, control: bytes) -> Content | None:
    """A control message of another member. Returns what our Haven answers by itself, or None."""
    try:
        fields = cbor.as_list(cbor.loads(control))
        what = cbor.as_text(fields[0], limit=32) if fields else ""
        if what.startswith("sas-") and cbor.as_bytes(fields[1], limit=128) == circle.me.key:
            return _take_sas(book, no, circle, sender, what, cbor.as_bytes(fields[2], size=32))
    except (cbor.CborError, IndexError):
        return None
    return None


def _take_sas(
    book: Book, no: int, circle: Circle, sender: Person, what: str, value: bytes
) -> Content | None:
    db = book.db
    context = safety.pair_context(circle.group.group_id, circle.me.key, sender.key)
    row = db.one(
        "SELECT mine, ours, theirs, began, opened FROM circle_sas WHERE circle=? AND key=?",
        (no, sender.key),
    )
    if what == "sas-commit":
        if row is not None and _goes_on(book, circle, sender, row):
            return None
        nonce = book.token(safety.NONCE)
        db.execute(
            "INSERT OR REPLACE INTO circle_sas(circle, key, mine, began, ours, theirs, opened)"
            " VALUES (?,?,0,?,?,?,0)",
            (no, sender.key, book.now(), nonce, value),
        )
        return _control(book.token, "sas-answer", sender.key, nonce)
    if row is None:
        return None
    mine, ours, theirs = bool(row[0]), bytes(row[1]), row[2]
    if what == "sas-answer" and mine and theirs is None:
        db.execute(
            "UPDATE circle_sas SET theirs=?, opened=1 WHERE circle=? AND key=?",
            (value, no, sender.key),
        )
        return _control(book.token, "sas-open", sender.key, ours)
    opened = what == "sas-open" and not mine and theirs is not None
    if opened and safety.opens(bytes(theirs), value, context):
        db.execute(
            "UPDATE circle_sas SET theirs=?, opened=1 WHERE circle=? AND key=?",
            (value, no, sender.key),
        )
    return None


def _goes_on(book: Book, circle: Circle, sender: Person, row: tuple[Any, ...]) -> bool:
    """Whether what is under way goes on, and another commitment is passed over: when both began at
    once (the smaller key's goes on, on both sides), or when somebody begins again and again, which
    would make our Haven send as often."""
    mine, began, opened = bool(row[0]), int(row[3]), bool(row[4])
    if mine and not opened:
        return circle.me.key < sender.key
    return book.now() - began < BEGIN_AGAIN


def state_of(book: Book, no: int, circle: Circle, person: Person) -> Verification:
    mark = book.db.one(
        "SELECT verified_at FROM circle_person WHERE circle=? AND key=?", (no, person.key)
    )
    row = book.db.one(
        "SELECT mine, ours, theirs, opened FROM circle_sas WHERE circle=? AND key=?",
        (no, person.key),
    )
    verified = mark is not None and mark[0] is not None
    if row is None:
        return Verification("verified" if verified else "none", None)
    if not row[3]:
        return Verification("verified" if verified else "waiting", None)
    ours, theirs = bytes(row[1]), bytes(row[2])
    context = safety.pair_context(circle.group.group_id, circle.me.key, person.key)
    committed, answered = (ours, theirs) if row[0] else (theirs, ours)
    words = safety.words_for(committed, answered, context)
    return Verification("verified" if verified else "ready", words)


def confirm(book: Book, no: int, person: Person, *, same: bool) -> None:
    at = book.now() if same else None
    with book.change(no):
        book.db.execute("DELETE FROM circle_person WHERE circle=? AND key=?", (no, person.key))
        book.db.execute(
            "INSERT INTO circle_person(circle, key, name, verified_at) VALUES (?,?,?,?)",
            (no, person.key, person.name, at),
        )
        if not same:
            book.db.execute("DELETE FROM circle_sas WHERE circle=? AND key=?", (no, person.key))


# --- roles ----------------------------------------------------------------------------------------


def role_offer(token: Token, person: Person, role: str) -> Content:
    return _control(token, "role-offer", person.key, role)


def role_answer(token: Token, circle: Circle, role: str) -> Content:
    committer = hashlib.sha256(keys.committer_token(circle.own_secret)).digest()
    signature = seals.sign(circle.group, circle.sealing.public, committer)
    return _control(token, "role-yes", role, circle.sealing.public, committer, signature)


def role_answered(db: Database, no: int, key: bytes, role: str) -> RoleAnswer | None:
    """What a member sent when she agreed to a role, newest first."""
    for (raw,) in db.execute(
        "SELECT content FROM circle_message WHERE circle=? AND sender_key=? AND kind='control'"
        " AND content NOT NULL AND reaction IS NULL AND replaces IS NULL ORDER BY no DESC",
        (no, key),
    ):
        fields = _fields(bytes(raw))
        if len(fields) == 5 and fields[0] == "role-yes" and fields[1] == role:
            try:
                committer = cbor.as_bytes(fields[3], size=32)
                seal = Seal(key, committer, cbor.as_bytes(fields[4], limit=256))
                return RoleAnswer(cbor.as_bytes(fields[2], size=PUBLIC_SIZE), committer, seal)
            except cbor.CborError:
                continue
    return None


def role_asked(db: Database, no: int, own_key: bytes) -> list[str]:
    """Roles that a host has asked us to take, and that we have not said yes to since."""
    roles: list[str] = []
    for mine, raw in db.execute(
        "SELECT mine, content FROM circle_message WHERE circle=? AND kind='control'"
        " AND content NOT NULL AND reaction IS NULL AND replaces IS NULL ORDER BY no",
        (no,),
    ):
        fields = _fields(bytes(raw))
        if mine and len(fields) == 5 and fields[0] == "role-yes":
            roles = [role for role in roles if role != fields[1]]
        elif not mine and len(fields) == 3 and fields[:2] == ["role-offer", own_key]:
            roles = [role for role in roles if role != fields[2]] + [str(fields[2])]
    return roles


def _fields(encoded: bytes) -> list[object]:
    try:
        control = mimi.decode(encoded).control
        return [] if control is None else cbor.as_list(cbor.loads(control))
    except (ContentError, cbor.CborError):
        return []
