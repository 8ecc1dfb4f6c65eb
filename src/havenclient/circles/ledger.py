"""Messages as rows: what was said, edited, deleted, answered, in the order of the log.

Edits and deletions are applied to the message they name when they arrive, and only if the same
member wrote both. A deletion empties the row; only its evidence stays until the report window has
passed.
What has expired is never read: the query leaves it out, the next purge deletes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from havenclient.circles import content as mimi
from havenclient.circles.content import Content, ContentError
from havenclient.circles.views import AttachmentView, MessageView, Reaction
from havenclient.text import safe_line
from havenclient.vault import Database

DAY = 86_400
REPORT_WINDOW = 14 * DAY
"""How long the signature of a message is kept for a report (docs/decisions/0032), where the circle
agreed on nothing else (`norms.report_days`)."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on its way into the ledger."""

    seq: int | None
    message_id: bytes
    sender_key: bytes
    sender: str
    mine: bool
    content: Content = field(repr=False)
    encoded: bytes = field(repr=False)
    evidence: bytes | None = field(repr=False)


def add(db: Database, circle: int, one: Incoming, *, now: int) -> int:
    """Files a message. Returns its row number. A second delivery changes nothing."""
    if one.seq is not None:
        known = db.one("SELECT no FROM circle_message WHERE circle=? AND seq=?", (circle, one.seq))
        if known is not None:
            return int(known[0])
    # The same message under another seq: said again after a move by an author whose words were
    # read here before. Its id holds a salt, so two messages never have one.
    known = db.one(
        "SELECT no FROM circle_message WHERE circle=? AND id=? AND sender_key=?",
        (circle, one.message_id, one.sender_key),
    )
    if known is not None:
        return int(known[0])
    content = one.content
    kind = "message"
    if content.control is not None or content.reaction is not None or content.replaces is not None:
        kind = "control"
    expires = content.expires_at
    if content.expires_after is not None:
        expires = now + content.expires_after
    db.execute(
        "INSERT INTO circle_message(circle, seq, id, kind, sender_key, sender, mine, at, content,"
        " replaces, reply_to, reaction, expires_at, evidence) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            circle,
            one.seq,
            one.message_id,
            kind,
            one.sender_key,
            one.sender,
            int(one.mine),
            now,
            one.encoded,
            content.replaces,
            content.in_reply_to,
            content.reaction,
            expires,
            one.evidence,
        ),
    )
    row = db.one("SELECT max(no) FROM circle_message WHERE circle=?", (circle,))
    assert row is not None
    if content.replaces is not None:
        _apply(db, circle, int(row[0]), one)
    return int(row[0])


def _apply(db: Database, circle: int, no: int, one: Incoming) -> None:
    """An edit or deletion (row `no`), if its author wrote the message that it names.

    New words stand in the message that they change. In the edit's own row they would outlive it, so
    there they stay only while they are ours and may have to be sent again."""
    if not one.mine:
        db.execute("UPDATE circle_message SET content=NULL WHERE no=?", (no,))
    target = db.one(
        "SELECT no FROM circle_message WHERE circle=? AND id=? AND sender_key=? AND kind='message'",
        (circle, one.content.replaces, one.sender_key),
    )
    if target is None:
        return
    if one.content.deletes:
        db.execute("UPDATE circle_message SET content=NULL, reply_to=NULL WHERE no=?", (target[0],))
        db.execute(
            "UPDATE circle_message SET content=NULL"
            " WHERE circle=? AND replaces=? AND sender_key=? AND no<?",
            (circle, one.content.replaces, one.sender_key, no),
        )
    else:
        db.execute(
            "UPDATE circle_message SET content=?, edited=1 WHERE no=? AND content IS NOT NULL",
            (one.encoded, target[0]),
        )


def add_line(db: Database, circle: int, seq: int | None, text: str, *, now: int) -> None:
    """A sentence of Haven's own between the messages: who came, who went, what changed."""
    _add_own(db, circle, seq, "line", "", text, now)


def add_quarantine(
    db: Database, circle: int, seq: int, sender: str, reason: str, *, now: int
) -> None:
    _add_own(db, circle, seq, "quarantine", sender, reason, now)


def _add_own(
    db: Database, circle: int, seq: int | None, kind: str, sender: str, text: str, now: int
) -> None:
    db.execute(
        "INSERT OR IGNORE INTO circle_message(circle, seq, kind, sender, mine, at, line)"
        " VALUES (?,?,?,?,0,?,?)",
        (circle, seq, kind, sender, now, text),
    )


