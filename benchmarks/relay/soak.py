"""`make soak-relay`: mixed load for an hour; memory must stay flat and files bounded.

Days are made to pass (the store's days are moved back while the relay runs and `prune` is called
beside it), so that an hour shows what retention does in weeks. HAVEN_SOAK_SECONDS shortens it.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import apsw

from benchmarks.relay.haven import Haven
from havenclient import wire
from havenclient.relay.sqlite.schema import SEQ_BITS

SECONDS = float(os.environ.get("HAVEN_SOAK_SECONDS", "3600"))
SAMPLES = 12
LOGS = 8
GROWTH = 1.25
"""Allowed between the second quarter and the end: allocator noise, not a leak."""


async def busy(relay: Haven, stop: asyncio.Event) -> None:
    """Logs come and go; members append, readers follow and hang up, pages are read."""
    while not stop.is_set():
        await relay.prepare()
        writer = await relay.writer()
        readers = [await relay.reader() for _ in range(random.randrange(4))]
        for _ in range(random.randrange(50, 400)):
            await writer.append()
            for reader in readers:
                await reader.next()
            if stop.is_set():
                return
            await asyncio.sleep(0.002)
        http = await relay.connect()
        path = f"{wire.entries_path(relay.log)}?limit=50"
        status, _ = await http.request(f"GET {path} HTTP/1.1\r\n{relay.auth}")
        assert status in (200, 410), status  # 410: days passed meanwhile
        http.writer.close()


def ten_days_pass(data: Path) -> None:
    """Log by log, a pause after each: one transaction over all, or one after the other, would
    hold the relay off for longer than it waits for the database, and it would answer 503."""
    db = apsw.Connection(str(data / "relay.db"))
    db.set_busy_timeout(10_000)
    try:
        logs = [int(str(row[0])) for row in db.execute("SELECT id FROM logs").fetchall()]
        for log in logs:
            db.execute("BEGIN IMMEDIATE")
            first = log << SEQ_BITS
            last = first | wire.MAX_SEQ
            db.execute("UPDATE entries SET day = day - 10 WHERE id BETWEEN ? AND ?", (first, last))
            db.execute(
                "UPDATE logs SET last_day = last_day - 10, next_prune = next_prune - 10"
                " WHERE id = ?",
                (log,),
            )
            db.execute("COMMIT")
            time.sleep(0.003)  # the relay's turn
    finally:
        db.close()
    command = [sys.executable, "-m", "havenclient.relay", "prune", "--data", str(data)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


async def soak(folder: Path) -> bool:
    first = Haven(folder / "relay", None)
    await first.start()
    data = folder / "relay" / "data"
    stop = asyncio.Event()
    tasks = []
    for _ in range(LOGS):
        member = Haven(folder / "unused", None)  # the same relay, logs of its own
        member.port, member.process = first.port, first.process
        tasks.append(asyncio.create_task(busy(member, stop)))
    samples: list[tuple[float, float]] = []
    began = time.monotonic()
    try:
        for number in range(SAMPLES):
            until = began + SECONDS * (number + 1) / SAMPLES
            while time.monotonic() < until:
                await asyncio.sleep(min(5, SECONDS / SAMPLES))
                for task in tasks:
                    if task.done():
                        task.result()
            await asyncio.to_thread(ten_days_pass, data)
            size = sum(file.stat().st_size for file in data.glob("relay.db*")) / 2**20
            samples.append((first.memory(), size))
            minutes = (time.monotonic() - began) / 60
            print(f"{minutes:6.1f} min   memory {samples[-1][0]:6.1f} MiB   files {size:7.1f} MiB")
    finally:
        print((folder / "relay" / "output.txt").read_text()[-2000:])
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        first.stop()
    quarter = samples[SAMPLES // 4 : SAMPLES // 2]
    flat = samples[-1][0] <= max(memory for memory, _ in quarter) * GROWTH
    bounded = samples[-1][1] <= max(size for _, size in quarter) * GROWTH
    print("memory is flat" if flat else "MEMORY GROWS", end="; ")
    print("files are bounded" if bounded else "FILES GROW")
    command = [sys.executable, "-m", "havenclient.relay", "verify", "--data", str(data)]
    whole = subprocess.run(command, check=False).returncode == 0
    return flat and bounded and whole


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="haven-soak-") as folder:
        sys.exit(0 if asyncio.run(soak(Path(folder))) else 1)


if __name__ == "__main__":
    main()
