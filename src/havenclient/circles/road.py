"""The road from a slice that was left to wherever the circle went on (moving.py). Pure bytes.

Theory of operation. A road is a log on the relay that the circle moved to. Its id, tokens and key
come from the access token of the slice that is left (`keys.road`), so whoever stands in that slice
finds it with nothing but the relay's address, and nobody else does: the relay that held the slice
knows only a hash of that token.

    slice 0   entries of the slice as they were, byte for byte; closed by its closing entry
    slice 1   closed by the signpost

    signpost = [1, 7, body, mover's key, signature]        body = [epoch, relay, [[seq, digest], …]]

So the Commit and the signpost live as long as Commits do, a road is complete when its signpost can
be seen, and of two hosts who build one road at the same time the relay lets one put up the signpost
(If-Match): all who look there go one way. Whoever could read the slice could write beside it, so
nothing is believed for lying here. A road is walked in the head first (`moving.walk`) and taken
only if it leads, over hosts' Commits that the policy allows, to one that names this very relay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.chain import Chain, Trouble
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.keys import IDEMPOTENCY_KEY, RoadKeys
from havenclient.circles.keys import road as derive
from havenclient.circles.mailbox import FORMAT
from havenclient.circles.outgoing import Append, Close, CreateLog, Outgoing
from havenclient.circles.receiving import SlicePage
from havenclient.circles.speaking import Token
from havenclient.crypto import envelope, mls
from havenclient.crypto.envelope import EnvelopeError, Kind

ROAD = 7
"""Kind of a signpost among what lies in mailboxes and roads (protocol.md section 5)."""
LABEL = b"HavenRoad"
MAX_ROWS = 4_000
"""Entries of one road: what one signpost of the largest size names."""


@dataclass(frozen=True, slots=True)
class Signpost:
    epoch: int
    relay: str
    rows: tuple[tuple[int, bytes], ...]
    """(seq as the left log counted, SHA-256 of the entry); the last is the closing entry."""
    mover: bytes
    """Signature key of the host who put it there."""
    signature: bytes = field(repr=False)

    @property
    def closing(self) -> bytes:
        return self.rows[-1][1]

    @property
    def body(self) -> bytes:
        return cbor.dumps([self.epoch, self.relay, [[seq, d] for seq, d in self.rows]])


@dataclass(frozen=True, slots=True)
class Stretch:
    """One slice of a left log, as a host kept it."""

    epoch: int
    access_token: bytes = field(repr=False)
    rows: tuple[tuple[int, bytes], ...] = field(repr=False)
    """(seq as that log counted, entry); the closing entry last."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies where a road from a slice would be."""

    post: Signpost
    entries: tuple[bytes, ...]


def build(
    circle: Circle, stretch: Stretch, relay: str, committer_token: bytes, token: Token
) -> tuple[Outgoing, ...]:
    """The road from a slice as what is to be done on `relay`, in this order."""
    keys, terms = derive(stretch.access_token), circle.terms
    committers = terms.committer_hashes
    rows = stretch.rows[-MAX_ROWS:]
    made: list[Outgoing] = [
        CreateLog(
            keys.log_id,
            _hash(keys.token),
            committers,
            terms.retention_days,
            terms.closing_days,
        )
    ]
    made += [Append(keys.log_id, 0, keys.token, token(IDEMPOTENCY_KEY), e) for _, e in rows[:-1]]
    made.append(
        Close(
            log_id=keys.log_id,
            slice=0,
            token=keys.token,
            key=token(IDEMPOTENCY_KEY),
            entry=rows[-1][1],
            committer_token=committer_token,
            next_access_hash=_hash(keys.signpost),
            committer_hashes=committers,
        )
    )
    made.append(
        Close(
            log_id=keys.log_id,
            slice=1,
            token=keys.signpost,
            key=token(IDEMPOTENCY_KEY),
            entry=seal(circle.group, keys, stretch.epoch, relay, rows, token),
            committer_token=committer_token,
            next_access_hash=_hash(token(32)),  # nothing comes after a signpost
            committer_hashes=committers,
        )
    )
    return tuple(made)


