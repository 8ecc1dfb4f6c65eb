"""Applying a list of proposals to tree and GroupContext (RFC 9420 §12.3), maker and receiver alike.

Nothing of the current epoch changes: the result is a `Provisional` state that a Commit completes or
that is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import ValidationError
from .key_package import KeyPackage
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
    updated: tuple[CommittedProposal, ...]
    psk_ids: tuple[PreSharedKeyID, ...]
    extensions_changed: bool

    @property
    def added_leaves(self) -> frozenset[int]:
        return frozenset(index for index, _ in self.added)


def apply_proposals(
    tree: RatchetTree, extensions: tuple[Extension, ...], proposals: Sequence[CommittedProposal]
) -> Provisional:
    """The order is that of §12.3: extensions, Updates, (Self)Removes, Adds, PSKs."""
    before = extensions
    removed, added, updated, psk_ids = [], [], [], []
    for item in proposals:
        if isinstance(item.proposal, GroupContextExtensions):
            extensions = item.proposal.extensions
        elif isinstance(item.proposal, PreSharedKey):
            psk_ids.append(item.proposal.psk)
    for item in proposals:
        if isinstance(item.proposal, Update):
            tree = tree.update_leaf(item.sender, item.proposal.leaf_node)
            updated.append(item)
    for item in proposals:
        if isinstance(item.proposal, Remove | SelfRemove):
            gone = item.sender if isinstance(item.proposal, SelfRemove) else item.proposal.removed
            if tree.leaf(gone) is None:
                raise ValidationError("a Remove of nobody")
            tree = tree.remove_leaf(gone)
            removed.append(gone)
    for item in proposals:
        if isinstance(item.proposal, Add):
            package = item.proposal.key_package
            tree, index = tree.add_leaf(package.leaf_node)
            added.append((index, package))
    changed = any(isinstance(item.proposal, GroupContextExtensions) for item in proposals)
    provisional = Provisional(
        tree,
        extensions,
        tuple(added),
        tuple(removed),
        tuple(updated),
        tuple(psk_ids),
        changed and extensions != before,
    )
    _check_outcome(provisional, changed=changed)
    return provisional


def _check_outcome(next_epoch: Provisional, *, changed: bool) -> None:
    """Everybody who is in the next epoch supports its extensions; nobody's keys collide."""
    new = next_epoch.added_leaves | {item.sender for item in next_epoch.updated}
    for index, leaf in next_epoch.tree.leaves():
        if changed or index in new:
            check_group_support(leaf.capabilities, next_epoch.extensions)
    check_members(next_epoch.tree)
