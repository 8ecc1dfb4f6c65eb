"""What one connection does with requests: whole answers, keep-alive, deadlines, graceful hints."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest

from havenclient import wire

from .harness import Log, Relay

IDLE = {"HAVEN_RELAY_NET_IDLE_SECONDS": "1"}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with Relay(tmp_path_factory.mktemp("relay"), env=IDLE) as running:
        yield running


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=8)


def append(log: Log, *more: str, body: bytes = b"hello", version: str = "1.1") -> bytes:
    lines = [
        f"POST {wire.entries_path(log.log_id)} HTTP/{version}",
        "Host: relay",
        f"Authorization: Bearer {wire.b64(log.tokens[0])}",
        f"Idempotency-Key: {wire.b64(os.urandom(16))}",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def test_an_answer_leaves_in_one_piece(relay: Relay) -> None:
    """Head and body in two packets would wake every client twice for each append."""
    log = relay.log()
    with connect(relay.port) as sock:
        for seq in range(1, 21):
            sock.sendall(append(log))
            answer = sock.recv(65536)
            assert answer.startswith(b"HTTP/1.1 201 Created\r\n")
            assert answer.endswith(b'\r\n\r\n{"seq":%d,"slice":0}' % seq)


def test_who_asks_first_is_told_to_go_on_only_if_the_body_is_wanted(relay: Relay) -> None:
    log = relay.log()
    whole = append(log, "Expect: 100-continue")
    with connect(relay.port) as sock:
        sock.sendall(whole[:-5])
        assert sock.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(whole[-5:])
        assert sock.recv(65536).startswith(b"HTTP/1.1 201 ")
    stranger = Log(relay.url)
    with connect(relay.port) as sock:
        sock.sendall(append(stranger, "Expect: 100-continue")[:-5])
        assert sock.recv(65536).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    ("more", "version"), [(("Connection: close",), "1.1"), ((), "1.0")], ids=["close", "http/1.0"]
)
def test_a_connection_ends_where_its_client_wants_that(
    relay: Relay, more: tuple[str, ...], version: str
) -> None:
    log = relay.log()
    with connect(relay.port) as sock:
        sock.sendall(append(log, *more, version=version))
        answer = b""
        while part := sock.recv(65536):
            answer += part
        assert b"\r\nconnection: close\r\n" in answer
        assert answer.count(b"connection:") == 1
        assert answer.endswith(b'{"seq":1,"slice":0}')


def test_a_head_request_gets_the_head_alone(relay: Relay) -> None:
    port = int(relay.operator.rpartition(":")[2])
    with connect(port) as sock:
        sock.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := sock.recv(65536):
            answer += part
        assert answer.endswith(b"\r\n\r\n")
        assert b"content-length: 3\r\n" in answer


def test_an_idle_connection_is_closed_and_a_live_reader_is_not(relay: Relay) -> None:
    log = relay.log()
    with connect(relay.port) as sock, connect(relay.port) as reader:
        reader.sendall(
            f"GET {wire.events_path(log.log_id)} HTTP/1.1\r\nHost: r\r\n"
            f"Authorization: Bearer {wire.b64(log.tokens[0])}\r\n\r\n".encode()
        )
        assert b": open" in reader.recv(65536)
        sock.sendall(append(log))
        assert b"201 Created" in sock.recv(65536)
        began = time.monotonic()
        assert sock.recv(65536) == b""
        assert 0.5 < time.monotonic() - began < 5
        assert b"event: entry" in reader.recv(65536)
        later = Log(relay.url, log.log_id, log.tokens)  # by a connection that is not idle
        assert later.append(b"later").status_code == 201
        assert b"event: entry" in reader.recv(65536)
