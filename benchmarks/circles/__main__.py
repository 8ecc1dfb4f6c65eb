"""`make bench-circles`: fifty members, hybrid suite, live, on one machine with a real relay.

Everything is measured where it happens: real vaults, real HTTP on loopback, five processes of
listeners. The machine runs all fifty computers at once, so the time from send to seen is mostly
fifty members' work on this machine's cores; a real circle has a computer for each.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import apsw
from tests.circles.kit import CIRCLE, Person, Town
from tests.relay.harness import Relay

from benchmarks.circles.crowd import UNLIMITED, gather, write_many
from havenclient.circles.closing import CommitWish, stage
from havenclient.circles.service import Circles, Words
from havenclient.crypto.envelope import bucket_for
from havenclient.seams import SystemClock, SystemRandom
from havenclient.sync import routes
from havenclient.sync.live import Live

TEXT = "The heron stood by the willow again, and nobody said anything for a while."
PROCESSES = 5
CATCH_UP_AIM = 5.0
"""CPU seconds for 5,000 entries (issue 5)."""


def sizes(town: Town, people: list[Person]) -> None:
    """A Commit that refreshes keys, and one that lets somebody in."""
    host = people[0]
    refresh, _ = stage(host.state(), CommitWish(), 0, host.random.token)
    assert refresh.staged is not None
    commit = len(refresh.staged.commit.message)
    print(f"Commit that refreshes keys      {commit:>9,} bytes, bucket {bucket_for(commit):,}")
    guest = town.person("one-more")
    town.knock(host, guest)
    host.sync(commit=False)
    (knock,) = host.circles.knocks(CIRCLE)
    host.circles.admit(CIRCLE, knock.no)
    staged = host.state().staged
    assert staged is not None
    commit, welcome = len(staged.commit.message), len(staged.commit.welcome or b"")
    print(f"Commit that lets somebody in    {commit:>9,} bytes, bucket {bucket_for(commit):,}")
    print(f"Welcome with the tree           {welcome:>9,} bytes, bucket {bucket_for(welcome):,}")
    host.sync()
    host.sync()
    begun = time.process_time()
    guest.sync()
    print(f"joining                         {(time.process_time() - begun) * 1000:>9.0f} ms CPU")
    assert guest.circles.all()
    begun = time.process_time()
    people[1].sync()
    print(f"following a Commit              {(time.process_time() - begun) * 1000:>9.0f} ms CPU")
    for person in (*people, guest):
        person.sync()


def stored(relay: Relay) -> tuple[int, int]:
    """(entries, bytes of all pages) of the relay's database, checkpointed."""
    db = apsw.Connection(str(relay.data / "data" / "relay.db"))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").get  # noqa: B018
    entries = int(db.execute("SELECT count(*) FROM entries").get or 0)
    pages = int(db.execute("PRAGMA page_count").get or 0) - int(
        db.execute("PRAGMA freelist_count").get or 0
    )
    size = pages * int(db.execute("PRAGMA page_size").get or 0)
    db.close()
    return entries, size


def catch_up(folder: Path, relay: Relay, people: list[Person], count: int) -> None:
    before = stored(relay)
    begun = time.perf_counter()
    for number in range(5):
        write_many(people[1 + number], count // 5, TEXT)
    spent = time.perf_counter() - begun
    after = stored(relay)
    per_message = (after[1] - before[1]) / (after[0] - before[0])
    print(f"writing {count:,} messages          {spent:>9.1f} s")
    print(f"on the relay's disk, a message  {per_message:>9,.0f} bytes (bucket 1,024)")
    late = people[-1]
    late.close()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.circles.catching_up", str(folder), late.name],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    received, cpu, wall, first, peak = (float(part) for part in done.stdout.split())
    assert received == count, f"{received} of {count}"
    met = "aim met" if cpu * 5000 / count < CATCH_UP_AIM else "AIM MISSED"
    print(f"catch-up of {count:,} entries       {cpu:>9.2f} s CPU, {wall:.2f} s  (aim 5 s: {met})")
    print(f"memory of one member's process  {first:>9.0f} MiB, at most {peak:.0f} MiB catching up")


def live(folder: Path, people: list[Person], messages: int) -> None:
    sender, others = people[0], people[1:]
    names = [p.name for p in others]
    for person in people:
        person.sync()
    for person in people:
        person.close()
    seen: list[float] = []
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.circles.listeners", str(folder), *part],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for part in (names[n::PROCESSES] for n in range(PROCESSES))
        if part
    ]  # fmt: skip
    ready = threading.Semaphore(0)

    def collect(worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None
        for line in worker.stdout:
            if line.strip() == "ready":
                ready.release()
            else:
                seen.append(float(line))

    for worker in workers:
        threading.Thread(target=collect, args=(worker,), daemon=True).start()
    for _ in workers:
        ready.acquire()

    vault = sender.vault
    circles = Circles(vault, clock=SystemClock(), random=SystemRandom())
    talking = Live(
        circles,
        lambda base, purpose: routes.route(vault, base, purpose),
        random=SystemRandom(),
        notify=lambda _: None,
    )
    talking.start()
    time.sleep(8)  # everybody's first round, and one live connection each
    begun = time.perf_counter()
    for number in range(messages):
        circles.say(CIRCLE, Words(f"{time.monotonic_ns()} {number} {TEXT}"))
        talking.wake()
        time.sleep(1.5)
    deadline = time.monotonic() + 30
    while len(seen) < messages * len(others) and time.monotonic() < deadline:
        time.sleep(0.05)
    spent = time.perf_counter() - begun
    talking.stop()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
    for worker in workers:
        worker.wait(30)
    expected = messages * len(others)
    cuts = statistics.quantiles(seen, n=100)
    print(f"send to seen, p50 / p95 / most  {cuts[49]:>9.0f} / {cuts[94]:.0f} / {max(seen):.0f} ms")
    print(f"   {len(seen):,} of {expected:,} arrivals, {messages} messages in {spent:.0f} s")
    assert len(seen) == expected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--entries", type=int, default=5000)
    parser.add_argument("--messages", type=int, default=20)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="haven-bench-"))
    try:
        with Relay(folder / "relay", env=UNLIMITED) as relay:
            begun = time.perf_counter()
            town, people = gather(folder / "town", relay.url, asked.members)
            spent = time.perf_counter() - begun
            suite = people[0].state().group.suite.id
            print(f"members {asked.members}, suite {suite:#06x}, gathered in {spent:.0f} s")
            sizes(town, people)
            live(folder / "town", people, asked.messages)
            catch_up(folder / "town", relay, people, asked.entries)
            town.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
