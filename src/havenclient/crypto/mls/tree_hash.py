"""Tree hashes and parent hashes (RFC 9420 §7.8, §7.9).

Tree hashes are cached in the tree and survive edits elsewhere, so a Commit hashes one path, not the
tree. The *original* tree hash of a subtree (as it was before some leaves were added) is needed only
when a whole tree is validated.
"""

from __future__ import annotations

from . import tree_math
from .codec import opaque, u32
from .nodes import LeafNode, ParentNode
from .suites import CipherSuite
from .tree import RatchetTree


def _leaf_input(index: int, leaf: LeafNode | None) -> bytes:
    head = b"\x01" + u32(index)
    return head + b"\x00" if leaf is None else head + b"\x01" + leaf.raw


def _parent_input(node: ParentNode | None, left: bytes, right: bytes) -> bytes:
    head = b"\x02\x00" if node is None else b"\x02\x01" + node.raw
    return head + opaque(left) + opaque(right)


def node_hash(tree: RatchetTree, node: int) -> bytes:
    """The tree hash of a subtree."""
    cache = tree.hash_cache
    known = cache[node]
    if known is not None:
        return known
    if node % 2 == 0:
        value = tree.suite.hash(_leaf_input(node // 2, tree.leaf(node // 2)))
    else:
        left = node_hash(tree, tree_math.left(node))
        right = node_hash(tree, tree_math.right(node))
        value = tree.suite.hash(_parent_input(tree.parent_node(node), left, right))
    cache[node] = value
    return value


def root_hash(tree: RatchetTree) -> bytes:
    return node_hash(tree, tree_math.root(tree.leaf_count))


def original_hash(
    tree: RatchetTree,
    node: int,
    without: frozenset[int],
    memo: dict[tuple[int, frozenset[int]], bytes],
) -> bytes:
    """The tree hash of a subtree with some leaves blanked and struck from all unmerged lists.

    `memo` is shared between calls over one tree, as §7.9 suggests: parents that were set at the
    same time share most of their unmerged leaves.
    """
    here = frozenset(leaf for leaf in without if tree_math.in_subtree(leaf, node))
    if not here:
        return node_hash(tree, node)
    known = memo.get((node, here))
    if known is not None:
        return known
    if node % 2 == 0:
        value = tree.suite.hash(_leaf_input(node // 2, None))
    else:
        found = tree.parent_node(node)
        if found is not None:
            unmerged = tuple(leaf for leaf in found.unmerged_leaves if leaf not in here)
            found = ParentNode.make(found.encryption_key, found.parent_hash, unmerged)
        left = original_hash(tree, tree_math.left(node), here, memo)
        right = original_hash(tree, tree_math.right(node), here, memo)
        value = tree.suite.hash(_parent_input(found, left, right))
    memo[node, here] = value
    return value


def parent_hash(
    suite: CipherSuite, encryption_key: bytes, above: bytes, sibling_hash: bytes
) -> bytes:
    """The hash of ParentHashInput: of a parent node towards one of its children."""
    return suite.hash(opaque(encryption_key) + opaque(above) + opaque(sibling_hash))
