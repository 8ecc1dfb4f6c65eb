"""The Commit structure and its UpdatePath (RFC 9420 §7.6, §12.4)."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import Reader, opaque, optional, vector
from .errors import DecodeError
from .nodes import LeafNode, read_leaf_node
from .proposals import Proposal, ProposalRef, read_proposal


@dataclass(frozen=True, slots=True)
class HPKECiphertext:
    kem_output: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        return opaque(self.kem_output) + opaque(self.ciphertext)


def read_hpke_ciphertext(reader: Reader) -> HPKECiphertext:
    return HPKECiphertext(reader.opaque(), reader.opaque())


@dataclass(frozen=True, slots=True)
class UpdatePathNode:
    encryption_key: bytes
    encrypted_path_secret: tuple[HPKECiphertext, ...]

    def encode(self) -> bytes:
        return opaque(self.encryption_key) + vector(self.encrypted_path_secret)


def _read_path_node(reader: Reader) -> UpdatePathNode:
    return UpdatePathNode(reader.opaque(), reader.vector(read_hpke_ciphertext))


@dataclass(frozen=True, slots=True)
class UpdatePath:
    leaf_node: LeafNode
    nodes: tuple[UpdatePathNode, ...]

    def encode(self) -> bytes:
        return self.leaf_node.raw + vector(self.nodes)


def read_update_path(reader: Reader) -> UpdatePath:
    return UpdatePath(read_leaf_node(reader), reader.vector(_read_path_node))


@dataclass(frozen=True, slots=True)
class Commit:
    """Proposals in order, each by value or as the reference of one sent before; maybe a path."""

    proposals: tuple[Proposal | ProposalRef, ...]
    path: UpdatePath | None

    def encode(self) -> bytes:
        parts = [
            b"\x02" + opaque(item) if isinstance(item, bytes) else b"\x01" + item.encode()
            for item in self.proposals
        ]
        path = None if self.path is None else self.path.encode()
        return opaque(b"".join(parts)) + optional(path)


def _read_proposal_or_ref(reader: Reader) -> Proposal | ProposalRef:
    kind = reader.u8()
    if kind == 1:
        return read_proposal(reader)
    if kind == 2:
        return reader.opaque()
    raise DecodeError("neither a proposal nor a reference")


def read_commit(reader: Reader) -> Commit:
    proposals = reader.vector(_read_proposal_or_ref)
    return Commit(proposals, read_update_path(reader) if reader.present() else None)
