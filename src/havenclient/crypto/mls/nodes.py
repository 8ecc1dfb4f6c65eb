"""Nodes of the ratchet tree (RFC 9420 §7.1, §7.2): LeafNode and ParentNode with cached encodings.

A node never changes. `raw` is its encoding, taken from the input when it was decoded or built once
when it was made; tree hashes, messages and saved states reuse it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .codec import Reader, opaque, u8, u32, u32_vector, vector
from .credentials import Credential, SignatureKey, read_credential
from .errors import DecodeError
from .suites import CipherSuite
from .types import (
    Capabilities,
    Extension,
    Lifetime,
    read_capabilities,
    read_extensions,
    read_lifetime,
)


class LeafNodeSource(IntEnum):
    KEY_PACKAGE = 1
    UPDATE = 2
    COMMIT = 3


@dataclass(frozen=True, slots=True)
class LeafNode:
    """One member. `lifetime` is set for source key_package, `parent_hash` for commit."""

    encryption_key: bytes
    signature_key: bytes
    credential: Credential
    capabilities: Capabilities
    source: LeafNodeSource
    lifetime: Lifetime | None
    parent_hash: bytes | None
    extensions: tuple[Extension, ...]
    signature: bytes
    raw: bytes

    @classmethod
    def make(
        cls,
        *,
        encryption_key: bytes,
        signature_key: SignatureKey,
        credential: Credential,
        capabilities: Capabilities,
        extensions: tuple[Extension, ...],
        lifetime: Lifetime | None = None,
        parent_hash: bytes | None = None,
        place: tuple[bytes, int] | None = None,
    ) -> LeafNode:
        """Build and sign. `place` is (group id, leaf index), signed in for update and commit."""
        content = opaque(encryption_key) + opaque(signature_key.public)
        content += credential.encode() + capabilities.encode()
        if lifetime is not None:
            source = LeafNodeSource.KEY_PACKAGE
            content += u8(source) + lifetime.encode()
        elif parent_hash is not None:
            source = LeafNodeSource.COMMIT
            content += u8(source) + opaque(parent_hash)
        else:
            source = LeafNodeSource.UPDATE
            content += u8(source)
        content += vector(extensions)
        signature = signature_key.sign_with_label(b"LeafNodeTBS", content + _place(source, place))
        return cls(
            encryption_key,
            signature_key.public,
            credential,
            capabilities,
            source,
            lifetime,
            parent_hash,
            extensions,
            signature,
            content + opaque(signature),
        )

    def encode(self) -> bytes:
        return self.raw

    def verify_signature(self, suite: CipherSuite, place: tuple[bytes, int] | None) -> None:
        """§7.2: the place is part of what is signed unless the leaf came in a KeyPackage."""
        content = self.raw[: len(self.raw) - len(opaque(self.signature))]
        suite.verify_with_label(
            self.signature_key, b"LeafNodeTBS", content + _place(self.source, place), self.signature
        )


def _place(source: LeafNodeSource, place: tuple[bytes, int] | None) -> bytes:
    if source is LeafNodeSource.KEY_PACKAGE:
        return b""
    if place is None:
        raise DecodeError("this kind of leaf needs a place in a group")
    return opaque(place[0]) + u32(place[1])


def read_leaf_node(reader: Reader) -> LeafNode:
    start = reader.pos
    encryption_key, signature_key = reader.opaque(), reader.opaque()
    credential, capabilities = read_credential(reader), read_capabilities(reader)
    try:
        source = LeafNodeSource(reader.u8())
    except ValueError:
        raise DecodeError("unknown leaf node source") from None
    lifetime = read_lifetime(reader) if source is LeafNodeSource.KEY_PACKAGE else None
    parent_hash = reader.opaque() if source is LeafNodeSource.COMMIT else None
    extensions, signature = read_extensions(reader), reader.opaque()
    return LeafNode(
        encryption_key,
        signature_key,
        credential,
        capabilities,
        source,
        lifetime,
        parent_hash,
        extensions,
        signature,
        reader.since(start),
    )


@dataclass(frozen=True, slots=True)
class ParentNode:
    """A key shared by the members below it, except those listed as unmerged."""

    encryption_key: bytes
    parent_hash: bytes
    unmerged_leaves: tuple[int, ...]
    raw: bytes

    @classmethod
    def make(
        cls, encryption_key: bytes, parent_hash: bytes, unmerged_leaves: tuple[int, ...] = ()
    ) -> ParentNode:
        raw = opaque(encryption_key) + opaque(parent_hash) + u32_vector(unmerged_leaves)
        return cls(encryption_key, parent_hash, unmerged_leaves, raw)

    def encode(self) -> bytes:
        return self.raw


def read_parent_node(reader: Reader) -> ParentNode:
    start = reader.pos
    encryption_key, parent_hash = reader.opaque(), reader.opaque()
    unmerged = reader.u32_vector()
    return ParentNode(encryption_key, parent_hash, unmerged, reader.since(start))


Node = LeafNode | ParentNode


def encode_node(node: Node) -> bytes:
    """`Node` of §12.4.3.3: a type octet before the body."""
    return (b"\x01" if isinstance(node, LeafNode) else b"\x02") + node.raw


def read_node(reader: Reader) -> Node:
    kind = reader.u8()
    if kind == 1:
        return read_leaf_node(reader)
    if kind == 2:
        return read_parent_node(reader)
    raise DecodeError("unknown node type")
