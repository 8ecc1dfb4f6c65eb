"""The envelope: five sizes, noise, and a place of its own for each entry."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.crypto import envelope
from havenclient.crypto.envelope import BUCKETS, LARGEST, OVERHEAD, EnvelopeError, Kind, TooLarge

KEY, LOG = bytes(range(32)), bytes(16)
KINDS = st.sampled_from(list(Kind))


@given(st.binary(max_size=5000), KINDS, st.integers(0, 1 << 40))
def test_what_is_sealed_is_opened_at_its_place(content: bytes, kind: Kind, number: int) -> None:
    entry = envelope.seal(KEY, LOG, number, kind, content, os.urandom)
    assert len(entry) in BUCKETS
    assert envelope.unseal(KEY, LOG, number, entry) == (kind, content)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_each_content_takes_the_smallest_bucket(bucket: int, off: int) -> None:
    size = bucket - OVERHEAD + off
    if size > LARGEST:
        with pytest.raises(TooLarge):
            envelope.seal(KEY, LOG, 0, Kind.MESSAGE, bytes(size), os.urandom)
        return
    entry = envelope.seal(KEY, LOG, 0, Kind.MESSAGE, bytes(size), os.urandom)
    following = min(b for b in BUCKETS if b >= bucket + (1 if off > 0 else 0))
    assert len(entry) == following


def test_an_entry_opens_nowhere_else() -> None:
    entry = envelope.seal(KEY, LOG, 3, Kind.MESSAGE, b"content", os.urandom)
    for key, log, number in (
        (bytes(32), LOG, 3),
        (KEY, b"\1" * 16, 3),
        (KEY, LOG, 4),
    ):
        with pytest.raises(EnvelopeError):
            envelope.unseal(key, log, number, entry)


@given(st.integers(0, 1023), st.integers(1, 255))
def test_a_changed_byte_is_refused(place: int, flip: int) -> None:
    entry = bytearray(envelope.seal(KEY, LOG, 0, Kind.MESSAGE, b"content", os.urandom))
    entry[place] ^= flip
    with pytest.raises(EnvelopeError):
        envelope.unseal(KEY, LOG, 0, bytes(entry))


@given(st.binary(max_size=100) | st.sampled_from([bytes(b) for b in BUCKETS]))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeError):
        envelope.unseal(KEY, LOG, 0, data)


@pytest.mark.parametrize("padded", [
    (5000).to_bytes(4, "big") + b"\0",
    b"\xff\xff\xff\xff\0",
    (1).to_bytes(4, "big") + b"\x63" + b"c",
    (1).to_bytes(4, "big") + b"\0c" + b"not zero",
])  # fmt: skip
def test_a_member_who_seals_nonsense_is_refused(padded: bytes) -> None:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt

    nonce = os.urandom(24)
    body = padded.ljust(BUCKETS[0] - 24 - 16, b"\0")
    with pytest.raises(EnvelopeError):
        envelope.unseal(KEY, LOG, 0, nonce + encrypt(body, LOG + bytes(8), nonce, KEY))


def test_two_entries_with_one_content_have_nothing_in_common() -> None:
    made = {envelope.seal(KEY, LOG, 0, Kind.MESSAGE, b"same", os.urandom) for _ in range(8)}
    assert len({entry[:24] for entry in made}) == len({entry[24:40] for entry in made}) == 8
