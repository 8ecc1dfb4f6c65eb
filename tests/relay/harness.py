"""A real relay process on loopback, and a plain client that speaks docs/relay-api.md to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw
import httpx

from havenclient import wire

from .nursery import Child, Nursery

START_SECONDS = 20.0


class Relay:
    """`haven-relay serve` in its own process; `settings` go in through the environment."""

    def __init__(
        self,
        data: Path,
        port: int = 0,
        env: dict[str, str] | None = None,
        nursery: Nursery | None = None,
        before: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.port = port
        # Tests make whole years pass between two starts.
        self.env = {"HAVEN_RELAY_RELAY_LEAP_DAYS": "0"} | (env or {})
        self.output = data / "output.txt"
        self.url = self.operator = ""
        self._nursery = nursery
        self._before = before
        """A program and its arguments that run the relay under other conditions."""
        self._process: subprocess.Popen[bytes] | Child | None = None

    def start(self) -> Relay:
        self.data.mkdir(parents=True, exist_ok=True)
        self.output.touch()
        seen = self.output.stat().st_size
        arguments = ["serve", "--data", str(self.data / "data"), "--operator", "127.0.0.1:0"]
        arguments += ["--listen", f"127.0.0.1:{self.port}"]
        if self._nursery is not None:
            self._process = self._nursery.start(arguments, self.env, self.output)
        else:
            command = [*self._before, sys.executable, "-m", "havenclient.relay", *arguments]
            with self.output.open("ab") as out:
                self._process = subprocess.Popen(
                    command, stdout=out, stderr=out, env=os.environ | self.env
                )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            text = self.output.read_bytes()[seen:].decode()
            if "stored:" in text:
                self.url = text.split("relay listening on ")[1].split()[0]
                self.operator = text.split("operator listening on ")[1].split()[0]
                self.port = int(self.url.rpartition(":")[2])
                return self
            if self._process.poll() is not None:
                raise AssertionError(f"the relay did not start: {text}")
            time.sleep(0.01)
        raise AssertionError("the relay did not start in time")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: what a crash of the process leaves behind."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit code, when it ends by itself."""
        assert self._process is not None
        code = self._process.wait(30)
        self._process = None
        return code

    def log(self, **more: Any) -> Log:
        """A log of its own, created."""
        log = Log(self.url, **more)
        answer = log.create()
        assert answer.status_code == 201, answer.text
        return log

    def __enter__(self) -> Relay:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.kill()


@dataclass
class Log:
    """One log as a client with all its secrets sees it."""

    url: str
    log_id: bytes = field(default_factory=lambda: os.urandom(wire.LOG_ID_BYTES))
    tokens: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    """The access token of each slice so far."""
    committer: bytes = field(default_factory=lambda: os.urandom(32))
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(trust_env=False, timeout=20), repr=False
    )

    def create(self, **changes: Any) -> httpx.Response:
        content = {
            "access_hash": wire.b64(wire.token_hash(self.tokens[0])),
            "committer_hashes": [wire.b64(wire.token_hash(self.committer))],
        }
        headers = changes.pop("headers", {})
        return self.http.put(
            self.url + wire.log_path(self.log_id), json=content | changes, headers=headers
        )

    def auth(self, token: bytes | None = None) -> dict[str, str]:
        return {"Authorization": "Bearer " + wire.b64(token or self.tokens[-1])}

    def append(
        self, body: bytes, key: bytes | None = None, token: bytes | None = None
    ) -> httpx.Response:
        return self.http.post(
            self.url + wire.entries_path(self.log_id),
            content=body,
            headers=self.auth(token) | {wire.IDEMPOTENCY_KEY: wire.b64(key or os.urandom(16))},
        )

    def close_slice(
        self,
        body: bytes = b"closing",
        *,
        names: int | None = None,
        key: bytes | None = None,
        token: bytes | None = None,
        committer: bytes | None = None,
        next_token: bytes | None = None,
        next_committers: Sequence[bytes] | None = None,
    ) -> httpx.Response:
        """Close the open slice; on success the next token is the newest of `tokens`."""
        following = next_token or os.urandom(32)
        committers = next_committers or [self.committer]
        answer = self.http.post(
            self.url + wire.slices_path(self.log_id),
            content=body,
            headers=self.auth(token)
            | {
                wire.IDEMPOTENCY_KEY: wire.b64(key or os.urandom(16)),
                "If-Match": f'"{len(self.tokens) - 1 if names is None else names}"',
                wire.COMMITTER: wire.b64(committer or self.committer),
                wire.NEXT_ACCESS: wire.b64(wire.token_hash(following)),
                wire.NEXT_COMMITTERS: ", ".join(wire.b64(wire.token_hash(c)) for c in committers),
            },
        )
        if answer.status_code == 201:
            self.tokens.append(following)
        return answer

    def read(self, after: int = 0, limit: int = 1000, token: bytes | None = None) -> httpx.Response:
        return self.http.get(
            self.url + wire.entries_path(self.log_id),
            params={"after": after, "limit": limit},
            headers=self.auth(token),
        )

    def entries(self, after: int = 0, token: bytes | None = None) -> list[tuple[int, bytes]]:
        """All entries of a slice after a seq, page by page."""
        found: list[tuple[int, bytes]] = []
        while True:
            answer = self.read(after, token=token)
            assert answer.status_code == 200, answer.text
            page = list(wire.decode_entries(answer.content))
            found += page
            if not page or page[-1][0] >= int(answer.headers[wire.SLICE_LAST]):
                return found
            after = page[-1][0]

    def delete(self, committer: bytes | None = None, token: bytes | None = None) -> httpx.Response:
        return self.http.delete(
            self.url + wire.log_path(self.log_id),
            headers=self.auth(token) | {wire.COMMITTER: wire.b64(committer or self.committer)},
        )

    def events(
        self, after: int = 0, token: bytes | None = None, timeout: float = 10
    ) -> Iterator[tuple[str, str, str]]:
        """(event, id, data) of the live stream until it ends."""
        with self.http.stream(
            "GET",
            self.url + wire.events_path(self.log_id),
            headers=self.auth(token) | {"Last-Event-ID": str(after)},
            timeout=timeout,
        ) as answer:
            assert answer.status_code == 200, answer.read()
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    yield fields.get("event", ""), fields.get("id", ""), fields["data"]
                    fields = {}
                else:
                    fields = {}


def problem(answer: httpx.Response) -> wire.Problem:
    assert answer.headers["content-type"] == wire.PROBLEM_TYPE
    content = answer.json()
    assert content["status"] == answer.status_code
    return wire.Problem(content["type"])


def days_pass(relay: Relay, days: int) -> None:
    """Stop the relay, make all that it holds `days` older, start it; it prunes at its start."""
    relay.stop()
    db = apsw.Connection(str(relay.data / "data" / "relay.db"))
    with db:
        db.execute("UPDATE entries SET day = day - ?", (days,))
        db.execute(
            "UPDATE logs SET created = created - ?1, last_day = last_day - ?1,"
            " next_prune = next_prune - ?1",
            (days,),
        )
    db.close()
    relay.start()
    wait_until(lambda: not _prune_due(relay))


def _prune_due(relay: Relay) -> bool:
    db = apsw.Connection(str(relay.data / "data" / "relay.db"), apsw.SQLITE_OPEN_READONLY)
    try:
        today = int(time.time() // 86_400)
        return bool(db.execute("SELECT 1 FROM logs WHERE next_prune <= ?", (today,)).get)
    finally:
        db.close()


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
