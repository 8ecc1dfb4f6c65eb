"""Clients that are broken or mean no good; the relay goes on answering the others."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient import wire

from .harness import Log, Relay, wait_until

SECONDS = {"HAVEN_RELAY_NET_HEAD_SECONDS": "1", "HAVEN_RELAY_LIMITS_BODY_SECONDS": "1"}
ROUNDS = int(os.environ.get("HAVEN_RELAY_FUZZ", "150"))


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with Relay(tmp_path_factory.mktemp("relay"), env=SECONDS) as running:
        yield running
        assert running.running


@pytest.fixture(autouse=True)
def others_are_served(relay: Relay) -> Iterator[None]:
    yield
    log = relay.log()
    assert log.append(b"others").status_code == 201
    assert log.entries() == [(1, b"others")]


def connect(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=8)


def everything(sock: socket.socket) -> bytes:
    """What the relay sends until it closes."""
    parts = []
    try:
        while part := sock.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def head(log: Log, *more: str, length: int | None = None) -> bytes:
    lines = [
        f"POST {wire.entries_path(log.log_id)} HTTP/1.1",
        "Host: relay",
        f"Authorization: Bearer {wire.b64(log.tokens[0])}",
        f"Idempotency-Key: {wire.b64(os.urandom(16))}",
        *more,
    ]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_head_that_drips_is_cut_off(relay: Relay) -> None:
    loris = [connect(relay) for _ in range(50)]
    for sock in loris:
        sock.sendall(b"GET /v1/relay HTTP/1.1\r\nHost: relay\r\nX-Slow: ")
    log = relay.log()
    began = time.monotonic()
    assert log.append(b"meanwhile").status_code == 201
    assert time.monotonic() - began < 1
    for sock in loris:
        answer = everything(sock)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"urn:haven:problem:timeout" in answer
        sock.close()
    assert time.monotonic() - began < 5


def test_a_connection_that_says_nothing_is_closed(relay: Relay) -> None:
    with connect(relay) as sock:
        assert everything(sock) == b""


def test_a_body_that_drips_is_cut_off_and_nothing_is_stored(relay: Relay) -> None:
    log = relay.log()
    with connect(relay) as sock:
        sock.sendall(head(log, length=1000) + b"half a bo")
        assert everything(sock).startswith(b"HTTP/1.1 408 ")
    with connect(relay) as sock:
        sock.sendall(head(log, length=1000) + b"half a body, then gone")
    assert log.append(b"whole").json()["seq"] == 1


@pytest.mark.parametrize(
    "field", [b"X-Large: " + b"a" * 70_000, b"\r\n".join(b"X-%d: y" % n for n in range(5000))]
)
def test_a_giant_head_is_refused(relay: Relay, field: bytes) -> None:
    with connect(relay) as sock:
        try:
            sock.sendall(b"GET /v1/relay HTTP/1.1\r\nHost: relay\r\n" + field + b"\r\n\r\n")
        except OSError:
            return  # cut off while we were still sending
        answer = everything(sock)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "field",
    [
        "Content-Length: abc",
        "Content-Length: -5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: nonsense",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 999999999999",
    ],
)
def test_lengths_that_lie_are_refused(relay: Relay, field: str) -> None:
    log = relay.log()
    with connect(relay) as sock:
        sock.sendall(head(log, field) + b"hello")
        sock.shutdown(socket.SHUT_WR)
        status = everything(sock)[9:12]
    assert status in (b"400", b"413", b"408", b"")
    assert log.read().content == b""


def test_a_body_shorter_than_announced_is_never_stored(relay: Relay) -> None:
    log = relay.log()
    with connect(relay) as sock:
        sock.sendall(head(log, length=10) + b"12345")
        sock.shutdown(socket.SHUT_WR)
        everything(sock)
    assert log.read().content == b""


def test_pipelined_requests_are_answered_in_order(relay: Relay) -> None:
    log = relay.log()
    with connect(relay) as sock:
        requests = [head(log, length=2) + b"%02d" % n for n in range(5)]
        last = head(log, "Connection: close", length=2) + b"99"
        sock.sendall(b"".join(requests) + last)
        answers = everything(sock)
    seqs = [int(part.split(b",")[0]) for part in answers.split(b'{"seq":')[1:]]
    assert seqs == [1, 2, 3, 4, 5, 6]
    assert [body for _, body in log.entries()] == [b"00", b"01", b"02", b"03", b"04", b"99"]


def test_endless_pipelining_is_cut_off(relay: Relay) -> None:
    with connect(relay) as sock:
        try:
            for _ in range(200):
                sock.sendall(b"GET /v1/relay HTTP/1.1\r\nHost: r\r\n\r\n" * 500)
        except OSError:
            return
        sock.shutdown(socket.SHUT_WR)
        everything(sock)


def test_random_bytes_and_broken_requests(relay: Relay) -> None:
    chance = random.Random(7)
    log = relay.log()
    whole = head(log, length=20) + bytes(20)
    for n in range(ROUNDS):
        with connect(relay) as sock:
            if n % 3 == 0:
                data = chance.randbytes(chance.randrange(1, 3000))
            else:
                damaged = bytearray(whole)
                for _ in range(chance.randrange(1, 6)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                data = bytes(damaged[: chance.randrange(1, len(damaged) + 1)])
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            if n % 2:
                sock.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    everything(sock)
    bodies = [body for _, body in log.entries()]
    assert all(len(body) == 20 for body in bodies)


def test_hundreds_of_idle_connections_and_readers_do_not_disturb(relay: Relay) -> None:
    socks = [connect(relay) for _ in range(400)]
    log = relay.log()
    assert log.append(b"x").status_code == 201
    for sock in socks:
        sock.close()


def test_a_reader_that_takes_nothing_is_cut_off_and_memory_stays_bounded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    env = {
        "HAVEN_RELAY_LIMITS_STALL_SECONDS": "1",
        "HAVEN_RELAY_LIMITS_APPENDS_PER_MINUTE": "0",
    }
    with Relay(tmp_path_factory.mktemp("stuck"), env=env) as relay:
        log = relay.log()
        stuck = []
        for _ in range(10):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect(("127.0.0.1", relay.port))
            path = wire.events_path(log.log_id)
            token = wire.b64(log.tokens[0])
            sock.sendall(
                f"GET {path} HTTP/1.1\r\nHost: r\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )
            assert sock.recv(100)
            stuck.append(sock)
        for _ in range(3):
            log.append(b"warm" * 10)
        before = memory(relay)
        for _ in range(80):
            assert log.append(os.urandom(wire.MAX_ENTRY_BYTES)).status_code == 201
        # 20 MiB went by; ten readers that hold it all would be 270 MiB of frames.
        assert memory(relay) - before < 64 * 2**20
        metrics = relay.operator + "/metrics"
        wait_until(lambda: "haven_relay_readers_cut_off 10" in log.http.get(metrics).text)
        wait_until(lambda: "haven_relay_readers 0" in log.http.get(metrics).text)
        for sock in stuck:
            sock.close()
        # Whoever was cut off comes back with the last id and misses nothing.
        stream = log.events(after=50)
        assert [int(next(stream)[1]) for _ in range(33)] == list(range(51, 84))


def memory(relay: Relay) -> int:
    """Resident bytes of the relay."""
    pages = Path(f"/proc/{relay.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
