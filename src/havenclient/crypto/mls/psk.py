"""Pre-shared keys (RFC 9420 §8.4): their ids and the chained PSK secret.

External PSKs come from the caller. Resumption PSKs of usage `application` are taken from the
group's own epochs; `reinit` and `branch` belong to operations that this library leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from .codec import Reader, opaque, u8, u16, u64
from .errors import DecodeError, UnknownPsk, ValidationError
from .suites import CipherSuite


class PskType(IntEnum):
    EXTERNAL = 1
    RESUMPTION = 2


class ResumptionUsage(IntEnum):
    APPLICATION = 1
    REINIT = 2
    BRANCH = 3


@dataclass(frozen=True, slots=True)
class PreSharedKeyID:
    """`psk_id` for external keys; `usage`, `group_id`, `epoch` for resumption ones."""

    type: PskType
    nonce: bytes
    psk_id: bytes = b""
    usage: ResumptionUsage = ResumptionUsage.APPLICATION
    group_id: bytes = b""
    epoch: int = 0

    def encode(self) -> bytes:
        if self.type is PskType.EXTERNAL:
            return u8(self.type) + opaque(self.psk_id) + opaque(self.nonce)
        body = u8(self.usage) + opaque(self.group_id) + u64(self.epoch)
        return u8(self.type) + body + opaque(self.nonce)


def read_psk_id(reader: Reader) -> PreSharedKeyID:
    try:
        kind = PskType(reader.u8())
        if kind is PskType.EXTERNAL:
            psk_id = reader.opaque()
            return PreSharedKeyID(kind, reader.opaque(), psk_id=psk_id)
        usage = ResumptionUsage(reader.u8())
    except ValueError:
        raise DecodeError("unknown kind of pre-shared key") from None
    group_id, epoch = reader.opaque(), reader.u64()
    return PreSharedKeyID(kind, reader.opaque(), usage=usage, group_id=group_id, epoch=epoch)


PskSource = Callable[[PreSharedKeyID], bytes | None]
"""Looks a key up; None where there is none."""


def psk_secret(suite: CipherSuite, psks: Sequence[tuple[PreSharedKeyID, bytes]]) -> bytes:
    """The chain of §8.4; all zeros for no PSK at all."""
    if len(psks) > 0xFFFF:
        raise ValidationError("more PSKs than PSKLabel can count")
    secret = suite.zero
    count = u16(len(psks))
    for index, (psk_id, psk) in enumerate(psks):
        extracted = suite.extract(suite.zero, psk)
        label = psk_id.encode() + u16(index) + count
        derived = suite.expand_with_label(extracted, b"derived psk", label, suite.hash_size)
        secret = suite.extract(derived, secret)
    return secret


def collect(ids: Sequence[PreSharedKeyID], source: PskSource) -> list[tuple[PreSharedKeyID, bytes]]:
    """Every key, in order; an unknown one fails, since leaving it out would fork the group."""
    found = []
    for psk_id in ids:
        psk = source(psk_id)
        if psk is None:
            raise UnknownPsk("a pre-shared key is not known here")
        found.append((psk_id, psk))
    return found
