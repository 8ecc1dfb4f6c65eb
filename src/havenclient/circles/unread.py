"""What came since the person last looked, for her own limits and for coming back after a rest.

Rows and words only: how many, how many answer her, up to where she has read. Nothing of it is ever
sent; others learn neither that she reads nor that she doesn't.
"""

from __future__ import annotations

from dataclasses import dataclass

from havenclient.circles.book import Book


@dataclass(frozen=True, slots=True)
class Unread:
    since: int
    """Place in the log up to which the person has read."""
    rows: tuple[int, ...]
    """Others' messages after it, oldest first."""
    to_me: frozenset[int]
    """Those of them that answer her own words."""


def look(book: Book, circle: str, since: int | None = None) -> Unread:
    """`since`: a place in the log that counts as read up to; None: where the person is now."""
    row = book.find(circle)
    start = row.read_seq if since is None else since
    found = list(
        book.db.execute(
            "SELECT m.no, t.no IS NOT NULL FROM circle_message m"
            " LEFT JOIN circle_message t ON t.circle=m.circle AND t.id=m.reply_to AND t.mine=1"
            " WHERE m.circle=? AND m.kind='message' AND m.mine=0 AND m.content IS NOT NULL"
            " AND m.seq > ? AND (m.expires_at IS NULL OR m.expires_at > ?) ORDER BY m.seq",
            (row.no, start, book.now()),
        )
    )
    return Unread(
        start,
        tuple(int(no) for no, _ in found),
        frozenset(int(no) for no, mine in found if mine),
    )


def mark_before(book: Book, circle: str, no: int) -> None:
    """Everything that stands before the row `no` is read; the row itself and what follows wait."""
    _mark(book, circle, no, short_of=1)


def mark_through(book: Book, circle: str, no: int) -> None:
    """The row `no` was read, and with it everything before."""
    _mark(book, circle, no, short_of=0)


def _mark(book: Book, circle: str, no: int, *, short_of: int) -> None:
    """Never back: what was read stays read. A row without a place in the log changes nothing."""
    row = book.find(circle)
    book.db.execute(
        "UPDATE circle SET read_seq=max(read_seq, coalesce((SELECT seq - ?3 FROM circle_message"
        " WHERE circle=?1 AND no=?2), read_seq)) WHERE no=?1",
        (row.no, no, short_of),
    )


def row_of(book: Book, circle: str, ident: str) -> int | None:
    """The row of a message by its id in hex; None where it is gone."""
    row = book.find(circle)
    found = book.db.one(
        "SELECT no FROM circle_message WHERE circle=? AND id=? AND kind='message'"
        " AND content IS NOT NULL AND (expires_at IS NULL OR expires_at > ?)",
        (row.no, bytes.fromhex(ident), book.now()),
    )
    return None if found is None else int(found[0])


def page_end(book: Book, circle: str, no: int, *, after: int) -> int | None:
    """The row before which a page ends that shows `no` with some `after` it; None: the newest page
    shows it."""
    row = book.find(circle)
    found = list(
        book.db.execute(
            "SELECT m.no FROM circle_message m, circle_message t WHERE t.no=?2 AND m.circle=?1"
            " AND m.kind != 'control' AND (coalesce(m.seq, 1 << 60), m.no)"
            " > (coalesce(t.seq, 1 << 60), t.no) ORDER BY coalesce(m.seq, 1 << 60), m.no LIMIT ?3",
            (row.no, no, after),
        )
    )
    return int(found[-1][0]) if len(found) == after else None
