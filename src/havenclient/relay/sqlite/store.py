"""`Store` on one SQLite file: loads scenes, writes outcomes, keeps a small memory of log states.

One connection writes (the writer thread's), one per reader thread reads. States of logs are
remembered between batches only as long as `data_version` says that no other connection (an
operator's `admit` or `prune`) has written; nothing is remembered of a transaction that failed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import apsw

from havenclient import wire
from havenclient.relay import rules
from havenclient.relay.rules import (
    Birth,
    Close,
    Creation,
    Door,
    Gone,
    Known,
    LogState,
    Outcome,
    Place,
    Scene,
    SliceView,
    Wish,
)
from havenclient.relay.sqlite import database
from havenclient.relay.sqlite.database import mapped
from havenclient.relay.sqlite.prune import forget, newest_day, prune_step
from havenclient.relay.sqlite.schema import SEQ_BITS
from havenclient.relay.store import CodeRefused, Page, Pruned

T = TypeVar("T")
REMEMBERED_LOGS = 20_000

# A batch is written in few, large statements: each step of a statement gives Python's lock away
# and must win it back from a busy event loop, so a hundred steps a batch cost more than the sync.
# Powers of two, so that the statement cache holds them all.
_SIZES = (64, 32, 16, 8, 4, 2, 1)


def _statements(head: str, row: str, end: str = "") -> dict[int, str]:
    return {n: head + ",".join([row] * n) + end for n in _SIZES}


_INSERT_ENTRIES = _statements("INSERT INTO entries(id, day, closing, body) VALUES ", "(?,?,?,?)")
_INSERT_KEYS = _statements("INSERT INTO keys(log, key, seq, slice, digest) VALUES ", "(?,?,?,?,?)")
_SELECT_KEYS = _statements(
    "SELECT log, key, seq, slice, digest FROM keys WHERE (log, key) IN (VALUES ", "(?,?)", ")"
)


def pieces(count: int) -> Iterator[tuple[int, int]]:
    """`count` things cut into (start, size) with sizes from `_SIZES`."""
    at = 0
    for size in _SIZES:
        while count - at >= size:
            yield at, size
            at += size


class SqliteStore:
    def __init__(
        self,
        path: Path,
        limits: rules.Limits | None = None,
        *,
        vfs: str | None = None,
        page_bytes: int = wire.MAX_PAGE_BYTES,
    ) -> None:
        self._path = path
        self._limits = limits or rules.Limits()
        self._page_bytes = page_bytes
        database.create_file(path, vfs)
        self._db = database.connect(path, write=True, vfs=vfs)
        self.backup_before_upgrade = database.migrate(self._db, path)
        self._local = threading.local()
        self._readers: list[apsw.Connection] = []
        self._only_connection = vfs is not None
        self._states: dict[int, LogState] = {}
        self._data_version: object = None

    # --- writing (one thread) ---------------------------------------------------------------------

    def commit(self, batch: Sequence[Wish], today: int) -> Outcome:
        outcome = self._transaction(lambda: self._settle(batch, today))
        # Only now: a transaction that failed must leave no trace in memory either.
        self._states.update(outcome.logs)
        if len(self._states) > REMEMBERED_LOGS:
            self._states.clear()
        return outcome

    def create(self, log_id: bytes, birth: Birth, today: int, code: bytes | None) -> Creation:
        return self._transaction(lambda: self._create(log_id, birth, today, code))

    def delete(self, place: Place, committer: bytes) -> bool:
        self._states.pop(place.log, None)
        return self._transaction(lambda: self._delete(place, committer))

    def prune(self, today: int) -> Pruned:
        self._states.clear()
        return self._transaction(lambda: prune_step(self._db, today))

    def _transaction(self, work: Callable[[], T]) -> T:
        with mapped():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                version = self._db.pragma("data_version")
                if version != self._data_version:
                    self._states.clear()
                    self._data_version = version
                result = work()
                self._db.execute("COMMIT")
            except BaseException:
                self._states.clear()
                if self._db.in_transaction:  # SQLite rolls back by itself after some errors
                    self._db.execute("ROLLBACK")
                raise
            return result

    def _settle(self, batch: Sequence[Wish], today: int) -> Outcome:
        outcome = rules.settle(self._load(batch), batch, self._limits, today)
        rows = outcome.rows
        for at, size in pieces(len(rows)):
            part = rows[at : at + size]
            entries: list[int | bytes] = []
            keys: list[int | bytes] = []
            for r in part:
                entries += (r.log << SEQ_BITS | r.seq, r.day, int(r.closing), r.body)
                keys += (r.log, r.key, r.seq, r.slice, r.digest)
            self._db.execute(_INSERT_ENTRIES[size], entries)
            self._db.execute(_INSERT_KEYS[size], keys)
        for s in outcome.slices:
            self._db.execute(
                "INSERT INTO slices(log, number, door, first_seq, committers)"
                " VALUES (?, ?, ?, ?, ?)",
                (s.log, s.number, s.door, s.first_seq, b"".join(s.committers)),
            )
        for number, log in outcome.logs.items():
            self._db.execute(
                "UPDATE logs SET open_slice = ?, last_seq = ?, entries = ?, size = ?,"
                " last_day = ?, next_prune = min(next_prune, ? + retention + 1) WHERE id = ?",
                (
                    log.open_slice,
                    log.last_seq,
                    log.entries,
                    log.size,
                    log.last_day,
                    log.last_day,
                    number,
                ),
            )
        return outcome

    def _load(self, batch: Sequence[Wish]) -> Scene:
        run = self._db.execute
        logs: dict[int, LogState] = {}
        known: dict[tuple[int, bytes], Known] = {}
        committers: dict[Place, tuple[bytes, ...]] = {}
        taken: set[bytes] = set()
        for wish in batch:
            number = wish.place.log
            if number not in logs:
                state = self._states.get(number) or self._state(number)
                if state is not None:
                    logs[number] = state
            if isinstance(wish, Close):
                committers[wish.place] = self._committers(wish.place)
                if run("SELECT 1 FROM slices WHERE door = ?", (wish.next_door,)).get is not None:
                    taken.add(wish.next_door)
        for at, size in pieces(len(batch)):
            names: list[int | bytes] = []
            for wish in batch[at : at + size]:
                names += (wish.place.log, wish.key)
            for number, key, *seen in run(_SELECT_KEYS[size], names):
                known[number, key] = Known(*seen)
        return Scene(logs, known, committers, frozenset(taken))

    def _state(self, number: int) -> LogState | None:
        row = self._db.execute(
            "SELECT open_slice, last_seq, entries, size, last_day FROM logs WHERE id = ?", (number,)
        ).fetchone()
        return None if row is None else LogState(*row)

    def _committers(self, place: Place) -> tuple[bytes, ...]:
        blob = self._db.execute(
            "SELECT committers FROM slices WHERE log = ? AND number = ?", (place.log, place.slice)
        ).get
        return () if blob is None else split_hashes(blob)

    def _create(self, log_id: bytes, birth: Birth, today: int, code: bytes | None) -> Creation:
        run = self._db.execute
        row = run(
            "SELECT s.door, s.committers, l.retention, l.closing_retention FROM logs l"
            " JOIN slices s ON s.log = l.id AND s.number = 0 WHERE l.log_id = ?",
            (log_id,),
        ).fetchone()
        existing = None if row is None else Birth(row[0], split_hashes(row[1]), row[2], row[3])
        result = rules.create(existing, birth)
        if result is not Creation.CREATED:
            return result
        if code is not None:
            charged = run(
                "UPDATE codes SET used = used + 1 WHERE hash = ? AND revoked = 0"
                " AND used < max_logs AND (expires IS NULL OR expires >= ?) RETURNING id",
                (code, today),
            ).get
            if charged is None:
                raise CodeRefused
        log = rules.newborn(today)
        number = run(
            "INSERT INTO logs(log_id, retention, closing_retention, created, open_slice, last_seq,"
            " entries, size, last_day, next_prune) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " RETURNING id",
            (
                log_id,
                birth.retention_days,
                birth.closing_retention_days,
                today,
                log.open_slice,
                log.last_seq,
                log.entries,
                log.size,
                log.last_day,
                today + birth.closing_retention_days + 1,
            ),
        ).get
        run(
            "INSERT INTO slices(log, number, door, first_seq, committers) VALUES (?, 0, ?, 1, ?)",
            (number, birth.door, b"".join(birth.committers)),
        )
        return result

    def _delete(self, place: Place, committer: bytes) -> bool:
        log = self._state(place.log)
        if log is None:
            return False
        if not rules.may_delete(committer, place, log, self._committers(place)):
            return False
        forget(self._db, place.log)
        return True

    def newest_day(self, by: int) -> int | None:
        with mapped():
            return newest_day(self._db, by)

    # --- reading (any thread) ---------------------------------------------------------------------

    def find(self, door: bytes) -> Door | None:
        with mapped():
            row = (
                self._reader()
                .execute("SELECT log, number, committers FROM slices WHERE door = ?", (door,))
                .fetchone()
            )
        return None if row is None else Door(Place(row[0], row[1]), split_hashes(row[2]))

    def read(self, place: Place, after: int, limit: int) -> Page | Gone | None:
        db = self._reader()
        with mapped():
            db.execute("BEGIN")  # one snapshot, so that view and entries fit each other
            try:
                return self._read(db, place, after, limit)
            finally:
                db.execute("COMMIT")

    def _read(
        self, db: apsw.Connection, place: Place, after: int, limit: int
    ) -> Page | Gone | None:
        base = place.log << SEQ_BITS
        row = db.execute(
            "SELECT s.first_seq, l.last_seq, n.first_seq FROM slices s JOIN logs l ON l.id = s.log"
            " LEFT JOIN slices n ON n.log = s.log AND n.number = s.number + 1"
            " WHERE s.log = ? AND s.number = ?",
            (place.log, place.slice),
        ).fetchone()
        if row is None:
            return None
        first, last, following = row
        if following is not None:
            last = following - 1
        kept = db.execute(
            "SELECT min(id) FROM entries WHERE id BETWEEN ? AND ?", (base | first, base | last)
        ).get
        view = SliceView(
            number=place.slice,
            open=following is None,
            first_seq=first,
            last_seq=last,
            kept_from=None if kept is None else kept - base,
        )
        start = rules.where_to_read(view, after)
        if isinstance(start, Gone):
            return start
        entries: list[tuple[int, bytes]] = []
        size = 0
        if start < last:
            cursor = db.execute(
                "SELECT id, body FROM entries WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
                (base | start + 1, base | last, limit),
            )
            for key, body in cursor:
                size += len(body)
                if entries and size > self._page_bytes:
                    break
                entries.append((key - base, body))
            cursor.close()
        return Page(view, entries)

    def _reader(self) -> apsw.Connection:
        if self._only_connection:
            return self._db
        db: apsw.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = database.connect(self._path, write=False)
            self._readers.append(db)
        return db

    def close(self) -> None:
        with mapped():
            for db in self._readers:
                db.close()
            self._db.close()


def split_hashes(blob: bytes) -> tuple[bytes, ...]:
    return tuple(blob[i : i + wire.HASH_BYTES] for i in range(0, len(blob), wire.HASH_BYTES))
