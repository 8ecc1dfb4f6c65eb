"""Trees that a faithless inviter signs: consistent with their hash, and false (7.9, 12.4.3.1)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls import apply
from havenclient.crypto.mls import tree as mls_tree

from .people import SUITE, group_of
from .python_member import PythonMember


def spoil_leaf(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    leaf = tree.leaf(1)
    assert leaf is not None
    raw = leaf.raw[:-1] + bytes([leaf.raw[-1] ^ 1])
    return tree.edit({2: replace(leaf, signature=raw[-len(leaf.signature) :], raw=raw)})


def spoil_place(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    """Two members trade places: both signatures name another leaf index."""
    return tree.edit({2: tree.nodes[4], 4: tree.nodes[2]})


def spoil_parent_key(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    node = tree.parent_node(1)
    assert node is not None
    return tree.edit({1: mls.ParentNode.make(os.urandom(32), node.parent_hash)})


def spoil_duplicate_key(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    node, leaf = tree.parent_node(1), tree.leaf(2)
    assert node is not None
    assert leaf is not None
    return tree.edit({1: mls.ParentNode.make(leaf.encryption_key, node.parent_hash)})


def spoil_unmerged(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    """A leaf that would be left out of what is sealed to its parent."""
    node = tree.parent_node(1)
    assert node is not None
    return tree.edit({1: mls.ParentNode.make(node.encryption_key, node.parent_hash, (1,))})


def spoil_unmerged_elsewhere(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    node = tree.parent_node(1)
    assert node is not None
    return tree.edit({1: mls.ParentNode.make(node.encryption_key, node.parent_hash, (3,))})


def add_parent(tree: mls_tree.RatchetTree) -> mls_tree.RatchetTree:
    """A parent node whose secret only the inviter knows (7.9): the classic double join."""
    return tree.edit({5: mls.ParentNode.make(os.urandom(32), os.urandom(32))})


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_leaf,
        spoil_place,
        spoil_parent_key,
        spoil_duplicate_key,
        spoil_unmerged,
        spoil_unmerged_elsewhere,
        add_parent,
    ],
)
def test_a_tree_that_is_consistent_but_false_is_refused_by_the_newcomer(
    spoil: Callable[[mls_tree.RatchetTree], mls_tree.RatchetTree],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mallory = group_of(4)[0]
    monkeypatch.setattr(apply, "check_members", lambda tree: None)  # Mallory does not mind
    mallory.group = replace(mallory.group, tree=spoil(mallory.group.tree))
    victim = PythonMember(SUITE, "victim")
    package = victim.key_package()
    staged = mallory.group.commit(
        by_value=[mls.Add(mls.KeyPackage.from_message(package))], path=False
    )
    assert staged.welcome is not None
    with pytest.raises(mls.InvalidMessage):
        victim.join(package, staged.welcome, None)
