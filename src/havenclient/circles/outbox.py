"""The outbox: what is to be done on relays, in order, with the very bytes that will be sent.

A row is written in the transaction that changed the circle's state, and leaves when its effect was
read back from the log (entries) or the relay answered (logs). Sending the same row twice is always
harmless: creating is idempotent, an entry carries its idempotency key.

`sync/` asks for what is due and tells how it went; it never looks inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from havenclient.circles import outgoing as out
from havenclient.circles.outgoing import Append, Close, CreateLog, DeleteLog, Outgoing, State
from havenclient.circles.speaking import entry_digest
from havenclient.vault import Database


@dataclass(frozen=True, slots=True)
class Row:
    no: int
    circle: int | None
    relay: str
    what: Outgoing = field(repr=False)
    epoch: int | None
    message: int | None
    state: State
    tries: int
    not_before: int
    reason: str


def put(
    db: Database,
    relay: str,
    items: Iterable[Outgoing],
    *,
    now: int,
    circle: int | None = None,
    epoch: int | None = None,
    message: int | None = None,
    state: State = State.WAITING,
) -> None:
    for one in items:
        db.execute(
            "INSERT INTO circle_outbox(circle, relay, kind, log_id, body, digest, epoch, message,"
            " state, made_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                circle,
                relay,
                out.kind_of(one),
                one.log_id,
                out.encode(one),
                _digest(one),
                epoch,
                message,
                state.value,
                now,
            ),
        )
        _remember(db, circle, one, epoch, message)


def put_again(db: Database, no: int, one: Outgoing, *, epoch: int, relay: str) -> None:
    """Other bytes for a row whose entry came too late: it keeps its place, so that what a person
    wrote first is also read first."""
    row = get(db, no)
    db.execute(
        "UPDATE circle_outbox SET body=?, digest=?, epoch=?, relay=?, log_id=?, state='waiting',"
        " tries=0, not_before=0, reason='' WHERE no=?",
        (out.encode(one), _digest(one), epoch, relay, one.log_id, no),
    )
    if row is not None:
        _remember(db, row.circle, one, epoch, row.message)


def _digest(one: Outgoing) -> bytes | None:
    return entry_digest(one.entry) if isinstance(one, Append | Close) else None


def _remember(
    db: Database, circle: int | None, one: Outgoing, epoch: int | None, message: int | None
) -> None:
    digest = _digest(one)
    if circle is not None and epoch is not None and digest is not None:
        db.execute(
            "INSERT OR IGNORE INTO circle_own_entry(circle, digest, epoch, message)"
            " VALUES (?,?,?,?)",
            (circle, digest, epoch, message),
        )


_COLUMNS = "no, circle, relay, kind, body, epoch, message, state, tries, not_before, reason"


def due(db: Database, now: int) -> list[Row]:
    """What may be sent now, oldest first. One log's rows stay in order: a row behind one that
    waits is not due, so that nothing is posted into a log before the log is made."""
    blocked: set[bytes] = set()
    rows = []
    for row in db.execute(
        f"SELECT {_COLUMNS}, log_id FROM circle_outbox"  # noqa: S608
        " WHERE state IN ('waiting', 'sending', 'stale') ORDER BY no"
    ):
        log_id = bytes(row[11])
        if row[9] > now or row[7] == State.STALE:
            blocked.add(log_id)
        if log_id not in blocked:
            rows.append(_row(row))
    return rows


def of_circle(db: Database, circle: int) -> list[Row]:
    return [
        _row(r)
        for r in db.execute(
            f"SELECT {_COLUMNS} FROM circle_outbox WHERE circle=? ORDER BY no",  # noqa: S608
            (circle,),
        )
    ]


def logs_wait(db: Database, circle: int, before: int) -> bool:
    """Whether logs of a circle are still to be made by rows older than `before`."""
    found = db.one(
        "SELECT 1 FROM circle_outbox WHERE circle=? AND no<? AND kind='create'"
        " AND state IN ('waiting', 'sending')",
        (circle, before),
    )
    return found is not None


def get(db: Database, no: int) -> Row | None:
    row = db.one(f"SELECT {_COLUMNS} FROM circle_outbox WHERE no=?", (no,))  # noqa: S608
    return None if row is None else _row(row)


def _row(r: tuple[Any, ...]) -> Row:
    no, circle, relay, kind, body, epoch, message, state, tries, not_before, reason = r[:11]
    return Row(
        no,
        circle,
        relay,
        out.decode(kind, bytes(body)),
        epoch,
        message,
        State(str(state)),
        tries,
        not_before,
        str(reason),
    )


def everything(db: Database) -> list[tuple[Row, int]]:
    """(row, when it was made), oldest first: for the person to look at."""
    return [
        (_row(r), int(r[11]))
        for r in db.execute(
            f"SELECT {_COLUMNS}, made_at FROM circle_outbox ORDER BY no"  # noqa: S608
        )
    ]


def in_words(row: Row) -> str:
    match row.what:
        case Append() if row.message is not None:
            return "message"
        case Append() if row.epoch is None:
            return "to a door"
        case CreateLog() | DeleteLog():
            return "a log"
        case _:
            return "change"


def size_of(row: Row) -> int:
    return len(row.what.entry) if isinstance(row.what, Append | Close) else 0


def retry(db: Database) -> None:
    db.execute("UPDATE circle_outbox SET not_before=0 WHERE state='waiting'")


def later(db: Database, no: int, *, not_before: int, reason: str) -> None:
    """It did not work this time; `reason` in words for the person."""
    db.execute(
        "UPDATE circle_outbox SET state='waiting', tries=tries+1, not_before=?, reason=?"
        " WHERE no=?",
        (not_before, reason, no),
    )


def refuse(db: Database, no: int, reason: str) -> None:
    """It will never work as it is; kept for the person to see."""
    db.execute("UPDATE circle_outbox SET state='refused', reason=? WHERE no=?", (reason, no))


def done(db: Database, no: int) -> None:
    db.execute("DELETE FROM circle_outbox WHERE no=?", (no,))


def stale(db: Database, no: int) -> None:
    """Its slice had closed before it came: to be said again in the slice that is open now."""
    db.execute("UPDATE circle_outbox SET state='stale' WHERE no=?", (no,))


def stale_rows(db: Database, circle: int) -> list[int]:
    return [
        int(r[0])
        for r in db.execute(
            "SELECT no FROM circle_outbox WHERE circle=? AND state='stale' ORDER BY no", (circle,)
        )
    ]


def acknowledged(db: Database, message: int) -> None:
    """The relay has it, but it wasn't read back yet: sent, though without its place in the log."""
    db.execute("UPDATE circle_message SET sent=1 WHERE no=?", (message,))