def seal(
    group: mls.Group,
    keys: RoadKeys,
    epoch: int,
    relay: str,
    rows: Sequence[tuple[int, bytes]],
    token: Token,
) -> bytes:
    """The signpost of a road as an entry. `rows`: (seq, entry), the closing entry last."""
    named = tuple((seq, hashlib.sha256(entry).digest()) for seq, entry in rows)
    post = Signpost(epoch, relay, named, group.signature_key.public, b"")
    signature = group.signature_key.sign_with_label(LABEL, _signed(group.group_id, post.body))
    content = cbor.dumps([FORMAT, ROAD, post.body, post.mover, signature])
    return envelope.seal(keys.envelope, keys.log_id, 1, Kind.MAILBOX, content, token)


def read_signpost(keys: RoadKeys, entry: bytes) -> Signpost | None:
    """The signpost that an entry holds; None where it is none."""
    try:
        kind, content = envelope.unseal(keys.envelope, keys.log_id, 1, entry)
        return _decode(content) if kind is Kind.MAILBOX else None
    except (EnvelopeError, cbor.CborError):
        return None


def _decode(content: bytes) -> Signpost:
    form, kind, body, mover, signature = cbor.as_list(cbor.loads(content), 5)
    cbor.as_int(form, low=FORMAT, high=FORMAT)
    cbor.as_int(kind, low=ROAD, high=ROAD)
    epoch, relay, rows = cbor.as_list(cbor.loads(cbor.as_bytes(body)), 3)
    named = [cbor.as_list(row, 2) for row in cbor.as_list(rows)]
    seqs = [cbor.as_int(seq, low=1) for seq, _ in named]
    if not 1 <= len(named) <= MAX_ROWS or seqs != sorted(set(seqs)):
        raise cbor.CborError("no road")
    return Signpost(
        cbor.as_int(epoch),
        cbor.as_text(relay, limit=255),
        tuple((seq, cbor.as_bytes(d, size=32)) for seq, (_, d) in zip(seqs, named, strict=True)),
        cbor.as_bytes(mover, limit=128),
        cbor.as_bytes(signature, limit=256),
    )


def by_host(post: Signpost, circle: Circle) -> bool:
    """Whether a host of the circle, as we know it, signed it."""
    signed = _signed(circle.group.group_id, post.body)
    try:
        circle.group.suite.verify_with_label(post.mover, LABEL, signed, post.signature)
    except mls.errors.MLSError:
        return False
    return circle.terms.is_host(post.mover)


def page(circle: Circle, post: Signpost, entries: Sequence[bytes]) -> SlicePage | None:
    """The circle's present slice as the signpost says it ended; None where its end isn't here.
    What has expired of it is missing like on any relay."""
    at_hand = {hashlib.sha256(entry).digest(): entry for entry in entries}
    rows = tuple((seq + circle.base, at_hand[d]) for seq, d in post.rows if d in at_hand)
    if post.epoch != circle.epoch or post.closing not in at_hand:
        return None
    return SlicePage(post.epoch, rows, closed=True, last=rows[-1][0])


def set_out(
    circle: Circle, stretch: SlicePage, head_at: Callable[[int], bytes | None]
) -> tuple[Circle, SlicePage]:
    """The circle and the page as `receive` takes them, from where we stand.

    Trouble with the relay that is left ends with it. Where the old relay had shown us more than the
    mover had seen, the closing entry comes after what we have, under the next number here, and the
    chain goes on from the entry before it: the one that all have in common.
    """
    if circle.standing is Standing.READ_ONLY and circle.trouble is not Trouble.COPIED:
        circle = replace(circle, standing=Standing.ACTIVE, trouble=None)
    last, closing = stretch.entries[-1]
    if stretch.slice == circle.epoch and last <= circle.chain.seq:
        at = circle.chain.seq
        circle = replace(circle, chain=Chain(at, head_at(last - 1)))
        stretch = SlicePage(stretch.slice, ((at + 1, closing),), closed=True, last=at + 1)
    return circle, stretch


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _signed(group_id: bytes, body: bytes) -> bytes:
    return cbor.dumps([group_id, body])


__all__ = [
    "ROAD",
    "Found",
    "Signpost",
    "Stretch",
    "build",
    "by_host",
    "page",
    "read_signpost",
    "set_out",
]
