"""Array-based trees (RFC 9420 appendix C): leaves at even indices, parents at odd ones.

Trees are always full: the number of leaves is a power of two. Functions take node indices unless
they say leaf; paths run from the leaf's parent up to the root.
"""

from __future__ import annotations

from functools import lru_cache


def level(node: int) -> int:
    """0 for leaves; a parent is one above its children."""
    return (node ^ (node + 1)).bit_length() - 1


def node_width(leaf_count: int) -> int:
    return 0 if leaf_count == 0 else 2 * leaf_count - 1


def full_leaf_count(leaves: int) -> int:
    """The smallest power of two that holds so many leaves."""
    return 1 << max(leaves - 1, 0).bit_length()


def root(leaf_count: int) -> int:
    return leaf_count - 1


def left(node: int) -> int:
    """Left child; only parents have one."""
    k = level(node)
    if k == 0:
        raise ValueError("a leaf has no children")
    return node ^ (1 << (k - 1))


def right(node: int) -> int:
    k = level(node)
    if k == 0:
        raise ValueError("a leaf has no children")
    return node ^ (3 << (k - 1))


def parent(node: int, leaf_count: int) -> int:
    if node == root(leaf_count):
        raise ValueError("the root has no parent")
    k = level(node)
    b = (node >> (k + 1)) & 1
    return (node | (1 << k)) ^ (b << (k + 1))


def sibling(node: int, leaf_count: int) -> int:
    above = parent(node, leaf_count)
    return right(above) if node < above else left(above)


@lru_cache(maxsize=4096)
def direct_path(leaf: int, leaf_count: int) -> tuple[int, ...]:
    """Ancestors of a leaf (given by leaf index), root last; empty in a tree of one leaf."""
    node, path = 2 * leaf, []
    top = root(leaf_count)
    while node != top:
        node = parent(node, leaf_count)
        path.append(node)
    return tuple(path)


@lru_cache(maxsize=4096)
def copath(leaf: int, leaf_count: int) -> tuple[int, ...]:
    """The other child of each node of the direct path, in the same order."""
    node, path = 2 * leaf, []
    top = root(leaf_count)
    while node != top:
        path.append(sibling(node, leaf_count))
        node = parent(node, leaf_count)
    return tuple(path)


def subtree_leaves(node: int) -> range:
    """Leaf indices below (and at) a node."""
    k = level(node)
    first = (node - (1 << k) + 1) // 2
    return range(first, first + (1 << k))


def in_subtree(leaf: int, node: int) -> bool:
    return leaf in subtree_leaves(node)


def common_ancestor(leaf_a: int, leaf_b: int, leaf_count: int) -> int:
    """The lowest node above both leaves."""
    for node in direct_path(leaf_a, leaf_count):
        if in_subtree(leaf_b, node):
            return node
    raise ValueError("leaves are not in one tree")
