"""Staying in touch while Haven is open: one quiet thread a circle, one for everything that is sent.

Theory of operation. A *listener* per circle makes a round, then reads the slice live; entries are
taken in as they come, and when the slice closes it makes the next round. One *courier* thread sends
what people write at once, looks at doors and mailboxes now and then, and commits as a host after a
short random delay, so that hosts who are online together rarely race. Both only call the engine and
`intake`; the book's lock makes each step whole, so it does not matter which thread takes an entry.

Nothing here touches a widget: what changed is told through one callback, from these threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from havenclient.circles import intake, outbox
from havenclient.circles.circle import Standing
from havenclient.circles.receiving import SlicePage
from havenclient.circles.service import Circles
from havenclient.errors import HavenError, NetworkError
from havenclient.seams import Random
from havenclient.sync import backoff
from havenclient.sync.client import LiveClosed, LiveEntry, RelayClient, Route
from havenclient.sync.engine import READING, Engine, Report
from havenclient.sync.place import Place

HEARTBEAT = 25.0
"""Seconds of silence that are normal; docs/relay-api.md lets a relay say less, never much more."""
ROUND_EVERY = 60.0
"""Seconds between rounds for doors, mailboxes and what waits."""
BREATH = 0.25
"""Seconds between the end of one live reading and the next round."""
STUMBLED = "a round ended early, for a reason that nobody foresaw; it is tried again"
COMMIT_DELAY = (1.0, 8.0)
"""A host's client waits so long before it commits what others proposed (seconds)."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something happened that a screen may want to draw anew."""

    circle: int | None
    """Row of the circle; None for doors."""
    received: int = 0
    sent: int = 0
    error: str = ""
    """Why the relay could not be asked, in words; empty when all went well."""


Route_ = Callable[[str, bytes], Route]


class Live:
    """Starts and stops the threads. `notify` is called from them."""

    def __init__(
        self,
        circles: Circles,
        route: Route_,
        *,
        random: Random,
        notify: Callable[[Changed], None],
        connect: Callable[[Route], RelayClient] = RelayClient,
    ) -> None:
        self._circles = circles
        self._route = route
        self._random = random
        self._notify = notify
        self._connect = connect
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._listening: dict[int, threading.Thread] = {}
        self._courier: threading.Thread | None = None

    def start(self) -> None:
        self._courier = self._thread(self._run_courier, "haven-courier")

    def wake(self) -> None:
        """Something was written: send it now."""
        self._wake.set()

    def stop(self, timeout: float = 2.0) -> None:
        """Asks the threads to end. A listener that waits for bytes ends with its next heartbeat;
        it holds nothing that would be lost (daemon threads)."""
        self._stop.set()
        self._wake.set()
        if self._courier is not None:
            self._courier.join(timeout)

    def _thread(self, run: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _engine(self) -> Engine:
        return Engine(self._circles, self._route, random=self._random, connect=self._connect)

    # --- courier ----------------------------------------------------------------------------------

    def _run_courier(self) -> None:
        engine = self._engine()
        try:
            while not self._stop.is_set():
                self._round(engine)
                with suppress(HavenError):  # the vault was closed under us: locking
                    self._listen_to_all()
                self._wake.wait(ROUND_EVERY)
                self._wake.clear()
        finally:
            engine.close()

    def _round(self, engine: Engine) -> None:
        try:
            report = engine.once(commit=False)
            if any(self._circles.commit_due(row.no) for row in self._circles.book.rows()):
                if self._stop.wait(self._random.uniform(*COMMIT_DELAY)):
                    return
                later = engine.once()
                report.sent += later.sent
                report.received += later.received
                report.errors |= later.errors
            self._tell(report)
        except HavenError as error:
            self._notify(Changed(None, error=error.message))
        except Exception:
            # What nobody foresaw must not end all sending in silence, as a dead thread would.
            self._notify(Changed(None, error=STUMBLED))

    def _tell(self, report: Report) -> None:
        touched: dict[int, int] = {}
        for no, _ in report.events:
            touched[no] = touched.get(no, 0) + 1
        for no, count in touched.items():
            self._notify(Changed(no, count))
        if report.knocks:
            self._notify(Changed(None))
        for words in sorted(set(report.errors.values())):
            self._notify(Changed(None, error=words))
        if report.sent or not (touched or report.knocks or report.errors):
            self._notify(Changed(None, sent=report.sent))

    # --- listeners --------------------------------------------------------------------------------

    def _listen_to_all(self) -> None:
        for row in self._circles.book.rows():
            running = self._listening.get(row.no)
            if row.standing in READING and (running is None or not running.is_alive()):
                no = row.no
                self._listening[no] = self._thread(
                    lambda no=no: self._listen(no),  # type: ignore[misc]
                    "haven-listener",
                )

    def _listen(self, no: int) -> None:
        engine = self._engine()
        tries = 0
        try:
            while not self._stop.is_set():
                circle = self._circles.book.state(no)
                if circle.standing not in READING:
                    return
                try:
                    report = Report()
                    engine.catch_up(no, report)
                    row = self._circles.book.row(no)
                    if report.events:
                        self._notify(Changed(no, report.received))
                    self._wake_if_due()
                    self._read_live(engine.client(row.relay, row.id), no)
                    tries = 0
                    # A relay that ends each stream at once must not make us ask without a breath.
                    if self._stop.wait(BREATH):
                        return
                except NetworkError as error:
                    self._notify(Changed(no, error=error.message))
                    if self._stop.wait(backoff.pause(tries, self._random)):
                        return
                    tries += 1
        except HavenError as error:  # the vault was closed under us: locking
            self._notify(Changed(no, error=error.message))
        finally:
            engine.close()

    def _wake_if_due(self) -> None:
        """What came in may have been answered by itself (safety words, a proposal made anew)."""
        book = self._circles.book
        if outbox.due(book.db, book.now()):
            self._wake.set()

    def _read_live(self, client: RelayClient, no: int) -> None:
        circle = self._circles.book.state(no)
        if circle.standing not in READING:
            return
        epoch = circle.epoch
        token = circle.keys.access_token
        place = Place.of(circle, client)
        stream = place.events(token, after=circle.chain.seq, heartbeat=HEARTBEAT)
        for event in stream:
            if self._stop.is_set():
                return
            match event:
                case LiveEntry(seq, entry):
                    page = SlicePage(epoch, ((seq, entry),), closed=False, last=None)
                    if self._closing(no, page):
                        return
                    events = intake.take_page(self._circles.book, no, page)
                    if events:
                        self._notify(Changed(no, len(events)))
                    self._wake_if_due()
                case LiveClosed():
                    return  # the next round reads the closing entry with the page that says so
                case None:
                    pass
            state = self._circles.book.state(no)
            if state.epoch != epoch or state.standing is Standing.READ_ONLY:
                return

    def _closing(self, no: int, page: SlicePage) -> bool:
        """Whether an entry holds a Commit. Live, it can't be known whether it closed the slice (a
        member may write one that doesn't): the next round's page says so."""
        seq, entry = page.entries[0]
        circle = self._circles.book.state(no)
        return seq <= circle.chain.seq or intake.holds_commit(circle, page.slice, entry)
