"""Small HTTP: reading a request's head and body within bounds, and answering.

The hot paths speak ASGI directly; a framework's request and response objects cost a third of the
appends a second there. Nothing here knows logs.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from havenclient import wire
from havenclient.wire import Problem, WireError

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

NO_STORE: Final[Header] = (b"cache-control", b"no-store")
_PROBLEM_TYPE: Final[Header] = (b"content-type", wire.PROBLEM_TYPE.encode())
_JSON_TYPE: Final[Header] = (b"content-type", wire.JSON_TYPE.encode())

WORDS: Final[Mapping[Problem, tuple[int, str]]] = {
    Problem.BAD_REQUEST: (400, "the request is not in the agreed shape"),
    Problem.TOKEN_MISSING: (401, "an access token is needed"),
    Problem.ADMISSION_NEEDED: (401, "this relay asks for an admission code"),
    Problem.ADMISSION_REFUSED: (403, "the admission code does not open this relay"),
    Problem.NOT_FOUND: (404, "no such log, or not with this token"),
    Problem.METHOD: (405, "this path does not take this method"),
    Problem.TIMEOUT: (408, "the request took too long"),
    Problem.LOG_EXISTS: (409, "a log with this id exists"),
    Problem.SLICE_CLOSED: (409, "this slice is closed"),
    Problem.GONE: (410, "what was asked for has expired"),
    Problem.SLICE_MOVED: (412, "another slice is open"),
    Problem.TOO_LARGE: (413, "the body is too large"),
    Problem.KEY_REUSED: (422, "this idempotency key came with other bytes before"),
    Problem.ACCESS_REUSED: (422, "this access hash has opened a slice of this log before"),
    Problem.RETENTION: (422, "the life spans are outside this relay's bounds"),
    Problem.SLOW_DOWN: (429, "too much at once"),
    Problem.TOO_MANY_READERS: (429, "too many live readers"),
    Problem.INTERNAL: (500, "the relay made a mistake"),
    Problem.RELAY_BUSY: (503, "the relay is busy or stopping"),
    Problem.STORE_FAILED: (503, "the relay can't use its store"),
    Problem.LOG_FULL: (507, "this log is at its limit"),
    Problem.RELAY_FULL: (507, "the relay has no room"),
}


class Refuse(Exception):
    """Raised anywhere below a handler to end the request with a problem."""

    def __init__(
        self,
        problem: Problem,
        *,
        retry_after: float | None = None,
        allow: str | None = None,
        **members: int | None,
    ) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.allow = allow
        self.retry_after = retry_after
        self.members = members

    @property
    def status(self) -> int:
        return WORDS[self.problem][0]


class Disconnected(Exception):
    """The client went away before its request was whole."""


def problem_answer(refuse: Refuse) -> tuple[int, list[Header], bytes]:
    status, title = WORDS[refuse.problem]
    content: dict[str, Any] = {"type": refuse.problem.value, "title": title, "status": status}
    content |= refuse.members
    body = json.dumps(content, separators=(",", ":")).encode()
    headers = [_PROBLEM_TYPE, NO_STORE, (b"content-length", b"%d" % len(body))]
    if status == 401 and refuse.problem is Problem.TOKEN_MISSING:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 401 and refuse.problem is Problem.ADMISSION_NEEDED:
        headers.append((b"www-authenticate", b"Haven-Admission"))
    if refuse.allow is not None:
        headers.append((b"allow", refuse.allow.encode()))
    if refuse.retry_after is not None:
        headers.append((b"retry-after", b"%d" % max(1, round(refuse.retry_after + 0.5))))
    return status, headers, body


async def send_problem(send: Send, refuse: Refuse, *, close: bool) -> None:
    """`close` ends the connection after the answer."""
    status, headers, body = problem_answer(refuse)
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, status: int, body: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [_JSON_TYPE, NO_STORE, (b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})


# --- the head -------------------------------------------------------------------------------------

_SINGLE: Final = frozenset(
    name.lower().encode()
    for name in (
        "Authorization",
        "Content-Length",
        "If-Match",
        "Last-Event-ID",
        wire.IDEMPOTENCY_KEY,
        wire.COMMITTER,
        wire.NEXT_ACCESS,
        wire.NEXT_COMMITTERS,
        wire.ADMISSION,
    )
)
"""Sent twice, they could mean one thing to a proxy and another to the relay."""


class Head:
    """The headers of one request by lower-case name; a repeated one that matters is refused."""

    __slots__ = ("_values",)

    def __init__(self, scope: Scope) -> None:
        values: dict[bytes, bytes] = dict(scope["headers"])
        if len(values) != len(scope["headers"]):
            seen: set[bytes] = set()
            for name, _ in scope["headers"]:
                if name in seen and name in _SINGLE:
                    raise Refuse(Problem.BAD_REQUEST)
                seen.add(name)
        self._values = values

    def get(self, name: bytes) -> bytes | None:
        return self._values.get(name)

    def bearer(self) -> bytes:
        """The access token; a missing or misshapen one is refused without a look at any log."""
        value = self._values.get(b"authorization", b"")
        if value[:7].lower() != b"bearer ":
            raise Refuse(Problem.TOKEN_MISSING)
        try:
            return wire.unb64(value[7:].decode("latin-1"), wire.ACCESS_TOKEN_BYTES)
        except WireError:
            raise Refuse(Problem.TOKEN_MISSING) from None

    def bytes_of(self, name: bytes, size: int) -> bytes:
        """A required header that holds `size` bytes in base64url."""
        try:
            return wire.unb64(self._values.get(name, b"").decode("latin-1"), size)
        except WireError:
            raise Refuse(Problem.BAD_REQUEST) from None

    def content_length(self, most: int) -> int | None:
        """The announced length, refused before a byte is read if it is too large."""
        value = self._values.get(b"content-length")
        if value is None:
            return None
        if not value.isdigit():
            raise Refuse(Problem.BAD_REQUEST)
        if len(value) > 12 or int(value) > most:
            raise Refuse(Problem.TOO_LARGE)
        return int(value)


def number(text: str, *, most: int = wire.MAX_SEQ) -> int:
    """A decimal number as the API writes it: ASCII digits, nothing else, within bounds."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or int(text) > most:
        raise Refuse(Problem.BAD_REQUEST)
    return int(text)


