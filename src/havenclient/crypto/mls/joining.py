"""Creating a group (RFC 9420 §11) and entering one by Welcome (§12.4.3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import constant_time

from . import key_schedule, tree_math, treekem
from .codec import Reader
from .credentials import Credential, Rng, SignatureKey, default_rng
from .epoch import NewEpoch, enter_epoch, start_epoch
from .errors import CryptoError, UnknownPsk, ValidationError
from .framing import WireFormat, read_message_header
from .hpke import HpkePrivateKey
from .key_package import KeyPackageBundle, default_capabilities, fresh_key
from .nodes import LeafNode, ParentNode
from .policy import JoinPolicy
from .psk import PreSharedKeyID, PskType, collect, psk_secret
from .suites import CipherSuite, cipher_suite
from .tree import RatchetTree
from .tree_hash import root_hash
from .types import (
    Capabilities,
    Extension,
    ExtensionType,
    GroupContext,
    Lifetime,
    checked_extensions,
    find_extension,
)
from .validate_leaf import check_leaf
from .validate_tree import check_tree
from .welcome import (
    GroupInfo,
    GroupSecrets,
    Welcome,
    open_group_info,
    open_group_secrets,
    read_welcome,
)

if TYPE_CHECKING:
    from .group import Group


def create(
    cls: type[Group],
    suite: int | CipherSuite,
    group_id: bytes,
    credential: Credential,
    signature_key: SignatureKey,
    *,
    lifetime: Lifetime,
    extensions: Iterable[Extension] = (),
    capabilities: Capabilities | None = None,
    leaf_extensions: Iterable[Extension] = (),
    max_past_epochs: int = 0,
    rng: Rng = default_rng,
) -> Group:
    """A group of one, epoch 0 (§11)."""
    suite = cipher_suite(suite)
    signature_key.must_fit(suite)
    extensions, leaf_extensions = (
        checked_extensions(extensions),
        checked_extensions(leaf_extensions),
    )
    leaf_key = fresh_key(suite, rng)
    types = [e.type for e in (*extensions, *leaf_extensions)]
    leaf = LeafNode.make(
        encryption_key=leaf_key.public,
        signature_key=signature_key,
        credential=credential,
        capabilities=capabilities or default_capabilities(types),
        extensions=leaf_extensions,
        lifetime=lifetime,
    )
    check_leaf(suite, leaf, None, extensions)
    tree = RatchetTree(suite, [leaf])
    context = GroupContext.make(suite.id, group_id, 0, root_hash(tree), b"", extensions)
    epoch = start_epoch(suite, context, rng(suite.hash_size), tree.leaf_count)
    return _state(cls, suite, epoch, tree, 0, {0: leaf_key}, signature_key, max_past_epochs)


def _state(
    cls: type[Group],
    suite: CipherSuite,
    epoch: NewEpoch,
    tree: RatchetTree,
    own_leaf_index: int,
    keys: dict[int, HpkePrivateKey],
    signature_key: SignatureKey,
    max_past_epochs: int,
) -> Group:
    return cls(
        suite=suite,
        context=epoch.context,
        tree=tree,
        own_leaf_index=own_leaf_index,
        private_keys=keys,
        signature_key=signature_key,
        secrets=epoch.secrets,
        secret_tree=epoch.secret_tree,
        interim_transcript_hash=epoch.interim_transcript_hash,
        confirmation_tag=epoch.confirmation_tag,
        pending={},
        staged_updates={},
        resumption_psks={},
        past=(),
        max_past_epochs=max_past_epochs,
        active=True,
    )


def join(
    cls: type[Group],
    welcome: bytes,
    bundle: KeyPackageBundle,
    *,
    ratchet_tree: bytes | None = None,
    psks: Mapping[bytes, bytes] | None = None,
    now: int | None = None,
    policy: JoinPolicy | None = None,
    max_past_epochs: int = 0,
) -> Group:
    """Enter by a Welcome, `ratchet_tree` beside it if it is not inside.

    `psks` are external keys by psk_id; `now` judges the lifetime of one's own key package.
    """
    suite, sealed = bundle.suite, _read(welcome)
    secrets = _open_secrets(sealed, bundle)
    pairs = collect(secrets.psks, lambda psk_id: _external(psks or {}, psk_id))
    if len({psk_id for psk_id, _ in pairs}) != len(pairs):
        raise ValidationError("the same PSK occurs twice")
    all_psks = psk_secret(suite, pairs)
    welcome_secret = key_schedule.welcome_secret(suite, secrets.joiner_secret, all_psks)
    info = open_group_info(suite, welcome_secret, sealed.encrypted_group_info)
    context = info.group_context
    if context.suite_id != suite.id:
        raise ValidationError("the group has another cipher suite than the Welcome")
    tree = _tree(suite, info, ratchet_tree)
    _check_signer(suite, tree, info)
    if not constant_time.bytes_eq(root_hash(tree), context.tree_hash):
        raise ValidationError("the tree is not the one that the group agrees on")
    check_tree(tree, context.group_id, context.extensions)
    own = _own_leaf(tree, bundle, now)
    keys = {2 * own: bundle.leaf_key}
    if info.signer == own:
        raise ValidationError("the Welcome is signed by the one it is for")
    if secrets.path_secret is not None:
        keys.update(_path_keys(tree, info.signer, own, secrets.path_secret))
    _check_can_follow(tree, own, keys)
    epoch = enter_epoch(suite, context, secrets.joiner_secret, all_psks, tree.leaf_count)
    if not constant_time.bytes_eq(epoch.confirmation_tag, info.confirmation_tag):
        raise CryptoError("the confirmation tag does not fit")
    group = _state(cls, suite, epoch, tree, own, keys, bundle.signature_key, max_past_epochs)
    if policy is not None:
        policy.judge_join(group, info.signer)
    return group


def _check_can_follow(tree: RatchetTree, own: int, keys: Mapping[int, HpkePrivateKey]) -> None:
    """A Welcome whose Commit had a path but which withholds the path secret leads to a deaf
    member: she could open no later path that is sealed to an ancestor of hers (§7.1: who is below a
    node and not listed as unmerged knows its private key). Refused at the door."""
    for index in tree_math.direct_path(own, tree.leaf_count):
        node = tree.nodes[index]
        if isinstance(node, ParentNode) and own not in node.unmerged_leaves and index not in keys:
            raise ValidationError("the Welcome withholds a secret that the tree says we know")


def _read(message: bytes) -> Welcome:
    reader = Reader(message)
    if read_message_header(reader) is not WireFormat.WELCOME:
        raise ValidationError("not a Welcome")
    welcome = read_welcome(reader)
    reader.finish()
    return welcome


def _open_secrets(welcome: Welcome, bundle: KeyPackageBundle) -> GroupSecrets:
    if welcome.suite_id != bundle.suite.id:
        raise ValidationError("the Welcome is for another cipher suite")
    ref = bundle.ref
    for entry in welcome.secrets:
        if entry.new_member == ref:
            secrets = open_group_secrets(
                bundle.suite, bundle.init_key, welcome.encrypted_group_info, entry.encrypted
            )
            if len(secrets.joiner_secret) != bundle.suite.hash_size:
                raise CryptoError("the joiner secret has the wrong length")
            return secrets
    raise ValidationError("the Welcome is not for this key package")


def _external(psks: Mapping[bytes, bytes], psk_id: PreSharedKeyID) -> bytes | None:
    if psk_id.type is not PskType.EXTERNAL:
        raise UnknownPsk("a newcomer has no resumption secret")
    return psks.get(psk_id.psk_id)


def _tree(suite: CipherSuite, info: GroupInfo, beside: bytes | None) -> RatchetTree:
    inside = find_extension(info.extensions, ExtensionType.RATCHET_TREE)
    data = inside if inside is not None else beside
    if data is None:
        raise ValidationError("the Welcome comes without a ratchet tree")
    return RatchetTree.decode(suite, data)


def _check_signer(suite: CipherSuite, tree: RatchetTree, info: GroupInfo) -> None:
    signer = tree.leaf(info.signer)
    if signer is None:
        raise ValidationError("the group info is signed by nobody")
    info.verify_signature(suite, signer.signature_key)


def _own_leaf(tree: RatchetTree, bundle: KeyPackageBundle, now: int | None) -> int:
    mine = bundle.key_package.leaf_node
    if now is not None and mine.lifetime is not None and not mine.lifetime.covers(now):
        raise ValidationError("the key package is out of its lifetime")
    for index, leaf in tree.leaves():
        if leaf.raw == mine.raw:
            return index
    raise ValidationError("the tree does not hold this client's leaf")


def _path_keys(
    tree: RatchetTree, signer: int, own: int, path_secret: bytes
) -> dict[int, HpkePrivateKey]:
    """Keys from the common ancestor of signer and newcomer up to the root."""
    if len(path_secret) != tree.suite.hash_size:
        raise CryptoError("a path secret has the wrong length")
    ancestor = tree_math.common_ancestor(signer, own, tree.leaf_count)
    # It is on the signer's filtered path: the newcomer is below the other child.
    nodes = [node for node, _ in tree.filtered_direct_path(signer)]
    steps, _ = treekem.derive_steps(tree.suite, nodes[nodes.index(ancestor) :], path_secret)
    treekem.check_steps(tree, steps)
    return {step.node: step.key for step in steps}
