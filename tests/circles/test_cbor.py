"""Strict CBOR: one spelling for each value, and no bytes that cost more than their length."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.strict_cbor import CborError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.binary() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert cbor.loads(cbor.dumps(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_in_one_spelling_or_refused(data: bytes) -> None:
    try:
        value = cbor.loads(data)
    except CborError:
        return
    assert cbor.dumps(value) == data


@given(VALUES, st.data())
def test_a_flipped_byte_is_another_value_or_refused(value: object, data: st.DataObject) -> None:
    raw = bytearray(cbor.dumps(value))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(CborError):
        assert cbor.dumps(cbor.loads(bytes(raw))) == bytes(raw) != cbor.dumps(value)


BOMBS = {
    "a list of 2^64 items": b"\x9b" + b"\xff" * 8,
    "a map of 2^63 pairs": b"\xbb" + b"\x7f" + b"\xff" * 7,
    "a text of 2^32 bytes": b"\x7a" + b"\xff" * 4,
    "bytes of 2^64": b"\x5b" + b"\xff" * 8,
    "100,000 nested lists": b"\x81" * 100_000 + b"\x00",
    "100,000 nested maps": b"\xa1\x00" * 100_000 + b"\x00",
    "an endless list": b"\x9f" + b"\x00" * 1000 + b"\xff",
    "an endless text": b"\x7f\x61a\xff",
    "a million items": b"\x9a\x00\x0f\x42\x40" + b"\x00" * 1_000_000,
    "a big number by tag": b"\xc2\x5a\x00\x01\x00\x00" + b"\xff" * 65536,
    "a shared reference": b"\xd8\x1c\x81\xd8\x1d\x00",
    "a date": b"\xc1\x00",
    "a float": b"\xfb" + b"\x00" * 8,
    "undefined": b"\xf7",
    "a longer spelling of 0": b"\x18\x00",
    "a key twice": b"\xa2\x00\x01\x00\x02",
    "keys in disorder": b"\xa2\x01\x00\x00\x00",
    "text that is no UTF-8": b"\x61\xff",
    "nothing": b"",
    "two values": b"\x00\x00",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_and_second_spellings_are_refused_at_once(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(CborError) as refused:
        cbor.loads(BOMBS[name])
    assert time.process_time() - begun < 0.2
    assert len(str(refused.value)) < 60


@pytest.mark.parametrize(("reader", "wrong"), [
    (lambda v: cbor.as_int(v), True), (lambda v: cbor.as_int(v), -1),
    (lambda v: cbor.as_int(v, high=5), 6), (lambda v: cbor.as_int(v), "1"),
    (lambda v: cbor.as_bool(v), 1), (lambda v: cbor.as_text(v, limit=3), "four"),
    (lambda v: cbor.as_text(v, limit=3), b"abc"), (lambda v: cbor.as_bytes(v, size=2), b"abc"),
    (lambda v: cbor.as_bytes(v, limit=2), b"abc"), (lambda v: cbor.as_bytes(v), "abc"),
    (lambda v: cbor.as_list(v, 2), [1]), (lambda v: cbor.as_list(v), {}),
    (lambda v: cbor.as_map(v), []),
])  # fmt: skip
def test_readers_take_their_own_type_within_bounds(reader: object, wrong: object) -> None:
    assert callable(reader)
    with pytest.raises(CborError):
        reader(wrong)
