"""Sending: application messages and proposals (RFC 9420 §6, §12.1, §15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from .credentials import Rng
from .errors import StateError
from .framing import (
    AuthenticatedContent,
    ContentType,
    FramedContent,
    Sender,
    SenderType,
    WireFormat,
    encode_body,
    sign_content,
)
from .hpke import HpkePrivateKey
from .key_package import KeyPackage, fresh_key
from .nodes import LeafNode
from .private_message import protect_private
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
from .public_message import protect_public
from .results import EncryptedMessage
from .secret_tree import RatchetKind
from .types import Capabilities, Extension, ProposalType, checked_extensions
from .validate_leaf import supports_proposals
from .validate_proposals import check_proposal

if TYPE_CHECKING:
    from .group import Group

MAX_PADDING = 1 << 24


def padding_length(padding: int | Callable[[int], int], content: int) -> int:
    length = padding(content) if callable(padding) else padding
    if not 0 <= length <= MAX_PADDING:
        raise StateError("impossible padding")
    return length


def frame(
    group: Group,
    kind: ContentType,
    body: bytes | Proposal,
    authenticated_data: bytes,
    wire_format: WireFormat,
) -> AuthenticatedContent:
    """Content from this member, signed in this epoch."""
    content = FramedContent.make(
        group.group_id,
        group.epoch,
        Sender(SenderType.MEMBER, group.own_leaf_index),
        authenticated_data,
        kind,
        body,
    )
    signature = sign_content(group.signature_key, wire_format, content, group.context.raw)
    return AuthenticatedContent(wire_format, content, signature, None)


def seal(
    group: Group, message: AuthenticatedContent, padding: int | Callable[[int], int], rng: Rng
) -> tuple[Group, bytes, int]:
    """(state with the ratchet moved on, MLSMessage, generation) for either wire format."""
    if message.wire_format is WireFormat.PUBLIC:
        key = group.secrets.membership_key
        return group, protect_public(group.suite, message, key, group.context.raw), 0
    application = message.content.content_type is ContentType.APPLICATION
    kind = RatchetKind.APPLICATION if application else RatchetKind.HANDSHAKE
    tree, generation, (key, nonce) = group.secret_tree.next_key(
        group.suite, group.own_leaf_index, kind
    )
    size = padding if isinstance(padding, int) else len(encode_body(message.content.body))
    data = protect_private(
        group.suite,
        message,
        sender_data_secret=group.secrets.sender_data_secret,
        generation=generation,
        key=key,
        nonce=nonce,
        reuse_guard=rng(4),
        padding=padding_length(padding, size),
    )
    return replace(group, secret_tree=tree), data, generation


def encrypt(
    group: Group,
    plaintext: bytes,
    authenticated_data: bytes,
    padding: int | Callable[[int], int],
    rng: Rng,
) -> tuple[Group, EncryptedMessage]:
    group.must_be_active()
    message = frame(
        group, ContentType.APPLICATION, plaintext, authenticated_data, WireFormat.PRIVATE
    )
    after, data, generation = seal(group, message, padding, rng)
    return after, EncryptedMessage(data, generation, message.encode())


# --- proposals ------------------------------------------------------------------------------------


def add(key_package: KeyPackage) -> Proposal:
    return Add(key_package)


def remove(leaf_index: int) -> Proposal:
    return Remove(leaf_index)


def self_remove() -> Proposal:
    return SelfRemove()


def group_context_extensions(extensions: Iterable[Extension]) -> Proposal:
    return GroupContextExtensions(checked_extensions(extensions))


def external_psk(group: Group, psk_id: bytes, rng: Rng) -> Proposal:
    nonce = rng(group.suite.hash_size)
    return PreSharedKey(PreSharedKeyID(PskType.EXTERNAL, nonce, psk_id=psk_id))


def update(
    group: Group,
    capabilities: Capabilities | None,
    extensions: Iterable[Extension] | None,
    rng: Rng,
) -> tuple[Proposal, HpkePrivateKey]:
    """A leaf with a fresh key, signed for its place (§12.1.2), and that key."""
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


def propose(
    group: Group,
    proposal: Proposal,
    wire_format: WireFormat,
    authenticated_data: bytes,
    padding: int | Callable[[int], int],
    rng: Rng,
    *,
    staged: HpkePrivateKey | None = None,
    now: int | None = None,
) -> tuple[Group, bytes]:
    """Check, sign, protect and cache a proposal of one's own."""
    group.must_be_active()
    sender = group.own_leaf_index
    check_proposal(group.tree, group.group_id, group.extensions, sender, proposal, now)
    if proposal.type == ProposalType.SELF_REMOVE and not all(
        supports_proposals(leaf.capabilities, [proposal.type]) for _, leaf in group.tree.leaves()
    ):
        raise StateError("a member does not support SelfRemove")
    message = frame(group, ContentType.PROPOSAL, proposal, authenticated_data, wire_format)
    ref = message.proposal_ref(group.suite)
    after, data, _ = seal(group, message, padding, rng)
    after = replace(after, pending={**group.pending, ref: CommittedProposal(sender, proposal, ref)})
    if staged is not None:
        after = replace(after, staged_updates={**group.staged_updates, ref: staged})
    return after, data
