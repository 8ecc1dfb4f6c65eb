"""The HTTP protocol class: uvicorn's, with bounds on what a connection may do before it is served.

uvicorn's httptools protocol has no bound on the head of a request and waits for it forever. This
adds a size, a deadline and a count of connections, and hands the application a way to abort a
connection whose peer takes nothing (closing politely would keep its buffer until it reads).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_PIPELINED: Final = 32
MAX_DISCARDED: Final = 4 * 1024 * 1024
"""Bytes of a body that are still taken after it was refused. Closing at once would reset the
connection, and a client or proxy that is still sending would never see why (nginx made it 502)."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_MANY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Guarded(HttpToolsProtocol):
    """Timers run only while a request is half received; a request that comes whole costs none."""

    head_seconds: float = 10.0
    body_seconds: float = 60.0
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
        """What is not whole yet: `request` (nothing came), `head`, `body`; None between two."""
        self._armed_for: str | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast(asyncio.Transport, transport)
        if len(self.connections) >= self.most_connections:
            stream.write(_TOO_MANY)
            stream.close()
        super().connection_made(stream)
        # No address is kept anywhere, not even for the time of a connection.
        self.client = None
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waits_for = None
        self._arm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._piece = len(data)
        super().data_received(data)
        if self._waits_for == "head":
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._end(_TOO_LARGE)
        if self._waits_for != self._armed_for:
            self._arm()
        if len(self.pipeline) > MAX_PIPELINED:
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._waits_for = "head"
        self._head_bytes = self._discarded = 0
        cast(dict[str, Any], self.scope)["extensions"] = {"haven.abort": self.transport.abort}

    def on_headers_complete(self) -> None:
        self._waits_for = "body"
        if self._piece > MAX_HEAD_BYTES and self._head_size() > MAX_HEAD_BYTES:
            self._end(_TOO_LARGE)
            return
        super().on_headers_complete()

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
        self._waits_for = None
        if not self.transport.is_closing():
            super().on_message_complete()

    def _arm(self) -> None:
        """Start the clock for what is awaited now, or stop it."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._armed_for = self._waits_for
        if self._waits_for is not None:
            seconds = self.body_seconds if self._waits_for == "body" else self.head_seconds
            self._deadline = self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._deadline = None
        self._end(b"" if self._waits_for == "request" else _TOO_SLOW)

    def _end(self, answer: bytes) -> None:
        """Close, with an answer if the request in question has none yet."""
        if self.transport.is_closing():
            return
        before = self.cycle is None or self.cycle.response_complete
        unanswered = self._waits_for == "body" and self.cycle and not self.cycle.response_started
        if answer and (before if self._waits_for == "head" else unanswered or before):
            self.transport.write(answer)
        self.transport.close()
