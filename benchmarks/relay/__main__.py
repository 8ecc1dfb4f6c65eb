"""`make bench-relay`: own relay and real peers side by side in one run, as a table.

Peers from the package index go into throw-away environments (or into HAVEN_BENCH_PEERS, to keep
them); prosody and redis are the system's. A peer that can't be had has a row that says so. All
on loopback; load comes from this process, each server runs in its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import uvloop

from benchmarks.relay.haven import Haven
from benchmarks.relay.measure import Row, measure
from benchmarks.relay.nostr import Nostr
from benchmarks.relay.peer import Peer
from benchmarks.relay.prosody import Prosody
from benchmarks.relay.redis import Redis
from benchmarks.relay.synapse import Synapse
from benchmarks.relay.wormhole import Wormhole

PEERS: tuple[tuple[type[Peer], str | None], ...] = (
    (Haven, None),
    (Redis, None),
    (Prosody, None),
    (Nostr, "nostr-relay"),
    (Wormhole, "magic-wormhole-mailbox-server"),
    (Synapse, "matrix-synapse"),
)


def environment(base: Path, package: str | None) -> Path | None:
    """An environment that holds the package; made if it is not there."""
    if package is None:
        return None
    folder = base / package
    if not (folder / "bin").exists():
        print(f"installing {package} …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run(
            [folder / "bin" / "python", "-m", "pip", "install", "--quiet", package],
            check=False,
            capture_output=True,
        )
    return folder


def middle(rows: list[Row]) -> Row:
    """Median, column by column, of the rounds that worked."""
    whole = [row for row in rows if not row.missing]
    if not whole:
        return rows[0]
    merged = Row(whole[0].name, whole[0].promise)
    for column in ("start", "idle", "one", "many", "fan_p50", "fan_p99"):
        setattr(merged, column, statistics.median(getattr(row, column) for row in whole))
    for column in ("catch_up", "reader"):
        values = [v for row in whole if (v := getattr(row, column)) is not None]
        setattr(merged, column, statistics.median(values) if values else None)
    return merged


def table(rows: list[Row]) -> str:
    lines = [
        "| relay | what an acknowledgement means | append/s, 1 in flight | append/s, 32 in flight"
        " | fan-out to 10: p50 / p99 ms | catch up 1,000: ms | KiB per idle reader | idle MiB"
        " | start s |",
        "| --- " * 9 + "|",
    ]
    for row in rows:
        if row.missing:
            lines.append(f"| {row.name} | missing: {row.missing} |" + " |" * 7)
            continue
        catch_up = "-" if row.catch_up is None else f"{row.catch_up:.1f}"
        reader = "-" if row.reader is None else f"{row.reader:.1f}"
        lines.append(
            f"| {row.name} | {row.promise} | {row.one:,.0f} | {row.many:,.0f}"
            f" | {row.fan_p50:.1f} / {row.fan_p99:.1f} | {catch_up} | {reader}"
            f" | {row.idle:.0f} | {row.start:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of relays; default: all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="haven-bench-") as temporary:
        base = Path(os.environ.get("HAVEN_BENCH_PEERS", temporary))
        chosen = [p for p in PEERS if not options.only or p[0].name in options.only]
        found: dict[str, list[Row]] = {kind.name: [] for kind, _ in chosen}
        for round_ in range(options.rounds):
            for kind, package in chosen:
                place = Path(temporary) / f"{kind.name}-{round_}"
                peer = kind(place, environment(base, package))
                row = uvloop.run(measure(peer))
                found[kind.name].append(row)
                print(table([row]).splitlines()[-1], file=sys.stderr, flush=True)
    print(table([middle(rows) for rows in found.values()]))


if __name__ == "__main__":
    main()
