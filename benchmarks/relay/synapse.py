"""Synapse: one room, `PUT send` as append, `/sync` as live reader, `/messages` to catch up."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import os
import subprocess
from typing import Any

from benchmarks.relay.peer import BODY, Missing, Peer, Reader, Writer

UNLIMITED = "{per_second: 100000, burst_count: 100000}"
API = "/_matrix/client/v3"


class _Http:
    def __init__(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.reader, self.writer = streams

    async def call(self, method: str, path: str, token: str = "", content: Any = None) -> Any:
        body = json.dumps(content).encode() if content is not None else b""
        auth = f"Authorization: Bearer {token}\r\n" if token else ""
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{auth}"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        if b"content-length: " in head:
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            text = await self.reader.readexactly(length)
        else:
            text = b""
            while size := int((await self.reader.readuntil(b"\r\n")), 16):
                text += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readuntil(b"\r\n")
        assert head[9:12] == b"200", (head, text)
        return json.loads(text)


class _Connection(Writer, Reader):
    numbers = itertools.count()

    def __init__(self, http: _Http, room: str, token: str) -> None:
        self.http, self.room, self.token = http, room, token
        self.since = ""
        self.waiting: asyncio.Task[Any] | None = None
        self.ready = 0

    async def append(self) -> None:
        path = f"{API}/rooms/{self.room}/send/m.room.message/{next(self.numbers)}"
        content = {"msgtype": "m.text", "body": os.urandom(BODY // 2).hex()}
        await self.http.call("PUT", path, self.token, content)

    def wait(self) -> None:
        path = f"{API}/sync?timeout=60000&since={self.since}"
        self.waiting = asyncio.create_task(self.http.call("GET", path, self.token))

    async def next(self) -> None:
        while not self.ready:
            assert self.waiting is not None
            found = await self.waiting
            self.since = found["next_batch"]
            rooms = found.get("rooms", {}).get("join", {})
            for room in rooms.values():
                self.ready += sum(e["type"] == "m.room.message" for e in room["timeline"]["events"])
            self.wait()
        self.ready -= 1


class Synapse(Peer):
    name = "matrix-synapse"
    promise = "SQLite, its default store"
    appends = 200

    def command(self) -> list[str]:
        python = self.tool("python")
        config = self.folder / "homeserver.yaml"
        options = ["--server-name", "localhost", "--config-path", str(config)]
        options += ["--generate-config", "--report-stats=no"]
        made = subprocess.run(
            [python, "-m", "synapse.app.homeserver", *options],
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        if made.returncode:
            raise Missing("its configuration could not be made")
        text = config.read_text().replace("port: 8008", f"port: {self.port}")
        text = text.replace("    - ::1\n", "").partition("trusted_key_servers:")[0]
        text += "trusted_key_servers: []\nfederation_domain_whitelist: []\n"
        text += f"\nregistration_shared_secret: bench\nrc_message: {UNLIMITED}\n"
        text += f"rc_registration: {UNLIMITED}\n"
        lines = [
            line
            for line in text.splitlines()
            if not (line.startswith("registration_shared_secret:") and "bench" not in line)
        ]
        config.write_text("\n".join(lines))
        return [python, "-m", "synapse.app.homeserver", "--config-path", str(config)]

    async def connect(self) -> _Http:
        return _Http(await asyncio.open_connection("127.0.0.1", self.port, limit=2**24))

    async def prepare(self) -> None:
        http = await self.connect()
        nonce = (await http.call("GET", "/_synapse/admin/v1/register"))["nonce"]
        words = "\0".join([nonce, "bench", "bench-words", "notadmin"]).encode()
        user = {
            "nonce": nonce,
            "username": "bench",
            "password": "bench-words",
            "admin": False,
            "mac": hmac.new(b"bench", words, hashlib.sha1).hexdigest(),
        }
        answer = await http.call("POST", "/_synapse/admin/v1/register", "", user)
        self.token = answer["access_token"]
        room = await http.call("POST", f"{API}/createRoom", self.token, {})
        self.room = room["room_id"]

    async def writer(self) -> Writer:
        return _Connection(await self.connect(), self.room, self.token)

    async def reader(self) -> Reader:
        connection = _Connection(await self.connect(), self.room, self.token)
        found = await connection.http.call("GET", f"{API}/sync?timeout=0", self.token)
        connection.since = found["next_batch"]
        connection.wait()
        return connection

    async def catch_up(self, count: int) -> None:
        http, start, seen = await self.connect(), "", 0
        while seen < count:
            path = f"{API}/rooms/{self.room}/messages?dir=b&limit=1000"
            page = await http.call("GET", path + (f"&from={start}" if start else ""), self.token)
            seen += len(page["chunk"])
            if "end" not in page:
                raise Missing("fewer messages than asked for")
            start = page["end"]
        http.writer.close()
