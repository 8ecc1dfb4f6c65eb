"""Live reading: who waits for which log, and the server-sent events that wake them.

Theory of operation
-------------------

A reader has no queue. It has a cursor (the last seq it was sent), and each log with readers has
one short shared tail of frames, written once for all of them. Woken, a reader sends what the tail
holds after its cursor; if it has fallen behind the tail it reads the store instead. So the memory
of a slow reader is what one `send` holds and nothing else, and one whose `send` stays stuck for
`stall_seconds` is cut off (the connection is aborted; it comes back with `Last-Event-ID`).

A reader joins its topic *before* it reads the store for the first time: a row committed after
that snapshot is in the tail, a row committed before is in the snapshot, so none is missed.
"""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from havenclient import wire
from havenclient.relay.http import NO_STORE, Header, Receive, Refuse, Send
from havenclient.relay.rules import Gone, Place, Row
from havenclient.relay.store import Page
from havenclient.wire import Problem

TAIL_FRAMES: Final = 256
TAIL_BYTES: Final = 2 * 1024 * 1024
PAGE: Final = 100
"""Entries read from the store at once while a reader catches up."""
BEAT: Final = b": still here\n\n"
GOODBYE: Final = b"retry: 3000\n: the relay restarts, come back\n\n"

ReadStore = Callable[[Place, int, int], Awaitable[Page | Gone | None]]


def frame(seq: int, body: bytes) -> bytes:
    data = base64.urlsafe_b64encode(body).rstrip(b"=")
    return b"id: %d\nevent: entry\ndata: %b\n\n" % (seq, data)


def closed_frame(number: int) -> bytes:
    return b'event: closed\ndata: {"slice":%d}\n\n' % number


class _Topic:
    """The readers of one log and the frames of its newest rows."""

    __slots__ = ("readers", "size", "tail")

    def __init__(self) -> None:
        self.readers: set[_Reader] = set()
        self.tail: deque[tuple[int, int, bool, bytes]] = deque()
        self.size = 0

    def add(self, row: Row) -> None:
        framed = frame(row.seq, row.body)
        self.tail.append((row.seq, row.slice, row.closing, framed))
        self.size += len(framed)
        while len(self.tail) > TAIL_FRAMES or (self.size > TAIL_BYTES and len(self.tail) > 1):
            self.size -= len(self.tail.popleft()[3])


