"""Sunset: a circle that ends on a day that everybody knows, and one's own words to take along.

The day stands in the agreed terms (`extra["sunset"]`, days since 1970). From seven days before, the
circle's health says so; on the day each Haven destroys what opens the circle: MLS state, keys, the
hash chain, what waited to be sent, other people's words and the evidence. One's own words and kept
cards stay until their owner deletes them. Nobody can undo it, and no computer that stays switched
off can be made to do it: a promise between people, as the agreement says. Each Haven gives its
person the seven days, whatever day a host names.
"""

from __future__ import annotations

from datetime import date, timedelta

from havenclient.circles import content as mimi
from havenclient.circles import kept, ledger
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import DAY, Circle, Standing
from havenclient.circles.content import ContentError
from havenclient.circles.kinds import KIND_WORDS, source_words
from havenclient.circles.terms import Terms
from havenclient.errors import SafetyRefusal

SUNSET = "sunset"
NOTICE_DAYS = 7
_LAST_DAY = 2_900_000
"""In the year 9909: what a calendar can say."""
_TABLES = (
    "circle_head", "circle_entry", "circle_outbox", "circle_own_entry", "circle_mailbox",
    "circle_knock", "circle_person", "circle_sas", "circle_ladder", "circle_fold", "circle_since",
    "circle_context", "circle_report", "circle_reported", "circle_nudge",
    "circle_agreement", "circle_day_off",
)  # fmt: skip


def day_of(terms: Terms) -> int | None:
    """The last day (days since 1970-01-01), or None."""
    day = terms.extra.get(SUNSET)
    known = isinstance(day, int) and not isinstance(day, bool) and 0 < day <= _LAST_DAY
    return day if known and isinstance(day, int) else None


def words(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def notice(circle: Circle, now: int) -> str:
    """What the circle's head says in its last days."""
    day = day_of(circle.terms)
    if day is None:
        return ""
    left = day - now // DAY
    if left > NOTICE_DAYS:
        return ""
    when = "today" if left <= 0 else "tomorrow" if left == 1 else f"in {left} days"
    return f"This circle ends {when}. `haven circle words` writes your own words into a file."


def due(book: Book, no: int) -> bool:
    """Whether the day is over, and this computer has known of it for the time of notice: a host who
    named yesterday would else wipe everybody's memory of her at once."""
    day, today = day_of(book.state(no).terms), book.now() // DAY
    if day is None:
        return False
    known = kept.get(book.db, no, SUNSET)
    if known is None or known[0] != day:
        with book.change(no):
            kept.put(book.db, no, SUNSET, [day, today])
        return False
    return bool(today > day and today - known[1] >= NOTICE_DAYS)


AGREED = "This circle has ended, as agreed. Your own words are still here."
ALONE = "Only you were left here, and you ended this circle. Your own words are still here."


def end(book: Book, no: int, line: str = AGREED) -> None:
    """The keys go, and what others said goes with them. `line`: how it ended."""
    with book.change(no):
        ledger.never_sent(book.db, no, "the circle has ended")
        for table in _TABLES:
            book.db.execute(f"DELETE FROM {table} WHERE circle=?", (no,))  # noqa: S608
        book.db.execute("DELETE FROM circle_message WHERE circle=? AND mine=0", (no,))
        book.db.execute("UPDATE circle_message SET evidence=NULL WHERE circle=?", (no,))
        book.db.execute(
            "UPDATE circle SET state=x'', identity=x'', standing=? WHERE no=?",
            (Standing.GONE.value, no),
        )
        ledger.add_line(book.db, no, None, line, now=book.now())
    book.forget(no)


def forget(book: Book, row: CircleRow) -> None:
    """Nothing of a circle that we are out of stays in this vault, our own words neither."""
    if row.standing is Standing.ACTIVE:
        raise SafetyRefusal("you are still in this circle", "leave it first")
    door = kept.get(book.db, row.no, kept.DOOR)
    with book.change(row.no):
        if isinstance(door, str):  # the invite that we came by: the card with its names lies there
            log_id = bytes.fromhex(door)
            book.db.execute("DELETE FROM circle_mailbox WHERE log_id=?", (log_id,))
        for table in (*_TABLES, "circle_message"):
            book.db.execute(f"DELETE FROM {table} WHERE circle=?", (row.no,))  # noqa: S608
        for table in ("care_later", "care_pause"):
            book.db.execute(f"DELETE FROM {table} WHERE circle=?", (row.id.hex(),))  # noqa: S608
        book.db.execute("DELETE FROM circle WHERE no=?", (row.no,))
    book.forget(row.no)


def own_words(book: Book, row: CircleRow) -> str:
    """All that we said ourselves, oldest first, as Markdown: nobody else's words or name."""
    parts = [f"# {row.name}: what I said there\n"]
    for at, raw in book.db.execute(
        "SELECT at, content FROM circle_message WHERE circle=? AND mine=1 AND kind='message'"
        " AND content NOT NULL ORDER BY coalesce(seq, 1 << 60), no",
        (row.no,),
    ):
        try:
            content = mimi.decode(bytes(raw))
        except ContentError:
            continue
        marks = [book.day(at)]
        if content.kind is not None:
            marks.append(KIND_WORDS[content.kind])
        if content.note is not None:
            marks.append(f"content note: {content.shown_note()}")
        if content.source is not None:
            marks.append(f"source: {source_words(content.source.value, content.source_link)}")
        parts.append(f"## {', '.join(marks)}\n\n{content.shown_text()}\n")
    return "\n".join(parts)
