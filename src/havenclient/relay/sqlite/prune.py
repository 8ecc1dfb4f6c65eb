"""Forgetting: what has outlived its span, step by step, and whole logs on a committer's word.

A step removes at most `STEP` entries in one transaction, so that appends never wait long for it.
"""

from __future__ import annotations

from typing import Final

import apsw

from havenclient.relay import rules
from havenclient.relay.rules import LogState
from havenclient.relay.sqlite.schema import SEQ_BITS, entry_id
from havenclient.relay.store import Pruned

STEP: Final = 2_000


def newest_day(db: apsw.Connection, by: int) -> int | None:
    """The newest day on which anything came, not after `by`; None where nothing did."""
    days = db.execute(
        "SELECT max(day) FROM (SELECT created AS day FROM logs UNION ALL SELECT last_day FROM logs)"
        " WHERE day <= ?",
        (by,),
    ).get
    return None if days is None else int(days)


def prune_step(db: apsw.Connection, today: int) -> Pruned:
    """Remove up to `STEP` expired entries, and logs in which nothing is left; in a transaction."""
    entries = logs = 0
    while entries < STEP:
        row = db.execute(
            "SELECT id, retention, closing_retention, open_slice, last_seq, entries, size, last_day"
            " FROM logs WHERE next_prune <= ? ORDER BY next_prune LIMIT 1",
            (today,),
        ).fetchone()
        if row is None:
            return Pruned(entries, logs, more=False)
        number, short, long, *state = row
        log = LogState(*state)
        removed, log, due = _expire(db, number, log, today, short, long, STEP - entries)
        entries += removed
        if rules.forgotten(log, today, long):
            forget(db, number)
            logs += 1
            continue
        db.execute(
            "UPDATE logs SET entries = ?, size = ?, next_prune = ? WHERE id = ?",
            (log.entries, log.size, due, number),
        )
        if due <= today:
            break
    return Pruned(entries, logs, more=True)


def _expire(
    db: apsw.Connection, number: int, log: LogState, today: int, short: int, long: int, budget: int
) -> tuple[int, LogState, int]:
    """Remove what expired of one log; returns how many, the state, and the day to look again."""
    keep_short = rules.first_day_kept(today, short)
    keep_long = rules.first_day_kept(today, long)
    doomed: list[tuple[int]] = []
    size, last_closing = 0, 0
    due = log.last_day + long + 1
    cursor = db.execute(
        "SELECT id, day, closing, length(body) FROM entries WHERE id BETWEEN ? AND ? ORDER BY id",
        (entry_id(number, 0), entry_id(number + 1, 0) - 1),
    )
    for key, day, closing, length in cursor:
        if len(doomed) >= budget:
            due = today
            break
        if closing and day >= keep_long:
            due = min(due, day + long + 1)
        elif not closing and day >= keep_short:
            due = min(due, day + short + 1)
            break
        else:
            doomed.append((key,))
            size += length
            if closing:
                last_closing = key & ((1 << SEQ_BITS) - 1)
    cursor.close()
    db.executemany("DELETE FROM entries WHERE id = ?", doomed)
    if last_closing:
        # A slice's keys are remembered as long as the entry that closed it.
        db.execute("DELETE FROM keys WHERE log = ? AND seq <= ?", (number, last_closing))
    return len(doomed), rules.without(log, len(doomed), size), due


def forget(db: apsw.Connection, number: int) -> None:
    """Remove a log and all that belongs to it; in a transaction."""
    db.execute(
        "DELETE FROM entries WHERE id BETWEEN ? AND ?",
        (entry_id(number, 0), entry_id(number + 1, 0) - 1),
    )
    db.execute("DELETE FROM keys WHERE log = ?", (number,))
    db.execute("DELETE FROM slices WHERE log = ?", (number,))
    db.execute("DELETE FROM logs WHERE id = ?", (number,))
