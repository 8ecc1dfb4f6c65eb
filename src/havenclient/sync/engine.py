"""Carrying: what lies in the outbox goes out, what lies in the logs comes in, in rounds.

Theory of operation. A round for one circle:

    send what is due ─▶ catch up, slice by slice ─▶ what was refused with 409 is said again
         ─▶ send ─▶ mailboxes ─▶ commit, if we are a host and something waits ─▶ send, catch up
         ─▶ where the relay is lost: look whether the circle has moved, and go along (follow.py)

Every step saves before it goes on, so a round may end anywhere (no network, SIGKILL) and the next
one continues. Whether an own entry landed is known in two ways that agree: the relay's answer
(sending.py), or the entry coming back while catching up. Nothing is sent twice under another key,
and nothing sent once is made anew unless the relay said 409, which is final.

What the relay says that can't be (less than before, our key used by somebody else) stops the circle
in words (`intake.stop`); everything else is "later", with a growing pause and jitter.
"""

from __future__ import annotations

from collections.abc import Callable

from havenclient.circles import (
    attachments,
    held,
    intake,
    mailboxes,
    moved,
    moving,
    outbox,
    post,
    rivals,
)
from havenclient.circles import events as ev
from havenclient.circles.book import CircleRow
from havenclient.circles.chain import Trouble
from havenclient.circles.circle import Standing
from havenclient.circles.content import External
from havenclient.circles.mailboxes import MailboxRow
from havenclient.circles.outgoing import CreateLog
from havenclient.circles.receiving import SlicePage
from havenclient.circles.service import Circles
from havenclient.errors import NetworkError, NotFound
from havenclient.seams import Random
from havenclient.sync import repair
from havenclient.sync.client import RelayClient, RelayRefused, Route
from havenclient.sync.follow import DEAD_END_SECONDS, Way, follow, give_way
from havenclient.sync.place import Place
from havenclient.sync.report import Report
from havenclient.sync.sending import Sender
from havenclient.wire import Problem

