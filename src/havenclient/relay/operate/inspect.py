"""All that the relay holds about one log, byte class by byte class. It proves how little it is."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from havenclient.relay.sqlite.schema import entry_id


@dataclass(frozen=True, slots=True)
class Held:
    what: str
    count: int
    size: int
    """Bytes, as SQLite stores the values."""
    note: str


def inspect(db: apsw.Connection, log_id: bytes) -> list[Held] | None:
    """None if there is no such log. The classes cover every column of every row of the log."""
    row = db.execute(
        "SELECT id, retention, closing_retention, created, open_slice, last_seq, entries, size,"
        " last_day FROM logs WHERE log_id = ?",
        (log_id,),
    ).fetchone()
    if row is None:
        return None
    number, short, long, created, open_slice, last_seq, entries, size, last_day = row
    low, high = entry_id(number, 0), entry_id(number + 1, 0) - 1
    slices, doors, committers = db.execute(
        "SELECT count(*), sum(length(door)), sum(length(committers)) FROM slices WHERE log = ?",
        (number,),
    ).fetchone() or (0, 0, 0)
    keys, key_bytes, digests = db.execute(
        "SELECT count(*), total(length(key)), total(length(digest)) FROM keys WHERE log = ?",
        (number,),
    ).fetchone() or (0, 0, 0)
    days = db.execute(
        "SELECT count(DISTINCT day) FROM entries WHERE id BETWEEN ? AND ?", (low, high)
    ).get
    closing = db.execute(
        "SELECT count(*) FROM entries WHERE id BETWEEN ? AND ? AND closing", (low, high)
    ).get
    return [
        Held("log id", 1, len(log_id), "chosen at random by the client"),
        Held("life spans", 2, 4, f"{short} days; closing entries {long} days"),
        Held("days", 2, 8, f"created on {_day(created)}, newest entry on {_day(last_day)}"),
        Held("counters", 5, 20, f"slice {open_slice} is open, newest seq {last_seq}"),
        Held("slices", slices, slices * 8, "where each begins"),
        Held("access hashes", slices, doors, "SHA-256 over log id and hash of the access token"),
        Held("committer hashes", committers // 32, committers, "SHA-256 of committer tokens"),
        Held("idempotency keys", keys, int(key_bytes), "chosen by clients; the relay can't read"),
        Held("digests", keys, int(digests), "SHA-256 of what was acknowledged"),
        Held("entry numbers", entries, entries * 8, f"seq and slice ({closing} close a slice)"),
        Held("arrival days", entries, entries * 2, f"{days} different days, no times"),
        Held("entry bytes", entries, size, "opaque; sealed by the clients"),
        Held("addresses, names, times, who wrote", 0, 0, "not held"),
    ]


def _day(number: int) -> str:
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()
