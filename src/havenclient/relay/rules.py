"""The rules of a log: what an ordered batch of wishes does to the logs that it touches.

Theory of operation
-------------------

A log is a list of opaque entries, numbered 1, 2, 3 … without gaps, cut into slices 0, 1, 2 …,
of which exactly the last is open. Everything that changes a log goes through `settle`, one pure
function:

    (state of the touched logs, batch, limits, today)  ->  (new state, rows, answers)

It has no clock, no I/O and no randomness, so the same batch on the same state always ends the
same way, and a store is free to be one SQLite file or many processes over one database: it loads
the scene, calls `settle`, writes rows and states in ONE transaction, and only then tells who waits.

*Doors.* A request proves its right with (log id, access token). The store knows neither: it keeps
one index from `door(log_id, hash(token))` to a `Place` (log, slice). A wrong token and a log that
does not exist are then the same thing, one miss in one index, and can't be told apart by their
answer or by the work they cause (rule 7). A token opens its own slice and no other (rule 4),
because two slices never share a door (`ACCESS_REUSED`).

*Committers.* Each slice keeps the hashes of its committer tokens, and a closing is judged by the
set of the slice it names. So the loser of a race learns `MOVED`, not "no such log", although the
winner has replaced the set.

*Order of judgement.* For an append: known key (rule 3) before closed slice (rule 5) before limits,
so that a repeat is answered with its first seq whatever has happened since. For a closing the
committer comes first, so that a member who is no host learns nothing that a stranger would not.

*Life spans.* Days never run backwards within a log (`max` with the last day), so what has expired
is always a prefix of a slice, apart from its closing entry, which lives longer (rule 8).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from havenclient import wire

# --- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door leads: a log (the store's number for it) and one of its slices."""

    log: int
    slice: int


@dataclass(frozen=True, slots=True, repr=False)
class Door:
    """All that a door's finder may know; none of it changes while the log lives."""

    place: Place
    committers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogState:
    """What the rules need to know of one log; small, and independent of how many entries it has."""

    open_slice: int
    last_seq: int
    entries: int
    """Entries still kept, closing entries included."""
    size: int
    """Bytes of the entries still kept."""
    last_day: int
    """Day (since 1970) of the newest entry, or of creation."""


@dataclass(frozen=True, slots=True)
class Known:
    """An idempotency key that the log has seen."""

    seq: int
    slice: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one log. Closings may use all of it, appends all but the committers' share."""

    entries: int = 100_000
    size: int = 512 * 1024 * 1024
    reserve_percent: int = 10

    def appends_may_hold(self, whole: int) -> int:
        return whole * (100 - self.reserve_percent) // 100


@dataclass(frozen=True, slots=True, repr=False)
class Append:
    place: Place
    key: bytes
    digest: bytes
    body: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Close:
    place: Place
    key: bytes
    digest: bytes
    body: bytes
    names: int
    """The slice that the client believes to be open (`If-Match`)."""
    committer: bytes
    """Hash of the committer token that was shown."""
    next_door: bytes
    next_committers: tuple[bytes, ...]


Wish: TypeAlias = Append | Close


class Refusal(Enum):
    MISSING = "no such log, or not with this token"
    KEY_REUSED = "this key came with other bytes before"
    SLICE_CLOSED = "the slice is closed"
    MOVED = "another slice is open"
    ACCESS_REUSED = "this access hash has opened a slice of this log before"
    LOG_FULL = "the log is at its limit"


@dataclass(frozen=True, slots=True)
class Accepted:
    seq: int
    slice: int
    """For a closing: the slice that it closed."""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    why: Refusal
    slice: int = 0
    """With MOVED: the slice that is open now."""


Answer: TypeAlias = Accepted | Refused
MISSING = Refused(Refusal.MISSING)


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One entry to be stored."""

    log: int
    seq: int
    slice: int
    day: int
    closing: bool
    key: bytes
    digest: bytes
    body: bytes


@dataclass(frozen=True, slots=True, repr=False)
class SliceRow:
    """One slice to be opened; `first_seq` also says where the slice before it ended."""

    log: int
    number: int
    door: bytes
    first_seq: int
    committers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """All that a store must load before it may call `settle` for a batch."""

    logs: Mapping[int, LogState]
    """Of every log that the batch touches; one that is missing here no longer exists."""
    known: Mapping[tuple[int, bytes], Known]
    """Of every (log, key) of the batch that was seen before."""
    committers: Mapping[Place, tuple[bytes, ...]]
    """Of every place named by a Close."""
    taken: frozenset[bytes] = frozenset()
    """Those next doors of the batch's closings that already lead somewhere."""


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    logs: dict[int, LogState]
    rows: list[Row]
    slices: list[SliceRow]
    answers: list[Answer]


# --- digests and doors ----------------------------------------------------------------------------


def door(log_id: bytes, access_hash: bytes) -> bytes:
    """The one name under which the store finds a slice."""
    return hashlib.sha256(b"haven relay door\0" + log_id + access_hash).digest()


def append_digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def close_digest(
    body: bytes, names: int, next_door: bytes, next_committers: Sequence[bytes]
) -> bytes:
    """Covers all that a closing asks for; prefixed, so that no append has the same digest."""
    whole = hashlib.sha256(b"haven relay close\0" + names.to_bytes(8, "big") + next_door)
    whole.update(len(next_committers).to_bytes(1, "big") + b"".join(next_committers))
    whole.update(hashlib.sha256(body).digest())
    return whole.digest()