READING = (Standing.ACTIVE, Standing.LEAVING)


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
        self._sender = Sender(circles.book, random)
        self._connect = connect
        self._clients: dict[tuple[str, bytes], RelayClient] = {}
        self._dead_ends: dict[tuple[int, str], int] = {}
        """When an address at which a road led nowhere is looked at again (unix seconds)."""

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
        held.wake(self.book)
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
        failed: NetworkError | None = None
        try:
            self._round(row, report, commit=commit)
        except NetworkError as error:
            failed = error
        if self._look_around(row.no, report, lost=failed is not None):
            failed = None
            self._round(self.book.row(row.no), report, commit=commit)
        if failed is not None:
            raise failed

    def _round(self, row: CircleRow, report: Report, *, commit: bool) -> None:
        if row.standing is Standing.READ_ONLY:
            repair.look_again(self.circles, row, self.client(row.relay, row.id))
        self._flush(row.id, report, circle=row.no)
        if not self.book.has_state(row.no):  # out of a backup, waiting to be let back in
            self._mailboxes(row.no, report)
            if not self.book.has_state(row.no):
                return
        self.catch_up(row.no, report)
        while self._say_again(row.no):
            self._flush(row.id, report, circle=row.no)
            self.catch_up(row.no, report)
        self._mailboxes(row.no, report)
        self._flush(row.id, report, circle=row.no)
        self.catch_up(row.no, report)
        if self.circles.tend(row.no):
            self._flush(row.id, report, circle=row.no)
            self.catch_up(row.no, report)
        if not self.book.has_state(row.no):
            return  # it ended today, as agreed
        if commit and self.circles.commit_due(row.no):
            self.circles.commit_waiting(row.no)
            self._flush(row.id, report, circle=row.no)
            self.catch_up(row.no, report)
            self._flush(row.id, report, circle=row.no)

    def _look_around(self, no: int, report: Report, *, lost: bool) -> bool:
        """Whether the circle has moved without its old relay, and we went along (moving.py)."""
        if not self.book.has_state(no):
            return False
        row, state = self.book.row(no), self.book.state(no)
        lost = lost or state.standing is Standing.READ_ONLY
        for address in moving.to_look_at(self.book, no, lost=lost):
            with self.book.change(no):
                moving.inherit(self.book, address, row.relay)
            if self.book.now() < self._dead_ends.get((no, address), 0):
                continue
            client = self.client(address, row.id)
            way = follow(self.book, no, address, client, lambda n, e: self._note(n, e, report))
            if way is Way.THERE:
                return True
            if way is Way.DEAD_END:
                self._dead_ends[no, address] = self.book.now() + DEAD_END_SECONDS
        wanted = rivals.rivals_to_look_for(self.book, no)
        for address in () if wanted is None else wanted[1]:
            if give_way(self.book, no, address, self.client(address, row.id)):
                return True
        return False

    def _mailboxes(self, no: int, report: Report) -> None:
        for box in mailboxes.every(self.book, circle=no):
            try:
                self._mailbox(box, self.client(box.relay, box.log_id), report)
            except NetworkError:
                if box.relay == self.book.row(no).relay:
                    raise
                # A relay that the circle has left need not answer any more.

    def _door(self, box: MailboxRow, report: Report) -> None:
        self._flush(box.log_id, report, log_id=box.log_id)
        self._mailbox(box, self.client(box.relay, box.log_id), report)
        self._flush(box.log_id, report, log_id=box.log_id)

    # --- out --------------------------------------------------------------------------------------

    def _flush(
        self,
        purpose: bytes,
        report: Report,
        *,
        circle: int | None = None,
        log_id: bytes | None = None,
    ) -> None:
        """Sends what is due. Raises the trouble of the circle's or the door's own relay."""
        away = self._sender.send_due(
            lambda relay: self.client(relay, purpose), report, circle=circle, log_id=log_id
        )
        if circle is None:
            for one in away.values():
                raise one
        elif away:
            home = self.book.row(circle)
            if home.relay in away:
                raise away[home.relay]
            report.errors[home.name] = next(iter(away.values())).message

    def _say_again(self, no: int) -> bool:
        stale = outbox.stale_rows(self.book.db, no)
        return any(self.circles.after_conflict(outbox_no) for outbox_no in stale)

    # --- in ---------------------------------------------------------------------------------------

    def catch_up(self, no: int, report: Report) -> None:
        """Climbs the ladder to its top, wherever that leads."""
        while True:
            circle, row = self.book.state(no), self.book.row(no)
            if circle.standing not in READING or moving.leaves_without(self.book, no):
                return
            seq, epoch, token = circle.chain.seq, circle.epoch, circle.keys.access_token
            place = Place.of(circle, self.client(row.relay, row.id))
            try:
                page = place.read(token, after=seq)
            except RelayRefused as error:
                if error.problem is Problem.NOT_FOUND:
                    if not self._being_made(no, circle.log_id):
                        intake.stop(self.book, no, Trouble.WENT_BACK)
                    return
                if error.problem is not Problem.GONE:
                    raise
                first = error.detail.get("first_seq")
                if not isinstance(first, int) or first + circle.base <= seq + 1:
                    # Nothing of this slice is left, not even its Commit: we fell off the ladder. If
                    # that can be: a relay that says so to all hosts would end the circle for all.
                    if intake.may_have_expired(self.book, no, circle.terms.closing_days):
                        self.circles.ask_back_by_number(no)
                    else:
                        intake.stop(self.book, no, Trouble.WENT_BACK)
                    return
                page = place.read(token, after=first + circle.base - 1)
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
                if after.standing in READING and after.chain.seq == page.last:
                    intake.caught_up(self.book, no)
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
                onward = isinstance(first, int) and first > after + 1
                if error.problem is not Problem.GONE or not onward:
                    raise
                after = first - 1  # type: ignore[operator]
                continue
            if page.entries and post.take_mailbox(self.book, box.log_id, page.entries):
                report.knocks += 1
            if not page.entries or page.entries[-1][0] >= page.last:
                return
            after = page.entries[-1][0]

    # --- on demand --------------------------------------------------------------------------------

    def fetch_attachment(self, what: str, message: int, index: int) -> tuple[str, bytes]:
        """(file name, content) of an attachment, fetched now. Raises NotFound, InputRejected.

        A file stays on the relay where it was sent; after a move that may be an earlier one."""
        row = self.book.find(what)
        external = self.circles.attachment(what, message, index)
        log_id, _ = attachments.where(external)
        lost: NetworkError | None = None
        for relay in moved.relays_of_files(self.book, row):
            try:
                entries = self._file(self.client(relay, log_id), external)
            except NetworkError as error:
                lost = error
                continue
            if entries is not None:
                return external.filename, attachments.unseal(external, entries)
        if lost is not None and len(moved.relays_of_files(self.book, row)) == 1:
            raise lost
        raise NotFound(
            "the relay does not keep this file any more"
            if lost is None
            else "this file lay on a relay that the circle has left, and that does not answer"
        )

    def _file(self, client: RelayClient, external: External) -> tuple[bytes, ...] | None:
        log_id, token = attachments.where(external)
        entries: list[bytes] = []
        after = 0
        while True:
            try:
                page = client.read(log_id, token, after=after)
            except RelayRefused as error:
                if error.problem in (Problem.NOT_FOUND, Problem.GONE):
                    return None
                raise
            entries += [entry for _, entry in page.entries]
            size = sum(len(entry) for entry in entries)
            if not page.entries or page.entries[-1][0] >= page.last:
                return tuple(entries)
            if size > 2 * attachments.MAX_SIZE:
                return tuple(entries)
            after = page.entries[-1][0]


__all__ = ["Engine", "Report"]
