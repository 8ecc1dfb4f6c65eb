"""The HTTP protocol class: uvicorn's, with bounds on what a connection may do before it is served.

uvicorn's httptools protocol has no bound on the head of a request and waits for it forever. This
adds a size, a deadline and a count of connections, and hands the application a way to abort a
connection whose peer takes nothing (closing politely would keep its buffer until it reads).
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from havenclient.relay.exchange import Exchange, last_words
from havenclient.relay.http import Refuse
from havenclient.wire import Problem

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_PIPELINED: Final = 32
MAX_DISCARDED: Final = 4 * 1024 * 1024
"""Bytes of a body that are still taken after it was refused. Closing at once would reset the
connection, and a client or proxy that is still sending would never see why (nginx made it 502)."""

_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_TOO_SLOW: Final = last_words(Refuse(Problem.TIMEOUT))
_TOO_MANY: Final = last_words(Refuse(Problem.RELAY_BUSY, retry_after=5))


class Guarded(HttpToolsProtocol):
    """A connection. It has no timers of its own: `look` is called on all of them, several times a
    second (two timers started and stopped for each request cost more than its parsing)."""

    head_seconds: float = 10.0
    body_seconds: float = 60.0
    idle_seconds: float = 75.0
    most_connections: int = 20_000

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._piece = 0
        self._head_bytes = 0
        self._discarded = 0
        self._waits_for: str | None = "request"
        """What the peer owes: `request` (nothing came yet), `head`, `body`, `next` (idle between
        two requests); None while the relay owes an answer."""
        self._timed_for: str | None = None
        self._deadline = math.inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)
        if len(self.connections) >= self.most_connections:
            stream.write(_TOO_MANY)
            stream.close()
        super().connection_made(stream)
        # No address is kept anywhere, not even for the time of a connection.
        self.client = None
        self._time()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._piece = len(data)
        super().data_received(data)
        if self._waits_for == "head":
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._end(_TOO_LARGE)
        if self._waits_for != self._timed_for:
            self._time()
        if len(self.pipeline) > MAX_PIPELINED:
            self.transport.abort()

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._waits_for = "head"
        self._head_bytes = self._discarded = 0

    def on_headers_complete(self) -> None:
        self._waits_for = "body"
        if self._piece > MAX_HEAD_BYTES and self._head_size() > MAX_HEAD_BYTES:
            self._end(_TOO_LARGE)
            return
        before = self.cycle
        version = self.parser.get_http_version()
        self.cycle = Exchange(  # type: ignore[assignment]
            self._request(version),
            self.transport,
            self.flow,
            self.on_response_complete,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            expects_continue=self.expect_100_continue,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _request(self, version: str) -> dict[str, Any]:
        """The head as ASGI says it. Raises on a path that is none; the parser makes it a 400."""
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "method": self.parser.get_method().decode("ascii"),
            "scheme": self.scheme,
            "server": self.server,
            "client": None,
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
            "headers": self.headers,
            "extensions": {"haven.abort": self.transport.abort},
        }

    def _head_size(self) -> int:
        return sum(len(name) + len(value) for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > MAX_DISCARDED:
                self._end(b"")
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.transport.is_closing():
            return
        super().on_message_complete()
        self._waits_for = "next" if self.cycle.response_complete else None

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._waits_for is None:
            self._waits_for = "next"
            self._time()

    def _unset_keepalive_if_required(self) -> None:
        """uvicorn's timer between two requests; `look` does its work."""

    def _time(self) -> None:
        """Begin to time what is awaited now."""
        self._timed_for = waits_for = self._waits_for
        if waits_for is None:
            self._deadline = math.inf
        elif waits_for == "body":
            self._deadline = self.loop.time() + self.body_seconds
        elif waits_for == "next":
            self._deadline = self.loop.time() + self.idle_seconds
        else:
            self._deadline = self.loop.time() + self.head_seconds

    def look(self, now: float) -> None:
        """End the connection if what it owes is late."""
        if now >= self._deadline:
            self._deadline = math.inf
            self._end(_TOO_SLOW if self._waits_for in ("head", "body") else b"")

    def _end(self, answer: bytes) -> None:
        """Close, with an answer if the request in question has none yet."""
        if self.transport.is_closing():
            return
        before = self.cycle is None or self.cycle.response_complete
        unanswered = self._waits_for == "body" and self.cycle and not self.cycle.response_started
        if answer and (before if self._waits_for == "head" else unanswered or before):
            self.transport.write(answer)
        self.transport.close()
