"""Validation of a whole ratchet tree on joining (RFC 9420 §12.4.3.1, §7.9.2).

Only here is a tree taken from somebody else; afterwards every member changes its own copy by
proposals and paths that are checked one by one.
"""

from __future__ import annotations

import itertools

from . import tree_math
from .errors import ValidationError
from .nodes import ParentNode
from .tree import RatchetTree
from .tree_hash import original_hash, parent_hash
from .types import Extension
from .validate_leaf import check_leaf, check_members


def check_tree(tree: RatchetTree, group_id: bytes, extensions: tuple[Extension, ...]) -> None:
    """Everything but the tree hash, which the caller compares with the GroupContext first."""
    suite = tree.suite
    check_members(tree)
    check_unmerged_leaves(tree)
    check_parent_hashes(tree)
    for index, leaf in tree.leaves():
        check_leaf(suite, leaf, None, extensions)
        leaf.verify_signature(suite, (group_id, index))
    for node in tree.nodes[1::2]:
        if node is not None:
            suite.hpke.check_public(node.encryption_key)


def check_unmerged_leaves(tree: RatchetTree) -> None:
    """Each entry is a member below the node, listed by every parent in between, in order, once."""
    parents = {i: node for i, node in enumerate(tree.nodes) if isinstance(node, ParentNode)}
    listed = {index: set(node.unmerged_leaves) for index, node in parents.items()}
    for index, node in parents.items():
        unmerged = node.unmerged_leaves
        if any(a >= b for a, b in itertools.pairwise(unmerged)):
            raise ValidationError("unmerged leaves are not in order")
        for leaf in unmerged:
            if tree.leaf(leaf) is None or not tree_math.in_subtree(leaf, index):
                raise ValidationError("an unmerged leaf is no member below its node")
            for between in tree_math.direct_path(leaf, tree.leaf_count):
                if between == index:
                    break
                lower = tree.parent_node(between)
                if lower is not None and leaf not in listed[between]:
                    raise ValidationError("an unmerged leaf is missing from a node in between")


def check_parent_hashes(tree: RatchetTree) -> None:
    """Every parent node has exactly one descendant whose parent hash vouches for it (§7.9.2)."""
    memo: dict[tuple[int, frozenset[int]], bytes] = {}
    for index, node in enumerate(tree.nodes):
        if not isinstance(node, ParentNode):
            continue
        left, right = tree_math.left(index), tree_math.right(index)
        vouchers = _vouchers(tree, node, left, right, memo) + _vouchers(
            tree, node, right, left, memo
        )
        if vouchers != 1:
            raise ValidationError("a parent node is not vouched for by a parent hash")


def _vouchers(
    tree: RatchetTree,
    node: ParentNode,
    child: int,
    sibling: int,
    memo: dict[tuple[int, frozenset[int]], bytes],
) -> int:
    """Descendants under `child` that carry the parent hash of `node` towards it."""
    resolution = tree.resolution(child)
    if not resolution:
        return 0
    without = frozenset(node.unmerged_leaves)
    expected = parent_hash(
        tree.suite,
        node.encryption_key,
        node.parent_hash,
        original_hash(tree, sibling, without, memo),
    )
    unmerged_here = {2 * leaf for leaf in without if tree_math.in_subtree(leaf, child)}
    # All of the resolution but the voucher itself must be unmerged at `node`.
    others = set(resolution) - unmerged_here
    if len(others) != 1 or not unmerged_here <= set(resolution):
        return 0
    voucher = tree.nodes[others.pop()]
    return int(voucher is not None and voucher.parent_hash == expected)
