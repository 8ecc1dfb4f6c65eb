"""One request and its answer on a connection: the ASGI side of `guard`.

Takes the place of uvicorn's own request cycle, which writes an answer's head and body apart: two
system calls, two packets and two wake-ups of the client for every append, a fifth of the relay's
time (measured). Here the head waits for the first piece of the body and goes with it. The rest is
what the connection expects of a cycle, without access log, HEAD bodies and checks of headers that
only the relay itself writes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from havenclient.relay.http import Message, Receive, Refuse, Scope, Send, problem_answer

if TYPE_CHECKING:
    from uvicorn.protocols.http.flow_control import FlowControl

log = logging.getLogger("haven.relay")

_STATUS: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_NO_BODY: Final = frozenset({204, 304})


def last_words(refuse: Refuse) -> bytes:
    """A whole answer for a connection that is closed before an application saw the request."""
    status, headers, body = problem_answer(refuse)
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return _STATUS[status] + lines + b"connection: close\r\n\r\n" + body


class Exchange:
    """The public names are those that uvicorn's connection reads and sets."""

    __slots__ = (
        "_chunked",
        "_done",
        "_expects_continue",
        "_flow",
        "_head",
        "_scope",
        "_transport",
        "body",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
        "response_started",
    )

    def __init__(
        self,
        scope: Scope,
        transport: asyncio.Transport,
        flow: FlowControl,
        done: Callable[[], None],
        *,
        keep_alive: bool,
        expects_continue: bool,
    ) -> None:
        self._scope = scope
        self._transport = transport
        self._flow = flow
        self._done = done
        self._expects_continue = expects_continue
        self._head = b""
        self._chunked = False
        self.keep_alive = keep_alive
        self.body = bytearray()
        """What came of the request's body and was not taken yet."""
        self.more_body = True
        self.message_event = asyncio.Event()
        self.disconnected = False
        self.response_started = False
        self.response_complete = False

    async def run_asgi(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        try:
            await app(self._scope, self.receive, self.send)
        except Exception as error:  # the application answers its own; this is the last resort
            log.error("an answer broke off: %s", type(error).__name__)
            self._transport.close()
        else:
            if not self.response_complete and not self.disconnected:
                self._transport.close()

    async def receive(self) -> Message:
        if self._expects_continue and not self._transport.is_closing():
            self._expects_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not (self.disconnected or self.response_complete):
            self._flow.resume_reading()
            await self.message_event.wait()
            self.message_event.clear()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": self.more_body}

    async def send(self, message: Message) -> None:
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start":
            self._start(message["status"], message["headers"])
            return
        body: bytes = message.get("body", b"")
        more: bool = message.get("more_body", False)
        if self._scope["method"] == "HEAD":
            body = b""
        elif self._chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        self._transport.write(self._head + body)
        self._head = b""
        if not more:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self._transport.close()
            self._done()

    def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        if self.response_started:
            raise RuntimeError("an answer began twice")
        self.response_started = True
        self._expects_continue = False
        self._chunked = status not in _NO_BODY and self._scope["method"] != "HEAD"
        parts = [_STATUS[status]]
        for name, value in headers:
            if name == b"content-length":
                self._chunked = False
            elif name == b"connection":
                self.keep_alive = False  # the relay's one use of it is `close`
                continue
            parts += (name, b": ", value, b"\r\n")
        if self._chunked:
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self._head = b"".join(parts)
