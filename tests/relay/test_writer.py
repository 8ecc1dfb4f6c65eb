"""The writer alone, on a store whose syncs take long: order, company, stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from havenclient.relay.rules import Accepted, Append, Outcome, Place, Row, Wish
from havenclient.relay.writer import Writer

SYNC = 0.03


class SlowDisk:
    """Takes every wish; remembers batches, and how long it was at work."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.busy = 0.0
        self.seq = 0

    def commit(self, batch: Sequence[Wish], today: int) -> Outcome:
        began = time.perf_counter()
        time.sleep(SYNC)  # the disk's part, not luck's
        self.batches.append([wish.body for wish in batch])
        answers = []
        for _ in batch:
            self.seq += 1
            answers.append(Accepted(self.seq, 0))
        self.busy += time.perf_counter() - began
        return Outcome({}, [], [], answers)  # type: ignore[arg-type]


def wish(number: int) -> Append:
    return Append(Place(1, 0), number.to_bytes(16, "big"), bytes(32), b"%d" % number)


def writer(disk: SlowDisk) -> Writer:
    def committed(rows: list[Row]) -> None:
        assert not rows

    return Writer(disk, lambda: 1, committed)  # type: ignore[arg-type]


async def test_wishes_of_one_turn_are_committed_together_and_in_order() -> None:
    disk = SlowDisk()
    one = writer(disk)
    answers = await asyncio.gather(*[one.commit(wish(n)) for n in range(50)])
    assert [answer.seq for answer in answers if isinstance(answer, Accepted)] == [*range(1, 51)]
    assert disk.batches == [[b"%d" % n for n in range(50)]]
    await one.stop()


async def test_clients_that_wait_for_answers_share_each_sync() -> None:
    """Without a wait for company they fall into two halves, and each sync carries one of them."""
    disk = SlowDisk()
    one = writer(disk)

    async def client(number: int) -> None:
        for turn in range(12):
            await one.commit(wish(number * 100 + turn))
            await asyncio.sleep(SYNC / 10 if number % 2 else 0)

    await asyncio.gather(*[client(number) for number in range(16)])
    assert sum(map(len, disk.batches)) == 16 * 12
    assert len(disk.batches) < 20  # 24 and more in halves, 12 at best
    await one.stop()


async def test_who_writes_alone_waits_for_nobody() -> None:
    disk = SlowDisk()
    one = writer(disk)
    began = time.perf_counter()
    for turn in range(10):
        await one.commit(wish(turn))
    waited = time.perf_counter() - began - disk.busy
    assert waited < 10 * SYNC / 3
    await one.stop()


async def test_an_errand_runs_after_the_wishes_before_it_and_before_those_after() -> None:
    disk = SlowDisk()
    one = writer(disk)
    seen: list[int] = []
    first = asyncio.gather(*[one.commit(wish(n)) for n in range(3)])
    await asyncio.sleep(0)
    errand = asyncio.ensure_future(one.run(lambda: seen.append(len(disk.batches))))
    await asyncio.sleep(0)
    second = asyncio.gather(*[one.commit(wish(n)) for n in range(3, 6)])
    await asyncio.gather(first, errand, second)
    assert seen == [1]
    assert disk.batches == [[b"0", b"1", b"2"], [b"3", b"4", b"5"]]
    await one.stop()


async def test_a_stop_finishes_what_was_wished() -> None:
    disk = SlowDisk()
    one = writer(disk)
    wishes = asyncio.gather(*[one.commit(wish(n)) for n in range(5)])
    await asyncio.sleep(0)
    await one.stop()
    assert len(await wishes) == 5
