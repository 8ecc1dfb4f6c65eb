"""`Circles`: what a person can wish of her circles, and what she gets to see. The façade.

Both front ends and `sync/` speak to this class; nobody above opens the machine or the tables. Each
wish is one transaction: the new state, the rows it makes and the outgoing entries. Nothing here
waits for a network: a wish is done when it is saved, and `sync/` carries what lies in the outbox.
"""

from __future__ import annotations

from havenclient.circles import content as mimi
from havenclient.circles import doors, evidence, intake, ledger, norms, outbox, renewing, sunset
from havenclient.circles.belonging import Belonging
from havenclient.circles.book import Book
from havenclient.circles.circle import Standing, refresh_due
from havenclient.circles.closing import CommitWish
from havenclient.circles.entering import Entering
from havenclient.circles.moderating import Moderating
from havenclient.circles.moving import Moving
from havenclient.circles.reporting import Reporting
from havenclient.circles.reviewing import Reviewing
from havenclient.circles.talking import Words
from havenclient.circles.writing import write_again
from havenclient.seams import Clock, Random
from havenclient.vault import Vault


class Circles(Entering, Belonging):
    """Every circle of one vault. Its wishes stand by topic in `looking`, `entering`, `talking` and
    `belonging`; moderation, reports and moves are parts of their own."""

    def __init__(self, vault: Vault, *, clock: Clock, random: Random) -> None:
        self.book = Book(vault, clock, random)
        self.moderating = Moderating(self.book)
        self.reporting = Reporting(self.book)
        self.reviewing = Reviewing(self.book)
        self.moving = Moving(self.book)

    # --- for sync ---------------------------------------------------------------------------------

    def ask_back_by_number(self, no: int) -> None:
        row = next(r for r in self.book.rows() if r.no == no)
        doors.ask_back(self.book, row)
        ledger.add_line(self.book.db, no, None, AWAY_TOO_LONG, now=self.book.now())

    def tend(self, no: int) -> bool:
        """What a circle needs in every round besides messages. True where something is queued."""
        evidence.purge(self.book.db, self.book.now(), norms.own_windows(self.book))
        if self.book.has_state(no) and sunset.due(self.book, no):
            sunset.end(self.book, no)
            return False
        queued = self.moderating.tend(no)
        return (self.book.has_state(no) and renewing.renew(self.book, no)) or queued

    def commit_due(self, no: int) -> bool:
        """Whether our client, as a host, should commit: somebody waits, or keys are a week old."""
        if not self.book.has_state(no):
            return False  # from a backup, or ended: there is nothing to commit with
        circle = self.book.state(no)
        if circle.standing is not Standing.ACTIVE or not circle.is_host or circle.staged:
            return False
        if renewing.presses(circle):
            return True
        return refresh_due(circle, self.book.now())

    def commit_waiting(self, no: int) -> None:
        intake.stage(self.book, no, CommitWish())

    def after_conflict(self, outbox_no: int) -> bool:
        """An entry was refused because its slice had closed and we have caught up since: say it
        again in the present epoch, from the same content. False where we have not caught up."""
        row = outbox.get(self.book.db, outbox_no)
        if row is None or row.circle is None:
            return False
        with self.book.change(row.circle):
            circle = self.book.state(row.circle)
            if row.epoch is not None and circle.epoch <= row.epoch:
                return False
            if row.message is not None and circle.standing in WAITS:
                return False  # it is kept until we can speak again
            again = None
            if row.message is not None and circle.can_write:
                again = ledger.encoded_of(self.book.db, row.message)
            if again is not None:
                write_again(self.book, row.circle, mimi.decode(again), outbox_no)
            elif row.message is not None and circle.standing is Standing.ACTIVE:
                outbox.refuse(self.book.db, outbox_no, "the agreement has changed: accept it first")
            else:
                outbox.done(self.book.db, outbox_no)  # proposals are made anew by `intake`
        return True


WAITS = (Standing.READ_ONLY, Standing.RETURNING)
AWAY_TOO_LONG = (
    "You were away longer than the relay keeps entries. A host is asked to let you back in."
)


__all__ = ["Circles", "Words"]
