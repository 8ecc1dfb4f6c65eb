"""Published vectors of the ratchet tree: operations, validation, TreeKEM in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from havenclient.crypto.mls import tree_math, treekem
from havenclient.crypto.mls.codec import decode_all
from havenclient.crypto.mls.commit_content import read_update_path
from havenclient.crypto.mls.credentials import SignatureKey
from havenclient.crypto.mls.errors import MLSError
from havenclient.crypto.mls.hpke import HpkePrivateKey
from havenclient.crypto.mls.nodes import LeafNode
from havenclient.crypto.mls.proposals import Add, Remove, Update, read_proposal
from havenclient.crypto.mls.suites import CipherSuite, cipher_suite
from havenclient.crypto.mls.tree import RatchetTree
from havenclient.crypto.mls.tree_hash import node_hash, root_hash
from havenclient.crypto.mls.types import GroupContext
from havenclient.crypto.mls.validate_tree import check_parent_hashes, check_unmerged_leaves

from .conftest import SeededRng, Vectors
from .test_vectors_basics import supported

un = bytes.fromhex


def test_tree_operations(vectors: Vectors) -> None:
    cases = vectors("test-vectors/tree-operations.json")
    assert len(cases) == 5
    for case in cases:
        tree = RatchetTree.decode(cipher_suite(case["cipher_suite"]), un(case["tree_before"]))
        assert root_hash(tree) == un(case["tree_hash_before"])
        proposal = decode_all(un(case["proposal"]), read_proposal)
        if isinstance(proposal, Add):
            tree, _ = tree.add_leaves([proposal.key_package.leaf_node])
        elif isinstance(proposal, Update):
            tree = tree.update_leaves({case["proposal_sender"]: proposal.leaf_node})
        else:
            assert isinstance(proposal, Remove)
            tree = tree.remove_leaves([proposal.removed])
        assert tree.encode() == un(case["tree_after"])
        assert root_hash(tree) == un(case["tree_hash_after"])


def test_tree_validation(vectors: Vectors) -> None:
    done = 0
    for suite, case in supported(vectors("test-vectors/tree-validation.json")):
        tree = RatchetTree.decode(suite, un(case["tree"]))
        assert tree.encode() == un(case["tree"])
        for node, (resolution, tree_hash) in enumerate(
            zip(case["resolutions"], case["tree_hashes"], strict=True)
        ):
            assert list(tree.resolution(node)) == resolution
            assert node_hash(tree, node) == un(tree_hash)
        check_unmerged_leaves(tree)
        check_parent_hashes(tree)
        for index, leaf in tree.leaves():
            leaf.verify_signature(suite, (un(case["group_id"]), index))
            with pytest.raises(MLSError):
                _tampered(leaf).verify_signature(suite, (un(case["group_id"]), index))
        done += 1
    assert done == 70


def _tampered(leaf: LeafNode) -> LeafNode:
    raw = bytearray(leaf.raw)
    raw[3] ^= 1
    return LeafNode(
        leaf.encryption_key,
        leaf.signature_key,
        leaf.credential,
        leaf.capabilities,
        leaf.source,
        leaf.lifetime,
        leaf.parent_hash,
        leaf.extensions,
        leaf.signature,
        bytes(raw),
    )


class Member:
    """One member's private state in a treekem case."""

    def __init__(self, suite: CipherSuite, tree: RatchetTree, case: Any) -> None:
        self.index: int = case["index"]
        self.signature_key = SignatureKey.from_private(suite, un(case["signature_priv"]))
        leaf_key = suite.kem.private_key(un(case["encryption_priv"]))
        self.keys: dict[int, HpkePrivateKey] = {2 * self.index: leaf_key}
        for entry in case["path_secrets"]:
            steps, _ = treekem.derive_steps(suite, [entry["node"]], un(entry["path_secret"]))
            self.keys[entry["node"]] = steps[0].key
        for node, key in self.keys.items():
            held = tree.nodes[node]
            assert held is not None
            assert held.encryption_key == key.public, "private and public tree belong together"


def test_treekem(vectors: Vectors) -> None:
    """Every path opens for every member; then every sender makes a path that all others open."""
    trees = paths = opened = made = 0
    for number, (suite, case) in enumerate(supported(vectors("test-vectors/treekem.json"))):
        tree = RatchetTree.decode(suite, un(case["ratchet_tree"]))
        group_id, epoch = un(case["group_id"]), case["epoch"]
        transcript = un(case["confirmed_transcript_hash"])
        members = [Member(suite, tree, entry) for entry in case["leaves_private"]]
        trees += 1
        for update in case["update_paths"]:
            sender = update["sender"]
            path = decode_all(un(update["update_path"]), read_update_path)
            assert path.encode() == un(update["update_path"])
            path.leaf_node.verify_signature(suite, (group_id, sender))
            merged = treekem.merge_path(tree, sender, path)
            assert root_hash(merged) == un(update["tree_hash_after"])
            # treekem.json seals under its epoch as it is.
            context = GroupContext.make(
                suite.id, group_id, epoch, root_hash(merged), transcript, ()
            ).raw
            for member in members:
                if member.index == sender:
                    continue
                steps, commit_secret = treekem.open_path(
                    merged,
                    sender,
                    path,
                    own_leaf=member.index,
                    private_keys=treekem.keys_that_fit(merged, member.keys),
                    group_context=context,
                    added=frozenset(),
                )
                assert commit_secret == un(update["commit_secret"])
                assert steps[0].path_secret == un(update["path_secrets"][member.index])
                ancestor = tree_math.common_ancestor(member.index, sender, tree.leaf_count)
                assert steps[0].node == ancestor
                opened += 1
            paths += 1
            made += _own_path(suite, tree, members, sender, group_id, transcript, number)
    assert (trees, paths) == (55, 310)
    assert opened == made > 1000


def _own_path(
    suite: CipherSuite,
    tree: RatchetTree,
    members: list[Member],
    sender: int,
    group_id: bytes,
    transcript: bytes,
    seed: int,
) -> int:
    me = next(member for member in members if member.index == sender)
    own = treekem.make_path(tree, sender, group_id, me.signature_key, SeededRng(seed))
    context = GroupContext.make(suite.id, group_id, 1, root_hash(own.tree), transcript, ()).raw
    sent = treekem.seal_path(own, context, frozenset()).encode()
    path = decode_all(sent, read_update_path)
    path.leaf_node.verify_signature(suite, (group_id, sender))
    merged = treekem.merge_path(tree, sender, path)
    assert root_hash(merged) == root_hash(own.tree)
    check_parent_hashes(merged)
    readers = 0
    for member in members:
        if member.index == sender:
            continue
        _, commit_secret = treekem.open_path(
            merged,
            sender,
            path,
            own_leaf=member.index,
            private_keys=treekem.keys_that_fit(merged, member.keys),
            group_context=context,
            added=frozenset(),
        )
        assert commit_secret == own.commit_secret
        readers += 1
    return readers