# --- the rules ------------------------------------------------------------------------------------


def settle(scene: Scene, batch: Sequence[Wish], limits: Limits, today: int) -> Outcome:
    """Decide a batch, wish by wish, each seeing what those before it did."""
    logs: dict[int, LogState] = {}
    known: dict[tuple[int, bytes], Known] = {}
    committers: dict[Place, tuple[bytes, ...]] = {}
    doors: set[bytes] = set()
    out = Outcome(logs, [], [], [])
    soft_entries = limits.appends_may_hold(limits.entries)
    soft_size = limits.appends_may_hold(limits.size)

    for wish in batch:
        place, size = wish.place, len(wish.body)
        log = logs.get(place.log) or scene.logs.get(place.log)
        if log is None:
            out.answers.append(MISSING)
            continue
        closing = isinstance(wish, Close)

        if isinstance(wish, Close):
            holders = committers.get(place) or scene.committers.get(place, ())
            if not holds(wish.committer, holders):
                out.answers.append(MISSING)
                continue

        key = (place.log, wish.key)
        before = known.get(key) or scene.known.get(key)
        if before is not None:
            if hmac.compare_digest(before.digest, wish.digest):
                out.answers.append(Accepted(before.seq, before.slice, repeated=True))
            else:
                out.answers.append(Refused(Refusal.KEY_REUSED))
            continue

        if isinstance(wish, Close):
            if wish.names != place.slice or place.slice != log.open_slice:
                out.answers.append(Refused(Refusal.MOVED, log.open_slice))
                continue
            if wish.next_door in doors or wish.next_door in scene.taken:
                out.answers.append(Refused(Refusal.ACCESS_REUSED))
                continue
            full = log.entries >= limits.entries or log.size + size > limits.size
        else:
            if place.slice != log.open_slice:
                out.answers.append(Refused(Refusal.SLICE_CLOSED))
                continue
            full = log.entries >= soft_entries or log.size + size > soft_size
        if full or log.last_seq >= wire.MAX_SEQ:
            out.answers.append(Refused(Refusal.LOG_FULL))
            continue

        seq = log.last_seq + 1
        day = max(today, log.last_day)
        out.rows.append(
            Row(place.log, seq, place.slice, day, closing, wish.key, wish.digest, wish.body)
        )
        known[key] = Known(seq, place.slice, wish.digest)
        opened = log.open_slice
        if isinstance(wish, Close):
            opened += 1
            doors.add(wish.next_door)
            committers[Place(place.log, opened)] = wish.next_committers
            out.slices.append(
                SliceRow(place.log, opened, wish.next_door, seq + 1, wish.next_committers)
            )
        logs[place.log] = LogState(opened, seq, log.entries + 1, log.size + size, day)
        out.answers.append(Accepted(seq, place.slice))
    return out


def holds(shown: bytes, hashes: Sequence[bytes]) -> bool:
    """Compares with every hash, so that the time does not tell which one it was."""
    found = False
    for each in hashes:
        found |= hmac.compare_digest(shown, each)
    return found


def may_delete(shown: bytes, place: Place, log: LogState, committers: Sequence[bytes]) -> bool:
    """Only who could close the open slice may make the relay forget the log."""
    return place.slice == log.open_slice and holds(shown, committers)


# --- creation -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Birth:
    """How a log was, or is to be, created. Two that are equal are the same wish repeated."""

    door: bytes
    committers: tuple[bytes, ...]
    retention_days: int
    closing_retention_days: int


class Creation(Enum):
    CREATED = "created"
    IDENTICAL = "identical"
    CONFLICT = "conflict"


def create(existing: Birth | None, wish: Birth) -> Creation:
    """A repeated PUT is answered like the first, however far the log has come since."""
    if existing is None:
        return Creation.CREATED
    return Creation.IDENTICAL if existing == wish else Creation.CONFLICT


def newborn(today: int) -> LogState:
    return LogState(open_slice=0, last_seq=0, entries=0, size=0, last_day=today)


# --- reading and expiry ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SliceView:
    """A slice as a reader may know it."""

    number: int
    open: bool
    first_seq: int
    """The first seq that belonged to it (also of the first entry yet to come)."""
    last_seq: int
    """The last seq so far; `first_seq - 1` while it is empty."""
    kept_from: int | None
    """The smallest seq of it still there; None if nothing of it is."""


@dataclass(frozen=True, slots=True)
class Gone:
    first_seq: int | None
    """Reading after `first_seq - 1` works. None: nothing of this slice will ever come again."""


def where_to_read(view: SliceView, after: int) -> int | Gone:
    """The seq after which to read, or that it has expired (rule 8).

    Seqs before the slice are not the slice's: asking after one of them means "from its start".
    """
    after = max(after, view.first_seq - 1)
    if after >= view.last_seq:
        return after
    if view.kept_from is None:
        return Gone(view.last_seq + 1 if view.open else None)
    return after if after + 1 >= view.kept_from else Gone(view.kept_from)


def first_day_kept(today: int, retention_days: int) -> int:
    """An entry that came on this day or later is kept; it lives at least `retention_days` whole."""
    return today - retention_days


def forgotten(log: LogState, today: int, closing_retention_days: int) -> bool:
    """A log in which nothing happened for its long life span, and in which nothing is left."""
    return log.entries == 0 and log.last_day < first_day_kept(today, closing_retention_days)


def without(log: LogState, entries: int, size: int) -> LogState:
    """The state after `entries` of together `size` bytes expired."""
    return replace(log, entries=log.entries - entries, size=log.size - size)
