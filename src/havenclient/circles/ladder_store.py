"""A ladder as bytes: in the vault, and in the terms of the Commit that lets somebody in.

A newcomer has not read the log from its beginning. So whoever adds her writes the ladder as it is
into that Commit's terms (`extra["steps"]`), where all see it; she begins with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.acts import MAX_PAUSE, Reason, What
from havenclient.circles.book import Book
from havenclient.circles.ladder import MAX_STEPS, Ladder, Step
from havenclient.circles.terms import MAX_MEMBERS
from havenclient.circles.warrants import Signed


def plain(ladder: Ladder) -> list[object]:
    return [
        [
            [
                s.ident,
                s.what.value,
                s.actor,
                s.target,
                s.reason.value,
                s.at,
                s.asked,
                [[a.signer, a.epoch, a.signature] for a in s.agreed],
                s.answers,
                s.over,
            ]
            for s in ladder.steps
        ],
        dict(ladder.clocks),
        dict(ladder.paced),
        dict(ladder.since),
    ]


def dump(ladder: Ladder) -> bytes:
    return cbor.dumps(plain(ladder))


def load(data: bytes) -> Ladder:
    """Raises CborError."""
    return read(cbor.loads(data))


def read(value: object) -> Ladder:
    """The inverse of `plain`, for bytes that somebody else may have made. Raises CborError."""
    steps, clocks, paced, since = cbor.as_list(value, 4)
    rows = cbor.as_list(steps)
    if len(rows) > MAX_STEPS:
        raise cbor.CborError("too many steps")
    return Ladder(tuple(_step(r) for r in rows), _times(clocks), _times(paced), _times(since))


def _times(value: object) -> Mapping[bytes, int]:
    found = cbor.as_map(value)
    if len(found) > 4 * MAX_MEMBERS:
        raise cbor.CborError("too many times")
    return {cbor.as_bytes(k, limit=128): cbor.as_int(v) for k, v in found.items()}


def _step(value: object) -> Step:
    f = cbor.as_list(value, 10)
    agreed = []
    for one in cbor.as_list(f[7])[:MAX_MEMBERS]:
        signer, epoch, signature = cbor.as_list(one, 3)
        agreed.append(
            Signed(
                cbor.as_bytes(signer, limit=128),
                cbor.as_int(epoch),
                cbor.as_bytes(signature, limit=256),
            )
        )
    try:
        return Step(
            ident=cbor.as_bytes(f[0], size=32),
            what=What(cbor.as_text(f[1], limit=16)),
            actor=cbor.as_bytes(f[2], limit=128),
            target=None if f[3] is None else cbor.as_bytes(f[3], limit=128),
            reason=Reason(cbor.as_text(f[4], limit=32)),
            at=cbor.as_int(f[5]),
            asked=cbor.as_int(f[6], high=MAX_PAUSE),
            agreed=tuple(agreed),
            answers=cbor.as_int(f[8], high=100),
            over=cbor.as_bool(f[9]),
        )
    except ValueError as error:
        raise cbor.CborError("not a step") from error


# --- one circle's, in the vault -------------------------------------------------------------------


def ladder_of(book: Book, no: int) -> Ladder:
    row = book.db.one("SELECT state FROM circle_ladder WHERE circle=?", (no,))
    if row is None:
        return Ladder()
    raw = bytes(row[0])
    kept, ladder = book.ladders.get(no, (b"", None))
    # Decoded once a change, not once a message; held against the row, so a step that was undone
    # leaves nothing behind.
    if kept != raw or not isinstance(ladder, Ladder):
        ladder = load(raw)
        book.ladders[no] = (raw, ladder)
    return ladder


def keep(book: Book, no: int, ladder: Ladder) -> None:
    raw = dump(ladder)
    book.db.execute("INSERT OR REPLACE INTO circle_ladder(circle, state) VALUES (?,?)", (no, raw))
    book.ladders[no] = (raw, ladder)