def turn_into_line(db: Database, message: int, text: str) -> None:
    """A step of ours came back: what stays of it is the line that everybody sees."""
    db.execute(
        "UPDATE circle_message SET kind='line', line=?, sender='', mine=0, content=NULL,"
        " evidence=NULL WHERE no=?",
        (text, message),
    )


def forget_content(db: Database, message: int) -> None:
    """A quiet message of ours went out: nothing of what it said is kept."""
    db.execute("UPDATE circle_message SET content=NULL, evidence=NULL WHERE no=?", (message,))


def never_sent(db: Database, circle: int, why: str) -> None:
    """We are out of the circle: what still waited will not go out, and is not said to wait."""
    db.execute(
        "UPDATE circle_message SET aside=? WHERE circle=? AND mine=1 AND kind='message'"
        " AND seq IS NULL AND sent=0 AND aside=''",
        (why, circle),
    )


def unsay(db: Database, message: int) -> None:
    """Words of ours that nobody has read leave no trace in the talk."""
    db.execute(
        "UPDATE circle_message SET kind='control', content=NULL, evidence=NULL WHERE no=?",
        (message,),
    )


def reword(db: Database, message: int, ident: bytes, encoded: bytes, evidence: bytes) -> None:
    """Other words for a message of ours that nobody has read."""
    db.execute(
        "UPDATE circle_message SET id=?, content=?, evidence=? WHERE no=?",
        (ident, encoded, evidence, message),
    )


def landed(db: Database, message: int, seq: int) -> None:
    """A message of ours got its place in the log."""
    db.execute("UPDATE OR IGNORE circle_message SET seq=? WHERE no=?", (seq, message))


# --- reading --------------------------------------------------------------------------------------

_PLACE = (
    "coalesce(m.seq, CASE WHEN m.kind = 'line' THEN (SELECT x.seq FROM circle_message x"
    " WHERE x.circle = m.circle AND x.no < m.no AND x.seq NOT NULL ORDER BY x.seq DESC LIMIT 1)"
    " END, 1 << 60)"
)
"""Order of the log. Lines of Haven's own stand after what had been read when they were written;
what isn't in the log yet comes after everything that is."""
_FIELDS = (
    "m.no, m.seq, m.id, m.kind, m.sender, m.mine, m.at, m.content, m.reply_to, m.edited,"
    " m.expires_at, m.line, m.sent, o.state, o.reason, m.aside, f.note, f.by_name"
)
_FROM = (
    " FROM circle_message m LEFT JOIN circle_outbox o ON o.message = m.no"
    " LEFT JOIN circle_fold f ON f.circle = m.circle AND f.message = m.id"
    " AND f.author = m.sender_key AND m.edited = 0"
)


def page(
    db: Database, circle: int, *, now: int, before: int | None = None, limit: int = 100
) -> list[MessageView]:
    """The newest `limit` messages (before the row `before`), oldest first."""
    anchor = None
    if before is not None:
        anchor = db.one(
            f"SELECT {_PLACE}, m.no FROM circle_message m WHERE m.no=?",  # noqa: S608
            (before,),
        )
    rows = list(
        db.execute(
            f"SELECT {_FIELDS}{_FROM}"
            " WHERE m.circle=:c AND m.kind != 'control'"
            " AND (m.expires_at IS NULL OR m.expires_at > :now)"
            f" AND (:s IS NULL OR ({_PLACE}, m.no) < (:s, :n))"
            f" ORDER BY {_PLACE} DESC, m.no DESC LIMIT :k",
            {
                "c": circle,
                "now": now,
                "s": None if anchor is None else anchor[0],
                "n": None if anchor is None else anchor[1],
                "k": limit,
            },
        )
    )
    rows.reverse()
    return _views(db, circle, rows)


def one(db: Database, circle: int, no: int, *, now: int) -> MessageView | None:
    rows = list(
        db.execute(
            f"SELECT {_FIELDS}{_FROM} WHERE m.circle=? AND m.no=?"
            " AND (m.expires_at IS NULL OR m.expires_at > ?)",
            (circle, no, now),
        )
    )
    return next(iter(_views(db, circle, rows)), None)


def content_of(db: Database, circle: int, no: int) -> tuple[bytes, Content] | None:
    """(message id, content) of a row that can be answered, or None."""
    row = db.one(
        "SELECT id, content FROM circle_message WHERE circle=? AND no=? AND content IS NOT NULL",
        (circle, no),
    )
    return None if row is None else (bytes(row[0]), mimi.decode(bytes(row[1])))


