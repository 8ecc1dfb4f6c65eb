"""Every door through which foreign bytes come in, as one function for both fuzzers.

`ENTRIES` maps a name to a function of bytes. Each must return or raise an `MLSError`; anything else
is a finding. Besides the decoders and the outer doors there are three inner ones, which a hostile
*member* has: bytes encrypted as content, and bytes signed and encrypted as the body of a proposal
or a Commit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from havenclient.crypto import mls
from havenclient.crypto.mls import (
    codec,
    commit_content,
    credentials,
    framing,
    key_package,
    nodes,
    private_message,
    proposals,
    psk,
    public_message,
    types,
    welcome,
)
from havenclient.crypto.mls.framing import ContentType, FramedContent, Sender, SenderType
from havenclient.crypto.mls.secret_tree import RatchetKind
from havenclient.crypto.mls.tree import RatchetTree
from havenclient.crypto.mls.validate_tree import check_tree

from ..conftest import SeededRng, vectors_folder
from ..world import GROUP_ID, grown, new_bundle

Entry = Callable[[bytes], object]

_RNG = SeededRng(99)
_ALICE, _BOB = grown(2, seed=5)
_FULL = grown(5, seed=6, full=True)
_BUNDLE = new_bundle(1, "fuzz", _RNG)
_STAGED = _FULL[0].commit(by_value=[mls.Add(_BUNDLE.key_package)], rng=_RNG)

_ALONE = _FULL[0].commit(
    by_value=[mls.Add(_BUNDLE.key_package)], welcome_tree_inside=False, rng=_RNG
)
assert _ALONE.welcome is not None
_WELCOME_ALONE: bytes = _ALONE.welcome

_READERS: dict[str, Callable[[codec.Reader], Any]] = {
    "credential": credentials.read_credential,
    "capabilities": types.read_capabilities,
    "extensions": types.read_extensions,
    "group context": types.read_group_context,
    "leaf node": nodes.read_leaf_node,
    "parent node": nodes.read_parent_node,
    "key package": key_package.read_key_package,
    "psk id": psk.read_psk_id,
    "proposal": proposals.read_proposal,
    "update path": commit_content.read_update_path,
    "commit": commit_content.read_commit,
    "framed content": framing.read_framed_content,
    "authenticated content": framing.read_authenticated_content,
    "public message": public_message.read_public_message,
    "private message": private_message.read_private_message,
    "group secrets": welcome.read_group_secrets,
    "group info": welcome.read_group_info,
    "welcome": welcome.read_welcome,
}


def _decode(read: Callable[[codec.Reader], Any], data: bytes) -> None:
    value = codec.decode_all(data, read)
    if hasattr(value, "encode"):
        assert value.encode() == data, "the encoding is canonical"


def _tree(data: bytes) -> None:
    check_tree(RatchetTree.decode(_ALICE.suite, data), GROUP_ID, ())


def _seal(kind: ContentType, plaintext: bytes) -> bytes:
    """Alice encrypts raw bytes as content."""
    suite = _ALICE.suite
    ratchet = RatchetKind.APPLICATION if kind is ContentType.APPLICATION else RatchetKind.HANDSHAKE
    _, generation, (key, nonce) = _ALICE.secret_tree.next_key(suite, 0, ratchet)
    head = codec.opaque(_ALICE.group_id) + codec.u64(_ALICE.epoch) + codec.u8(kind)
    aad = head + codec.opaque(b"")
    ciphertext = suite.seal(key, nonce, aad, plaintext)
    data_key, data_nonce = private_message.sender_data_key(
        suite, _ALICE.secrets.sender_data_secret, ciphertext
    )
    sender = codec.u32(0) + codec.u32(generation) + bytes(4)
    sealed = suite.seal(data_key, data_nonce, head, sender)
    body = aad + codec.opaque(sealed) + codec.opaque(ciphertext)
    return framing.wrap(mls.WireFormat.PRIVATE, body)


def _process(data: bytes) -> None:
    before = _FULL[1].save()
    try:
        _FULL[1].process(data)
    finally:
        assert _FULL[1].save() == before, "a state never changes"


def _inner(data: bytes) -> None:
    kind = ContentType(1 + data[0] % 3) if data else ContentType.APPLICATION
    _BOB.process(_seal(kind, data[1:]))


def _signed(kind: ContentType, data: bytes) -> None:
    content = FramedContent.make(
        _ALICE.group_id, _ALICE.epoch, Sender(SenderType.MEMBER, 0), b"", kind, b"", data
    )
    signature = framing.sign_content(
        _ALICE.signature_key, mls.WireFormat.PRIVATE, content, _ALICE.context.raw
    )
    auth = codec.opaque(signature)
    if kind is ContentType.COMMIT:
        auth += codec.opaque(bytes(_ALICE.suite.hash_size))
    _BOB.process(_seal(kind, data + auth))


def _evidence(data: bytes) -> None:
    mls.verify_authenticated(1, data, _ALICE.group_context_bytes, _ALICE.own_leaf.signature_key)


ENTRIES: dict[str, Entry] = {
    **{name: partial(_decode, read) for name, read in _READERS.items()},
    "varint": lambda data: codec.decode_all(data, codec.Reader.varint),
    "tree": _tree,
    "process": _process,
    "join": lambda data: mls.Group.join(data, _BUNDLE),
    "join with tree": lambda data: mls.Group.join(_WELCOME_ALONE, _BUNDLE, ratchet_tree=data),
    "key package message": mls.KeyPackage.from_message,
    "load group": mls.Group.load,
    "load staged": mls.StagedCommit.load,
    "load bundle": mls.KeyPackageBundle.load,
    "evidence": _evidence,
    "inner content": _inner,
    "signed proposal": partial(_signed, ContentType.PROPOSAL),
    "signed commit": partial(_signed, ContentType.COMMIT),
}


def samples() -> dict[str, list[bytes]]:
    """Good inputs to start from: own ones, and published ones where there are vectors."""
    assert _STAGED.welcome is not None
    path = _STAGED.group.own_leaf
    bob, update = _FULL[2].propose_update(rng=_RNG)
    public = _FULL[2].propose_remove(0, wire_format=mls.WireFormat.PUBLIC)[1]
    message = _FULL[2].encrypt(b"hello", rng=_RNG)[1]
    commit = commit_content.Commit((mls.Remove(1), mls.Add(_BUNDLE.key_package)), None)
    found: dict[str, list[bytes]] = {
        "credential": [mls.BasicCredential(b"x").encode()],
        "capabilities": [mls.default_capabilities().encode()],
        "extensions": [codec.vector([mls.Extension(1, b"x")])],
        "group context": [_FULL[0].group_context_bytes],
        "leaf node": [path.raw, _BUNDLE.key_package.leaf_node.raw],
        "parent node": [n.raw for n in _FULL[0].tree.nodes[1::2] if n is not None],
        "key package": [_BUNDLE.key_package.raw],
        "proposal": [mls.Remove(1).encode(), mls.Add(_BUNDLE.key_package).encode()],
        "commit": [commit.encode()],
        "tree": [_FULL[0].ratchet_tree],
        "process": [message.data, update, public, _STAGED.message],
        "join": [_STAGED.welcome, _WELCOME_ALONE],
        "join with tree": [_ALONE.ratchet_tree],
        "key package message": [_BUNDLE.key_package.to_message()],
        "load group": [bob.save(), _FULL[0].save()],
        "load staged": [_STAGED.save()],
        "load bundle": [_BUNDLE.save()],
        "evidence": [message.authenticated],
        "inner content": [b"\x00" + codec.opaque(b"x") + codec.opaque(bytes(64))],
        "signed proposal": [mls.Remove(1).encode(), mls.Add(_BUNDLE.key_package).encode()],
        "signed commit": [commit.encode()],
    }
    vectors = vectors_folder() / "test-vectors" / "messages.json"
    if vectors.is_file():
        for case in json.loads(vectors.read_text())[:20]:
            for name, field, skip in (
                ("welcome", "mls_welcome", 4),
                ("group info", "mls_group_info", 4),
                ("key package", "mls_key_package", 4),
                ("group secrets", "group_secrets", 0),
                ("commit", "commit", 0),
                ("signed commit", "commit", 0),
                ("public message", "public_message_commit", 4),
                ("private message", "private_message", 4),
                ("framed content", "public_message_proposal", 4),
                ("tree", "ratchet_tree", 0),
                ("process", "public_message_proposal", 0),
            ):
                found.setdefault(name, []).append(bytes.fromhex(case[field])[skip:])
    return found
