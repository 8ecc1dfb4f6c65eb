"""Proposing (RFC 9420 §12.1): checked, signed, protected, and cached in the proposer's own state.

Every function gives (state after, MLSMessage). The state after holds the proposal by its reference,
so that the proposer can follow (or make) the Commit that covers it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

from .credentials import Rng, default_rng
from .errors import StateError
from .framing import ContentType, WireFormat
from .hpke import HpkePrivateKey
from .key_package import KeyPackage, fresh_key
from .nodes import LeafNode
from .proposals import (
    Add,
    CommittedProposal,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    Remove,
    SelfRemove,
    Update,
)
from .psk import PreSharedKeyID, PskType
from .sending import Padding, frame, seal
from .types import Capabilities, Extension, checked_extensions
from .validate_leaf import supports_proposals
from .validate_proposals import check_proposal

if TYPE_CHECKING:
    from .group import Group


class Framing(TypedDict, total=False):
    """How a proposal travels; PrivateMessage without padding unless said otherwise."""

    wire_format: WireFormat
    authenticated_data: bytes
    padding: Padding
    rng: Rng


Proposed = tuple["Group", bytes]


def propose_add(
    group: Group, key_package: KeyPackage, *, now: int | None = None, **framing: Unpack[Framing]
) -> Proposed:
    """§12.1.1. `now` judges the key package's lifetime."""
    return _propose(group, Add(key_package), framing, now=now)


def propose_update(
    group: Group,
    *,
    capabilities: Capabilities | None = None,
    leaf_extensions: Iterable[Extension] | None = None,
    **framing: Unpack[Framing],
) -> Proposed:
    """§12.1.2: a fresh leaf key; its private half stays staged in the returned state."""
    proposal, key = make_update(
        group, capabilities, leaf_extensions, framing.get("rng", default_rng)
    )
    return _propose(group, proposal, framing, staged=key)


def propose_remove(group: Group, leaf_index: int, **framing: Unpack[Framing]) -> Proposed:
    """§12.1.3."""
    return _propose(group, Remove(leaf_index), framing)


def propose_self_remove(
    group: Group, *, authenticated_data: bytes = b"", rng: Rng = default_rng
) -> Proposed:
    """Always a PublicMessage, and once in an epoch, as draft-ietf-mls-extensions demands."""
    for _, leaf in group.tree.leaves():
        if not supports_proposals(leaf.capabilities, [SelfRemove.type]):
            raise StateError("a member does not support SelfRemove")
    mine = (item for item in group.pending.values() if item.sender == group.own_leaf_index)
    if any(isinstance(item.proposal, SelfRemove) for item in mine):
        raise StateError("this member has asked to leave already")
    framing = Framing(wire_format=WireFormat.PUBLIC, authenticated_data=authenticated_data, rng=rng)
    return _propose(group, SelfRemove(), framing)


def propose_psk(group: Group, psk_id: bytes, **framing: Unpack[Framing]) -> Proposed:
    """§12.1.4: an external PSK by its id; the nonce is drawn here."""
    nonce = framing.get("rng", default_rng)(group.suite.hash_size)
    proposal = PreSharedKey(PreSharedKeyID(PskType.EXTERNAL, nonce, psk_id=psk_id))
    return _propose(group, proposal, framing)


def propose_group_context_extensions(
    group: Group, extensions: Iterable[Extension], **framing: Unpack[Framing]
) -> Proposed:
    """§12.1.7: replaces the whole list."""
    return _propose(group, GroupContextExtensions(checked_extensions(extensions)), framing)


def make_update(
    group: Group,
    capabilities: Capabilities | None,
    extensions: Iterable[Extension] | None,
    rng: Rng,
) -> tuple[Proposal, HpkePrivateKey]:
    """A leaf with a fresh key, signed for its place, and that key."""
    group.must_be_active()
    old, key = group.own_leaf, fresh_key(group.suite, rng)
    leaf = LeafNode.make(
        encryption_key=key.public,
        signature_key=group.signature_key,
        credential=old.credential,
        capabilities=capabilities or old.capabilities,
        extensions=old.extensions if extensions is None else checked_extensions(extensions),
        place=(group.group_id, group.own_leaf_index),
    )
    return Update(leaf), key


def _propose(
    group: Group,
    proposal: Proposal,
    framing: Framing,
    *,
    staged: HpkePrivateKey | None = None,
    now: int | None = None,
) -> Proposed:
    group.must_be_active()
    sender = group.own_leaf_index
    check_proposal(group.tree, group.group_id, group.extensions, sender, proposal, now)
    wire_format = framing.get("wire_format", WireFormat.PRIVATE)
    aad = framing.get("authenticated_data", b"")
    message = frame(group, ContentType.PROPOSAL, proposal, aad, wire_format)
    ref = message.proposal_ref(group.suite)
    after, data, _ = seal(
        group, message, framing.get("padding", 0), framing.get("rng", default_rng)
    )
    after = after.remember(CommittedProposal(sender, proposal, ref))
    if staged is not None:
        after = replace(after, staged_updates={**group.staged_updates, ref: staged})
    return after, data
