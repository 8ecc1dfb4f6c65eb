"""Every secret of a circle that isn't MLS's own, and where it comes from. One page, one table.

| secret                  | from                                | who holds it           |
| ----------------------- | ----------------------------------- | ---------------------- |
| access token of slice e | exporter, "haven access token"      | the members of epoch e |
| envelope key of slice e | exporter, "haven envelope"          | the members of epoch e |
| road: log id, token, key| access token of slice e             | the members of epoch e |
| committer token         | own secret                          | one host               |
| idempotency keys        | own secret, epoch, kind, generation | one leaf               |
| mailbox token and key   | the invite's secret                 | who has the invite     |

The own secret (32 random bytes per circle) never leaves the vault and is in no backup: a restored
copy draws a new one, and so can't be told from a newcomer by its tokens.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN = 32
LOG_ID = 16
IDEMPOTENCY_KEY = 16


class Exporter(Protocol):
    """The part of an MLS group that keys come from (RFC 9420 §8.5)."""

    def export(self, label: str, context: bytes, length: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SliceKeys:
    """What opens one slice of a circle's log."""

    access_token: bytes = field(repr=False)
    envelope: bytes = field(repr=False)

    @property
    def access_hash(self) -> bytes:
        """What the relay gets to know of the token."""
        return hashlib.sha256(self.access_token).digest()


def slice_keys(group: Exporter, log_id: bytes) -> SliceKeys:
    return SliceKeys(
        group.export("haven access token", log_id, TOKEN),
        group.export("haven envelope", log_id, 32),
    )


@dataclass(frozen=True, slots=True)
class RoadKeys:
    """Where the road away from one slice lies, on whichever relay: known to who could read that
    slice, and not to the relay that held it, which has only a hash of the token."""

    log_id: bytes
    token: bytes = field(repr=False)
    signpost: bytes = field(repr=False)
    """Token of the slice that the signpost closes."""
    envelope: bytes = field(repr=False)


def road(access_token: bytes) -> RoadKeys:
    """From the access token of the slice that is left (`road.py`)."""
    return RoadKeys(
        derive(access_token, "haven road log id", LOG_ID),
        derive(access_token, "haven road access token", TOKEN),
        derive(access_token, "haven road signpost token", TOKEN),
        derive(access_token, "haven road envelope", 32),
    )


def moved_mailbox(token: bytes) -> tuple[bytes, bytes]:
    """(log id, token) at the next relay of a knock mailbox: found by who knows only the old one,
    and under another id, so that two relays never hold logs of one name."""
    return (
        derive(token, "haven moved mailbox log id", LOG_ID),
        derive(token, "haven moved mailbox token", TOKEN),
    )


def committer_token(own_secret: bytes) -> bytes:
    return derive(own_secret, "haven committer token", TOKEN)


def idempotency_key(own_secret: bytes, epoch: int, kind: int, generation: int) -> bytes:
    """The key of one append (16 bytes): a PRF of what must never happen twice.

    Two copies of a vault make the same key for different bytes, and the relay refuses the second
    (protocol.md §2, copied state); to the relay the key is noise.
    """
    message = b"haven idempotency" + epoch.to_bytes(8, "big") + bytes([kind])
    message += generation.to_bytes(8, "big")
    return hmac.digest(own_secret, message, "sha256")[:IDEMPOTENCY_KEY]


def derive(secret: bytes, label: str, length: int) -> bytes:
    """HKDF-SHA256 with a label of its own for each use."""
    return HKDF(SHA256(), length, salt=None, info=label.encode()).derive(secret)
