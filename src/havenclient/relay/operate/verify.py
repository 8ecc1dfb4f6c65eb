"""Is every log whole? Reads everything once and recomputes what can be recomputed.

SQLite's own check finds broken pages. Beyond it, each log must show what the rules allow and
nothing else: slices 0 … n in a row, every seq from the oldest kept entry up to the newest (before
it only closing entries, and from the oldest of those all of them), counts and sizes as noted, and
for each kept entry the key whose digest is that of its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

import apsw

from havenclient.relay import rules
from havenclient.relay.sqlite.schema import SEQ_BITS, entry_id
from havenclient.relay.sqlite.store import split_hashes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong; never with a log's id in it (an operator may paste it anywhere)."""

    log: int
    """The store's own number of the log; 0 for the file as a whole."""
    what: str


@dataclass(frozen=True, slots=True)
class Counted:
    logs: int
    entries: int
    size: int


def verify(db: apsw.Connection) -> tuple[Counted, list[Fault]]:
    """Everything that is wrong, in one snapshot, beside a running relay if there is one."""
    faults: list[Fault] = []
    logs = entries = size = 0
    db.execute("BEGIN")
    try:
        for (line,) in db.execute("PRAGMA integrity_check(20)"):
            if line != "ok":
                faults.append(Fault(0, "the database file is damaged"))
                break
        numbers = [number for (number,) in db.execute("SELECT id FROM logs ORDER BY id")]
        for number in numbers:
            logs += 1
            counted = [0, 0]
            try:
                faults += _log(db, number, counted)
            except apsw.CorruptError:  # the others may be whole: an operator wants to know
                faults.append(Fault(number, "a part of it lies on a damaged page"))
            entries += counted[0]
            size += counted[1]
        with suppress(apsw.CorruptError):  # they read every row, a damaged page's too: said above
            for table in ("slices", "keys"):
                if db.execute(f"SELECT 1 FROM {table} WHERE log NOT IN (SELECT id FROM logs)").get:  # noqa: S608
                    faults.append(Fault(0, f"{table} that belong to no log"))
            if db.execute(
                f"SELECT 1 FROM entries WHERE id >> {SEQ_BITS} NOT IN (SELECT id FROM logs)"  # noqa: S608
            ).get:
                faults.append(Fault(0, "entries that belong to no log"))
    finally:
        with suppress(apsw.CorruptError):  # only read: there is nothing to keep
            db.execute("ROLLBACK")
    return Counted(logs, entries, size), faults


def _log(db: apsw.Connection, number: int, counted: list[int]) -> Iterator[Fault]:
    row = db.execute(
        "SELECT open_slice, last_seq, entries, size FROM logs WHERE id = ?", (number,)
    ).fetchone()
    assert row is not None
    open_slice, last_seq, entries, size = row
    slices = list(
        db.execute(
            "SELECT number, first_seq, door, committers FROM slices WHERE log = ? ORDER BY number",
            (number,),
        )
    )
    if [s[0] for s in slices] != list(range(open_slice + 1)):
        yield Fault(number, "a slice is missing")
        return
    firsts = [s[1] for s in slices]
    if firsts[0] != 1 or any(a >= b for a, b in pairwise(firsts)):
        yield Fault(number, "slices overlap")
    closings = {first - 1: at for at, first in enumerate(firsts) if at}

    kept_closings: list[int] = []
    kept_others: list[int] = []
    day_before = 0
    bad_bytes = False
    digests: dict[int, bytes] = dict(
        db.execute("SELECT seq, digest FROM keys WHERE log = ?", (number,))
    )
    for key, day, closing, body in db.execute(
        "SELECT id, day, closing, body FROM entries WHERE id BETWEEN ? AND ? ORDER BY id",
        (entry_id(number, 0), entry_id(number + 1, 0) - 1),
    ):
        seq = key - (number << SEQ_BITS)
        counted[0] += 1
        counted[1] += len(body)
        (kept_closings if closing else kept_others).append(seq)
        if day < day_before:
            yield Fault(number, "days run backwards")
        day_before = day
        if bool(closing) != (seq in closings):
            yield Fault(number, "a closing entry is not where its slice ends")
            continue
        if closing:
            opened = slices[closings[seq]]
            expected = rules.close_digest(body, opened[0] - 1, opened[2], split_hashes(opened[3]))
        else:
            expected = rules.append_digest(body)
        bad_bytes |= digests.get(seq) != expected
    if bad_bytes:
        yield Fault(number, "an entry's bytes are not those that were acknowledged")
    if counted != [entries, size]:
        yield Fault(number, "the number of entries or bytes is not what was noted")
    if kept_others or kept_closings:
        first_other = kept_others[0] if kept_others else last_seq + 1
        first_closing = kept_closings[0] if kept_closings else last_seq + 1
        expected_seqs = {seq for seq in closings if seq >= first_closing}
        expected_seqs |= {s for s in range(first_other, last_seq + 1) if s not in closings}
        if expected_seqs != {*kept_others, *kept_closings}:
            yield Fault(number, "a seq is missing")
        newest = max([*kept_others[-1:], *kept_closings[-1:]])
        if newest > last_seq:
            yield Fault(number, "there is an entry after the last seq")
