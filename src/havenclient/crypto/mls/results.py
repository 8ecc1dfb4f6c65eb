"""What operations give back: values with the next state in them; to drop one is to undo it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .credentials import Credential
from .nodes import LeafNode
from .proposals import CommittedProposal, Proposal, ProposalRef
from .types import Extension

if TYPE_CHECKING:
    from .group import Group


class Member(NamedTuple):
    leaf_index: int
    credential: Credential
    signature_key: bytes
    leaf_node: LeafNode

    @classmethod
    def of(cls, leaf_index: int, leaf: LeafNode) -> Member:
        return cls(leaf_index, leaf.credential, leaf.signature_key, leaf)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a Commit changes, told in members."""

    committer: int
    added: tuple[Member, ...]
    removed: tuple[Member, ...]
    """As they were in the epoch that ends."""
    updated: tuple[int, ...]
    """Leaves with fresh keys: Updates, and the committer where there is a path."""
    extensions: tuple[Extension, ...] | None
    """The new GroupContext extensions if they changed."""
    proposals: tuple[CommittedProposal, ...]


@dataclass(frozen=True, slots=True)
class EncryptedMessage:
    data: bytes
    """The MLSMessage to send."""
    generation: int
    authenticated: bytes
    """The AuthenticatedContent, for `verify_authenticated`."""

    def __bytes__(self) -> bytes:
        return self.data


@dataclass(frozen=True, slots=True, repr=False)
class ApplicationReceived:
    group: Group
    sender: int
    authenticated_data: bytes
    plaintext: bytes
    generation: int
    epoch: int
    authenticated: bytes
    """The AuthenticatedContent, for `verify_authenticated` with that epoch's GroupContext."""


@dataclass(frozen=True, slots=True, repr=False)
class ProposalReceived:
    group: Group
    sender: int
    authenticated_data: bytes
    proposal: Proposal
    ref: ProposalRef


@dataclass(frozen=True, slots=True, repr=False)
class CommitReceived:
    group: Group
    """The next epoch; inactive if `removed_self`."""
    sender: int
    authenticated_data: bytes
    effects: Effects
    removed_self: bool


Received = ApplicationReceived | ProposalReceived | CommitReceived
