"""Installs and runs the peer (`peer/peer.mjs`): ts-mls in Node, spoken to in JSON lines.

The installation is a copy of `peer/` with `npm ci` run in it, kept in `.pytest_cache` under the
hash of its files, so that Node runs once per change and the checkout never holds node_modules.
Whoever asks for a peer where there is no Node, no npm or no network gets `PeerUnavailable` with a
sentence; the fixtures turn it into a skip, and into a failure where `CI` is set.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

SOURCES: Final = Path(__file__).parent / "peer"
CACHE: Final = Path(__file__).parents[2] / ".pytest_cache" / "mls-peer"
ANSWER_SECONDS: Final = 120
"""Far above the slowest operation (a hybrid Commit for fifty): a hang ends the test."""


class PeerUnavailable(Exception):
    """There is no peer on this machine; the sentence says why."""


class PeerRefused(Exception):
    """ts-mls refused an operation; its own words."""


def installed() -> Path:
    """The folder to run the peer in, installing it first if its files are new."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise PeerUnavailable(f"{tool} is not installed: Node 20 or newer runs the MLS peer")
    files = sorted(path for path in SOURCES.iterdir() if path.suffix in {".mjs", ".json"})
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    target = CACHE / digest[:16]
    if target.exists():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as fresh:
        for path in files:
            shutil.copy(path, fresh)
        _npm_ci(Path(fresh))
        with contextlib.suppress(OSError):  # another test process was first
            Path(fresh).rename(target)
            Path(fresh).mkdir()
    return target


def _npm_ci(folder: Path) -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    except subprocess.TimeoutExpired:
        raise PeerUnavailable(
            "npm ci did not finish: the MLS peer needs the network once"
        ) from None
    if done.returncode:
        reason = next((x for x in done.stderr.splitlines() if "error" in x), "no reason given")
        raise PeerUnavailable(f"npm ci failed, the MLS peer needs the network once: {reason[:200]}")


class Peer:
    """One Node process with any number of ts-mls clients, named by id."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", "--import", "./rfc.mjs", "peer.mjs"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._clients = 0

    def __call__(self, op: str, client: str | None = None, **arguments: Any) -> dict[str, Any]:
        """Send one request and wait for its answer; `PeerRefused` if ts-mls raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"op": op, "client": client, **arguments}
        guard = threading.Timer(ANSWER_SECONDS, self._process.kill)
        guard.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            guard.cancel()
        if not line:
            raise AssertionError(f"the peer ended or hung in {op!r}")
        answer: dict[str, dict[str, Any]] = json.loads(line)
        if "error" in answer:
            raise PeerRefused(f"{op}: {answer['error']}")
        return answer["ok"]

    def new_client(self, suite: int) -> str:
        """A fresh client of one suite; its id."""
        self._clients += 1
        name = f"c{self._clients}"
        self("new", name, suite=suite)
        return name

    def close(self) -> None:
        """End the Node process and wait for it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
