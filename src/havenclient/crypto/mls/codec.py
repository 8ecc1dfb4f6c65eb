"""The TLS presentation language as RFC 9420 §2.1 uses it: integers, varint vectors, optionals.

Owns the bounds: a length is compared with what is left before anything is sliced, so no input can
make the decoder allocate more than the input's own size. Varints must be minimal (§2.1.2), enums
and optionals must hold defined values, and nothing may be left over. Under those rules each value
has exactly one encoding, which is why decoded structures may keep their slice of the input as their
encoding and never encode again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from .errors import DecodeError, StateError

T = TypeVar("T")

MAX_VARINT = (1 << 30) - 1

_SHORT = [bytes([n]) for n in range(64)]


class Encodable(Protocol):
    """Anything with a canonical encoding."""

    def encode(self) -> bytes: ...


def u8(value: int) -> bytes:
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "big")


def varint(value: int) -> bytes:
    """§2.1.2: the two top bits give the width (1, 2 or 4 bytes); the shortest form only."""
    if value < 0x40:
        return _SHORT[value]
    if value < 0x4000:
        return (0x4000 | value).to_bytes(2, "big")
    if value <= MAX_VARINT:
        return (0x8000_0000 | value).to_bytes(4, "big")
    raise StateError("longer than a vector can be")


def opaque(data: bytes) -> bytes:
    """`opaque x<V>`."""
    return varint(len(data)) + data


def optional(data: bytes | None) -> bytes:
    """`optional<T>` of something already encoded."""
    return b"\x00" if data is None else b"\x01" + data


def vector(items: Iterable[Encodable]) -> bytes:
    """`T items<V>`."""
    return opaque(b"".join([item.encode() for item in items]))


def u16_vector(values: Iterable[int]) -> bytes:
    return opaque(b"".join([value.to_bytes(2, "big") for value in values]))


def u32_vector(values: Iterable[int]) -> bytes:
    return opaque(b"".join([value.to_bytes(4, "big") for value in values]))


class Reader:
    """A cursor over bytes that can't leave its bounds. Every failure is a `DecodeError`."""

    __slots__ = ("data", "end", "pos")

    def __init__(self, data: bytes, pos: int = 0, end: int | None = None) -> None:
        self.data = data
        self.pos = pos
        self.end = len(data) if end is None else end

    def take(self, count: int) -> bytes:
        start = self.pos
        stop = start + count
        if stop > self.end:
            raise DecodeError("truncated")
        self.pos = stop
        return self.data[start:stop]

    def u8(self) -> int:
        pos = self.pos
        if pos >= self.end:
            raise DecodeError("truncated")
        self.pos = pos + 1
        return self.data[pos]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "big")

    def varint(self) -> int:
        first = self.u8()
        kind = first >> 6
        if kind == 0:
            return first
        if kind == 1:
            value = ((first & 0x3F) << 8) | self.u8()
            if value < 0x40:
                raise DecodeError("length is not minimal")
            return value
        if kind == 2:
            value = ((first & 0x3F) << 24) | int.from_bytes(self.take(3), "big")
            if value < 0x4000:
                raise DecodeError("length is not minimal")
            return value
        raise DecodeError("length has the reserved form")

    def opaque(self) -> bytes:
        return self.take(self.varint())

    def vector(self, read: Callable[[Reader], T]) -> tuple[T, ...]:
        """`T items<V>`: items are read until the vector's own bytes are used up, exactly."""
        length = self.varint()
        stop = self.pos + length
        if stop > self.end:
            raise DecodeError("truncated")
        inner = Reader(self.data, self.pos, stop)
        items = []
        while inner.pos < stop:
            items.append(read(inner))
        self.pos = stop
        return tuple(items)

    def u16_vector(self) -> tuple[int, ...]:
        raw = self.opaque()
        if len(raw) % 2:
            raise DecodeError("vector of 16-bit values has an odd length")
        return tuple([(raw[i] << 8) | raw[i + 1] for i in range(0, len(raw), 2)])

    def u32_vector(self) -> tuple[int, ...]:
        raw = self.opaque()
        if len(raw) % 4:
            raise DecodeError("vector of 32-bit values has a broken length")
        return tuple([int.from_bytes(raw[i : i + 4], "big") for i in range(0, len(raw), 4)])

    def present(self) -> bool:
        """The presence octet of an `optional<T>`."""
        flag = self.u8()
        if flag > 1:
            raise DecodeError("optional is neither absent nor present")
        return flag == 1

    def since(self, start: int) -> bytes:
        """The bytes read since `start`: the canonical encoding of what was read."""
        return self.data[start : self.pos]

    def rest(self) -> bytes:
        return self.take(self.end - self.pos)

    def finish(self) -> None:
        if self.pos != self.end:
            raise DecodeError("bytes left over")


def decode_all(data: bytes, read: Callable[[Reader], T]) -> T:
    """Read one value that must fill `data` entirely."""
    reader = Reader(data)
    value = read(reader)
    reader.finish()
    return value
