"""Little memory: every byte that the relay wrote during a session, searched."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import httpx

from havenclient import wire

from .harness import Log, Relay
from .test_limits import admit


def spellings(secret: bytes) -> list[bytes]:
    return [secret, wire.b64(secret).encode(), secret.hex().encode(), secret.hex().upper().encode()]


def test_no_address_token_or_code_is_ever_written_and_no_log_id_is_said(tmp_path: Path) -> None:
    env = {"HAVEN_RELAY_RELAY_ADMISSION": "true", "HAVEN_RELAY_NET_HEAD_SECONDS": "1"}
    secrets: list[bytes] = []
    ids: list[bytes] = []
    ports: set[int] = set()
    said = b""
    with Relay(tmp_path, env=env) as relay:
        code = admit(tmp_path / "data")
        secrets.append(code.encode())
        for _ in range(3):
            log = Log(relay.url)
            ids.append(log.log_id)
            log.create(headers={wire.ADMISSION: code})
            log.append(b"entry", key=os.urandom(16))
            log.append(b"")
            log.append(bytes(wire.MAX_ENTRY_BYTES + 1))
            wrong = os.urandom(32)
            secrets.append(wrong)
            log.read(token=wrong)
            log.close_slice()
            log.close_slice(names=7)
            next(log.events(token=log.tokens[0]))
            log.http.get(relay.url + wire.log_path(log.log_id) + "/nonsense?" + wire.b64(wrong))
            log.http.put(relay.url + wire.log_path(log.log_id), content=b"{" + code.encode())
            secrets += [*log.tokens, log.committer]
        for data in (b"\0\1\2", b"GET /" + wire.b64(ids[0]).encode(), b"POST / HTTP/9.9\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", relay.port)) as sock:
                ports.add(sock.getsockname()[1])
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
                sock.recv(1000)
        with httpx.Client(trust_env=False) as client:
            for path in ("/metrics", "/healthz"):
                said += client.get(relay.operator + path).content
        said += relay.output.read_bytes()
        disk_while_running = disk(tmp_path)
        log.delete()
        relay.stop()
        said += relay.output.read_bytes()
        at_rest = disk(tmp_path)

    lines = [line for line in said.splitlines() if b"listening on" not in line]
    said = b"\n".join(lines)
    for content in (disk_while_running, at_rest, said):
        assert b"127.0.0.1" not in content
        for secret in secrets:
            assert not any(spelling in content for spelling in spellings(secret))
    for log_id in ids:
        assert not any(spelling in said for spelling in spellings(log_id))
    assert not any(b":%d" % port in said for port in ports)
    assert ids[0] in at_rest  # a log's id must be kept; it proves that the search can find
    assert ids[2] not in at_rest  # the last log was deleted


def disk(folder: Path) -> bytes:
    files = [p for p in (folder / "data").rglob("*") if p.is_file()]
    assert files
    return b"\0".join(p.read_bytes() for p in files)


def test_times_are_kept_as_days(tmp_path: Path) -> None:
    """No column of the store holds anything finer than a day."""
    import time

    import apsw

    with Relay(tmp_path) as relay:
        log = relay.log()
        log.append(b"x")
        log.close_slice()
        relay.stop()
    db = apsw.Connection(str(tmp_path / "data" / "relay.db"))
    now = time.time()
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in db.execute(f"SELECT * FROM {table}"):
            for value in row:
                if isinstance(value, int | float):
                    assert not now - 86_400 * 400 < value < now + 86_400 * 400, table
                    assert not (now - 1e6) * 1000 < value < (now + 1e6) * 1000, table


def test_deleted_bytes_are_overwritten(tmp_path: Path) -> None:
    marker = b"MARKER-THAT-MUST-GO" * 50
    with Relay(tmp_path) as relay:
        log = relay.log()
        log.append(marker)
        assert marker in disk(tmp_path)
        assert log.delete().status_code == 204
        relay.stop()
    assert marker not in disk(tmp_path)
