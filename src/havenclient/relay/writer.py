"""The one writer: collects wishes while the disk syncs, and commits them together.

Group commit: whatever arrived while one transaction was being synced goes into the next. An
answer is handed out only after the commit that it speaks of has returned. The event loop is woken
once per batch, not once per wish, and hands wishes over once per turn.

*Waiting for company.* Clients that wait for each answer fall into two groups, one being answered
while the other's batch is synced, and each sync carries only half of them. So, when others were
already waiting as a batch was done, the writer gives those it just answered a moment to come back
before it syncs again: at most a part of what the last commit took, so that it costs little where
syncing is quick and nothing where nobody else writes.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from havenclient.errors import HavenError, StorageError
from havenclient.relay.rules import Answer, Outcome, Row, Wish
from havenclient.relay.store import Store

log = logging.getLogger("haven.relay")

MAX_BATCH: Final = 512
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
"""A batch that has reached either takes no more; what one turn hands over is never split."""
SWITCH_INTERVAL: Final = 0.0005
"""Seconds. Python's 5 ms would let the event loop hold the writer off for a whole fsync's worth;
0.5 ms measured best here (`relay-bench`: 7,800 against 6,400 appends a second)."""

COMPANY: Final = 0.5
"""How long to wait for company, as a part of the last commit's time …"""
COMPANY_MOST: Final = 0.02
"""… and in seconds: a disk that stalled for ten seconds once must not cost five more."""

_Wishes: TypeAlias = list[tuple[Wish, "asyncio.Future[Answer]"]]


@dataclass(slots=True)
class _Errand:
    """A rare piece of work that must run between batches: create, delete, prune."""

    work: Callable[[], Any]
    future: asyncio.Future[Any]


class Writer:
    """Runs a store's writing methods on one thread; the event loop's side is `commit` and `run`."""

    def __init__(
        self,
        store: Store,
        today: Callable[[], int],
        committed: Callable[[list[Row]], None],
    ) -> None:
        """`committed` is called on the event loop with the rows of each batch, before its answers
        are handed out, so that who appends sees her entry in the stream no later than her 201."""
        self._store = store
        self._today = today
        self._committed = committed
        self._queue: queue.SimpleQueue[_Wishes | _Errand | None] = queue.SimpleQueue()
        self._gathered: _Wishes = []
        """Wishes of this turn of the event loop; handed over together at its end, because each
        hand-over wakes the other thread (a tenth of the loop's time when it was one per wish)."""
        self._loop = asyncio.get_running_loop()
        self.failing: str | None = None
        """The operator's sentence while the last commit failed."""
        self.batches = 0
        self._took = 0.0
        """Seconds of the last commit."""
        self._in_flight = 0
        """Wishes that were waiting as it was done, its own and others."""
        self.waiting = 0
        self.waiting_bytes = 0
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    async def commit(self, wish: Wish) -> Answer:
        future: asyncio.Future[Answer] = self._loop.create_future()
        size = len(wish.body)
        self.waiting += 1
        self.waiting_bytes += size
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((wish, future))
        try:
            return await future
        finally:
            self.waiting -= 1
            self.waiting_bytes -= size

    def _hand_over(self) -> None:
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    async def run(self, work: Callable[[], Any]) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._hand_over()  # what was wished before comes before
        self._queue.put(_Errand(work, future))
        return await future

    async def stop(self) -> None:
        """Finish all that is queued, then end the thread."""
        self._hand_over()
        self._queue.put(None)
        while self._thread.is_alive():
            await asyncio.sleep(0.005)

    # --- the writer's thread ----------------------------------------------------------------------

    def _work(self) -> None:
        following: _Wishes | _Errand | None = None
        while True:
            item = following or self._queue.get()
            following = None
            if item is None:
                return
            if isinstance(item, _Errand):
                self._errand(item)
                continue
            following = self._gather(item)
            self._commit(item)

    def _gather(self, batch: _Wishes) -> _Errand | None:
        """Add to the batch what is queued or comes in time; returns an errand that came after."""
        until = time.perf_counter() + min(self._took * COMPANY, COMPANY_MOST)
        size = sum(len(wish.body) for wish, _ in batch)
        while len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                wait = until - time.perf_counter()
                if len(batch) >= self._in_flight or wait <= 0:
                    return None
                try:
                    more = self._queue.get(timeout=wait)
                except queue.Empty:
                    return None
            if more is None:
                self._queue.put(None)
                return None
            if isinstance(more, _Errand):
                return more
            batch += more
            size += sum(len(wish.body) for wish, _ in more)
        return None

    def _commit(self, batch: _Wishes) -> None:
        outcome: Outcome | None = None
        failure: BaseException | None = None
        began = time.perf_counter()
        try:
            outcome = self._store.commit([wish for wish, _ in batch], self._today())
        except HavenError as error:
            failure = error
        except Exception as error:
            log.error("a batch failed: %s", type(error).__name__)
            failure = StorageError("the store failed")
            failure.__cause__ = error
        self._took = time.perf_counter() - began
        self._in_flight = self.waiting
        self._call(self._deliver, [future for _, future in batch], outcome, failure)

    def _errand(self, errand: _Errand) -> None:
        result: Any = None
        failure: BaseException | None = None
        try:
            result = errand.work()
        except Exception as error:
            failure = error
        self._call(self._return, errand.future, result, failure)

    def _call(self, function: Callable[..., None], *args: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is gone: the process ends and nobody waits any more
            return

    # --- back on the event loop -------------------------------------------------------------------

    def _deliver(
        self,
        futures: list[asyncio.Future[Answer]],
        outcome: Outcome | None,
        failure: BaseException | None,
    ) -> None:
        self.batches += 1
        self._note(failure)
        if outcome is None:
            assert failure is not None
            for future in futures:
                if not future.done():
                    future.set_exception(failure)
            return
        if outcome.rows:
            self._committed(outcome.rows)
        for future, answer in zip(futures, outcome.answers, strict=True):
            if not future.done():
                future.set_result(answer)

    def _return(
        self, future: asyncio.Future[Any], result: Any, failure: BaseException | None
    ) -> None:
        if failure is None or isinstance(failure, HavenError):
            self._note(failure)
        if future.done():
            return
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)

    def _note(self, failure: BaseException | None) -> None:
        """Say once when writing begins to fail, and once when it works again."""
        now = str(failure) if failure is not None else None
        if now != self.failing:
            if now is None:
                log.warning("writing works again")
            else:
                hints = failure.hints if isinstance(failure, HavenError) else ()
                log.error("writing fails: %s", "; ".join((now, *hints)))
        self.failing = now
