"""Relay processes forked from one that has imported everything already.

A start takes about 30 ms instead of a second on a busy machine, so that hundreds of them fit into
a test. What is started, and what SIGKILL meets, is a whole process of its own all the same.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


class Child:
    """The few things that the harness asks of a process."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid

    def poll(self) -> int | None:
        return self._nursery.ask(look=self.pid)

    def wait(self, timeout: float | None = None) -> int:
        code = self._nursery.ask(wait=self.pid)
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.relay.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def start(self, arguments: list[str], env: dict[str, str], output: Path) -> Child:
        pid = self.ask(arguments=arguments, env=env, output=str(output))
        assert pid is not None
        return Child(self, pid)

    def ask(self, **wish: Any) -> int | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer


def _be_born(arguments: list[str], env: dict[str, str], output: str) -> None:
    from havenclient.relay.cli import main

    out = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, end in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
        os.dup2(end, number)
    os.environ.update(env)
    sys.argv = ["haven-relay", *arguments]
    main()


def _nurse() -> None:
    # Whatever the server imports, also what it imports late.
    import starlette.middleware.errors
    import uvloop

    import havenclient.relay.commands
    import havenclient.relay.server

    assert starlette, (uvloop, havenclient)
    alive: set[int] = set()
    for line in sys.stdin:
        wish = json.loads(line)
        if "arguments" in wish:
            pid = os.fork()
            if not pid:
                try:
                    _be_born(**wish)
                finally:
                    os._exit(0)
            alive.add(pid)
            answer: int | None = pid
        else:
            number = wish.get("wait") or wish["look"]
            gone, status = os.waitpid(number, 0 if "wait" in wish else os.WNOHANG)
            alive.discard(gone)
            answer = os.waitstatus_to_exitcode(status) if gone else None
        print(json.dumps(answer), flush=True)
    for pid in alive:  # a test that failed halfway leaves nothing running
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _nurse()
