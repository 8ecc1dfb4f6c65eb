"""Small public structures: extensions, capabilities, lifetimes (RFC 9420 §7.2, §11.1, §13).

Unknown numbers are kept and compared, never special-cased: that is what makes GREASE values (§13.5)
pass wherever the RFC lets them pass and fail wherever it does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from .codec import Reader, decode_all, opaque, u16, u16_vector, u64, vector
from .errors import DecodeError, ValidationError

MLS10 = 1
"""ProtocolVersion mls10."""


class ExtensionType(IntEnum):
    APPLICATION_ID = 1
    RATCHET_TREE = 2
    REQUIRED_CAPABILITIES = 3
    EXTERNAL_PUB = 4
    EXTERNAL_SENDERS = 5


class ProposalType(IntEnum):
    ADD = 1
    UPDATE = 2
    REMOVE = 3
    PSK = 4
    REINIT = 5
    EXTERNAL_INIT = 6
    GROUP_CONTEXT_EXTENSIONS = 7
    SELF_REMOVE = 0x000A
    """draft-ietf-mls-extensions."""


DEFAULT_EXTENSIONS = frozenset(range(1, 6))
"""Implemented by everybody, need not be listed in capabilities (§7.2)."""
DEFAULT_PROPOSALS = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class Extension:
    type: int
    data: bytes

    def encode(self) -> bytes:
        return u16(self.type) + opaque(self.data)


def read_extension(reader: Reader) -> Extension:
    return Extension(reader.u16(), reader.opaque())


def read_extensions(reader: Reader) -> tuple[Extension, ...]:
    """A list of extensions, no type twice (§13.4)."""
    extensions = reader.vector(read_extension)
    if len({extension.type for extension in extensions}) != len(extensions):
        raise DecodeError("an extension type occurs twice")
    return extensions


def checked_extensions(extensions: Iterable[Extension]) -> tuple[Extension, ...]:
    """What the caller hands in, held to the same rule."""
    result = tuple(extensions)
    if len({extension.type for extension in result}) != len(result):
        raise ValidationError("an extension type occurs twice")
    return result


def find_extension(extensions: Iterable[Extension], kind: int) -> bytes | None:
    for extension in extensions:
        if extension.type == kind:
            return extension.data
    return None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a client supports, as lists of numbers (§7.2)."""

    versions: tuple[int, ...] = (MLS10,)
    cipher_suites: tuple[int, ...] = ()
    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = (ProposalType.SELF_REMOVE,)
    credentials: tuple[int, ...] = (1,)

    def encode(self) -> bytes:
        return (
            u16_vector(self.versions)
            + u16_vector(self.cipher_suites)
            + u16_vector(self.extensions)
            + u16_vector(self.proposals)
            + u16_vector(self.credentials)
        )


def _capabilities(raw: bytes) -> Capabilities:
    vec = Reader(raw).u16_vector
    return Capabilities(vec(), vec(), vec(), vec(), vec())


_usual_capabilities = lru_cache(maxsize=256)(_capabilities)
"""The clients of one application mostly say the same. Only short ones are kept: what is read here
is not verified yet, and a stranger must not fill our memory with lists."""


def read_capabilities(reader: Reader) -> Capabilities:
    start = reader.pos
    for _ in range(5):
        reader.opaque()
    raw = reader.since(start)
    return _usual_capabilities(raw) if len(raw) <= 256 else _capabilities(raw)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Validity of a KeyPackage's leaf, in seconds since 1970, both ends included."""

    not_before: int
    not_after: int

    def encode(self) -> bytes:
        return u64(self.not_before) + u64(self.not_after)

    def covers(self, now: int) -> bool:
        return self.not_before <= now <= self.not_after


def read_lifetime(reader: Reader) -> Lifetime:
    return Lifetime(reader.u64(), reader.u64())


@dataclass(frozen=True, slots=True)
class RequiredCapabilities:
    """The `required_capabilities` extension of a GroupContext (§11.1)."""

    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    credentials: tuple[int, ...] = ()

    def encode(self) -> bytes:
        return (
            u16_vector(self.extensions) + u16_vector(self.proposals) + u16_vector(self.credentials)
        )

    def extension(self) -> Extension:
        return Extension(ExtensionType.REQUIRED_CAPABILITIES, self.encode())

    @classmethod
    def of(cls, extensions: Iterable[Extension]) -> RequiredCapabilities | None:
        """What a GroupContext demands; None if it demands nothing."""
        data = find_extension(extensions, ExtensionType.REQUIRED_CAPABILITIES)
        if data is None:
            return None
        return decode_all(data, lambda r: cls(r.u16_vector(), r.u16_vector(), r.u16_vector()))


@dataclass(frozen=True, slots=True)
class GroupContext:
    """What all members of an epoch agree on (§8.1). `raw` is its encoding, kept with it."""

    suite_id: int
    group_id: bytes
    epoch: int
    tree_hash: bytes
    confirmed_transcript_hash: bytes
    extensions: tuple[Extension, ...]
    raw: bytes

    @classmethod
    def make(
        cls,
        suite_id: int,
        group_id: bytes,
        epoch: int,
        tree_hash: bytes,
        confirmed_transcript_hash: bytes,
        extensions: tuple[Extension, ...],
    ) -> GroupContext:
        if not 0 <= epoch < 1 << 64:
            # A hostile founder may start at the very end of the numbers.
            raise ValidationError("no epoch has that number")
        raw = (
            u16(MLS10)
            + u16(suite_id)
            + opaque(group_id)
            + u64(epoch)
            + opaque(tree_hash)
            + opaque(confirmed_transcript_hash)
            + vector(extensions)
        )
        return cls(suite_id, group_id, epoch, tree_hash, confirmed_transcript_hash, extensions, raw)

    def encode(self) -> bytes:
        return self.raw


def read_group_context(reader: Reader) -> GroupContext:
    start = reader.pos
    if reader.u16() != MLS10:
        raise DecodeError("unknown protocol version")
    suite_id, group_id, epoch = reader.u16(), reader.opaque(), reader.u64()
    tree_hash, transcript = reader.opaque(), reader.opaque()
    extensions = read_extensions(reader)
    return GroupContext(
        suite_id, group_id, epoch, tree_hash, transcript, extensions, reader.since(start)
    )
