"""One process: listeners, store, writer, readers and housekeeping, from start to graceful stop.

Stopping, in this order: no new connections; live readers are told to come back; requests in
flight are finished and answered; the writer commits all that it holds; the store is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import gc
import logging
import os
import resource
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, cast

import uvicorn

from havenclient.errors import HavenError, InUse, StorageError, UsageError
from havenclient.relay import rules
from havenclient.relay.app import LogPaths, RelayApp
from havenclient.relay.cold import ColdPaths
from havenclient.relay.days import Days
from havenclient.relay.events import Hub
from havenclient.relay.guard import Guarded
from havenclient.relay.metrics import Metrics
from havenclient.relay.operator import OperatorApp
from havenclient.relay.rules import Gone, Place
from havenclient.relay.settings import Settings, address
from havenclient.relay.sqlite.database import FILE
from havenclient.relay.sqlite.store import SqliteStore
from havenclient.relay.store import Page
from havenclient.relay.systemd import notify
from havenclient.relay.writer import Writer

log = logging.getLogger("haven.relay")

READER_THREADS = 2
HOUSEKEEPING_SECONDS = 5
LOOK_SECONDS = 0.5
PRUNE_SECONDS = 3600
GRACE_SECONDS = 20
SPARE_FILES = 100
"""For the database, the listeners and what else is not a client's connection."""


class _Server(uvicorn.Server):
    """uvicorn's server, without its hold on the process's signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def hold(data: Path) -> Iterator[None]:
    """One relay process per data directory."""
    handle: IO[str]
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (data / "relay.lock").open("w")
    except OSError as error:
        raise StorageError("the data directory can't be written") from error
    with handle:
        # A command that asks whether a relay runs holds it for an instant.
        for _ in range(20):
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.01)
        else:
            raise InUse(
                "another relay runs on this data directory", "stop it first, or name another --data"
            )
        yield


def listening(text: str) -> socket.socket:
    host, port = address(text)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[
            0
        ]
        sock = socket.socket(family, kind, proto)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise UsageError(
            f"can't listen on {text}: {error.strerror}",
            *(["another program listens there, perhaps a relay"] if taken else []),
            "`--listen` and `--operator` (or net.listen, net.operator) choose other addresses",
        ) from None
    sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    return sock


def room_for_connections(wanted: int) -> int:
    """How many connections there may be: one file each, and some are kept for the rest.

    Takes as many files as are allowed: shells and containers often begin at 1,024, far below what
    they may be raised to. Without a bound below the limit the first to fail would be the database,
    and with it those who are connected already.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted + SPARE_FILES
    if hard != resource.RLIM_INFINITY:
        files = min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
        except (OSError, ValueError):  # the unit's filter may forbid it
            files = soft
    return max(1, min(wanted, files - SPARE_FILES))


