"""Saving and loading a state: all of it, ratchet positions included, as one string of bytes.

The format is this library's own (versioned by its magic), in the same presentation language as
everything else. It holds every secret of the member: encrypt it. It is written anew after each
operation and replaces the old one; who loads an older copy would use message keys twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .codec import Reader, decode_all, opaque, optional, u8, u32, u32_vector, u64, vector
from .credentials import SignatureKey
from .errors import DecodeError
from .hpke import HpkePrivateKey
from .key_schedule import EpochSecrets
from .proposals import CommittedProposal, ProposalRef, read_proposal
from .results import Effects, Member
from .secret_tree import KeyNonce, Ratchet, SecretTree
from .suites import CipherSuite, cipher_suite
from .tree import RatchetTree
from .types import GroupContext, read_extensions, read_group_context

if TYPE_CHECKING:
    from .commit import StagedCommit
    from .group import Group, PastEpoch

_GROUP_MAGIC = b"MLSgrp\x01"
_STAGED_MAGIC = b"MLSstg\x01"

EPOCH_SECRETS = (
    "init_secret",
    "sender_data_secret",
    "exporter_secret",
    "external_secret",
    "confirmation_key",
    "membership_key",
    "resumption_psk",
    "epoch_authenticator",
)


def save_group(group: Group) -> bytes:
    """All of the state, secrets and ratchet positions included: for encrypted storage only."""
    return b"".join(
        (
            _GROUP_MAGIC,
            u8(group.active),
            opaque(group.context.raw),
            opaque(group.tree.encode()),
            u32(group.own_leaf_index),
            _save_keys(group.private_keys),
            opaque(group.signature_key.private),
            *(opaque(getattr(group.secrets, name)) for name in EPOCH_SECRETS),
            _save_secret_tree(group.secret_tree),
            opaque(group.interim_transcript_hash),
            opaque(group.confirmation_tag),
            _save_proposals(tuple(group.pending.values())),
            _save_staged_updates(group.staged_updates),
            _save_psks(group.resumption_psks),
            opaque(b"".join(_save_past(past) for past in group.past)),
            u32(group.max_past_epochs),
        )
    )


def load_group(cls: type[Group], data: bytes) -> Group:
    """What `save` gave. Never an older copy: it would use keys a second time."""
    return decode_all(data, lambda reader: _read_group(cls, reader))


def _read_group(cls: type[Group], reader: Reader) -> Group:
    if reader.take(len(_GROUP_MAGIC)) != _GROUP_MAGIC:
        raise DecodeError("not a saved group of this version")
    active = reader.present()
    context = decode_all(reader.opaque(), read_group_context)
    suite = cipher_suite(context.suite_id)
    tree = RatchetTree.decode(suite, reader.opaque())
    own = reader.u32()
    keys = _read_keys(reader, tree)
    signature_key = SignatureKey.from_private(suite, reader.opaque())
    secrets = EpochSecrets(*(reader.opaque() for _ in EPOCH_SECRETS))
    secret_tree = _read_secret_tree(reader)
    interim, tag = reader.opaque(), reader.opaque()
    pending = {item.ref: item for item in reader.vector(_read_proposal) if item.ref is not None}
    staged = dict(reader.vector(lambda r: (r.opaque(), suite.kem.private_key(r.opaque()))))
    resumption = dict(reader.vector(lambda r: (r.u64(), r.opaque())))
    past = reader.vector(lambda r: _read_past(r, suite))
    if active and tree.leaf(own) is None:
        raise DecodeError("the saved group lacks its own leaf")
    return cls(
        suite=suite,
        context=context,
        tree=tree,
        own_leaf_index=own,
        private_keys=keys,
        signature_key=signature_key,
        secrets=secrets,
        secret_tree=secret_tree,
        interim_transcript_hash=interim,
        confirmation_tag=tag,
        pending=pending,
        staged_updates=staged,
        resumption_psks=resumption,
        past=past,
        max_past_epochs=reader.u32(),
        active=active,
    )


def _save_keys(keys: Mapping[int, HpkePrivateKey]) -> bytes:
    return opaque(b"".join(u32(node) + opaque(key.raw) for node, key in keys.items()))


def _read_keys(reader: Reader, tree: RatchetTree) -> dict[int, HpkePrivateKey]:
    """Public halves are taken from the tree: a state is trusted to be one's own."""
    keys = {}
    for index, raw in reader.vector(lambda r: (r.u32(), r.opaque())):
        node = tree.nodes[index] if index < len(tree.nodes) else None
        if node is None:
            raise DecodeError("a private key without its node")
        keys[index] = HpkePrivateKey(raw, node.encryption_key)
    return keys


