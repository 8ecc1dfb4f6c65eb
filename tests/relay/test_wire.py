"""The byte shapes that both sides share, against hostile bytes and an independent decoder."""

from __future__ import annotations

import io

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient import wire
from havenclient.wire import WireError

PAGES = st.tuples(
    st.integers(1, wire.MAX_SEQ - 50), st.lists(st.binary(max_size=600), max_size=40)
).map(lambda page: [(page[0] + n, body) for n, body in enumerate(page[1])])


@given(PAGES)
def test_a_page_comes_back_and_cbor2_reads_it_too(page: list[tuple[int, bytes]]) -> None:
    data = wire.encode_entries(page)
    assert list(wire.decode_entries(data)) == page
    assert data == b"".join(wire.encode_entry(*entry) for entry in page)
    assert data == b"".join(cbor2.dumps([seq, body]) for seq, body in page)
    stream, seen = io.BytesIO(data), []
    while stream.tell() < len(data):
        seen.append(tuple(cbor2.load(stream)))
    assert seen == page


@given(PAGES.filter(bool), st.integers(min_value=1))
def test_a_page_cut_short_is_refused(page: list[tuple[int, bytes]], cut: int) -> None:
    data = wire.encode_entries(page)
    last = len(wire.encode_entry(*page[-1]))
    with pytest.raises(WireError):
        list(wire.decode_entries(data[: -(cut % (last - 1) + 1)]))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_or_an_error(data: bytes) -> None:
    try:
        page = list(wire.decode_entries(data))
    except WireError:
        return
    assert all(seq >= 1 for seq, _ in page)


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("8200" + "40"),  # seq 0
        bytes.fromhex("8201405f"),  # an indefinite string behind
        bytes.fromhex("820140" + "820340"),  # a gap
        bytes.fromhex("82014082" + "0140"),  # the same seq twice
        bytes.fromhex("821b000000000000000140"),  # eight bytes for a number
        bytes.fromhex("82015a7fffffff"),  # two gigabytes announced
        bytes.fromhex("8301" + "4001"),  # three things
        bytes.fromhex("82016161"),  # text
    ],
)
def test_pages_out_of_shape_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        list(wire.decode_entries(data))


def test_more_than_a_page_is_refused() -> None:
    entries = [(n, b"") for n in range(1, wire.MAX_PAGE_ENTRIES + 2)]
    with pytest.raises(WireError):
        list(wire.decode_entries(wire.encode_entries(entries)))


@given(st.binary(max_size=64))
def test_base64url_has_one_spelling(raw: bytes) -> None:
    text = wire.b64(raw)
    assert wire.unb64(text) == wire.unb64(text, len(raw)) == raw
    for wrong in (text + "=", text + "A", "é" + text, text + "\n"):
        with pytest.raises(WireError):
            wire.unb64(wrong, len(raw))


def test_a_spelling_with_stray_bits_is_refused() -> None:
    assert wire.b64(b"\0") == "AA"
    with pytest.raises(WireError):
        wire.unb64("AB")
