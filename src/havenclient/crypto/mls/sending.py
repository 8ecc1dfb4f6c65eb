"""Sending: framing, signing, protecting; application messages (RFC 9420 §6, §15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from .credentials import Rng, default_rng
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
from .private_message import protect_private
from .proposals import Proposal
from .public_message import protect_public
from .results import EncryptedMessage
from .secret_tree import RatchetKind

if TYPE_CHECKING:
    from .group import Group

Padding = int | Callable[[int], int]
"""Zero bytes to add, or a function from the content's length to that number."""

MAX_PADDING = 1 << 24


def padding_length(padding: Padding, content: int) -> int:
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
    group: Group, message: AuthenticatedContent, padding: Padding, rng: Rng
) -> tuple[Group, bytes, int]:
    """(state with the ratchet moved on, MLSMessage, generation) for either wire format."""
    if message.wire_format is WireFormat.PUBLIC:
        key = group.secrets.membership_key
        return group, protect_public(group.suite, message, key, group.context.raw), 0
    if message.wire_format is not WireFormat.PRIVATE:
        raise StateError("not a wire format for content")
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
    *,
    authenticated_data: bytes = b"",
    padding: Padding = 0,
    rng: Rng = default_rng,
) -> tuple[Group, EncryptedMessage]:
    """An application message. Store the returned state before the bytes leave."""
    group.must_be_active()
    message = frame(
        group, ContentType.APPLICATION, plaintext, authenticated_data, WireFormat.PRIVATE
    )
    after, data, generation = seal(group, message, padding, rng)
    return after, EncryptedMessage(data, generation, message.encode())
