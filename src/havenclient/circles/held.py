"""Words that wait for a time of day: held back now, sent by themselves once their moment has come.

A message that a person holds back herself has no moment and waits for `Circles.release`; one that
quiet hours hold has the end of those hours in `not_before`, kept with the message, so that any
front end that is open then sends it, whoever held it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.circles.book import Book

if TYPE_CHECKING:
    from havenclient.circles.service import Circles, Words


def say(circles: Circles, what: str, words: Words, *, moment: int | None) -> int:
    """As `Circles.say`; with a moment (unix seconds) it goes out from then on, by itself."""
    message = circles.say(what, words, hold=moment is not None)
    if moment is not None:
        until(circles.book, message, moment)
    return message


def until(book: Book, message: int, moment: int) -> None:
    """A held message goes out from `moment` (unix seconds) on; 0: when the person says so."""
    book.db.execute(
        "UPDATE circle_outbox SET state='held', not_before=? WHERE message=?", (moment, message)
    )


def wake(book: Book) -> int:
    """What was held until now is due. Returns how many; called at the beginning of every round."""
    due = book.db.one(
        "SELECT count(*) FROM circle_outbox WHERE state='held' AND not_before BETWEEN 1 AND ?",
        (book.now(),),
    )
    if due is None or not due[0]:
        return 0
    book.db.execute(
        "UPDATE circle_outbox SET state='waiting', not_before=0"
        " WHERE state='held' AND not_before BETWEEN 1 AND ?",
        (book.now(),),
    )
    return int(due[0])
