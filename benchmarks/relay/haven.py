"""Haven's own relay, spoken to over plain sockets."""

from __future__ import annotations

import asyncio
import os
import sys

from benchmarks.relay.peer import BODY, Peer, Reader, Writer
from havenclient import wire


class _Http:
    def __init__(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.reader, self.writer = streams

    async def request(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        self.writer.write(f"{head}Host: r\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(answer[9:12]), await self.reader.readexactly(length)


class _Writer(Writer):
    def __init__(self, http: _Http, head: str) -> None:
        self.http, self.head = http, head

    async def append(self) -> None:
        key = wire.b64(os.urandom(16))
        head = f"{self.head}Idempotency-Key: {key}\r\n"
        status, _ = await self.http.request(head, os.urandom(BODY))
        assert status == 201, status


class _Reader(Reader):
    def __init__(self, http: _Http) -> None:
        self.http, self.reader = http, http.reader

    async def next(self) -> None:
        await self.reader.readuntil(b"event: entry\n")
        await self.reader.readuntil(b"\n\n")


class Haven(Peer):
    name = "haven-relay"
    promise = "fsync of a group commit before every acknowledgement"
    appends = 10_000

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "havenclient.relay", "serve"]
        command += ["--data", str(self.folder / "data")]
        return [*command, "--listen", f"127.0.0.1:{self.port}", "--operator", ""]

    def env(self) -> dict[str, str]:
        return {
            "HAVEN_RELAY_LIMITS_APPENDS_PER_MINUTE": "0",
            "HAVEN_RELAY_LIMITS_READERS_PER_LOG": "2000",
            "HAVEN_RELAY_LIMITS_CREATIONS_PER_MINUTE": "0",
        }

    async def connect(self) -> _Http:
        return _Http(await asyncio.open_connection("127.0.0.1", self.port, limit=2**24))

    async def prepare(self) -> None:
        self.log, self.token = os.urandom(16), os.urandom(32)
        self.auth = f"Authorization: Bearer {wire.b64(self.token)}\r\n"
        body = b'{"access_hash":"%b"}' % wire.b64(wire.token_hash(self.token)).encode()
        http = await self.connect()
        status, _ = await http.request(f"PUT {wire.log_path(self.log)} HTTP/1.1\r\n", body)
        assert status == 201, status

    async def writer(self) -> Writer:
        head = f"POST {wire.entries_path(self.log)} HTTP/1.1\r\n{self.auth}"
        return _Writer(await self.connect(), head)

    async def reader(self) -> Reader:
        http = await self.connect()
        head = f"GET {wire.events_path(self.log)} HTTP/1.1\r\nHost: r\r\n{self.auth}"
        last = await self.newest()
        http.writer.write(f"{head}Last-Event-ID: {last}\r\n\r\n".encode())
        await http.reader.readuntil(b": open\n\n")
        return _Reader(http)

    async def newest(self) -> int:
        http = await self.connect()
        path = f"{wire.entries_path(self.log)}?after={wire.MAX_SEQ}"
        http.writer.write(f"GET {path} HTTP/1.1\r\nHost: r\r\n{self.auth}\r\n".encode())
        head = (await http.reader.readuntil(b"\r\n\r\n")).lower()
        http.writer.close()
        return int(head.split(b"haven-slice-last: ")[1].split(b"\r\n")[0])

    async def catch_up(self, count: int) -> None:
        http = await self.connect()
        path = f"{wire.entries_path(self.log)}?limit={count}"
        status, body = await http.request(f"GET {path} HTTP/1.1\r\n{self.auth}")
        assert status == 200
        assert len(list(wire.decode_entries(body))) == count
        http.writer.close()
