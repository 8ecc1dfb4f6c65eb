"""Sealed streams: whole or refused. No cut, flip, swap, repeat or addition passes."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.crypto import streams
from havenclient.crypto.streams import CHUNK, SEALED_CHUNK
from havenclient.errors import Damaged

KEY, AD = b"k" * 32, b"name"
HEAD = len(streams.MAGIC) + 24


def sealed(plain: bytes) -> bytes:
    return b"".join(streams.seal(KEY, io.BytesIO(plain).read, ad=AD))


def opened(data: bytes, *, key: bytes = KEY, ad: bytes = AD) -> bytes:
    return b"".join(streams.unseal(key, io.BytesIO(data).read, ad=ad))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_every_size_comes_back(size: int) -> None:
    plain = bytes(i % 251 for i in range(size))
    assert opened(sealed(plain)) == plain


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=20))
def test_short_reads_change_nothing(sizes: list[int]) -> None:
    plain = bytes(range(256)) * 300
    source = io.BytesIO(plain)
    wanted: Iterator[int] = iter(sizes * 200)
    data = b"".join(streams.seal(KEY, lambda n: source.read(min(n, next(wanted, n))), ad=AD))
    assert opened(data) == plain


def test_a_cut_at_any_chunk_edge_is_refused() -> None:
    data = sealed(b"x" * (3 * CHUNK + 5))
    for chunks in range(4):
        with pytest.raises(Damaged):
            opened(data[: HEAD + chunks * SEALED_CHUNK])


@given(st.integers(0, 2 * SEALED_CHUNK))
def test_a_cut_anywhere_is_refused(at: int) -> None:
    data = sealed(b"y" * (2 * CHUNK + 100))
    with pytest.raises(Damaged):
        opened(data[: at % len(data)])


@given(st.integers(0, 8 * (CHUNK + 500)))
def test_a_flipped_bit_anywhere_is_refused(bit: int) -> None:
    data = bytearray(sealed(b"z" * (CHUNK + 300)))
    bit %= len(data) * 8
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Damaged):
        opened(bytes(data))


def test_chunks_cannot_be_swapped_repeated_dropped_or_added() -> None:
    data = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c" * CHUNK + b"end")
    head, body = data[:HEAD], data[HEAD:]
    one, two, three, last = (body[i * SEALED_CHUNK : (i + 1) * SEALED_CHUNK] for i in range(4))
    for wrong in (
        head + two + one + three + last,
        head + one + one + two + three + last,
        head + one + three + last,
        head + last,
        data + last,
        data + b"\0",
    ):
        with pytest.raises(Damaged):
            opened(wrong)


def test_another_name_or_key_does_not_open() -> None:
    data = sealed(b"words")
    with pytest.raises(Damaged):
        opened(data, ad=b"other")
    with pytest.raises(Damaged):
        opened(data, key=b"x" * 32)


def test_nothing_unverified_is_ever_given_out() -> None:
    data = bytearray(sealed(b"a" * CHUNK + b"b" * CHUNK))
    data[HEAD + SEALED_CHUNK + 9] ^= 1
    pieces = streams.unseal(KEY, io.BytesIO(bytes(data)).read, ad=AD)
    assert next(pieces) == b"a" * CHUNK
    with pytest.raises(Damaged):
        next(pieces)


def test_a_long_stream_is_never_wholly_in_memory() -> None:
    asked: list[int] = []

    def endless(size: int) -> bytes:
        asked.append(size)
        return b"q" * size

    pieces = streams.seal(KEY, endless, ad=AD)
    for _ in range(10):
        next(pieces)
    assert sum(asked) <= 11 * CHUNK
