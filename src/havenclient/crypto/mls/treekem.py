"""TreeKEM (RFC 9420 §7.4-§7.6): making an UpdatePath, merging one, opening one.

Theory of operation. A committer draws one path secret and derives from it, step by step ("path"), a
secret for each node of its filtered direct path and from each ("node") a key pair. Each secret is
sealed to the resolution of the copath child below, so that every other member learns exactly the
secrets of the nodes above itself. The step past the last node is the commit secret (§7.4).

Order matters. Parent hashes go from the root down and need the sibling hashes; the leaf's own
parent hash is then signed with the leaf; the tree hash includes all of that; and only under the
resulting provisional GroupContext are the path secrets sealed (§12.4.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import tree_math
from .commit_content import HPKECiphertext, UpdatePath, UpdatePathNode
from .credentials import Rng, SignatureKey
from .errors import CryptoError, ValidationError
from .hpke import HpkePrivateKey
from .key_package import fresh_key
from .nodes import LeafNode, Node, ParentNode
from .suites import CipherSuite
from .tree import RatchetTree
from .tree_hash import node_hash, parent_hash
from .types import Extension, checked_extensions


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PathStep:
    """One node of a filtered direct path as somebody knows it who holds its secret."""

    node: int
    path_secret: bytes
    key: HpkePrivateKey


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OwnPath:
    """A path just made: the tree that holds it, its secrets, the leaf key."""

    tree: RatchetTree
    filtered: tuple[tuple[int, int], ...]
    steps: tuple[PathStep, ...]
    leaf: LeafNode
    leaf_key: HpkePrivateKey
    commit_secret: bytes


def derive_steps(
    suite: CipherSuite, nodes: Sequence[int], path_secret: bytes
) -> tuple[tuple[PathStep, ...], bytes]:
    """(a step for each node from the first secret upwards, commit secret)."""
    steps = []
    for node in nodes:
        node_secret = suite.derive_secret(path_secret, b"node")
        steps.append(PathStep(node, path_secret, suite.kem.derive_key_pair(node_secret)))
        path_secret = suite.derive_secret(path_secret, b"path")
    return tuple(steps), path_secret


def _parents_of_path(
    tree: RatchetTree, filtered: Sequence[tuple[int, int]], keys: Sequence[bytes]
) -> tuple[dict[int, Node | None], bytes]:
    """(new parent nodes, parent hash for the leaf), computed from the root down (§7.9)."""
    above = b""
    nodes: dict[int, Node | None] = {}
    for (node, copath_child), key in zip(reversed(filtered), reversed(keys), strict=True):
        nodes[node] = ParentNode.make(key, above)
        above = parent_hash(tree.suite, key, above, node_hash(tree, copath_child))
    return nodes, above


def _merge(
    tree: RatchetTree, sender: int, nodes: Mapping[int, Node | None], leaf: LeafNode
) -> RatchetTree:
    blank: dict[int, Node | None] = dict.fromkeys(tree_math.direct_path(sender, tree.leaf_count))
    return tree.edit({**blank, **nodes, 2 * sender: leaf})


def make_path(
    tree: RatchetTree,
    sender: int,
    group_id: bytes,
    signature_key: SignatureKey,
    rng: Rng,
    leaf_extensions: Iterable[Extension] | None = None,
) -> OwnPath:
    """Fresh keys for one's leaf and filtered direct path, in a tree with the proposals applied.

    `leaf_extensions` None keeps those of the present leaf.
    """
    suite, old = tree.suite, tree.leaf(sender)
    if old is None:
        raise ValidationError("the committer has no leaf")
    extensions = checked_extensions(old.extensions if leaf_extensions is None else leaf_extensions)
    filtered = tuple(tree.filtered_direct_path(sender))
    steps, commit_secret = derive_steps(suite, [node for node, _ in filtered], rng(suite.hash_size))
    nodes, leaf_parent_hash = _parents_of_path(tree, filtered, [s.key.public for s in steps])
    leaf_key = fresh_key(suite, rng)
    leaf = LeafNode.make(
        encryption_key=leaf_key.public,
        signature_key=signature_key,
        credential=old.credential,
        capabilities=old.capabilities,
        extensions=extensions,
        parent_hash=leaf_parent_hash,
        place=(group_id, sender),
    )
    merged = _merge(tree, sender, nodes, leaf)
    return OwnPath(merged, filtered, steps, leaf, leaf_key, commit_secret)


def _targets(tree: RatchetTree, copath_child: int, added: frozenset[int]) -> list[int]:
    """A resolution without the leaves added by the same Commit (§7.6)."""
    return [node for node in tree.resolution(copath_child) if node // 2 not in added or node % 2]


def seal_path(path: OwnPath, group_context: bytes, added: frozenset[int]) -> UpdatePath:
    """The UpdatePath: every path secret sealed to everybody below its copath child."""
    suite, tree = path.tree.suite, path.tree
    nodes = []
    for (_, copath_child), step in zip(path.filtered, path.steps, strict=True):
        sealed = []
        for target in _targets(tree, copath_child, added):
            node = tree.nodes[target]
            if node is None:
                raise ValidationError("resolution holds a blank node")
            pair = suite.encrypt_with_label(
                node.encryption_key, b"UpdatePathNode", group_context, step.path_secret
            )
            sealed.append(HPKECiphertext(*pair))
        nodes.append(UpdatePathNode(step.key.public, tuple(sealed)))
    return UpdatePath(path.leaf, tuple(nodes))


def merge_path(tree: RatchetTree, sender: int, path: UpdatePath) -> RatchetTree:
    """Take over somebody's UpdatePath; its parent hash must be the one computed here (§7.9.2)."""
    filtered = tree.filtered_direct_path(sender)
    if len(filtered) != len(path.nodes):
        raise ValidationError("the update path has the wrong length")
    nodes, expected = _parents_of_path(tree, filtered, [n.encryption_key for n in path.nodes])
    if path.leaf_node.parent_hash != expected:
        raise ValidationError("the parent hash of the update path does not fit")
    return _merge(tree, sender, nodes, path.leaf_node)