def encoded_of(db: Database, no: int) -> bytes | None:
    """The content of a message of ours as it was encoded, to be sent again in another epoch."""
    row = db.one("SELECT content FROM circle_message WHERE no=?", (no,))
    return None if row is None or row[0] is None else bytes(row[0])


def count_new(db: Database, circle: int, read_seq: int, now: int) -> int:
    row = db.one(
        "SELECT count(*) FROM circle_message WHERE circle=? AND kind='message' AND mine=0"
        " AND seq > ? AND content IS NOT NULL AND (expires_at IS NULL OR expires_at > ?)",
        (circle, read_seq, now),
    )
    return 0 if row is None else int(row[0])


def purge_expired(db: Database, now: int) -> None:
    """Deletes messages that expired; looks first, because a writing waits for the lock."""
    anything = db.one("SELECT EXISTS (SELECT 1 FROM circle_message WHERE expires_at <= ?)", (now,))
    if anything is not None and anything[0]:
        db.execute("DELETE FROM circle_message WHERE expires_at <= ?", (now,))


def _views(db: Database, circle: int, rows: list[tuple[Any, ...]]) -> list[MessageView]:
    ids = {bytes(r[2]): int(r[0]) for r in rows if r[2] is not None}
    reactions = _reactions(db, circle, list(ids))
    views = []
    for r in rows:
        (no, seq, ident, kind, sender, mine, at, raw, reply, edited, expires, line) = r[:12]
        sent, state, why, aside, fold_note, fold_by = r[12:]
        content: Content | None = None
        if raw is not None:
            try:
                content = mimi.decode(bytes(raw))
            except ContentError:
                kind, line = "quarantine", "written for another version"
        reply_no = None
        if reply is not None:
            reply_no = ids.get(bytes(reply)) or _row_of(db, circle, bytes(reply))
        views.append(
            MessageView(
                no=no,
                seq=seq,
                id="" if ident is None else bytes(ident).hex(),
                kind=kind,
                sender=safe_line(sender),
                mine=bool(mine),
                at=at,
                text=line if content is None else content.shown_text(),
                note=_note(content, fold_note),
                talk=None if content is None or content.kind is None else content.kind.value,
                source=None if content is None or content.source is None else content.source.value,
                source_link=None
                if content is None or content.source_link is None
                else safe_line(content.source_link, limit=2048),
                reply_to=reply_no,
                edited=bool(edited),
                deleted=kind == "message" and content is None,
                expires_at=expires,
                reactions=() if ident is None else reactions.get(bytes(ident), ()),
                attachments=() if content is None else _attachments(content),
                state="refused"
                if aside
                else state or ("sent" if seq is not None or not mine or sent else "waiting"),
                reason=aside or why or "",
                note_by="" if fold_note is None or content is None else safe_line(fold_by),
                unnamed=content is not None and content.unnamed,
            )
        )
    return views


def _note(content: Content | None, helpers: str | None) -> str | None:
    """The author's own note, and the one that a helper put there."""
    if content is None:
        return None
    own = content.shown_note()
    if helpers is None:
        return own
    added = safe_line(helpers, limit=mimi.MAX_NOTE)
    return added if own is None else f"{own}, {added}"


def _attachments(content: Content) -> tuple[AttachmentView, ...]:
    return tuple(
        AttachmentView(i, safe_line(a.filename, limit=80), safe_line(a.media_type), a.size)
        for i, a in enumerate(content.attachments)
    )


def _row_of(db: Database, circle: int, ident: bytes) -> int | None:
    row = db.one("SELECT no FROM circle_message WHERE circle=? AND id=?", (circle, ident))
    return None if row is None else int(row[0])


def _reactions(db: Database, circle: int, ids: list[bytes]) -> dict[bytes, tuple[Reaction, ...]]:
    """Words of support by message: names, in the order they came, and no numbers."""
    if not ids:
        return {}
    marks = json.dumps([i.hex() for i in ids])
    found: dict[bytes, dict[str, list[str]]] = {}
    for reply, word, sender in db.execute(
        "SELECT reply_to, reaction, sender FROM circle_message WHERE circle=? AND reaction NOT NULL"
        " AND content NOT NULL AND hex(reply_to) IN (SELECT upper(value) FROM json_each(?))"
        " ORDER BY coalesce(seq, 1 << 60), no",
        (circle, marks),
    ):
        names = found.setdefault(bytes(reply), {}).setdefault(word, [])
        if sender not in names:
            names.append(safe_line(sender))
    return {
        ident: tuple(Reaction(word, tuple(names)) for word, names in words.items())
        for ident, words in found.items()
    }
