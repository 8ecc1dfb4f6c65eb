"""Carrying: what lies in the outbox goes out, what lies in the logs comes in, in rounds.

Theory of operation. A round for one circle:

    send what is due ─▶ catch up, slice by slice ─▶ what was refused with 409 is said again
         ─▶ send ─▶ mailboxes ─▶ commit, if we are a host and something waits ─▶ send, catch up

Every step saves before it goes on, so a round may end anywhere (no network, SIGKILL) and the next
one continues. Whether an own entry landed is known in two ways that agree: the relay's answer, or
the entry coming back while catching up. Nothing is sent twice under another key, and nothing sent
once is made anew unless the relay said 409, which is final.

What the relay says that can't be (less than before, our key used by somebody else) stops the circle
in words (`intake.stop`); everything else is "later", with a growing pause and jitter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from havenclient.circles import attachments, intake, mailboxes, outbox, post
from havenclient.circles import events as ev
from havenclient.circles.book import CircleRow
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import Standing
from havenclient.circles.mailboxes import MailboxRow
from havenclient.circles.outgoing import Append, Close, CreateLog, DeleteLog
from havenclient.circles.receiving import SlicePage
from havenclient.circles.service import Circles
from havenclient.errors import NetworkError, NotFound
from havenclient.seams import Random
from havenclient.sync import backoff, repair
from havenclient.sync.client import RelayClient, RelayRefused, RelayUnreachable, Route
from havenclient.wire import Problem

READING = (Standing.ACTIVE, Standing.LEAVING)


@dataclass(slots=True)
class Report:
    """What one round did, for a line on a screen. Counts and circle names, no content."""

    sent: int = 0
    received: int = 0
    knocks: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """By circle (its name) or relay: why it will be tried again."""
    events: list[tuple[int, ev.Event]] = field(default_factory=list)
    """(circle row, event), in order."""


class Engine:
    """Rounds for all circles of a vault. Not for several threads at once; make one per thread."""

    def __init__(
        self,
        circles: Circles,
        route: Callable[[str, bytes], Route],
        *,
        random: Random,
        connect: Callable[[Route], RelayClient] = RelayClient,
    ) -> None:
        self.circles = circles
        self.book = circles.book
        self._route = route
        self._random = random
        self._connect = connect
        self._clients: dict[tuple[str, bytes], RelayClient] = {}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def client(self, relay: str, purpose: bytes) -> RelayClient:
        """One connection pool per circle or door: they never share a connection."""
        key = (relay, purpose)
        if key not in self._clients:
            self._clients[key] = self._connect(self._route(relay, purpose))
        return self._clients[key]

    # --- rounds -----------------------------------------------------------------------------------

    def once(self, only: str | None = None, *, commit: bool = True) -> Report:
        """One round for every circle and door, or for one circle. Network trouble of one never
        stops the others; it stands in the report."""
        report = Report()
        rows = self.book.rows() if only is None else [self.book.find(only)]
        for row in rows:
            try:
                self._circle(row, report, commit=commit)
            except NetworkError as error:
                report.errors[row.name] = error.message
        if only is None:
            for box in mailboxes.every(self.book, purpose="door"):
                try:
                    self._door(box, report)
                except NetworkError as error:
                    report.errors[box.relay] = error.message
        return report

    def _circle(self, row: CircleRow, report: Report, *, commit: bool) -> None:
        client = self.client(row.relay, row.id)
        if row.standing is Standing.READ_ONLY:
            repair.look_again(self.circles, row, client)
        self._flush(client, report, circle=row.no)
        if not self.book.has_state(row.no):  # out of a backup, waiting to be let back in
            self._mailboxes(row.no, report)
            if not self.book.has_state(row.no):
                return
        self.catch_up(row.no, client, report)
        while self._say_again(row.no):
            self._flush(client, report, circle=row.no)
            self.catch_up(row.no, client, report)
        self._mailboxes(row.no, report)
        self._flush(client, report, circle=row.no)
        self.catch_up(row.no, client, report)
        if self.circles.tend(row.no):
            self._flush(client, report, circle=row.no)
            self.catch_up(row.no, client, report)
        if not self.book.has_state(row.no):
            return  # it ended today, as agreed
        if commit and self.circles.commit_due(row.no):
            self.circles.commit_waiting(row.no)
            self._flush(client, report, circle=row.no)
            self.catch_up(row.no, client, report)
            self._flush(client, report, circle=row.no)

    def _mailboxes(self, no: int, report: Report) -> None:
        for box in mailboxes.every(self.book, circle=no):
            self._mailbox(box, self.client(box.relay, box.log_id), report)

    def _door(self, box: MailboxRow, report: Report) -> None:
        client = self.client(box.relay, box.log_id)
        self._flush(client, report, log_id=box.log_id)
        self._mailbox(box, client, report)
        self._flush(client, report, log_id=box.log_id)

    # --- out --------------------------------------------------------------------------------------

    def _flush(
        self,
        client: RelayClient,
        report: Report,
        *,
        circle: int | None = None,
        log_id: bytes | None = None,
    ) -> None:
        late: set[bytes] = set()
        for row in outbox.due(self.book.db, self.book.now()):
            if row.what.log_id in late:
                continue  # what was written first goes first, also in the next epoch
            if row.circle != circle or (log_id is not None and row.what.log_id != log_id):
                continue
            if outbox.get(self.book.db, row.no) is None:
                continue  # an earlier row's answer has changed the circle meanwhile
            try:
                self._send(client, row)
                report.sent += 1
            except RelayRefused as error:
                if not error.temporary:
                    self._refused(row, error)
                    if error.problem is Problem.SLICE_CLOSED:
                        late.add(row.what.log_id)
                    continue
                self._later(row, error.message, error.retry_after)
                raise
            except RelayUnreachable as error:
                self._later(row, error.message, None)
                raise

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
                outbox.done(self.book.db, row.no)
            case DeleteLog():
                client.delete(what.log_id, what.token, what.committer_token)
                outbox.done(self.book.db, row.no)
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
                outbox.done(self.book.db, row.no)

    def _landed(self, row: outbox.Row, seq: int) -> None:
        """The relay acknowledged an entry: it is durable there, and the message is sent."""
        with self.book.change(row.circle):
            if outbox.get(self.book.db, row.no) is None:
                return  # read back already, by whoever listens live
            if row.circle is not None and row.epoch is not None:
                state = self.book.state(row.circle)
                if seq <= state.chain.seq and row.epoch == state.epoch:
                    # We have read past this seq, and it wasn't ours: the number was given twice.
                    intake.stop(self.book, row.circle, Trouble.WENT_BACK)
                    return
            outbox.done(self.book.db, row.no)
            if row.message is not None:
                outbox.acknowledged(self.book.db, row.message)

    def _refused(self, row: outbox.Row, error: RelayRefused) -> None:
        """A final no to these bytes."""
        db = self.book.db
        match error.problem:
            case Problem.SLICE_CLOSED:
                outbox.stale(db, row.no)
            case Problem.SLICE_MOVED:
                outbox.done(db, row.no)  # the winner's Commit drops what we staged
            case Problem.KEY_REUSED if row.circle is not None and row.epoch is not None:
                intake.stop(self.book, row.circle, Trouble.COPIED)
                outbox.refuse(db, row.no, error.message)
            case Problem.NOT_FOUND if isinstance(row.what, DeleteLog):
                outbox.done(db, row.no)  # it is gone, as we wanted
            case Problem.LOG_EXISTS if isinstance(row.what, CreateLog):
                outbox.done(db, row.no)  # made earlier, when other hosts were named in it
            case Problem.NOT_FOUND if isinstance(row.what, Append) and row.epoch is None:
                # A mailbox that is not made yet, or was forgotten and will be made again.
                self._later(row, error.message, None)
            case _:
                outbox.refuse(db, row.no, error.message)

    def _later(self, row: outbox.Row, reason: str, retry_after: float | None) -> None:
        wait = backoff.pause(row.tries, self._random, retry_after)
        not_before = self.book.now() + int(wait) + 1
        outbox.later(self.book.db, row.no, not_before=not_before, reason=reason)

    def _say_again(self, no: int) -> bool:
        stale = outbox.stale_rows(self.book.db, no)
        return any(self.circles.after_conflict(outbox_no) for outbox_no in stale)

    # --- in ---------------------------------------------------------------------------------------

    def catch_up(self, no: int, client: RelayClient, report: Report) -> None:
        """Climbs the ladder to its top."""
        while True:
            circle = self.book.state(no)
            if circle.standing not in READING:
                return
            seq, epoch, log_id = circle.chain.seq, circle.epoch, circle.log_id
            token = circle.keys.access_token
            try:
                page = client.read(log_id, token, after=seq)
            except RelayRefused as error:
                if error.problem is Problem.NOT_FOUND:
                    if not self._being_made(no, log_id):
                        intake.stop(self.book, no, Trouble.WENT_BACK)
                    return
                if error.problem is not Problem.GONE:
                    raise
                first = error.detail.get("first_seq")
                if not isinstance(first, int) or first <= seq + 1:
                    # Nothing of this slice is left, not even its Commit: we fell off the ladder.
                    self.circles.ask_back_by_number(no)
                    return
                page = client.read(log_id, token, after=first - 1)
            if page.slice != epoch or page.last < seq:
                intake.stop(self.book, no, Trouble.WENT_BACK)
                return
            slice_page = SlicePage(
                page.slice, page.entries, page.closed, page.last if page.closed else None
            )
            events = intake.take_page(self.book, no, slice_page)
            self._note(no, events, report)
            after = self.book.state(no)
            done = not page.entries or page.entries[-1][0] >= page.last
            if after.epoch == epoch and done:
                return

    def _being_made(self, no: int, log_id: bytes) -> bool:
        return any(
            isinstance(r.what, CreateLog) and r.what.log_id == log_id
            for r in outbox.of_circle(self.book.db, no)
        )

    def _note(self, no: int, events: tuple[ev.Event, ...], report: Report) -> None:
        for event in events:
            report.events.append((no, event))
            if isinstance(event, ev.MessageReceived):
                report.received += 1

    def _mailbox(self, box: MailboxRow, client: RelayClient, report: Report) -> None:
        if box.state in ("revoked", "in", "refused") or self.book.now() > box.expires:
            return
        after = box.cursor
        while True:
            try:
                page = client.read(box.log_id, box.keys.token, after=after)
            except RelayRefused as error:
                if error.problem is Problem.NOT_FOUND:
                    return  # not made yet, taken back, or never there: all alike to us
                first = error.detail.get("first_seq")
                if error.problem is not Problem.GONE or not isinstance(first, int):
                    raise
                after = first - 1
                continue
            if page.entries and post.take_mailbox(self.book, box.log_id, page.entries):
                report.knocks += 1
            if not page.entries or page.entries[-1][0] >= page.last:
                return
            after = page.entries[-1][0]

    # --- on demand --------------------------------------------------------------------------------

    def fetch_attachment(self, what: str, message: int, index: int) -> tuple[str, bytes]:
        """(file name, content) of an attachment, fetched now. Raises NotFound, InputRejected."""
        row = self.book.find(what)
        external = self.circles.attachment(what, message, index)
        log_id, token = attachments.where(external)
        client = self.client(row.relay, log_id)
        entries: list[bytes] = []
        after = 0
        while True:
            try:
                page = client.read(log_id, token, after=after)
            except RelayRefused as error:
                if error.problem in (Problem.NOT_FOUND, Problem.GONE):
                    raise NotFound("the relay does not keep this file any more") from error
                raise
            entries += [entry for _, entry in page.entries]
            size = sum(len(entry) for entry in entries)
            if not page.entries or page.entries[-1][0] >= page.last:
                break
            if size > 2 * attachments.MAX_SIZE:
                break
            after = page.entries[-1][0]
        return external.filename, attachments.unseal(external, tuple(entries))


__all__ = ["Engine", "Report"]
