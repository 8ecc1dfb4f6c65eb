"""What our Haven does with quiet words to us: nudges, and what became of our reports.

["nudge", message id, which]            one of the prepared sentences, about a message of ours
["status", report id, state, sentence]  to who reported: seen, done, no action because …
"""

from __future__ import annotations

from havenclient.circles import quiet, succession
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book
from havenclient.circles.circle import DAY, Circle
from havenclient.circles.content import ID_SIZE
from havenclient.circles.policy import Person
from havenclient.errors import HavenError
from havenclient.text import safe_line

NUDGES = (
    "I think this may be hard for some to read. Would you add a note on top?",
    "Could you say it as your own experience? It lands softer.",
    "This reads like medical advice. Do you have a source, or shall we mark it as 'worked for me'?",
    "There is a detail here that could tell people who you are. You can edit it.",
)
"""Prepared and kind; no words of one's own, so that a nudge can't become a private quarrel."""
NUDGES_A_DAY = 3
"""That we show of one sender."""
STATES = ("seen", "done", "no-action")
MAX_SENTENCE = 280


def take_quiet(book: Book, no: int, circle: Circle, sender: Person, control: bytes) -> str:
    """The line that we alone see, or "" where it was not for us or means nothing."""
    fields = quiet.unseal(circle, control)
    if not fields:
        return ""
    try:
        match fields[0]:
            case "nudge":
                return _nudge(book, no, sender, fields)
            case "status":
                return _status(book, no, sender, fields)
            case "successor":
                return succession.take(book, no, circle, sender, fields)
            case _:
                return ""
    except (cbor.CborError, HavenError):
        return ""


def _nudge(book: Book, no: int, sender: Person, fields: list[object]) -> str:
    _, ident, which = cbor.as_list(fields, 3)
    sentence = NUDGES[cbor.as_int(which, high=len(NUDGES) - 1)]
    row = book.db.one(
        "SELECT no FROM circle_message WHERE circle=? AND id=? AND mine=1 AND kind='message'",
        (no, cbor.as_bytes(ident, size=ID_SIZE)),
    )
    since = book.now() - DAY
    count = book.db.one(
        "SELECT count(*) FROM circle_nudge WHERE circle=? AND sender=? AND at>?",
        (no, sender.key, since),
    ) or (0,)
    if row is None or count[0] >= NUDGES_A_DAY:
        return ""
    book.db.execute(
        "INSERT INTO circle_nudge(circle, sender, at) VALUES (?,?,?)", (no, sender.key, book.now())
    )
    return f"{sender.name}, to you alone, about your message {row[0]}: {sentence}"


def _status(book: Book, no: int, sender: Person, fields: list[object]) -> str:
    _, ident, state, sentence = cbor.as_list(fields, 4)
    said = cbor.as_text(state, limit=16)
    terms = book.state(no).terms
    in_charge = terms.is_host(sender.key) or terms.is_helper(sender.key)
    row = book.db.one(
        "SELECT no, kind FROM circle_reported WHERE circle=? AND id=?",
        (no, cbor.as_bytes(ident, size=16)),
    )
    if row is None or said not in STATES or not in_charge:
        return ""
    words = safe_line(cbor.as_text(sentence, limit=MAX_SENTENCE))
    book.db.execute(
        "UPDATE circle_reported SET state=?, sentence=?, by_name=? WHERE no=?",
        (said, words, sender.name, row[0]),
    )
    what = "report" if row[1] == "report" else "question"
    told = {"seen": "has seen it", "done": "has done something", "no-action": "took no step"}
    because = f": {words}" if words else "."
    return f"To you alone, about your {what} {row[0]}: {sender.name} {told[said]}{because}"
