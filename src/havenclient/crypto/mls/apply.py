"""Applying a list of proposals to tree and GroupContext (RFC 9420 §12.3), maker and receiver alike.

Nothing of the current epoch changes: the result is a `Provisional` state that a Commit completes or
that is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .key_package import KeyPackage
from .nodes import LeafNode
from .proposals import (
    Add,
    CommittedProposal,
    GroupContextExtensions,
    PreSharedKey,
    Remove,
    SelfRemove,
    Update,
)
from .psk import PreSharedKeyID
from .tree import RatchetTree
from .types import Extension
from .validate_leaf import check_group_support, check_members


@dataclass(frozen=True, slots=True)
class Provisional:
    """The next epoch as far as the proposals determine it."""

    tree: RatchetTree
    extensions: tuple[Extension, ...]
    added: tuple[tuple[int, KeyPackage], ...]
    removed: tuple[int, ...]
    updated: Mapping[int, LeafNode]
    """By leaf index: the leaves that Update proposals bring."""
    psk_ids: tuple[PreSharedKeyID, ...]
    extensions_changed: bool

    @property
    def added_leaves(self) -> frozenset[int]:
        return frozenset(index for index, _ in self.added)


def apply_proposals(
    tree: RatchetTree, extensions: tuple[Extension, ...], proposals: Sequence[CommittedProposal]
) -> Provisional:
    """The order is that of §12.3: extensions, Updates, (Self)Removes, Adds, PSKs."""
    before, changed = extensions, False
    updates: dict[int, LeafNode] = {}
    removed: list[int] = []
    packages: list[KeyPackage] = []
    psk_ids: list[PreSharedKeyID] = []
    for item in proposals:
        match item.proposal:
            case GroupContextExtensions(extensions):
                changed = True
            case Update(leaf):
                updates[item.sender] = leaf
            case Remove(gone):
                removed.append(gone)
            case SelfRemove():
                removed.append(item.sender)
            case Add(package):
                packages.append(package)
            case PreSharedKey(psk_id):
                psk_ids.append(psk_id)
    tree = tree.update_leaves(updates).remove_leaves(removed)
    tree, places = tree.add_leaves([package.leaf_node for package in packages])
    provisional = Provisional(
        tree,
        extensions,
        tuple(zip(places, packages, strict=True)),
        tuple(removed),
        updates,
        tuple(psk_ids),
        changed and extensions != before,
    )
    _check_outcome(provisional, changed=changed)
    return provisional


def _check_outcome(next_epoch: Provisional, *, changed: bool) -> None:
    """Everybody who is in the next epoch supports its extensions; nobody's keys collide."""
    new = next_epoch.added_leaves | next_epoch.updated.keys()
    for index, leaf in next_epoch.tree.leaves():
        if changed or index in new:
            check_group_support(leaf.capabilities, next_epoch.extensions)
    check_members(next_epoch.tree)
