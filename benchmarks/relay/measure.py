"""The measurements, the same for every relay."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass

from benchmarks.relay.peer import Missing, Peer, Reader, Writer

FAN_OUT = 10
FAN_OUT_MESSAGES = 150
CATCH_UP = 1000
IDLE_READERS = 1000
PATIENCE = 240.0


@dataclass(slots=True)
class Row:
    name: str
    promise: str
    missing: str = ""
    start: float = 0
    idle: float = 0
    one: float = 0
    many: float = 0
    fan_p50: float = 0
    fan_p99: float = 0
    catch_up: float | None = None
    reader: float | None = None


async def measure(peer: Peer) -> Row:
    row = Row(peer.name, peer.promise)
    try:
        row.start = await peer.start()
        async with asyncio.timeout(PATIENCE):
            await _measure(peer, row)
    except (Missing, TimeoutError) as error:
        row.missing = str(error) or "it took too long"
    except Exception as error:
        row.missing = f"{type(error).__name__} while it was measured"
    finally:
        peer.stop()
    return row


async def _measure(peer: Peer, row: Row) -> None:
    await asyncio.sleep(1)
    row.idle = peer.memory()
    first = await peer.writer()
    for _ in range(20):
        await first.append()
    row.one = await _rate([first], max(100, peer.appends // 8))
    writers = [first, *[await peer.writer() for _ in range(31)]]
    row.many = await _rate(writers, peer.appends)

    make_live = getattr(peer, "live_writer", peer.writer)
    live: Writer = await make_live()
    readers = [await peer.reader() for _ in range(FAN_OUT)]
    row.fan_p50, row.fan_p99 = await _fan_out(live, readers)

    try:
        # The first writer's log may be shorter than the page where each writer has a log.
        for _ in range(max(0, CATCH_UP - max(100, peer.appends // 8) - peer.appends // 32)):
            await first.append()
        times = []
        for _ in range(5):
            began = time.perf_counter()
            await peer.catch_up(CATCH_UP)
            times.append((time.perf_counter() - began) * 1000)
        row.catch_up = statistics.median(times)
    except (Missing, AssertionError, ConnectionError):
        row.catch_up = None

    before = peer.memory()
    try:
        make_idle = getattr(peer, "idle_reader", peer.reader)
        idle: list[Reader] = [await make_idle() for _ in range(IDLE_READERS)]
        await asyncio.sleep(1)
        row.reader = (peer.memory() - before) * 1024 / len(idle)
    except (Missing, AssertionError, OSError, asyncio.IncompleteReadError):
        row.reader = None


async def _rate(writers: list[Writer], count: int) -> float:
    """Messages a second with as many in flight as there are writers."""

    async def work(writer: Writer) -> None:
        for _ in range(count // len(writers)):
            await writer.append()

    began = time.perf_counter()
    await asyncio.gather(*[work(writer) for writer in writers])
    return count // len(writers) * len(writers) / (time.perf_counter() - began)


async def _fan_out(writer: Writer, readers: list[Reader]) -> tuple[float, float]:
    """Milliseconds from sending to each reader's receiving: median and 99th percentile."""
    times: list[float] = []

    async def receive(reader: Reader) -> None:
        await reader.next()
        times.append((time.perf_counter() - began) * 1000)

    for _ in range(FAN_OUT_MESSAGES):
        began = time.perf_counter()
        receivers = [asyncio.create_task(receive(reader)) for reader in readers]
        await writer.append()
        await asyncio.gather(*receivers)
        await asyncio.sleep(0.005)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]
