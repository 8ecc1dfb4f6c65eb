"""The envelope: what the relay gets to see of an entry is one of five sizes, and noise.

An entry's plaintext is length-prefixed and padded with zeros to a bucket, then sealed with
XChaCha20-Poly1305 under the slice's envelope key, with a random nonce and the place (log id and
slice) as associated data. So an entry can't be moved to another log or slice, and its size tells
the relay only which bucket it fell into.

    entry  = nonce (24) ‖ XChaCha20-Poly1305(key, nonce, padded, log id ‖ slice as u64)
    padded = u32 length ‖ kind (1) ‖ content ‖ zeros     (len(entry) is a bucket size)
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

KIB = 1024
BUCKETS = (1 * KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB)
NONCE = 24
TAG = 16
_HEAD = 5
OVERHEAD = NONCE + TAG + _HEAD
LARGEST = BUCKETS[-1] - OVERHEAD
"""Largest content of one entry in bytes."""


class Kind(IntEnum):
    """What lies in an envelope; known only inside."""

    MESSAGE = 0
    """An MLSMessage with application content."""
    PROPOSAL = 1
    """An MLSMessage with a proposal."""
    CLOSING = 2
    """A closing bundle: proposals referred to, then the Commit (protocol.md §2)."""
    MAILBOX = 3
    """An offer, knock, welcome, return or report in a mailbox log."""
    CHUNK = 4
    """A chunk of an attachment."""


class EnvelopeError(ValueError):
    """Not sealed with this key for this place, or malformed inside."""


class TooLarge(ValueError):
    """The content is larger than one entry may be."""


def seal(
    key: bytes,
    log_id: bytes,
    slice_number: int,
    kind: Kind,
    content: bytes,
    token: Callable[[int], bytes],
) -> bytes:
    """`content` (bytes) as an entry of exactly one of the bucket sizes. Raises TooLarge."""
    size = bucket_for(len(content))
    padded = len(content).to_bytes(4, "big") + bytes([kind]) + content
    padded = padded.ljust(size - NONCE - TAG, b"\0")
    nonce = token(NONCE)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(
        padded, _place(log_id, slice_number), nonce, key
    )


def unseal(key: bytes, log_id: bytes, slice_number: int, entry: bytes) -> tuple[Kind, bytes]:
    """(kind, content) of an entry. Raises EnvelopeError for anything else than `seal` made."""
    if len(entry) not in BUCKETS:
        raise EnvelopeError("not an envelope")
    try:
        padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
            entry[NONCE:], _place(log_id, slice_number), entry[:NONCE], key
        )
    except CryptoError as error:
        raise EnvelopeError("not sealed for this place") from error
    length = int.from_bytes(padded[:4], "big")
    if length > len(padded) - _HEAD:
        raise EnvelopeError("malformed padding")
    try:
        kind = Kind(padded[4])
    except ValueError as error:
        raise EnvelopeError("unknown kind") from error
    if padded[_HEAD + length :].strip(b"\0"):
        raise EnvelopeError("malformed padding")
    return kind, padded[_HEAD : _HEAD + length]


def bucket_for(size: int) -> int:
    """The bucket (bytes) that `size` bytes of content fall into."""
    for bucket in BUCKETS:
        if size + OVERHEAD <= bucket:
            return bucket
    raise TooLarge(f"{size} bytes do not fit into one entry of {BUCKETS[-1]}")


def _place(log_id: bytes, slice_number: int) -> bytes:
    return log_id + slice_number.to_bytes(8, "big")
