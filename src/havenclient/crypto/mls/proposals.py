"""Proposals (RFC 9420 §12.1, SelfRemove of draft-ietf-mls-extensions): structures and their codec.

Whether a proposal is allowed is decided in `validate_proposals`; what it does to the tree in
`apply`. ReInit and ExternalInit are decoded (they exist on the wire) and always refused by
validation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .codec import Reader, opaque, u16, u32, vector
from .errors import DecodeError
from .key_package import KeyPackage, read_key_package
from .nodes import LeafNode, read_leaf_node
from .psk import PreSharedKeyID, read_psk_id
from .types import Extension, ProposalType, read_extensions

ProposalRef = bytes
"""RefHash over the AuthenticatedContent that carried the proposal (§5.2)."""


@dataclass(frozen=True, slots=True)
class Add:
    key_package: KeyPackage
    type = ProposalType.ADD

    def encode(self) -> bytes:
        return u16(self.type) + self.key_package.raw


@dataclass(frozen=True, slots=True)
class Update:
    leaf_node: LeafNode
    type = ProposalType.UPDATE

    def encode(self) -> bytes:
        return u16(self.type) + self.leaf_node.raw


@dataclass(frozen=True, slots=True)
class Remove:
    removed: int
    type = ProposalType.REMOVE

    def encode(self) -> bytes:
        return u16(self.type) + u32(self.removed)


@dataclass(frozen=True, slots=True)
class PreSharedKey:
    psk: PreSharedKeyID
    type = ProposalType.PSK

    def encode(self) -> bytes:
        return u16(self.type) + self.psk.encode()


@dataclass(frozen=True, slots=True)
class ReInit:
    group_id: bytes
    version: int
    suite_id: int
    extensions: tuple[Extension, ...]
    type = ProposalType.REINIT

    def encode(self) -> bytes:
        body = opaque(self.group_id) + u16(self.version) + u16(self.suite_id)
        return u16(self.type) + body + vector(self.extensions)


@dataclass(frozen=True, slots=True)
class ExternalInit:
    kem_output: bytes
    type = ProposalType.EXTERNAL_INIT

    def encode(self) -> bytes:
        return u16(self.type) + opaque(self.kem_output)


@dataclass(frozen=True, slots=True)
class GroupContextExtensions:
    extensions: tuple[Extension, ...]
    type = ProposalType.GROUP_CONTEXT_EXTENSIONS

    def encode(self) -> bytes:
        return u16(self.type) + vector(self.extensions)


@dataclass(frozen=True, slots=True)
class SelfRemove:
    type = ProposalType.SELF_REMOVE

    def encode(self) -> bytes:
        return u16(self.type)


Proposal = (
    Add
    | Update
    | Remove
    | PreSharedKey
    | ReInit
    | ExternalInit
    | GroupContextExtensions
    | SelfRemove
)

_READERS: dict[int, Callable[[Reader], Proposal]] = {
    ProposalType.ADD: lambda r: Add(read_key_package(r)),
    ProposalType.UPDATE: lambda r: Update(read_leaf_node(r)),
    ProposalType.REMOVE: lambda r: Remove(r.u32()),
    ProposalType.PSK: lambda r: PreSharedKey(read_psk_id(r)),
    ProposalType.REINIT: lambda r: ReInit(r.opaque(), r.u16(), r.u16(), read_extensions(r)),
    ProposalType.EXTERNAL_INIT: lambda r: ExternalInit(r.opaque()),
    ProposalType.GROUP_CONTEXT_EXTENSIONS: lambda r: GroupContextExtensions(read_extensions(r)),
    ProposalType.SELF_REMOVE: lambda r: SelfRemove(),
}


def read_proposal(reader: Reader) -> Proposal:
    """An unknown type has no known length, so it can't be skipped: it ends the message (§12.1)."""
    read = _READERS.get(reader.u16())
    if read is None:
        raise DecodeError("unknown proposal type")
    return read(reader)


@dataclass(frozen=True, slots=True)
class CommittedProposal:
    """A proposal as a Commit covers it: who proposed it, and how it is referred to."""

    sender: int
    """Leaf index of the proposer (the committer, if by value)."""
    proposal: Proposal
    ref: ProposalRef | None = None
    """None if the Commit holds the proposal itself."""