def query(scope: Scope, allowed: frozenset[str]) -> dict[str, str]:
    """`a=1&b=2` with plain values; an unknown or repeated name is refused."""
    found: dict[str, str] = {}
    raw: bytes = scope["query_string"]
    if not raw:
        return found
    for part in raw.decode("latin-1").split("&"):
        name, equals, value = part.partition("=")
        if name not in allowed or name in found or not equals:
            raise Refuse(Problem.BAD_REQUEST)
        found[name] = value
    return found


# --- the body -------------------------------------------------------------------------------------


class BodyGate:
    """Bounds what half-received bodies may hold in memory together.

    How long a body may take is the connection's business (see `guard`): a late one ends as a
    disconnect here.
    """

    def __init__(self, most_bytes: int) -> None:
        self._free = most_bytes

    async def read(self, receive: Receive, head: Head, most: int) -> bytes:
        """The whole body, at most `most` bytes."""
        announced = head.content_length(most)
        claim = most if announced is None else announced
        if claim > self._free:
            raise Refuse(Problem.RELAY_BUSY, retry_after=2)
        self._free -= claim
        try:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            body: bytes = message.get("body", b"")
            if not message.get("more_body"):  # most entries are whole in the first piece
                if len(body) > most:
                    raise Refuse(Problem.TOO_LARGE)
                return body
            parts = [body]
            size = len(body)
            while message.get("more_body"):
                if size > most:
                    raise Refuse(Problem.TOO_LARGE)
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                parts.append(message.get("body", b""))
                size += len(parts[-1])
            if size > most:
                raise Refuse(Problem.TOO_LARGE)
            return b"".join(parts)
        finally:
            self._free += claim
