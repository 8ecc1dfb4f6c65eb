"""One history: the hash chain over a log's entries, and what members claim to have seen.

Theory of operation. Each client keeps H_n = SHA-256(H_{n-1} ‖ entry_n) over all entries of the
log, H_0 = 32 zero bytes. Each message's authenticated data carries a claim: (seq, H_seq, epoch
authenticator) of what its sender had seen when she wrote. A receiver holds each claim against its
own chain. Three things can be wrong:

* *two histories*: the claimed head for a seq differs from ours;
* *back in time, dropped tail*: somebody claims, or we remember, a seq that the relay doesn't have;
* *future*: a message at seq n claims to have seen n or later (reordering).

Each makes the circle read-only on this client and is said in plain words; nobody silently goes on.
Where entries had expired before we saw them, the chain has a gap. It is taken up again from the
first claim of a member beyond the gap: a signed statement of somebody who saw it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from havenclient.circles import strict_cbor as cbor

HEAD = 32
START = b"\0" * HEAD


class Trouble(StrEnum):
    """What a lying or broken relay did, as far as we can tell."""

    TWO_HISTORIES = "two-histories"
    WENT_BACK = "went-back"
    OUT_OF_ORDER = "out-of-order"
    COPIED = "copied"
    """This vault runs twice: the relay refused an entry whose key a copy has used."""
    BROKEN_CLOSING = "broken-closing"
    """Not the relay's doing: a slice was closed by an entry that no rule allows."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sender had seen when she wrote."""

    seq: int
    head: bytes | None
    """None while the sender's own chain has a gap."""
    epoch_authenticator: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """Our own position: the last entry we have taken in, and the head there if it is known."""

    seq: int = 0
    head: bytes | None = START

    def add(self, seq: int, entry: bytes) -> Chain:
        """The chain after `entry`. A jump in seq (expired entries) leaves the head unknown."""
        if self.head is None or seq != self.seq + 1:
            return Chain(seq, None)
        return Chain(seq, step(self.head, entry))


def step(head: bytes, entry: bytes) -> bytes:
    return hashlib.sha256(head + entry).digest()


def encode(claim: Claim) -> bytes:
    return cbor.dumps([claim.seq, claim.head, claim.epoch_authenticator])


def decode(data: bytes) -> Claim:
    """Raises CborError for anything that `encode` did not write."""
    fields = cbor.as_list(cbor.loads(data), 3)
    head = None if fields[1] is None else cbor.as_bytes(fields[1], size=HEAD)
    return Claim(cbor.as_int(fields[0]), head, cbor.as_bytes(fields[2], limit=64))


def judge(claim: Claim, at_seq: int, known_head: bytes | None) -> Trouble | None:
    """What a claim in the entry at `at_seq` reveals.

    `known_head`: our own head at `claim.seq`, None where we don't have it (before we joined, in a
    gap, or thinned out).
    """
    if claim.seq >= at_seq:
        return Trouble.OUT_OF_ORDER
    if claim.head is not None and known_head is not None and claim.head != known_head:
        return Trouble.TWO_HISTORIES
    return None