def where(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def limits_of(settings: Settings) -> rules.Limits:
    return rules.Limits(
        entries=settings.limits.entries_per_log,
        size=settings.limits.mib_per_log * 1024 * 1024,
        reserve_percent=settings.limits.committers_percent,
    )


def serve(data: Path, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Prints where it listens and what it stores."""
    import uvloop

    connections = room_for_connections(settings.net.connections)
    if connections < min(settings.net.connections, settings.limits.readers):
        log.warning("room for %d connections only: raise the limit of open files", connections)
    with hold(data):
        store = SqliteStore(data / FILE, limits_of(settings))
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_Process(data, settings, store, connections).run())
        finally:
            store.close()


async def _look_at_connections(servers: list[_Server]) -> None:
    """End those whose peers are late (see `guard`)."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = loop.time()
        for server in servers:
            for connection in list(server.server_state.connections):
                cast(Guarded, connection).look(now)


class _Process:
    def __init__(
        self, data: Path, settings: Settings, store: SqliteStore, connections: int
    ) -> None:
        self.data = data
        self.settings = settings
        self.store = store
        self.connections = connections
        self.metrics = Metrics()
        self.started = time.monotonic()

    async def run(self) -> None:
        settings, limits = self.settings, self.settings.limits
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="reader")

        async def read(place: Place, after: int, limit: int) -> Page | Gone | None:
            return await loop.run_in_executor(threads, self.store.read, place, after, limit)

        self.hub = Hub(
            read,
            readers_per_log=limits.readers_per_log,
            readers=limits.readers,
            heartbeat_seconds=limits.heartbeat_seconds,
            stall_seconds=limits.stall_seconds,
        )
        self.days = Days(self.store.newest_day, leap_days=settings.relay.leap_days)
        self.writer = Writer(self.store, self.days.arrival, self.hub.publish)
        self.logs = LogPaths(
            self.store, self.writer, self.hub, threads, read, settings, self.metrics, loop.time
        )
        self.cold = ColdPaths(
            self.store, self.writer, settings, self.metrics, self.days.arrival, loop.time
        )
        self.cold.overloaded = lambda: self.writer.waiting_bytes > limits.queued_mib * 2**19
        self.cold.created = self.logs.doors.drop
        self.app = app = RelayApp(self.logs, self.cold.application(), self.metrics)

        public = listening(settings.net.listen)
        servers = [(self._server(app, public=True), public)]
        operator = None
        if settings.net.operator:
            operator = listening(settings.net.operator)
            page = OperatorApp(self.health, self.metrics_text)
            servers.append((self._server(page, public=False), operator))

        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        running = [asyncio.create_task(s.serve(sockets=[sock])) for s, sock in servers]
        chores = [
            asyncio.create_task(self.hub.run()),
            asyncio.create_task(self._housekeeping()),
            asyncio.create_task(_look_at_connections([s for s, _ in servers])),
        ]
        while not all(s.started for s, _ in servers):
            await asyncio.sleep(0.01)
            for task in running:
                if task.done():
                    task.result()
        self._announce(public, operator)
        # What lives now lives for ever: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        notify("READY=1\nSTATUS=serving")
        await stop.wait()

        notify("STOPPING=1")
        log.info("stopping")
        self.hub.stop()
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(*running)
        for chore in chores:
            chore.cancel()
        await self.writer.stop()
        threads.shutdown()
        log.info("stopped; nothing acknowledged is lost")

    def _server(self, app: object, *, public: bool) -> _Server:
        net = self.settings.net
        protocol = type(
            "Protocol",
            (Guarded,),
            {
                "head_seconds": float(net.head_seconds),
                "body_seconds": float(self.settings.limits.body_seconds),
                "idle_seconds": float(net.idle_seconds),
                "most_connections": self.connections,
            },
        )
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=2048,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ssl_certfile=(net.tls_certificate or None) if public else None,
            ssl_keyfile=(net.tls_key or None) if public else None,
        )
        return _Server(config)

    def _announce(self, public: socket.socket, operator: socket.socket | None) -> None:
        scheme = "https" if self.settings.net.tls_certificate else "http"
        print(f"relay listening on {scheme}://{where(public)}", flush=True)  # noqa: T201
        if operator is not None:
            print(f"operator listening on http://{where(operator)}", flush=True)  # noqa: T201
        print(  # noqa: T201
            "stored: opaque entries, their day, hashes of tokens; no addresses, no names",
            flush=True,
        )
        if self.store.backup_before_upgrade:
            log.info("the store was upgraded; the old one is kept beside it")

    def health(self) -> str | None:
        if self.writer.failing:
            return self.writer.failing
        if not self.logs.room_for_appends:
            return "little room on the disk: appends are refused"
        return self.app.trouble

    def metrics_text(self) -> str:
        return self.metrics.text(
            (
                ("haven_relay_readers", "Live readers.", self.hub.readers),
                ("haven_relay_readers_cut_off", "Readers that took nothing.", self.hub.cut_off),
                ("haven_relay_batches", "Transactions so far.", self.writer.batches),
                ("haven_relay_waiting", "Entries waiting for the disk.", self.writer.waiting),
                ("haven_relay_writing_fails", "1 while writing fails.", bool(self.writer.failing)),
                (
                    "haven_relay_uptime_seconds",
                    "Since the start.",
                    time.monotonic() - self.started,
                ),
            )
        )

    async def _housekeeping(self) -> None:
        due = 0.0
        while True:
            self._look_at_disk()
            if time.monotonic() >= due:
                due = time.monotonic() + PRUNE_SECONDS
                with contextlib.suppress(HavenError):  # said by the writer; tried again later
                    await self._prune()
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    async def _prune(self) -> None:
        day = self.days.removal()
        if day is None:
            log.warning("the clock seems wrong (%+d days): nothing is removed", self.days.ahead)
            return
        while (await self.writer.run(lambda: self.store.prune(day))).more:
            await asyncio.sleep(0.05)

    def _look_at_disk(self) -> None:
        try:
            free = shutil.disk_usage(self.data).free // (1024 * 1024)
        except OSError:
            return
        least = self.settings.limits.free_mib
        had = self.logs.room_for_appends
        self.cold.room_for_logs = free >= least
        self.logs.room_for_appends = free >= least // 2
        if had and not self.logs.room_for_appends:
            log.error("little room on the disk: appends are refused, reading and closing go on")
        elif not had and self.logs.room_for_appends:
            log.warning("there is room on the disk again")


def start_logging() -> None:
    """Lines for the operator on standard error. uvicorn's own are off: they may name addresses."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="level=%(levelname)s msg=%(message)r"
    )
    log.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logging.getLogger(name).disabled = True
    os.umask(0o077)
