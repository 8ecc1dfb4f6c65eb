"""(b) The encrypted store beside plain SQLite with the same schema and the same code above it."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import apsw

from benchmarks.journal import corpus
from benchmarks.journal.engines import encrypted, plain
from benchmarks.journal.measure import Result, by_turns
from havenclient.journal import Journal, Query
from havenclient.journal.records import Order

CIPHER = vars(apsw)["mc_version"]
BATCH = 1_000
AIM = 1.3


def fill(journal: Journal, made: list[corpus.Made]) -> float:
    """Milliseconds for one batch in one transaction."""
    begun = time.perf_counter()
    with journal._db.transaction():
        for one in made:
            journal.add(
                one.body,
                mood=one.mood,
                tags=one.tags,
                note=one.note,
                starred=one.starred,
                written_at=one.written_at,
            )
    return (time.perf_counter() - begun) * 1000


def run(folder: Path, count: int) -> list[Result]:
    print(
        f"(b) encrypted ({CIPHER}, SQLite {apsw.sqlite_lib_version()}) beside Python's plain SQLite"
        f" {sqlite3.sqlite_version}, {count:,} entries; medians in ms"
    )
    vault = encrypted(folder)
    try:
        ours, theirs = Journal(vault), plain(folder / "plain.db")
        batches: tuple[list[float], list[float]] = ([], [])
        made = corpus.entries(count)
        for number in itertools.count():
            part = list(itertools.islice(made, BATCH))
            if not part:
                break
            pair = list(zip((ours, theirs), batches, strict=True))
            for journal, times in pair if number % 2 else pair[::-1]:
                times.append(fill(journal, part))
        many = f"insert {BATCH:,} in one transaction"
        results = [_ratio(many, median(batches[0]), median(batches[1]))]
        results += _operations(ours, theirs)
        vault.db.checkpoint()
        theirs._db.checkpoint()  # type: ignore[attr-defined]
        mine, other = vault.db.path.stat().st_size / 1e6, (folder / "plain.db").stat().st_size / 1e6
        results.append(_ratio("size", mine, other, unit="MB"))
        return results
    finally:
        vault.close()


def _ratio(name: str, ours: float, theirs: float, unit: str = "ms") -> Result:
    ratio = ours / theirs
    return Result(name, ours, theirs, unit, f"{ratio:.2f}x (aim {AIM}x)", ratio <= AIM)


def _operations(ours: Journal, theirs: Journal) -> list[Result]:
    words = corpus.vocabulary()
    rare, common = words[20_000], "the"

    def find(query: Query) -> Callable[[Journal], object]:
        return lambda journal: journal.find(query)

    searches = {
        "first page": Query(),
        "search, rare word": Query(words=(rare,), prefix_last=False),
        "search, common word": Query(words=(common,), prefix_last=False),
        "search, common word, best first": Query(
            words=(common,), prefix_last=False, order=Order.RANK
        ),
        "search while typing, 't'": Query(words=("t",)),
        "search while typing, 'riv'": Query(words=("riv",)),
        "search while typing, rare 'qz'": Query(words=("qz",)),
        "search with tag and mood": Query(words=("river",), tags=("walk",), mood_min=4),
    }
    found = []
    for name, query in searches.items():
        action = find(query)
        rounds = 15 if query.order is Order.RANK else 60
        mine, other = by_turns(partial(action, ours), partial(action, theirs), rounds)
        found.append(_ratio(name, mine, other))
    makers = (corpus.entries(400, seed=2), corpus.entries(400, seed=2))

    def add(journal: Journal, which: int) -> Callable[[], object]:
        return lambda: journal.add(next(makers[which]).body)

    found.append(_ratio("insert one", *by_turns(add(ours, 0), add(theirs, 1), 150)))
    ids = [
        iter([row.id for row in journal.find(Query(), limit=2_000).rows][::9])
        for journal in (ours, theirs)
    ]

    def update(journal: Journal, which: int) -> Callable[[], object]:
        return lambda: journal.edit(next(ids[which]), body=next(makers[which]).body)

    found.append(_ratio("update one", *by_turns(update(ours, 0), update(theirs, 1), 150)))
    return found