def open_path(
    tree: RatchetTree,
    sender: int,
    path: UpdatePath,
    *,
    own_leaf: int,
    private_keys: Mapping[int, HpkePrivateKey],
    group_context: bytes,
    added: frozenset[int],
) -> tuple[tuple[PathStep, ...], bytes]:
    """(steps from the common ancestor up, commit secret), from the merged tree.

    The tree's nodes below the path are those the sender sealed to. Every derived public key must be
    the one in the path, so a committer can't give different members different secrets.
    """
    suite = tree.suite
    filtered = tree.filtered_direct_path(sender)
    check_path_shape(tree, filtered, path, added)
    reached = [i for i, (_, c) in enumerate(filtered) if tree_math.in_subtree(own_leaf, c)]
    if not reached:
        raise ValidationError("the update path does not reach this leaf")
    position = reached[0]
    targets = _targets(tree, filtered[position][1], added)
    openable = [(i, private_keys[node]) for i, node in enumerate(targets) if node in private_keys]
    if not openable:
        raise ValidationError("the update path holds nothing for this leaf")
    at, key = openable[0]
    item = path.nodes[position].encrypted_path_secret[at]
    secret = suite.decrypt_with_label(
        key, b"UpdatePathNode", group_context, item.kem_output, item.ciphertext
    )
    if len(secret) != suite.hash_size:
        raise CryptoError("a path secret has the wrong length")
    steps, commit_secret = derive_steps(suite, [n for n, _ in filtered[position:]], secret)
    check_steps(tree, steps)
    return steps, commit_secret


def check_path_shape(
    tree: RatchetTree, filtered: Sequence[tuple[int, int]], path: UpdatePath, added: frozenset[int]
) -> None:
    """Every ciphertext list must have one entry for each node it is sealed to (§7.6)."""
    for (_, copath_child), node in zip(filtered, path.nodes, strict=True):
        if len(node.encrypted_path_secret) != len(_targets(tree, copath_child, added)):
            raise ValidationError("the update path has the wrong number of ciphertexts")


def check_steps(tree: RatchetTree, steps: Sequence[PathStep]) -> None:
    """Derived public keys must be those in the tree (§7.5)."""
    for step in steps:
        node = tree.nodes[step.node]
        if node is None or node.encryption_key != step.key.public:
            raise CryptoError("a path secret does not lead to the public key in the tree")


def keys_that_fit(
    tree: RatchetTree, keys: Mapping[int, HpkePrivateKey]
) -> dict[int, HpkePrivateKey]:
    """The private keys whose node still has their public key; all others must go (§7.5, §9.2)."""
    fitting = {}
    for index, key in keys.items():
        node = tree.nodes[index] if index < len(tree.nodes) else None
        if node is not None and node.encryption_key == key.public:
            fitting[index] = key
    return fitting
