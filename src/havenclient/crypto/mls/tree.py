"""The ratchet tree (RFC 9420 §4, §7.7, appendix C): public keys of a group as an immutable value.

Edits return another tree that shares nodes and, outside the edited paths, cached tree hashes. The
tree keeps itself full (a power of two of leaves) and truncates itself after a removal. It checks no
signatures and knows no secrets: see `validate_tree` and `treekem`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from . import tree_math
from .codec import Reader, decode_all, opaque
from .errors import DecodeError, ValidationError
from .nodes import LeafNode, Node, ParentNode, encode_node, read_node
from .suites import CipherSuite

MAX_LEAVES = 1 << 14
"""More than any group this library is meant for; bounds what a hostile tree can make us do."""


class RatchetTree:
    """`nodes[i]` is the node of array index i, None where blank. Treat it as read-only."""

    __slots__ = ("_encoded", "_resolutions", "hash_cache", "leaf_count", "nodes", "suite")

    def __init__(
        self,
        suite: CipherSuite,
        nodes: list[Node | None],
        hash_cache: list[bytes | None] | None = None,
    ) -> None:
        self.suite = suite
        self.nodes = nodes
        self.leaf_count = (len(nodes) + 1) // 2
        self.hash_cache: list[bytes | None] = hash_cache or [None] * len(nodes)
        """Tree hashes already known (`tree_hash` fills it)."""
        self._resolutions: dict[int, tuple[int, ...]] = {}
        self._encoded: bytes | None = None

    # --- reading ----------------------------------------------------------------------------------

    def leaf(self, index: int) -> LeafNode | None:
        """The leaf of that index; None if blank or outside of the tree."""
        if not 0 <= index < self.leaf_count:
            return None
        node = self.nodes[2 * index]
        return node if isinstance(node, LeafNode) else None

    def parent_node(self, node: int) -> ParentNode | None:
        found = self.nodes[node]
        return found if isinstance(found, ParentNode) else None

    def leaves(self) -> Iterator[tuple[int, LeafNode]]:
        """(leaf index, leaf) of all members."""
        for index, node in enumerate(self.nodes[::2]):
            if isinstance(node, LeafNode):
                yield index, node

    def resolution(self, node: int) -> tuple[int, ...]:
        """§4.1.1: the nodes that together cover all members below a node."""
        cached = self._resolutions.get(node)
        if cached is not None:
            return cached
        found = self.nodes[node]
        result: tuple[int, ...]
        if isinstance(found, ParentNode):
            result = (node, *(2 * leaf for leaf in found.unmerged_leaves))
        elif found is not None:
            result = (node,)
        elif node % 2 == 0:
            result = ()
        else:
            below = self.resolution(tree_math.left(node))
            result = below + self.resolution(tree_math.right(node))
        self._resolutions[node] = result
        return result

    def filtered_direct_path(self, leaf: int) -> list[tuple[int, int]]:
        """§4.1.2: (node, its copath child) up to the root, without those whose child is empty."""
        path = tree_math.direct_path(leaf, self.leaf_count)
        copath = tree_math.copath(leaf, self.leaf_count)
        return [(n, c) for n, c in zip(path, copath, strict=True) if self.resolution(c)]

    # --- editing ----------------------------------------------------------------------------------

    def edit(self, changes: Mapping[int, Node | None]) -> RatchetTree:
        """Another tree with these nodes; tree hashes above them are forgotten."""
        if not changes:
            return self
        nodes, hashes = list(self.nodes), list(self.hash_cache)
        for index, node in changes.items():
            nodes[index] = node
            top, at = tree_math.root(self.leaf_count), index
            while hashes[at] is not None:
                hashes[at] = None
                if at == top:
                    break
                at = tree_math.parent(at, self.leaf_count)
        return RatchetTree(self.suite, nodes, hashes)

    def _blank_paths(self, leaves: Iterable[int]) -> dict[int, Node | None]:
        count = self.leaf_count
        return {node: None for leaf in leaves for node in tree_math.direct_path(leaf, count)}

    def add_leaves(self, leaves: Sequence[LeafNode]) -> tuple[RatchetTree, tuple[int, ...]]:
        """§12.1.1: each into the leftmost blank leaf, in a tree doubled as often as it takes;
        listed as unmerged all the way up. Gives (tree after, their leaf indices)."""
        tree = self
        while tree.nodes[::2].count(None) < len(leaves):
            if 2 * tree.leaf_count > MAX_LEAVES:
                raise ValidationError("the group is full")
            tree = tree._doubled()
        blank = (index for index, node in enumerate(tree.nodes[::2]) if node is None)
        places = tuple(itertools.islice(blank, len(leaves)))
        changes: dict[int, Node | None] = {
            2 * index: leaf for index, leaf in zip(places, leaves, strict=True)
        }
        unmerged: dict[int, list[int]] = {}
        for index in places:
            for at in tree_math.direct_path(index, tree.leaf_count):
                unmerged.setdefault(at, []).append(index)
        for at, new in unmerged.items():
            node = tree.parent_node(at)
            if node is not None:
                everybody = tuple(sorted((*node.unmerged_leaves, *new)))
                changes[at] = ParentNode.make(node.encryption_key, node.parent_hash, everybody)
        return tree.edit(changes), places

    def _doubled(self) -> RatchetTree:
        more = len(self.nodes) + 1
        return RatchetTree(self.suite, self.nodes + [None] * more, self.hash_cache + [None] * more)

    def update_leaves(self, leaves: Mapping[int, LeafNode]) -> RatchetTree:
        """§12.1.2: replace members' leaves, blank the nodes above."""
        changes = self._blank_paths(leaves)
        return self.edit(changes | {2 * index: leaf for index, leaf in leaves.items()})

    def remove_leaves(self, leaves: Sequence[int]) -> RatchetTree:
        """§12.1.3: blank leaves and paths, then drop right halves that hold nobody."""
        if not leaves:
            return self
        tree = self.edit(self._blank_paths(leaves) | {2 * index: None for index in leaves})
        count = tree.leaf_count
        while count > 1 and not any(tree.nodes[count : 2 * count : 2]):
            count //= 2
        if count == tree.leaf_count:
            return tree
        width = 2 * count - 1
        return RatchetTree(self.suite, tree.nodes[:width], tree.hash_cache[:width])

    # --- encoding ---------------------------------------------------------------------------------

    def encode(self) -> bytes:
        """The `ratchet_tree` extension's body (§12.4.3.3): optional nodes, trailing blanks cut."""
        if self._encoded is None:
            last = len(self.nodes)
            while last and self.nodes[last - 1] is None:
                last -= 1
            parts = [
                b"\x00" if node is None else b"\x01" + encode_node(node)
                for node in self.nodes[:last]
            ]
            self._encoded = opaque(b"".join(parts))
        return self._encoded

    @classmethod
    def decode(cls, suite: CipherSuite, data: bytes) -> RatchetTree:
        """Shape only; `validate_tree` judges the content."""
        nodes = decode_all(data, lambda reader: reader.vector(_read_optional_node))
        if not nodes:
            raise DecodeError("the tree is empty")
        if nodes[-1] is None:
            raise DecodeError("the tree ends in a blank node")
        if len(nodes) > 2 * MAX_LEAVES:
            raise DecodeError("the tree is too large")
        for index, node in enumerate(nodes):
            if node is not None and isinstance(node, LeafNode) != (index % 2 == 0):
                raise DecodeError("leaf and parent nodes are mixed up")
        return cls.from_nodes(suite, nodes)

    @classmethod
    def from_nodes(cls, suite: CipherSuite, nodes: Sequence[Node | None]) -> RatchetTree:
        """Fill up to the next full tree."""
        leaf_count = tree_math.full_leaf_count((len(nodes) + 2) // 2)
        blank = [None] * (tree_math.node_width(leaf_count) - len(nodes))
        return cls(suite, [*nodes, *blank])


def _read_optional_node(reader: Reader) -> Node | None:
    return read_node(reader) if reader.present() else None
