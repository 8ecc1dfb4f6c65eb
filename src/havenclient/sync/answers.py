"""What a relay answers, read as from a stranger.

Owns the errors of the network, and how the bytes of an answer come in: never more of them than an
answer can have, never slower than any line is, nothing unpacked that says it was packed (a relay
packs nothing; a few bytes can claim gigabytes). Never knows what an answer is about.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from havenclient import wire
from havenclient.errors import NetworkError
from havenclient.wire import Problem

READ_SECONDS = 30.0
"""Of silence. Also what an answer may take altogether, beside the time for its bytes."""
SLOWEST = 1024
"""Bytes a second. A line slower than Tor ever is; below it somebody keeps us waiting."""
MAX_BODY = wire.MAX_PAGE_BYTES + wire.MAX_ENTRY_BYTES + 64 * 1024
"""More than a page can be is not read: the relay is as hostile as anybody."""
MAX_LINE = 2 * wire.MAX_ENTRY_BYTES
"""Of an event stream: an entry in base64url is a third longer than itself."""

UNREACHABLE = "the relay can't be reached"
TOO_SLOW = "the relay does not answer in time"
NOT_A_RELAY = "what answers there does not speak like a Haven relay"


class RelayRefused(NetworkError):
    """The relay answered, and the answer is no. `problem` says which no."""

    def __init__(
        self,
        problem: Problem | None,
        status: int,
        words: str,
        *,
        retry_after: float | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(words)
        self.problem = problem
        self.status = status
        self.retry_after = retry_after
        self.detail = detail or {}

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (408, 429, 500, 502, 503, 504) or (
            self.problem in (Problem.RELAY_FULL, Problem.LOG_FULL)
        )


class RelayUnreachable(NetworkError):
    """No answer: it can be that the request was taken and the answer was lost."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)

    def refused(self) -> RelayRefused:
        """What it is where it isn't in the agreed shape."""
        return RelayRefused(None, self.status, NOT_A_RELAY)

    def json(self) -> dict[str, Any]:
        """The object in the body. Raises RelayRefused for anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise self.refused() from error
        if not isinstance(value, dict):
            raise self.refused()
        return value

    @property
    def retry_after(self) -> float | None:
        """Seconds, at most a day; None where none are named."""
        text = self.headers.get("Retry-After", "")
        if not (text.isascii() and text.isdigit()):
            return None
        return min(float(text[:9]), 86_400.0)


def read(answer: httpx.Response) -> Answer:
    """All of an answer's body. Raises RelayRefused, RelayUnreachable, and what httpx raises."""
    began = seconds_now()
    body = bytearray()
    for part in _raw(answer):
        body += part
        if len(body) > MAX_BODY:
            raise RelayRefused(None, answer.status_code, NOT_A_RELAY)
        if seconds_now() - began > READ_SECONDS + len(body) / SLOWEST:
            raise RelayUnreachable(TOO_SLOW)
    return Answer(answer.status_code, answer.headers, bytes(body))


def lines(answer: httpx.Response) -> Iterator[str]:
    """The lines of an event stream, without their ends, as they come."""
    rest = bytearray()
    for part in _raw(answer):
        rest += part
        *whole, last = rest.split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
        if len(last) > MAX_LINE:
            raise RelayRefused(None, answer.status_code, NOT_A_RELAY)
        rest = bytearray(last)


def _raw(answer: httpx.Response) -> Iterator[bytes]:
    if answer.headers.get("Content-Encoding", "identity").casefold() != "identity":
        raise RelayRefused(None, answer.status_code, NOT_A_RELAY)
    return answer.iter_raw()


def number(text: str, high: int = wire.MAX_SEQ) -> int:
    """A decimal number from 1 to `high` in its plain spelling. Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or not 1 <= int(text) <= high:
        raise ValueError("not a number in bounds")
    return int(text)


def seconds_now() -> float:
    return time.monotonic()


__all__ = [
    "MAX_BODY",
    "NOT_A_RELAY",
    "READ_SECONDS",
    "TOO_SLOW",
    "UNREACHABLE",
    "Answer",
    "RelayRefused",
    "RelayUnreachable",
    "lines",
    "number",
    "read",
]
