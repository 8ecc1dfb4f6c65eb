"""magic-wormhole's mailbox server: one mailbox a writer, an echo of one's own message as answer."""

from __future__ import annotations

import itertools
import os
from typing import Any

from benchmarks.relay.peer import BODY, Peer, Reader, Writer
from benchmarks.relay.websocket import WebSocket


class _Connection(Writer, Reader):
    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.numbers = itertools.count()

    async def message(self) -> Any:
        while True:
            message = await self.socket.receive()
            assert message["type"] != "error", message
            if message["type"] == "message":
                return message

    async def append(self) -> None:
        phase = f"{id(self)}-{next(self.numbers)}"
        self.socket.send({"type": "add", "phase": phase, "body": os.urandom(BODY).hex()})
        while (await self.message())["phase"] != phase:
            pass

    async def next(self) -> None:
        await self.message()


class Wormhole(Peer):
    name = "wormhole-mailbox"
    promise = "SQLite, one commit per message"
    appends = 1500

    def command(self) -> list[str]:
        self.writers = itertools.count()
        options = ["wormhole-mailbox", f"--port=tcp:{self.port}:interface=127.0.0.1"]
        return [self.tool("twist"), *options, f"--channel-db={self.folder}/channel.db"]

    async def open(self, mailbox: str) -> _Connection:
        socket = await WebSocket.connect(self.port, "/v1")
        socket.send({"type": "bind", "appid": "bench", "side": "one"})
        socket.send({"type": "open", "mailbox": mailbox})
        return _Connection(socket)

    async def writer(self) -> Writer:
        return await self.open(f"box{next(self.writers)}")

    async def reader(self) -> Reader:
        # A mailbox sends all its old messages first, so live readers share an own, empty one.
        connection = await self.open("live")
        connection.socket.send({"type": "ping", "ping": 1})
        while (await connection.socket.receive())["type"] != "pong":
            pass
        return connection

    async def live_writer(self) -> Writer:
        return await self.open("live")

    async def catch_up(self, count: int) -> None:
        connection = await self.open("box0")
        for _ in range(count):
            await connection.message()
        connection.socket.writer.close()
