"""Redis streams with an append-only file that is synced always: what a C server does with fsync."""

from __future__ import annotations

import asyncio
import os

from benchmarks.relay.peer import BODY, Peer, Reader, Writer


async def answer(reader: asyncio.StreamReader) -> object:
    """One RESP value."""
    line = (await reader.readuntil(b"\r\n"))[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"*":
        return [await answer(reader) for _ in range(int(rest))]
    if kind == b"$":
        return (await reader.readexactly(int(rest) + 2))[:-2] if int(rest) >= 0 else None
    assert kind != b"-", rest
    return rest


def call(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)


class _Connection(Writer, Reader):
    def __init__(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.reader, self.writer = streams

    async def append(self) -> None:
        self.writer.write(call(b"XADD", b"log", b"*", b"e", os.urandom(BODY)))
        await answer(self.reader)

    def wait(self, after: bytes) -> None:
        self.writer.write(call(b"XREAD", b"BLOCK", b"0", b"STREAMS", b"log", after))

    async def next(self) -> None:
        found = await answer(self.reader)
        assert isinstance(found, list)
        self.wait(found[0][1][-1][0])


class Redis(Peer):
    name = "redis"
    promise = "fsync before every acknowledgement (appendfsync always)"
    appends = 10_000

    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        options += ["--appendonly", "yes", "--appendfsync", "always"]
        return [self.tool("redis-server"), *options]

    async def connect(self) -> _Connection:
        return _Connection(await asyncio.open_connection("127.0.0.1", self.port, limit=2**24))

    async def writer(self) -> Writer:
        return await self.connect()

    async def reader(self) -> Reader:
        """Waits for what comes after the newest: `$` would mean whenever Redis comes to read it,
        and miss what is appended in between on a busy machine."""
        connection = await self.connect()
        connection.writer.write(call(b"XREVRANGE", b"log", b"+", b"-", b"COUNT", b"1"))
        newest = await answer(connection.reader)
        assert isinstance(newest, list)
        connection.wait(newest[0][0])
        return connection

    async def catch_up(self, count: int) -> None:
        connection = await self.connect()
        connection.writer.write(call(b"XRANGE", b"log", b"-", b"+", b"COUNT", b"%d" % count))
        found = await answer(connection.reader)
        assert isinstance(found, list)
        assert len(found) == count
        connection.writer.close()
