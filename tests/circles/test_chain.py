"""The hash chain: what claims reveal, and gaps that are admitted."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles import chain
from havenclient.circles.chain import START, Chain, Claim, Trouble
from havenclient.circles.strict_cbor import CborError

HEADS = st.binary(min_size=32, max_size=32)
SEQS = st.integers(0, 1 << 31)
CLAIMS = st.builds(Claim, SEQS, st.none() | HEADS, st.binary(max_size=64))


@given(CLAIMS)
def test_a_claim_is_read_as_it_was_written(claim: Claim) -> None:
    assert chain.decode(chain.encode(claim)) == claim


@given(st.binary(max_size=150))
def test_other_bytes_are_refused_or_are_a_claim(data: bytes) -> None:
    try:
        claim = chain.decode(data)
    except CborError:
        return
    assert chain.encode(claim) == data


@given(st.lists(st.binary(min_size=1), max_size=10))
def test_the_head_is_the_published_recursion(entries: list[bytes]) -> None:
    position, head = Chain(), bytes(32)
    for seq, entry in enumerate(entries, 1):
        position = position.add(seq, entry)
        head = hashlib.sha256(head + entry).digest()
    assert position == Chain(len(entries), head)


@given(st.lists(st.binary(min_size=1), min_size=2, max_size=8), st.data())
def test_a_swapped_changed_or_missing_entry_changes_the_head(
    entries: list[bytes], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    swapped = entries.copy()
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    assert (_head(swapped) == _head(entries)) == (swapped == entries)
    assert _head(entries[:place] + entries[place + 1 :]) != _head(entries)


def _head(entries: list[bytes]) -> bytes | None:
    position = Chain()
    for seq, entry in enumerate(entries, 1):
        position = position.add(seq, entry)
    return position.head


def test_after_a_gap_the_head_is_unknown_until_somebody_says_it() -> None:
    position = Chain().add(1, b"one").add(5, b"five")
    assert position == Chain(5, None)
    assert position.add(6, b"six") == Chain(6, None)


@pytest.mark.parametrize(("claimed_seq", "claimed", "ours", "verdict"), [
    (4, START, START, None),
    (4, START, None, None),
    (4, None, START, None),
    (4, b"x" * 32, START, Trouble.TWO_HISTORIES),
    (5, START, START, Trouble.OUT_OF_ORDER),
    (6, None, None, Trouble.OUT_OF_ORDER),
    (5, b"x" * 32, START, Trouble.OUT_OF_ORDER),
])  # fmt: skip
def test_what_a_claim_at_seq_5_reveals(
    claimed_seq: int, claimed: bytes | None, ours: bytes | None, verdict: Trouble | None
) -> None:
    assert chain.judge(Claim(claimed_seq, claimed, b""), 5, ours) is verdict