def _save_secret_tree(tree: SecretTree) -> bytes:
    nodes = b"".join(u32(node) + opaque(secret) for node, secret in tree.nodes.items())
    ratchets = b"".join(
        u32(index) + _save_ratchet(ratchet) for index, ratchet in tree.ratchets.items()
    )
    return u32(tree.leaf_count) + opaque(nodes) + opaque(ratchets)


def _save_ratchet(ratchet: Ratchet) -> bytes:
    skipped = b"".join(
        u32(generation) + opaque(key) + opaque(nonce)
        for generation, (key, nonce) in ratchet.skipped.items()
    )
    return opaque(ratchet.secret) + u64(ratchet.generation) + opaque(skipped)


def _read_ratchet(reader: Reader) -> Ratchet:
    def skipped(inner: Reader) -> tuple[int, KeyNonce]:
        return inner.u32(), (inner.opaque(), inner.opaque())

    return Ratchet(reader.opaque(), reader.u64(), dict(reader.vector(skipped)))


def _read_secret_tree(reader: Reader) -> SecretTree:
    leaf_count = reader.u32()
    nodes = dict(reader.vector(lambda r: (r.u32(), r.opaque())))
    ratchets = dict(reader.vector(lambda r: (r.u32(), _read_ratchet(r))))
    return SecretTree(leaf_count, nodes, ratchets)


def _save_proposals(items: tuple[CommittedProposal, ...]) -> bytes:
    return opaque(
        b"".join(
            u32(item.sender)
            + optional(None if item.ref is None else opaque(item.ref))
            + item.proposal.encode()
            for item in items
        )
    )


def _read_proposal(reader: Reader) -> CommittedProposal:
    sender = reader.u32()
    ref = reader.opaque() if reader.present() else None
    return CommittedProposal(sender, read_proposal(reader), ref)


def _save_staged_updates(staged: Mapping[ProposalRef, HpkePrivateKey]) -> bytes:
    return opaque(b"".join(opaque(ref) + opaque(key.raw) for ref, key in staged.items()))


def _save_psks(psks: Mapping[int, bytes]) -> bytes:
    return opaque(b"".join(u64(epoch) + opaque(psk) for epoch, psk in psks.items()))


def _save_past(past: PastEpoch) -> bytes:
    return (
        opaque(past.context.raw)
        + opaque(past.tree.encode())
        + opaque(past.sender_data_secret)
        + _save_secret_tree(past.secret_tree)
    )


def _read_past(reader: Reader, suite: CipherSuite) -> PastEpoch:
    from .group import PastEpoch

    context: GroupContext = decode_all(reader.opaque(), read_group_context)
    tree = RatchetTree.decode(suite, reader.opaque())
    return PastEpoch(context, tree, reader.opaque(), _read_secret_tree(reader))


# --- staged commits -------------------------------------------------------------------------------


def save_staged(staged: StagedCommit) -> bytes:
    effects = staged.effects
    extensions = None if effects.extensions is None else vector(effects.extensions)
    return (
        _STAGED_MAGIC
        + opaque(staged.message)
        + optional(None if staged.welcome is None else opaque(staged.welcome))
        + opaque(save_group(staged.group))
        + opaque(save_group(staged.sender_group))
        + u32_vector(member.leaf_index for member in effects.added)
        + u32_vector(member.leaf_index for member in effects.removed)
        + u32_vector(effects.updated)
        + optional(extensions)
        + _save_proposals(effects.proposals)
    )


def load_staged(data: bytes) -> StagedCommit:
    return decode_all(data, _read_staged)


def _read_staged(reader: Reader) -> StagedCommit:
    from .commit import StagedCommit
    from .group import Group

    if reader.take(len(_STAGED_MAGIC)) != _STAGED_MAGIC:
        raise DecodeError("not a saved Commit of this version")
    message = reader.opaque()
    welcome = reader.opaque() if reader.present() else None
    group, before = load_group(Group, reader.opaque()), load_group(Group, reader.opaque())
    added = tuple(_member(group, index) for index in reader.u32_vector())
    removed = tuple(_member(before, index) for index in reader.u32_vector())
    updated = reader.u32_vector()
    extensions = read_extensions(reader) if reader.present() else None
    proposals = reader.vector(_read_proposal)
    effects = Effects(before.own_leaf_index, added, removed, updated, extensions, proposals)
    return StagedCommit(message, welcome, effects, group, before)


def _member(group: Group, index: int) -> Member:
    found = group.member(index)
    if found is None:
        raise DecodeError("a saved Commit names nobody")
    return found