def landed(db: Database, circle: int, digest: bytes) -> int | None:
    """An entry of ours was read back: its row leaves. Returns the message that it carried."""
    db.execute("DELETE FROM circle_outbox WHERE circle=? AND digest=?", (circle, digest))
    row = db.one(
        "SELECT message FROM circle_own_entry WHERE circle=? AND digest=?", (circle, digest)
    )
    return None if row is None or row[0] is None else int(row[0])


def drop_closing(db: Database, circle: int) -> None:
    """A staged Commit lost its race or was dropped: its closing call is not wanted any more."""
    db.execute(
        "DELETE FROM circle_outbox WHERE circle=? AND kind='close' AND epoch NOT NULL", (circle,)
    )


def drop_proposals(db: Database, circle: int, *, before: int) -> None:
    """Proposals that didn't get into their epoch before it ended are worth nothing any more."""
    db.execute(
        "DELETE FROM circle_outbox WHERE circle=? AND kind='append' AND message IS NULL"
        " AND epoch<?",
        (circle, before),
    )


def is_own(db: Database, circle: int, digest: bytes) -> bool:
    found = db.one("SELECT 1 FROM circle_own_entry WHERE circle=? AND digest=?", (circle, digest))
    return found is not None


def held(db: Database, message: int) -> Row | None:
    """The row of a message that its author holds back, if it is still held."""
    row = db.one(
        f"SELECT {_COLUMNS} FROM circle_outbox WHERE message=? AND state='held'",  # noqa: S608
        (message,),
    )
    return None if row is None else _row(row)


def drop_unsent(db: Database, message: int) -> bool:
    """A message that is held back, or that the relay never took, is not wanted any more. False: it
    is neither, so that somebody may have read it."""
    row = db.one(
        "SELECT no FROM circle_outbox WHERE message=? AND state IN ('held', 'refused')", (message,)
    )
    if row is not None:
        done(db, int(row[0]))
    return row is not None


def release_held(db: Database, circle: int | None = None) -> int:
    """Sends what the person had held back. Returns how many."""
    before = db.one("SELECT count(*) FROM circle_outbox WHERE state='held'") or (0,)
    db.execute(
        "UPDATE circle_outbox SET state='waiting', not_before=0"
        " WHERE state='held' AND (?1 IS NULL OR circle=?1)",
        (circle,),
    )
    after = db.one("SELECT count(*) FROM circle_outbox WHERE state='held'") or (0,)
    return int(before[0]) - int(after[0])
