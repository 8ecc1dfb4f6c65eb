"""(d) A session with a big journal: memory, and the slowest keystroke of a search."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.journal import corpus
from benchmarks.journal.engines import PASSPHRASE, encrypted
from benchmarks.journal.measure import Result
from havenclient.journal import Journal

AIM = 150.0
KEYSTROKE = 50.0
"""Newest first while typing: the first page, median of five."""
MOST = """
def most():
    # Not getrusage: its maximum is inherited from the process that forked this one.
    import resource
    from pathlib import Path
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
USE = """
import json, sys, time
from datetime import date
from pathlib import Path
from havenclient.journal import Journal, Query
from havenclient.journal.query import parse
from havenclient.vault import Passphrase, VaultPaths, unlock
root = Path(sys.argv[1])
vault = unlock(VaultPaths(root / "journal"), Passphrase(sys.argv[2]), state_dir=root / "state")
journal = Journal(vault)
today = date(2026, 11, 22)
slowest, at = 0.0, ""
for whole in ("the river walk", "qzt", "e", "tag:walk mood:>=4 sl", '"the river" m', "zx -tag:a"):
    for length in range(1, len(whole) + 1):
        query = parse(whole[:length], today=today)
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            journal.find(query)
            times.append((time.perf_counter() - begun) * 1000)
        slowest, at = max((slowest, at), (sorted(times)[2], whole[:length]))
page = journal.find(parse("sort:rank the", today=today), count=True)
cursor = None
for _ in range(40):
    page = journal.find(Query(), cursor=cursor)
    cursor = page.next
    journal.get(page.rows[0].id)
journal.year(2025)
journal.on_this_day(today)
journal.insights(date(2017, 1, 1), today)
vault.close()
print(json.dumps([most(), slowest, at]))
"""


def run(folder: Path, count: int) -> list[Result]:
    if not (folder / "journal").exists():
        vault = encrypted(folder)
        journal = Journal(vault)
        with vault.db.transaction():
            for one in corpus.entries(count):
                journal.add(one.body, mood=one.mood, tags=one.tags, written_at=one.written_at)
        vault.close()
    done = subprocess.run(
        [sys.executable, "-c", MOST + USE, str(folder), PASSPHRASE], capture_output=True, check=True
    )
    kilobytes, slowest, typed = json.loads(done.stdout)
    most = kilobytes / 1024
    bare = [sys.executable, "-c", MOST + "print(most())"]
    base = int(subprocess.run(bare, capture_output=True, check=True).stdout) / 1024
    print(f"(d) a session with {count:,} entries (beside it: a bare interpreter)")
    return [
        Result("resident memory", most, base, "MB", f"(aim {AIM:.0f} MB)", most <= AIM),
        Result(
            f"slowest keystroke, at {typed!r}",
            slowest,
            0.0,
            "ms",
            f"(aim {KEYSTROKE:.0f} ms)",
            slowest <= KEYSTROKE,
        ),
    ]
