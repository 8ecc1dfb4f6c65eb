"""What every relay must offer to be measured: a process, writers, live readers, catching up."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

BODY = 1024


class Missing(Exception):
    """The peer can't be had on this machine; its row says so."""


class Writer(ABC):
    @abstractmethod
    async def append(self) -> None:
        """Send one message of 1 KiB and wait until the relay says that it has it."""


class Reader(ABC):
    @abstractmethod
    async def next(self) -> None:
        """Wait for one live message."""


class Peer(ABC):
    name: str
    promise: str
    """What an acknowledgement means there."""
    appends = 4000
    """How many to send per measurement; slow peers send fewer."""

    def __init__(self, folder: Path, venv: Path | None) -> None:
        self.folder = folder
        self.venv = venv
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Write what configuration is needed; returns the command that runs in the foreground."""

    async def prepare(self) -> None:  # noqa: B027 - most peers need nothing
        """Once after the start: accounts, logs, rooms."""

    @abstractmethod
    async def writer(self) -> Writer: ...

    @abstractmethod
    async def reader(self) -> Reader:
        """A live reader of the first writer's log, connected and waiting."""

    @abstractmethod
    async def catch_up(self, count: int) -> None:
        """Fetch `count` stored messages of the first writer's log."""

    async def start(self) -> float:
        """Seconds until it accepts connections."""
        self.folder.mkdir(parents=True)
        command = self.command()
        began = time.perf_counter()
        with (self.folder / "output.txt").open("wb") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, env=os.environ | self.env()
            )
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - began > 60:
                    raise Missing("it did not start") from None
                await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
        await self.prepare()
        return seconds

    def env(self) -> dict[str, str]:
        return {}

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def memory(self) -> float:
        """Resident MiB of the process and its children."""
        assert self.process is not None
        pids, pages = [self.process.pid], 0
        for pid in pids:
            try:
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            pids += [int(child) for child in children.split()]
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def tool(self, name: str) -> str:
        """A program of the peer's own environment, or of the system."""
        if self.venv is not None:
            path = self.venv / "bin" / name
            if not path.exists():
                raise Missing("it could not be installed")
            return str(path)
        found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/bin")
        if found is None:
            raise Missing("it is not installed")
        return found


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
