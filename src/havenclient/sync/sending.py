"""Out: what waits in the outbox goes to its relay, and what the relay answers is acted upon.

Theory of operation. A row is sent as its bytes were made, again and again, until an answer is
final; nothing is made anew here. Four things come of a try:

* yes: the entry is durable there (`_landed`), unless its number says that the relay went back;
* a final no to these bytes (`_refused`): they are stale and will be said again in the present
  epoch, or the row is done with, or it stands refused before the person;
* a no for now, or no answer: the row waits, with a growing pause and jitter, and the relay is left
  alone for this time;
* a number or a key used twice: the circle stops in words (`intake.stop`).

Order: within a log what was written first goes first, also in the next epoch. A Commit that names
logs waits until they are made.
"""

from __future__ import annotations

from collections.abc import Callable

from havenclient.circles import intake, moving, outbox
from havenclient.circles.book import Book
from havenclient.circles.chain import Trouble
from havenclient.circles.outgoing import Append, Close, CreateLog, DeleteLog
from havenclient.errors import NetworkError
from havenclient.seams import Random
from havenclient.sync import backoff
from havenclient.sync.client import RelayClient, RelayRefused, RelayUnreachable
from havenclient.sync.report import Report
from havenclient.wire import Problem


class Sender:
    def __init__(self, book: Book, random: Random) -> None:
        self._book = book
        self._random = random

    def send_due(
        self,
        client: Callable[[str], RelayClient],
        report: Report,
        *,
        circle: int | None = None,
        log_id: bytes | None = None,
    ) -> dict[str, NetworkError]:
        """Sends what is due of a circle, or of a door by its `log_id`. Returns the trouble by relay
        of those that take nothing now."""
        late: set[bytes] = set()
        away: dict[str, NetworkError] = {}
        for row in outbox.due(self._book.db, self._book.now()):
            if row.what.log_id in late or row.relay in away:
                continue  # what was written first goes first, also in the next epoch
            if row.circle != circle or (log_id is not None and row.what.log_id != log_id):
                continue
            if outbox.get(self._book.db, row.no) is None:
                continue  # an earlier row's answer has changed the circle meanwhile
            if isinstance(row.what, Close) and self._logs_wait(row):
                continue  # a Commit names logs: nobody may be led to one that isn't made
            try:
                self._send(client(row.relay), row)
                report.sent += 1
            except RelayRefused as error:
                if not error.temporary:
                    self._refused(row, error)
                    if error.problem is Problem.SLICE_CLOSED:
                        late.add(row.what.log_id)
                    continue
                self._later(row, error.message, error.retry_after)
                away[row.relay] = error
            except RelayUnreachable as error:
                self._later(row, error.message, None)
                away[row.relay] = error
        return away

    def _send(self, client: RelayClient, row: outbox.Row) -> None:
        what = row.what
        match what:
            case CreateLog():
                client.create(
                    what.log_id,
                    what.access_hash,
                    what.committer_hashes,
                    what.retention_days,
                    what.closing_days,
                )
                outbox.done(self._book.db, row.no)
            case DeleteLog():
                client.delete(what.log_id, what.token, what.committer_token)
                outbox.done(self._book.db, row.no)
            case Append():
                slot = client.append(what.log_id, what.token, what.key, what.entry)
                self._landed(row, slot.seq)
            case Close():
                # Whether it took effect is read from the log, in order with everything else.
                client.close_slice(
                    what.log_id,
                    what.token,
                    what.committer_token,
                    what.slice,
                    what.key,
                    what.entry,
                    what.next_access_hash,
                    what.committer_hashes,
                )
                outbox.done(self._book.db, row.no)

    def _landed(self, row: outbox.Row, seq: int) -> None:
        """The relay acknowledged an entry: it is durable there, and the message is sent."""
        with self._book.change(row.circle):
            if outbox.get(self._book.db, row.no) is None:
                return  # read back already, by whoever listens live
            if row.circle is not None and row.epoch is not None:
                state = self._book.state(row.circle)
                if seq + state.base <= state.chain.seq and row.epoch == state.epoch:
                    # We have read past this seq, and it wasn't ours: the number was given twice.
                    intake.stop(self._book, row.circle, Trouble.WENT_BACK)
                    return
            outbox.done(self._book.db, row.no)
            if row.message is not None:
                outbox.acknowledged(self._book.db, row.message)

    def _refused(self, row: outbox.Row, error: RelayRefused) -> None:
        """A final no to these bytes."""
        db = self._book.db
        match error.problem:
            case Problem.SLICE_CLOSED:
                outbox.stale(db, row.no)
            case Problem.SLICE_MOVED:
                outbox.done(db, row.no)  # the winner's Commit drops what we staged
            case Problem.KEY_REUSED if row.circle is not None and row.epoch is not None:
                intake.stop(self._book, row.circle, Trouble.COPIED)
                outbox.refuse(db, row.no, error.message)
            case _ if self._move_failed(row, error):
                pass
            case Problem.NOT_FOUND if self._of_an_earlier_epoch(row):
                outbox.stale(db, row.no)  # the circle has moved, and that key with it
            case Problem.NOT_FOUND if row.epoch is not None and row.message is not None:
                # The relay has lost our log: reading it says so, and the words wait for what comes
                # of it (a host's repair, a move, a return).
                self._later(row, error.message, None)
            case Problem.NOT_FOUND if isinstance(row.what, DeleteLog):
                outbox.done(db, row.no)  # it is gone, as we wanted
            case Problem.LOG_EXISTS if isinstance(row.what, CreateLog):
                outbox.done(db, row.no)  # made earlier, when other hosts were named in it
            case Problem.NOT_FOUND if isinstance(row.what, Append) and row.epoch is None:
                # A mailbox that is not made yet, or was forgotten and will be made again.
                self._later(row, error.message, None)
            case _:
                outbox.refuse(db, row.no, error.message)

    def _logs_wait(self, row: outbox.Row) -> bool:
        return row.circle is not None and outbox.logs_wait(self._book.db, row.circle, row.no)

    def _move_failed(self, row: outbox.Row, error: RelayRefused) -> bool:
        """Whether this final no ends a move of ours that had not happened yet."""
        if row.circle is None or not moving.under_way(self._book, row.circle, row.relay):
            return False
        made = isinstance(row.what, CreateLog) and error.problem is Problem.LOG_EXISTS
        if made or error.problem is Problem.SLICE_MOVED or isinstance(row.what, Append):
            return False
        moving.cancel(self._book, row.circle, error.message)
        return True

    def _of_an_earlier_epoch(self, row: outbox.Row) -> bool:
        if row.circle is None or row.epoch is None or row.message is None:
            return False
        return row.epoch < self._book.state(row.circle).epoch

    def _later(self, row: outbox.Row, reason: str, retry_after: float | None) -> None:
        wait = backoff.pause(row.tries, self._random, retry_after)
        not_before = self._book.now() + int(wait) + 1
        outbox.later(self._book.db, row.no, not_before=not_before, reason=reason)
