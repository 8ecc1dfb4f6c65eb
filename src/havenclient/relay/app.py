"""The public application: routes, and the hot paths append, close, read and events.

Order of judgement, the same for all log paths, so that refusals stay blind: first what the
request's own head says (400, 401, 413), without a look at any log; then the door (404); then what
only someone who holds a token may learn (429, 409, 412, 410, 507 …).

Raw ASGI on purpose (see `http`); the cold paths are `cold.py`'s.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

from havenclient import wire
from havenclient.errors import Damaged, DiskFull, HavenError
from havenclient.relay import rules
from havenclient.relay.events import Hub, ReadStore, view_headers
from havenclient.relay.http import (
    NO_STORE,
    BodyGate,
    Disconnected,
    Head,
    Receive,
    Refuse,
    Scope,
    Send,
    number,
    query,
    send_json,
    send_problem,
)
from havenclient.relay.limits import Buckets
from havenclient.relay.metrics import Metrics
from havenclient.relay.rules import (
    Accepted,
    Answer,
    Append,
    Close,
    Door,
    Gone,
    Place,
    Refusal,
    Wish,
)
from havenclient.relay.settings import Settings
from havenclient.relay.store import Page, Store
from havenclient.relay.writer import Writer
from havenclient.wire import Problem, WireError

log = logging.getLogger("haven.relay")

_LOGS: Final = f"{wire.API_ROOT}/logs/"
_PREFIX: Final = len(_LOGS)
_ENTRIES_TYPE: Final = (b"content-type", wire.ENTRIES_TYPE.encode())
_READ_QUERY: Final = frozenset({"after", "limit"})
_EVENTS_QUERY: Final = frozenset({"after"})
_REMEMBERED_DOORS: Final = 50_000
_TROUBLE_SECONDS: Final = 600
"""How long `/healthz` goes on about damage that a request met."""
_ALLOW: Final = {"": "DELETE, PUT", "entries": "GET, POST", "events": "GET", "slices": "POST"}
Handler: TypeAlias = Callable[[str, Scope, Receive, Send], Awaitable[None]]

_IDEMPOTENCY_KEY: Final = wire.IDEMPOTENCY_KEY.lower().encode()
_COMMITTER: Final = wire.COMMITTER.lower().encode()
_NEXT_ACCESS: Final = wire.NEXT_ACCESS.lower().encode()
_NEXT_COMMITTERS: Final = wire.NEXT_COMMITTERS.lower().encode()


class Doors:
    """Remembers where doors lead; a place never changes while its log lives (see `Store.find`)."""

    def __init__(self, store: Store, threads: ThreadPoolExecutor) -> None:
        self._store = store
        self._threads = threads
        self._found: OrderedDict[bytes, Door] = OrderedDict()

    async def find(self, door: bytes) -> Door:
        """Both misses, a log that is not there and a token that is wrong, take the same way."""
        found = self._found.get(door)
        if found is not None:
            return found
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._store.find, door)
        if found is None:
            raise Refuse(Problem.NOT_FOUND)
        self._found[door] = found
        if len(self._found) > _REMEMBERED_DOORS:
            self._found.popitem(last=False)
        return found

    def drop(self, door: bytes) -> None:
        self._found.pop(door, None)


class LogPaths:
    """Append, close, read, events and delete."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        hub: Hub,
        threads: ThreadPoolExecutor,
        read: ReadStore,
        settings: Settings,
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._writer = writer
        self._hub = hub
        self._read = read
        self._metrics = metrics
        limits = settings.limits
        self._entry_bytes = limits.entry_bytes
        self._queue_bytes = limits.queued_mib * 1024 * 1024
        self._appends = Buckets(limits.appends_per_minute, now)
        self._closings = Buckets(limits.closings_per_minute, now)
        self._bodies = BodyGate(limits.bodies_mib * 1024 * 1024)
        self.doors = Doors(store, threads)
        self.room_for_appends = True
        """Cleared by the watch over the disk; closings still pass, then."""

    def _door(self, text: str, head: Head) -> bytes:
        token = head.bearer()
        try:
            log_id = wire.unb64(text, wire.LOG_ID_BYTES)
        except WireError:
            raise Refuse(Problem.NOT_FOUND) from None
        return rules.door(log_id, wire.token_hash(token))

    async def append(self, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head(scope)
        door = self._door(text, head)
        key = head.bytes_of(_IDEMPOTENCY_KEY, wire.IDEMPOTENCY_KEY_BYTES)
        head.content_length(self._entry_bytes)
        place = (await self.doors.find(door)).place
        wait = self._appends.take(place.log)
        if wait:
            raise Refuse(Problem.SLOW_DOWN, retry_after=wait)
        if not self.room_for_appends:
            raise Refuse(Problem.RELAY_FULL, retry_after=600)
        if self._writer.waiting_bytes > self._queue_bytes:
            raise Refuse(Problem.RELAY_BUSY, retry_after=2)
        body = await self._bodies.read(receive, head, self._entry_bytes)
        if not body:
            raise Refuse(Problem.BAD_REQUEST)
        wish = Append(place, key, rules.append_digest(body), body)
        await self._settle(wish, door, send)

    async def close(self, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head(scope)
        door = self._door(text, head)
        key = head.bytes_of(_IDEMPOTENCY_KEY, wire.IDEMPOTENCY_KEY_BYTES)
        committer = wire.token_hash(head.bytes_of(_COMMITTER, wire.COMMITTER_TOKEN_BYTES))
        access = head.bytes_of(_NEXT_ACCESS, wire.HASH_BYTES)
        committers = _hash_list(head.get(_NEXT_COMMITTERS))
        names = _if_match(head.get(b"if-match"))
        head.content_length(self._entry_bytes)
        next_door = rules.door(wire.unb64(text, wire.LOG_ID_BYTES), access)
        found = await self.doors.find(door)
        place = found.place
        # Judged here and again by the rules: here, so that a member who is no committer can use
        # up neither the closings' share nor the writer.
        if not rules.holds(committer, found.committers):
            raise Refuse(Problem.NOT_FOUND)
        wait = self._closings.take(place.log)
        if wait:
            raise Refuse(Problem.SLOW_DOWN, retry_after=wait)
        body = await self._bodies.read(receive, head, self._entry_bytes)
        if not body:
            raise Refuse(Problem.BAD_REQUEST)
        digest = rules.close_digest(body, names, next_door, committers)
        wish = Close(place, key, digest, body, names, committer, next_door, committers)
        self.doors.drop(next_door)  # it may lead into an earlier log of the same id
        await self._settle(wish, door, send)

    async def _settle(self, wish: Wish, door: bytes, send: Send) -> None:
        answer: Answer = await self._writer.commit(wish)
        if isinstance(answer, Accepted):
            self._metrics.accepted(wish, answer)
            body = b'{"seq":%d,"slice":%d}' % (answer.seq, answer.slice)
            await send_json(send, 200 if answer.repeated else 201, body)
            return
        if answer.why is Refusal.MISSING:
            self.doors.drop(door)
        raise _REFUSALS[answer.why](answer.slice)

    async def read(self, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head(scope)
        door = self._door(text, head)
        asked = query(scope, _READ_QUERY)
        after = number(asked.get("after", "0"))
        limit = number(asked.get("limit", str(wire.MAX_PAGE_ENTRIES)), most=wire.MAX_PAGE_ENTRIES)
        if limit < 1:
            raise Refuse(Problem.BAD_REQUEST)
        place = (await self.doors.find(door)).place
        page = await self._page(place, after, limit, door)
        body = wire.encode_entries(page.entries)
        self._metrics.read_entries += len(page.entries)
        headers = [
            _ENTRIES_TYPE,
            NO_STORE,
            (b"content-length", b"%d" % len(body)),
            *view_headers(page),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _page(self, place: Place, after: int, limit: int, door: bytes) -> Page:
        page = await self._read(place, after, limit)
        if page is None:
            self.doors.drop(door)
            raise Refuse(Problem.NOT_FOUND)
        if isinstance(page, Gone):
            raise Refuse(Problem.GONE, first_seq=page.first_seq)
        return page

    async def events(self, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head(scope)
        door = self._door(text, head)
        asked = query(scope, _EVENTS_QUERY).get("after", "0")
        last = head.get(b"last-event-id")
        after = number(last.decode("latin-1") if last else asked)
        place = (await self.doors.find(door)).place
        abort = scope.get("extensions", {}).get("haven.abort", _nothing)
        await self._hub.serve(place, after, receive, send, abort)

    async def delete(self, text: str, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head(scope)
        door = self._door(text, head)
        committer = wire.token_hash(head.bytes_of(_COMMITTER, wire.COMMITTER_TOKEN_BYTES))
        place = (await self.doors.find(door)).place
        done = await self._writer.run(lambda: self._store.delete(place, committer))
        if not done:
            raise Refuse(Problem.NOT_FOUND)
        self.doors.drop(door)
        self._hub.forget(place.log)
        self._metrics.deleted += 1
        await send({"type": "http.response.start", "status": 204, "headers": [NO_STORE]})
        await send({"type": "http.response.body", "body": b""})


def _nothing() -> None:
    """Where no server offers to abort a connection (a test that calls the application itself)."""


_REFUSALS: Final[dict[Refusal, Callable[[int], Refuse]]] = {
    Refusal.MISSING: lambda _: Refuse(Problem.NOT_FOUND),
    Refusal.KEY_REUSED: lambda _: Refuse(Problem.KEY_REUSED),
    Refusal.SLICE_CLOSED: lambda _: Refuse(Problem.SLICE_CLOSED),
    Refusal.MOVED: lambda slice_: Refuse(Problem.SLICE_MOVED, slice=slice_),
    Refusal.ACCESS_REUSED: lambda _: Refuse(Problem.ACCESS_REUSED),
    Refusal.LOG_FULL: lambda _: Refuse(Problem.LOG_FULL),
}


def _if_match(value: bytes | None) -> int:
    """`If-Match: "n"`; one strong tag, the number of a slice."""
    if value is None or len(value) < 3 or value[:1] != b'"' or value[-1:] != b'"':
        raise Refuse(Problem.BAD_REQUEST)
    return number(value[1:-1].decode("latin-1"))


def _hash_list(value: bytes | None) -> tuple[bytes, ...]:
    """1 to 8 hashes, separated by commas; the same one twice is refused."""
    parts = (value or b"").decode("latin-1").split(",")
    if len(parts) > wire.MAX_COMMITTERS:
        raise Refuse(Problem.BAD_REQUEST)
    try:
        hashes = tuple(wire.unb64(part.strip(), wire.HASH_BYTES) for part in parts)
    except WireError:
        raise Refuse(Problem.BAD_REQUEST) from None
    if len(set(hashes)) != len(hashes):
        raise Refuse(Problem.BAD_REQUEST)
    return hashes


class RelayApp:
    """Routes a request, and turns whatever goes wrong into a problem without any value in it."""

    def __init__(
        self,
        logs: LogPaths,
        cold: Callable[[Scope, Receive, Send], Awaitable[None]],
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._cold = cold
        self._silent_until: dict[str, float] = {}
        self._trouble: tuple[str, float] = ("", -math.inf)
        self._routes: dict[tuple[str, str], Handler] = {
            ("POST", "entries"): logs.append,
            ("GET", "entries"): logs.read,
            ("GET", "events"): logs.events,
            ("POST", "slices"): logs.close,
            ("DELETE", ""): logs.delete,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            path: str = scope["path"]
            if path.startswith(_LOGS):
                text, _, tail = path[_PREFIX:].partition("/")
                handler = self._routes.get((scope["method"], tail))
                if handler is not None:
                    await handler(text, scope, receive, send)
                    return
                allow = _ALLOW.get(tail)
                if allow is None:
                    raise Refuse(Problem.NOT_FOUND)
                if scope["method"] != "PUT" or tail:
                    raise Refuse(Problem.METHOD, allow=allow)
            await self._cold(scope, receive, send)
        except Refuse as refuse:
            self._metrics.problems[refuse.status] += 1
            await send_problem(send, refuse, close=False)
        except Disconnected:
            return
        except DiskFull:
            await self._failed(send, Refuse(Problem.RELAY_FULL, retry_after=600))
        except HavenError as error:
            self._say(error)
            await self._failed(send, Refuse(Problem.STORE_FAILED, retry_after=60))
        except Exception as error:
            # The type and the place, never the message: it could hold what a client sent.
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
            log.error("a request failed: %s in %s", type(error).__name__, where)
            await self._failed(send, Refuse(Problem.INTERNAL))

    @property
    def trouble(self) -> str | None:
        """That something is damaged which somebody asked for lately, in the operator's words."""
        words, when = self._trouble
        return words if asyncio.get_running_loop().time() - when < _TROUBLE_SECONDS else None

    def _say(self, error: HavenError) -> None:
        """The operator's sentence; the same one at most once a minute."""
        now = asyncio.get_running_loop().time()
        if isinstance(error, Damaged):  # the writer tells of what it can't do, and when it can
            self._trouble = (error.message, now)
        if now >= self._silent_until.get(error.message, 0):
            self._silent_until = {error.message: now + 60}
            log.error("the store fails: %s", "; ".join((error.message, *error.hints)))

    async def _failed(self, send: Send, refuse: Refuse) -> None:
        self._metrics.problems[refuse.status] += 1
        try:
            await send_problem(send, refuse, close=True)
        except RuntimeError:  # the answer had begun; the server ends the connection
            return
