"""A relay whose answers are no answers: each becomes a plain error, and costs little.

The other side of these tests is a bare socket, so that it can say what no HTTP server would.
"""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from havenclient.errors import NetworkError
from havenclient.sync import answers
from havenclient.sync.client import LiveEntry, RelayClient, RelayRefused, Route
from havenclient.wire import b64

LOG, TOKEN = b"l" * 16, b"t" * 32
Answer = Callable[[socket.socket], None]


class Anything:
    """Listens on loopback, keeps what it was asked, answers with what it was given."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked: list[bytes] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line:
            try:
                while request := self._request(line):
                    self.asked.append(request)
                    self._answer(line)
            except OSError:
                return  # the client has had enough

    def _request(self, line: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = line.recv(4096)
            if not piece:
                return b""
            head += piece
        return head

    def close(self) -> None:
        self._listener.close()


@contextmanager
def relay_that(answer: Answer) -> Iterator[tuple[RelayClient, Anything]]:
    there = Anything(answer)
    try:
        with RelayClient(Route(there.url)) as client:
            yield client, there
    finally:
        there.close()


def says(status: str, *headers: str, body: bytes = b"") -> Answer:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    whole = "\r\n".join(lines).encode("latin-1") + body
    return lambda line: line.sendall(whole)


def endless(head: bytes, piece: bytes) -> Answer:
    def answer(line: socket.socket) -> None:
        line.sendall(head)
        while True:
            line.sendall(piece)

    return answer


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@contextmanager
def at_most(mebibytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mebibytes << 20
    finally:
        tracemalloc.stop()


def test_a_cookie_is_not_kept(  # it would tell one reader from another, over every way she takes
) -> None:
    told = says("200 OK", "Set-Cookie: who=reader-7; Path=/; Max-Age=999999", body=b"{}")
    with relay_that(told) as (client, there):
        client.relay()
        client.relay()
    assert len(there.asked) == 2
    assert not any(b"cookie" in request.lower() for request in there.asked)


def test_what_says_that_it_is_packed_is_not_unpacked() -> None:
    once = gzip.compress(bytes(100 << 20))
    twice = gzip.compress(once)
    for body in (once, twice):
        packed = says("200 OK", "Content-Encoding: gzip", body=body)
        with relay_that(packed) as (client, _), at_most(32), pytest.raises(NetworkError):
            client.relay()


@pytest.mark.parametrize("waits", ["\xb2", "9" * 5000, "-1", "soon", "1e9", "١"])
def test_a_time_to_wait_that_is_no_number_is_none(waits: str) -> None:
    answer = b"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: " + waits.encode(
        "latin-1", "ignore"
    )
    with relay_that(lambda line: line.sendall(answer + b"\r\n\r\n")) as (client, _):
        with pytest.raises(RelayRefused) as caught:
            client.relay()
        assert caught.value.retry_after in (None, 86_400.0)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b'{"seq": 1e999}', b"\xff"])
@pytest.mark.parametrize("status", ["200 OK", "404 No"])
def test_nested_or_broken_json_is_an_error_in_words(status: str, body: bytes) -> None:
    with relay_that(says(status, body=body)) as (client, _), pytest.raises(NetworkError):
        client.append(LOG, TOKEN, b"k" * 16, b"entry")


def test_a_line_without_end_is_not_waited_for() -> None:
    line = endless(STREAM, b"data: " + b"A" * 65_536)
    with relay_that(line) as (client, _), at_most(16), pytest.raises(NetworkError):
        list(client.events(LOG, TOKEN, after=0, heartbeat=5))


def test_names_without_end_are_not_kept() -> None:
    numbered = b"".join(b"f%d: x\r\n" % n for n in range(10_000))
    with relay_that(endless(STREAM, numbered)) as (client, _), at_most(16):
        seen = client.events(LOG, TOKEN, after=0, heartbeat=5)
        assert [next(seen) for _ in range(30_000)] == [None] * 30_000  # one may stop at each


def test_a_refusal_without_end_is_not_read() -> None:
    head = b"HTTP/1.1 500 No\r\n\r\n"
    with relay_that(endless(head, b"x" * 65_536)) as (client, _), at_most(32):
        with pytest.raises(NetworkError):
            next(client.events(LOG, TOKEN, after=0, heartbeat=5))
        with pytest.raises(NetworkError):
            client.relay()


@pytest.mark.parametrize("number", ["0", "-4", str(1 << 31), str(1 << 70), "9" * 5000, "x", "٣"])
def test_an_entry_with_an_impossible_number_ends_the_stream(number: str) -> None:
    event = f"id: {number}\nevent: entry\ndata: {b64(b'e' * 1024)}\n\n".encode()
    said = relay_that(lambda line: line.sendall(STREAM + event))
    with said as (client, _), pytest.raises(NetworkError):
        next(client.events(LOG, TOKEN, after=0, heartbeat=1))


def test_an_entry_live_is_read_as_before() -> None:
    event = f"id: 7\r\nevent: entry\r\ndata: {b64(b'e' * 1024)}\r\n\r\n: still here\n\n".encode()
    halves = (event[:700], event[700:])

    def answer(line: socket.socket) -> None:
        line.sendall(STREAM)
        for half in halves:
            line.sendall(half)

    with relay_that(answer) as (client, _):
        seen = client.events(LOG, TOKEN, after=0, heartbeat=5)
        assert next(seen) == LiveEntry(7, b"e" * 1024)
        assert next(seen) is None


def test_an_answer_by_drops_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes well before its read would time out; all of them never would."""
    hours = iter(range(0, 1000 * 3600, 20))
    monkeypatch.setattr(answers, "seconds_now", lambda: float(next(hours)))

    def drops(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            line.sendall(b" ")
            time.sleep(0.001)

    with relay_that(drops) as (client, there), pytest.raises(NetworkError, match="in time"):
        client.relay()
    assert len(there.asked) == 1
