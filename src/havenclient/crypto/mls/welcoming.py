"""Making GroupInfo and Welcome (RFC 9420 §12.4.3): the inviter's half of `joining`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import tree_math, treekem
from .apply import Provisional
from .framing import WireFormat, wrap
from .types import Extension, ExtensionType, checked_extensions
from .welcome import (
    EncryptedGroupSecrets,
    GroupInfo,
    GroupSecrets,
    Welcome,
    seal_group_info,
    seal_group_secrets,
)

if TYPE_CHECKING:
    from .group import Group


def make_group_info(
    group: Group, extensions: Iterable[Extension], *, with_ratchet_tree: bool
) -> GroupInfo:
    """The GroupInfo of a state's epoch, signed by its owner."""
    if with_ratchet_tree:
        tree = Extension(ExtensionType.RATCHET_TREE, group.tree.encode())
        extensions = (tree, *extensions)
    return GroupInfo.make(
        group.context,
        checked_extensions(extensions),
        group.confirmation_tag,
        group.own_leaf_index,
        group.signature_key,
    )


def make_welcome(
    group: Group,
    provisional: Provisional,
    path: treekem.OwnPath | None,
    joiner_secret: bytes,
    welcome_secret: bytes,
    info: GroupInfo,
) -> bytes:
    """One Welcome for all; each new member's part holds the secret of their common ancestor."""
    suite = group.suite
    sealed_info = seal_group_info(suite, welcome_secret, info)
    by_node = {} if path is None else {step.node: step.path_secret for step in path.steps}
    sealed = []
    for index, package in provisional.added:
        path_secret = None
        if path is not None:
            ancestor = tree_math.common_ancestor(group.own_leaf_index, index, group.tree.leaf_count)
            path_secret = by_node[ancestor]
        secrets = GroupSecrets(joiner_secret, path_secret, provisional.psk_ids)
        box = seal_group_secrets(suite, package.init_key, sealed_info, secrets)
        sealed.append(EncryptedGroupSecrets(package.ref(suite), box))
    return wrap(WireFormat.WELCOME, Welcome(suite.id, tuple(sealed), sealed_info).encode())
