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
KEY_BYTES = 100
"""Of an idempotency key with its digest; kept longer than entries (`sqlite.schema`)."""
OVERHEAD = 1.5
"""Of a database over what it keeps: pages that 1 KiB entries leave a quarter empty, indexes.
Bounded by what is kept, not by its size earlier on: a quieter machine takes more entries."""


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


def kept(data: Path) -> tuple[float, float]:
    """(MiB of entries and keys that retention keeps, MiB of the database file)."""
    db = apsw.Connection(str(data / "relay.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        size = int(str(db.execute("SELECT sum(length(body)) FROM entries").get or 0))
        keys = int(str(db.execute("SELECT count(*) FROM keys").get))
        file = int(str(db.pragma("page_count"))) * int(str(db.pragma("page_size")))
    finally:
        db.close()
    return (size + keys * KEY_BYTES) / 2**20, file / 2**20


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
    memory: list[float] = []
    bounded, most = True, 0.0
    began = time.monotonic()
    try:
        for number in range(SAMPLES):
            until = began + SECONDS * (number + 1) / SAMPLES
            while time.monotonic() < until:
                await asyncio.sleep(min(5, SECONDS / SAMPLES))
                for task in tasks:
                    if task.done():
                        task.result()
            full, _ = await asyncio.to_thread(kept, data)
            await asyncio.to_thread(ten_days_pass, data)
            memory.append(first.memory())
            keeps, file = await asyncio.to_thread(kept, data)
            most = max(most, full, keeps)
            bounded = bounded and file <= most * OVERHEAD
            print(
                f"{(time.monotonic() - began) / 60:6.1f} min   memory {memory[-1]:6.1f} MiB"
                f"   kept {keeps:7.1f} MiB   file {file:7.1f} MiB",
                flush=True,
            )
    finally:
        print((folder / "relay" / "output.txt").read_text()[-2000:])
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        first.stop()
    quarter = memory[SAMPLES // 4 : SAMPLES // 2]
    flat = memory[-1] <= max(quarter) * GROWTH
    print("memory is flat" if flat else "MEMORY GROWS", end="; ")
    print("files are bounded by what is kept" if bounded else "FILES GROW", flush=True)
    command = [sys.executable, "-m", "havenclient.relay", "verify", "--data", str(data)]
    whole = subprocess.run(command, check=False).returncode == 0
    return flat and bounded and whole


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="haven-soak-") as folder:
        sys.exit(0 if asyncio.run(soak(Path(folder))) else 1)


if __name__ == "__main__":
    main()
