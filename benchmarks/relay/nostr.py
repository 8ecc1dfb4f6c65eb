"""nostr-relay: events signed before the clock starts, `OK` as answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

from benchmarks.relay.peer import Missing, Peer, Reader, Writer
from benchmarks.relay.websocket import WebSocket

SIGN = """
import json, os, sys, time
from aionostr.event import Event
from aionostr.key import PrivateKey
key = PrivateKey()
for n in range(int(sys.argv[1])):
    event = Event(pubkey=key.public_key.hex(), content=os.urandom(512).hex(), kind=1,
                  created_at=int(time.time()) - 10)
    event.sign(key.hex())
    print(json.dumps(event.to_json_object()))
"""


class _Connection(Writer, Reader):
    def __init__(self, socket: WebSocket, events: Iterator[Any]) -> None:
        self.socket, self.events = socket, events

    async def wait_for(self, kind: str) -> Any:
        while (message := await self.socket.receive())[0] != kind:
            assert message[0] != "NOTICE", message
        return message

    async def append(self) -> None:
        self.socket.send(["EVENT", next(self.events)])
        answer = await self.wait_for("OK")
        assert answer[2], answer

    async def next(self) -> None:
        await self.wait_for("EVENT")


class Nostr(Peer):
    name = "nostr-relay"
    promise = "SQLite WAL, synchronous=NORMAL: no fsync per event"
    appends = 2000

    def command(self) -> list[str]:
        config = self.folder / "relay.yaml"
        config.write_text(
            f"storage:\n  sqlalchemy.url: sqlite+aiosqlite:///{self.folder}/nostr.sqlite3\n"
            "  validators:\n    - nostr_relay.validators.is_signed\n"
            f"gunicorn:\n  bind: 127.0.0.1:{self.port}\n  workers: 1\n  loglevel: error\n"
            "  reload: false\nverification:\n  nip05_verification: disabled\n"
        )
        return [self.tool("nostr-relay"), "-c", str(config), "serve"]

    async def prepare(self) -> None:
        made = subprocess.run(
            [self.tool("python"), "-c", SIGN, "9000"], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise Missing("its events could not be signed")
        self.events = iter([json.loads(line) for line in made.stdout.splitlines()])

    async def connect(self) -> _Connection:
        return _Connection(await WebSocket.connect(self.port, "/"), self.events)

    async def writer(self) -> Writer:
        return await self.connect()

    async def reader(self) -> Reader:
        connection = await self.connect()
        connection.socket.send(["REQ", "live", {"kinds": [1], "limit": 1}])
        await connection.wait_for("EOSE")
        return connection

    async def catch_up(self, count: int) -> None:
        connection = await self.connect()
        connection.socket.send(["REQ", "all", {"kinds": [1], "limit": count}])
        seen = 0
        while (await connection.socket.receive())[0] == "EVENT":
            seen += 1
        assert seen == count, seen
        connection.socket.writer.close()
