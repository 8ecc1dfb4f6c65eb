"""Coping cards: what helped somebody, kept for oneself, without the author's name.

A card is a copy of words and nothing else: no circle, no message id, no pseudonym, no date of the
message. So it stays when its circle is left or ends, and says nothing about who was in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from havenclient.circles.kinds import source_words
from havenclient.circles.views import MessageView
from havenclient.errors import UsageError
from havenclient.text import safe_text
from havenclient.vault import Database

MAX_CARD = 4_000
HEADS = ("what", "when", "worked for")
TEMPLATE = "What: \nWhen: \nWorked for: me"
"""How a card begins in a composer: plain words, so that every reader sees what the writer sees."""


@dataclass(frozen=True, slots=True)
class Card:
    no: int
    what: str
    source: str
    note: str
    """The person's own words beside it."""
    kept_at: int
    """Microseconds since 1970, as everything in care."""


def keep(db: Database, view: MessageView, *, note: str = "", now: int) -> int:
    """Keeps what a message says. `now` in Unix seconds. Raises UsageError for what has no words."""
    if view.kind != "message" or view.deleted or view.folded or not view.text:
        raise UsageError("there are no words to keep in that message", "open it first")
    what, when, worked = parts(safe_text(view.text, limit=MAX_CARD))
    db.execute(
        "INSERT INTO care_card(what, at, worked, source, note, kept_at) VALUES (?,?,?,?,?,?)",
        (
            what,
            when,
            worked,
            source_words(view.source, view.source_link),
            safe_text(note, limit=MAX_CARD),
            now * 1_000_000,
        ),
    )
    row = db.one("SELECT max(no) FROM care_card")
    assert row is not None
    return int(row[0])


def parts(text: str) -> tuple[str, str, str]:
    """What, when, for whom: of a message that has these lines, in any order, as the composer's card
    begins; any other message is all "what". Further lines belong to the part before them."""
    found: dict[str, list[str]] = {}
    part = ""
    for line in text.splitlines():
        name, colon, rest = line.partition(":")
        head = name.strip().casefold()
        if colon and head in HEADS and head not in found:
            part, line = head, rest
        if not part:
            return text, "", ""
        found.setdefault(part, []).append(line.strip())
    what, when, worked = ("\n".join(found.get(head, ())).strip() for head in HEADS)
    return (what, when, worked) if what else (text, "", "")


def kept(db: Database) -> list[Card]:
    """Newest first."""
    return [
        Card(int(r[0]), str(r[1]), str(r[2]), str(r[3]), int(r[4]))
        for r in db.execute(
            "SELECT no, what, source, note, kept_at FROM care_card ORDER BY no DESC"
        )
    ]


def drop(db: Database, no: int) -> None:
    db.execute("DELETE FROM care_card WHERE no=?", (no,))
