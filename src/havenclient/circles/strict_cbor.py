"""CBOR from strangers: checked for shape before a decoder touches it.

A CBOR bomb is a few bytes that claim a great length or nest without end. So the bytes are first
walked once, iteratively and without building anything: every claimed length must lie inside the
input, nesting and the number of items are capped, indefinite lengths, tags and simple values other
than false, true and null are refused. Only then `cbor2` decodes. Encoding is deterministic (RFC
8949 §4.2), so that hashes and signatures over it mean something, and `loads` refuses bytes that
are not what `dumps` would have written.
"""

from __future__ import annotations

import cbor2

MAX_DEPTH = 12
MAX_ITEMS = 20_000


class CborError(ValueError):
    """Not the CBOR that Haven speaks; the message never quotes the input."""


def dumps(value: object) -> bytes:
    """`value` as deterministic CBOR."""
    return cbor2.dumps(value, canonical=True)


def loads(data: bytes, *, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> object:
    """The one value that `data` holds. Raises CborError for any other bytes."""
    _walk(data, max_depth, max_items)
    try:
        value = cbor2.loads(data)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise CborError("not well-formed") from error
    # Deterministic encoding, checked by doing: a second spelling of the same value would let two
    # people sign or hash different bytes for one meaning. Duplicate map keys fall out here too.
    try:
        again = dumps(value)
    except (cbor2.CBORError, ValueError, TypeError) as error:
        raise CborError("not deterministic") from error
    if again != data:
        raise CborError("not deterministic")
    return value


def _walk(data: bytes, max_depth: int, max_items: int) -> None:
    position = 0
    end = len(data)
    items = 0
    open_counts = [1]
    while open_counts:
        if open_counts[-1] == 0:
            open_counts.pop()
            continue
        open_counts[-1] -= 1
        items += 1
        if items > max_items:
            raise CborError("too many items")
        if position >= end:
            raise CborError("cut off")
        first = data[position]
        position += 1
        major, info = first >> 5, first & 0x1F
        if info < 24:
            argument = info
        elif info <= 27:
            width = 1 << (info - 24)
            if position + width > end:
                raise CborError("cut off")
            argument = int.from_bytes(data[position : position + width], "big")
            position += width
        else:
            raise CborError("indefinite length")
        if major in (2, 3):
            if argument > end - position:
                raise CborError("cut off")
            position += argument
        elif major in (4, 5):
            count = argument * (major - 3)
            # Each item takes at least one byte: a greater claim is a lie.
            if count > end - position:
                raise CborError("cut off")
            if len(open_counts) > max_depth:
                raise CborError("nested too deep")
            open_counts.append(count)
        elif major == 6:
            raise CborError("tags are not used")
        elif major == 7 and first not in (0xF4, 0xF5, 0xF6):
            raise CborError("simple value")
    if position != end:
        raise CborError("trailing bytes")


# --- small typed readers, so that decoders read as a list of fields ---------------------------


def as_list(value: object, length: int | None = None) -> list[object]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise CborError("not a list of that length")
    return value


def as_map(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise CborError("not a map")
    return value


def as_bytes(value: object, *, size: int | None = None, limit: int = 1 << 20) -> bytes:
    if not isinstance(value, bytes) or len(value) > limit:
        raise CborError("not a byte string in bounds")
    if size is not None and len(value) != size:
        raise CborError("not a byte string of that size")
    return value


def as_text(value: object, *, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise CborError("not a text in bounds")
    return value


def as_int(value: object, *, low: int = 0, high: int = (1 << 63) - 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CborError("not a number in bounds")
    return value


def as_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise CborError("not true or false")
    return value
