"""Some members in a process of their own, listening live; prints when each message was seen.

    python -m benchmarks.circles.listeners FOLDER NAME…

A message's text begins with the sender's monotonic clock in nanoseconds (one clock for all
processes of a Linux machine). Each line printed is `milliseconds` from `say` to the moment when
the message stands in a member's vault and her screen was told. Ends when standard input ends.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from tests.circles.kit import CIRCLE, PASSPHRASE

from havenclient.circles.service import Circles
from havenclient.seams import SystemClock, SystemRandom
from havenclient.sync import routes
from havenclient.sync.live import Changed, Live
from havenclient.vault import Passphrase, Vault, VaultPaths, unlock

_print = threading.Lock()


class Member:
    def __init__(self, root: Path) -> None:
        self.vault: Vault = unlock(
            VaultPaths(root / "journal"), Passphrase(PASSPHRASE), state_dir=root / "state"
        )
        self.circles = Circles(self.vault, clock=SystemClock(), random=SystemRandom())
        self.newest = max((m.no for m in self.circles.messages(CIRCLE, limit=1)), default=0)
        self._lock = threading.Lock()
        self.live = Live(
            self.circles,
            lambda base, purpose: routes.route(self.vault, base, purpose),
            random=SystemRandom(),
            notify=self.changed,
        )

    def changed(self, change: Changed) -> None:
        if not change.received:
            return
        now = time.monotonic_ns()
        with self._lock:
            fresh = [m for m in self.circles.messages(CIRCLE, limit=5) if m.no > self.newest]
            self.newest = max((m.no for m in fresh), default=self.newest)
        with _print:
            for message in fresh:
                if message.kind == "message" and not message.mine:
                    print((now - int(message.text.split()[0])) / 1e6, flush=True)


def main() -> None:
    folder, *names = sys.argv[1:]
    members = [Member(Path(folder) / name) for name in names]
    for member in members:
        member.live.start()
    print("ready", flush=True)
    sys.stdin.read()
    for member in members:
        member.live.stop(0.1)


if __name__ == "__main__":
    main()