class _Reader:
    __slots__ = ("beat", "cursor", "ended", "place", "sending_since", "task", "waiter")

    def __init__(self, place: Place, cursor: int) -> None:
        self.place = place
        self.cursor = cursor
        self.waiter: asyncio.Future[None] | None = None
        self.ended = False
        self.beat = False
        self.sending_since: float | None = None
        self.task = asyncio.current_task()

    def wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class Hub:
    """All live readers of this process."""

    def __init__(
        self,
        read: ReadStore,
        *,
        readers_per_log: int,
        readers: int,
        heartbeat_seconds: int,
        stall_seconds: float,
    ) -> None:
        self._read = read
        self._topics: dict[int, _Topic] = {}
        self._per_log = readers_per_log
        self._most = readers
        self._beats: list[set[_Reader]] = [set() for _ in range(max(1, heartbeat_seconds))]
        self._turn = 0
        self._stall = stall_seconds
        self._stopping = False
        self.readers = 0
        self.cut_off = 0

    def publish(self, rows: list[Row]) -> None:
        """Called on the event loop with the rows of a batch, after their commit."""
        woken: set[_Topic] = set()
        for row in rows:
            topic = self._topics.get(row.log)
            if topic is not None:
                topic.add(row)
                woken.add(topic)
        for topic in woken:
            for reader in topic.readers:
                reader.wake()

    def forget(self, log: int) -> None:
        """The log was deleted: end its streams."""
        topic = self._topics.get(log)
        if topic is not None:
            for reader in topic.readers:
                reader.ended = True
                reader.wake()

    async def run(self) -> None:
        """Once a second: heartbeats for one slot of readers, and the end of stuck ones."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            self._turn = (self._turn + 1) % len(self._beats)
            for reader in self._beats[self._turn]:
                reader.beat = True
                reader.wake()
            late = loop.time() - self._stall
            for slot in self._beats:
                for reader in slot:
                    if reader.sending_since is not None and reader.sending_since < late:
                        self.cut_off += 1
                        assert reader.task is not None
                        reader.task.cancel()

    def stop(self) -> None:
        """Tell all readers to come back, and end them."""
        self._stopping = True
        for topic in self._topics.values():
            for reader in topic.readers:
                reader.wake()

    async def serve(
        self, place: Place, after: int, receive: Receive, send: Send, abort: Callable[[], Any]
    ) -> None:
        """One reader, from its first byte to its last."""
        if self._stopping:
            raise Refuse(Problem.RELAY_BUSY, retry_after=3)
        topic = self._topics.get(place.log)
        if self.readers >= self._most or (topic and len(topic.readers) >= self._per_log):
            raise Refuse(Problem.TOO_MANY_READERS, retry_after=30)
        if topic is None:
            topic = self._topics[place.log] = _Topic()
        reader = _Reader(place, after)
        slot = min(self._beats, key=len)
        topic.readers.add(reader)
        slot.add(reader)
        self.readers += 1
        watch: asyncio.Task[None] | None = None
        try:
            page = await self._read(place, after, PAGE)
            if page is None:
                raise Refuse(Problem.NOT_FOUND)
            if isinstance(page, Gone):
                raise Refuse(Problem.GONE, first_seq=page.first_seq)
            await send(_start(page))
            watch = asyncio.create_task(_watch(receive, reader))
            reader.cursor = max(after, page.view.first_seq - 1)
            await self._stream(topic, reader, page, send)
        except asyncio.CancelledError:
            abort()
            if reader.sending_since is None:
                raise
        finally:
            if watch is not None:
                watch.cancel()
            topic.readers.discard(reader)
            slot.discard(reader)
            self.readers -= 1
            if not topic.readers and self._topics.get(place.log) is topic:
                del self._topics[place.log]

    async def _stream(
        self, topic: _Topic, reader: _Reader, page: Page | Gone | None, send: Send
    ) -> None:
        loop = asyncio.get_running_loop()

        async def put(data: bytes, *, more: bool = True) -> None:
            reader.sending_since = loop.time()
            await send({"type": "http.response.body", "body": data, "more_body": more})
            reader.sending_since = None

        # Sent at once, so that a proxy passes the head on and the client knows it is connected.
        out = b": open\n\n"
        while True:
            closed = False
            if page is not None:
                if isinstance(page, Gone):  # expired under a slow reader: it asks again, gets 410
                    break
                if page.entries:
                    out += b"".join(frame(seq, body) for seq, body in page.entries)
                    reader.cursor = page.entries[-1][0]
                closed = not page.view.open and reader.cursor >= page.view.last_seq
                behind = reader.cursor < page.view.last_seq
            else:
                frames, closed, behind = _since(topic, reader)
                out += frames
            if closed:
                out += closed_frame(reader.place.slice)
            if out:
                await put(out)
            out, page = b"", None
            if closed or reader.ended:
                break
            if self._stopping:
                await put(GOODBYE)
                break
            if behind:
                page = await self._read(reader.place, reader.cursor, PAGE)
                if page is None:
                    break
                continue
            if not topic.tail or topic.tail[-1][0] <= reader.cursor:
                reader.waiter = loop.create_future()
                await reader.waiter
                reader.waiter = None
                if reader.beat:
                    reader.beat = False
                    out = BEAT
        await put(b"", more=False)


def _since(topic: _Topic, reader: _Reader) -> tuple[bytes, bool, bool]:
    """(frames after the cursor, whether the slice closed, whether the tail no longer reaches)."""
    tail = topic.tail
    if not tail or tail[-1][0] <= reader.cursor:
        return b"", False, False
    if tail[0][0] > reader.cursor + 1:
        return b"", False, True
    skip = reader.cursor + 1 - tail[0][0]
    parts: list[bytes] = []
    for at in range(skip, len(tail)):
        seq, number, closing, framed = tail[at]
        if number != reader.place.slice:
            # The ladder: nothing of another slice is ever sent. A reader that gets here asked for
            # more than its slice has; the store's view of it says that it is closed.
            return b"".join(parts), False, True
        parts.append(framed)
        reader.cursor = seq
        if closing:
            return b"".join(parts), True, False
    return b"".join(parts), False, False


async def _watch(receive: Receive, reader: _Reader) -> None:
    """Notice that the client hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.ended = True
    reader.wake()


def view_headers(page: Page) -> list[Header]:
    view = page.view
    state = wire.STATE_OPEN if view.open else wire.STATE_CLOSED
    return [
        (wire.SLICE.lower().encode(), b"%d" % view.number),
        (wire.SLICE_STATE.lower().encode(), state.encode()),
        (wire.SLICE_FIRST.lower().encode(), b"%d" % view.first_seq),
        (wire.SLICE_LAST.lower().encode(), b"%d" % view.last_seq),
    ]


def _start(page: Page) -> dict[str, Any]:
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (b"content-type", wire.EVENTS_TYPE.encode()),
            NO_STORE,
            (b"x-accel-buffering", b"no"),
            *view_headers(page),
        ],
    }
