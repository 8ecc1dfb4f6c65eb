"""Prosody: one room (MUC with archive) a writer; a message is answered by its own reflection."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import subprocess

from benchmarks.relay.peer import BODY, Peer, Reader, Writer

CONFIG = """
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
plugin_paths = {{}}
daemonize = false
run_as_root = true
modules_enabled = {{ "roster", "saslauth", "disco", "ping" }}
modules_disabled = {{ "s2s", "offline", "c2s_limits", "limits" }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
c2s_ports = {{ {port} }}
c2s_interfaces = {{ "127.0.0.1" }}
log = {{ error = "{folder}/error.log" }}
VirtualHost "localhost"
Component "rooms.localhost" "muc"
  modules_enabled = {{ "muc_mam" }}
  restrict_room_creation = false
  muc_log_by_default = true
  max_archive_query_results = 1000
"""


class _Connection(Writer, Reader):
    names = itertools.count()

    def __init__(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.reader, self.writer = streams
        self.numbers = itertools.count()

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def until(self, text: str) -> str:
        return (await self.reader.readuntil(text.encode())).decode()

    async def log_in(self) -> None:
        stream = (
            "<stream:stream to='localhost' version='1.0' xmlns='jabber:client'"
            " xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        self.send(stream)
        await self.until("</stream:features>")
        words = base64.b64encode(b"\0bench\0bench").decode()
        self.send(
            f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{words}</auth>"
        )
        await self.until("<success")
        self.send(stream)
        await self.until("</stream:features>")
        bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        self.send(f"<iq type='set' id='b'>{bind}</iq>")
        await self.until("</iq>")

    async def join(self, room: str) -> None:
        self.room = f"{room}@rooms.localhost"
        self.nick = f"n{next(self.names)}"
        self.send(
            f"<presence to='{self.room}/{self.nick}'>"
            "<x xmlns='http://jabber.org/protocol/muc'><history maxchars='0'/></x></presence>"
        )
        await self.until("code='110'")
        await self.until("</presence>")
        # A new room is locked until its owner says that she is content with it.
        self.send(
            f"<iq type='set' id='c' to='{self.room}'>"
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>"
        )
        await self.until("id='c'")

    async def append(self) -> None:
        mark = f"{self.nick}-{next(self.numbers)}"
        body = os.urandom(BODY // 2).hex()
        self.send(
            f"<message type='groupchat' id='{mark}' to='{self.room}'><body>{body}</body></message>"
        )
        await self.until(mark)
        await self.until("</message>")

    async def next(self) -> None:
        await self.until("<body>")
        await self.until("</message>")


class Prosody(Peer):
    name = "prosody"
    promise = "internal storage, no fsync"
    appends = 3000

    def command(self) -> list[str]:
        self.writers, self.idle = itertools.count(), itertools.count()
        (self.folder / "data").mkdir()
        config = self.folder / "prosody.cfg.lua"
        config.write_text(CONFIG.format(folder=self.folder, port=self.port))
        control = [self.tool("prosodyctl"), "--root", "--config", str(config)]
        subprocess.run(
            [*control, "register", "bench", "localhost", "bench"], capture_output=True, check=False
        )
        return [self.tool("prosody"), "--root", "-F", "--config", str(config)]

    async def open(self, room: str) -> _Connection:
        streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        connection = _Connection(streams)
        await connection.log_in()
        await connection.join(room)
        return connection

    async def writer(self) -> Writer:
        return await self.open(f"room{next(self.writers)}")

    async def reader(self) -> Reader:
        return await self.open("live")

    async def idle_reader(self) -> Reader:
        # A thousand in one room would be a million presences: twenty to a room.
        return await self.open(f"idle{next(self.idle) // 20}")

    async def live_writer(self) -> Writer:
        return await self.open("live")

    async def catch_up(self, count: int) -> None:
        connection = await self.open("other")
        connection.send(
            "<iq type='set' id='m' to='room0@rooms.localhost'><query xmlns='urn:xmpp:mam:2'>"
            "<set xmlns='http://jabber.org/protocol/rsm'>"
            f"<max>{count}</max></set></query></iq>"
        )
        answer = await connection.until("<fin")
        assert answer.count("<result") == count, answer.count("<result")
        connection.writer.close()
