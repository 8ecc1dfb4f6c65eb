"""`make bench-mls`: what each operation costs in Haven and in ts-mls, measured by turns in one run.

Each side starts from bytes and ends at bytes. Rounds alternate (ours, theirs, ours, theirs ...), so
that a busy machine slows both; what is printed are medians in milliseconds, sizes in bytes, and how
many times faster Haven is, by medians and by the best run of each (what a quiet machine gives).
The peer measures itself inside Node: no pipe, no JSON is counted.
"""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from tests.interop.members import Wish
from tests.interop.node import Peer, installed

from . import groups
from .ours import MESSAGES, Ours


@dataclass(frozen=True, slots=True)
class Line:
    """One measured operation; each run's milliseconds, sizes in bytes."""

    name: str
    ours: list[float]
    theirs: list[float]
    our_bytes: int
    their_bytes: int

    def __str__(self) -> str:
        ours, theirs = median(self.ours), median(self.theirs)
        best = min(self.theirs) / min(self.ours)
        return (
            f"{self.name:<34}{ours:>9.2f}{theirs:>9.2f}{theirs / ours:>8.1f}x{best:>8.1f}x"
            f"{self.our_bytes:>10,}{self.their_bytes:>10,}"
        )


HEAD = f"{'':<34}{'Haven':>9}{'ts-mls':>9}{'faster':>9}{'(best)':>9}{'bytes':>10}{'ts-mls':>10}"


class Bench:
    """Runs both sides of one operation by turns."""

    def __init__(self, peer: Peer, rounds: int) -> None:
        self.peer = peer
        self.rounds = rounds

    def line(
        self, name: str, ours: Ours, what: str, group: groups.Group, **arguments: object
    ) -> Line:
        """`what` is a method of `Ours` and a run of the peer's `bench.mjs`; one warm-up each."""
        mine, theirs, sizes = [], [], (0, 0)
        cheap = what in {"message", "keypackage"}
        for number in range(self.rounds * (3 if cheap else 1) + 1):
            began = perf_counter()
            size = ours.run(what)
            spent = (perf_counter() - began) * 1000 / (MESSAGES if what == "message" else 1)
            answer = self.peer(
                "bench",
                group.theirs.client,
                what=what,
                other=group.theirs_too.client,
                count=MESSAGES if what == "message" else 1,
                **arguments,
            )
            if number:
                mine.append(spent)
                theirs.append(sum(answer["ms"]) / len(answer["ms"]))
            sizes = (size, answer["bytes"])
        result = Line(name, mine, theirs, *sizes)
        print(result, flush=True)
        return result


def measure(bench: Bench, suite: int, sizes: list[int]) -> None:
    """All operations in one suite."""
    peer = bench.peer
    print(f"\nsuite 0x{suite:04X}\n{HEAD}")
    for size in sizes:
        trees = {"fresh": groups.fresh(peer, suite, size), "full": groups.full(peer, suite, size)}
        for tree, group in trees.items():
            ours = Ours(group)
            if size == min(sizes) and tree == "full":
                text = os.urandom(1024)
                ours.text = text
                bench.line("encrypt + decrypt 1 KiB", ours, "message", group, data=text.hex())
                bench.line("KeyPackage", ours, "keypackage", group)
            bench.line(f"Commit with path, n={size}, {tree} tree", ours, "commit", group)
            path = ours.prepare_process()
            bench.line(
                f"process it, n={size}, {tree} tree", ours, "process", group, message=path.hex()
            )
            if size == max(sizes) and tree == "full":
                _adding(bench, group, ours)


def _adding(bench: Bench, group: groups.Group, ours: Ours) -> None:
    package = ours.prepare_add()
    adding = [{"kind": "add", "key_package": package.hex()}]
    bench.line(f"add with Welcome, n={group.size}", ours, "add", group, proposals=adding)
    newcomer = group.theirs_too.key_package()
    made = group.theirs.commit(
        [Wish("add", key_package=newcomer), Wish("add", key_package=ours.prepare_join())],
        public=False,
        tree_inside=True,
    )
    assert made.welcome is not None
    ours.welcome = made.welcome
    arguments = {"welcome": made.welcome.hex(), "key_package": newcomer.hex()}
    client = group.theirs.client
    group.theirs.client = group.theirs_too.client
    bench.line(f"join, n={group.size}", ours, "join", group, **arguments)
    group.theirs.client = client


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mls", description=__doc__)
    parser.add_argument("--suites", default="1,0xF002")
    parser.add_argument("--sizes", default="10,50")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    peer = Peer(installed())
    print(f"Python {platform.python_version()}, ts-mls 1.6.4 in Node, {os.cpu_count()} cores")
    try:
        for suite in options.suites.split(","):
            sizes = [int(size) for size in options.sizes.split(",")]
            measure(Bench(peer, options.rounds), int(suite, 0), sizes)
    finally:
        peer.close()


if __name__ == "__main__":
    main()
