"""What RFC 9420 §7.3, §10.1 and §12.4.3.1 forbid, and what the application's policy forbids."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from havenclient.crypto import mls
from havenclient.crypto.mls import types
from havenclient.crypto.mls.hpke import SMALL_ORDER
from havenclient.crypto.mls.nodes import LeafNode, ParentNode
from havenclient.crypto.mls.tree import RatchetTree
from havenclient.crypto.mls.validate_leaf import check_key_package, check_members
from havenclient.crypto.mls.validate_tree import check_tree

from .conftest import SeededRng
from .world import GROUP_ID, LIFETIME, NOW, agree, committed, found, grown, new_bundle

SUITE = mls.cipher_suite(1)


def bundle_with(**kinds: Any) -> mls.KeyPackageBundle:
    rng = SeededRng(11)
    options: dict[str, Any] = {"lifetime": LIFETIME, "rng": rng, **kinds}
    key = options.pop("signature_key", None) or mls.SignatureKey.generate(1, rng)
    credential = options.pop("credential", mls.BasicCredential(b"x"))
    return mls.KeyPackageBundle.create(1, credential, key, **options)


def test_key_packages_out_of_their_lifetime_are_refused() -> None:
    package = bundle_with().key_package
    check_key_package(SUITE, package, (), NOW)
    check_key_package(SUITE, package, (), None)
    for now in (LIFETIME.not_before - 1, LIFETIME.not_after + 1):
        with pytest.raises(mls.ValidationError, match="lifetime"):
            check_key_package(SUITE, package, (), now)
    backwards = bundle_with(lifetime=mls.Lifetime(5, 4)).key_package
    with pytest.raises(mls.ValidationError, match="lifetime"):
        check_key_package(SUITE, backwards, (), None)


@pytest.mark.parametrize(
    "capabilities",
    [
        mls.Capabilities(versions=(2,), cipher_suites=(1,)),
        mls.Capabilities(cipher_suites=(2, 3)),
        mls.Capabilities(cipher_suites=(1,), credentials=(2,)),
        mls.Capabilities(cipher_suites=(1,), credentials=()),
    ],
)
def test_leaves_that_do_not_list_what_they_use_are_refused(capabilities: mls.Capabilities) -> None:
    package = bundle_with(capabilities=capabilities).key_package
    with pytest.raises(mls.ValidationError):
        check_key_package(SUITE, package, ())


def test_a_leaf_must_list_its_own_extensions() -> None:
    caps = mls.default_capabilities()
    package = bundle_with(
        capabilities=caps, leaf_extensions=[mls.Extension(0xF0F0, b"")]
    ).key_package
    with pytest.raises(mls.ValidationError, match="own extensions"):
        check_key_package(SUITE, package, ())


def test_only_what_is_not_default_is_listed() -> None:
    """§7.2: the RFC's own extension types must not be listed; all others that are used must."""
    odd, own = mls.Extension(0xF0F0, b""), mls.Extension(mls.ExtensionType.APPLICATION_ID, b"id")
    leaf = bundle_with(extensions=[mls.Extension(0xF1F1, b"")], leaf_extensions=[own, odd])
    assert leaf.key_package.leaf_node.capabilities.extensions == (0xF1F1, 0xF0F0)
    check_key_package(SUITE, leaf.key_package, ())
    rng = SeededRng(21)
    group = mls.Group.create(
        1,
        GROUP_ID,
        mls.BasicCredential(b"a"),
        mls.SignatureKey.generate(1, rng),
        lifetime=LIFETIME,
        extensions=[mls.RequiredCapabilities(proposals=(0xA,)).extension(), odd],
        rng=rng,
    )
    assert group.own_leaf.capabilities.extensions == (0xF0F0,)


def test_long_lists_of_a_stranger_are_not_remembered() -> None:
    """Capabilities are decoded before anything is verified: a cache of them must stay small."""
    before = types._usual_capabilities.cache_info().currsize
    caps = mls.Capabilities(cipher_suites=(1, *range(0x100, 0x1000)))
    package = mls.KeyPackage.decode(bundle_with(capabilities=caps).key_package.raw)
    assert package.leaf_node.capabilities == caps
    assert types._usual_capabilities.cache_info().currsize == before


def test_a_signature_key_may_not_serve_for_encryption() -> None:
    """§16.7. On the NIST curves one point could be both."""
    rng = SeededRng(22)
    key = mls.SignatureKey.generate(2, rng)
    package = mls.KeyPackageBundle.create(
        2, mls.BasicCredential(b"x"), key, lifetime=LIFETIME, rng=rng
    ).key_package
    tree = found(2, rng).tree
    check_members(tree.add_leaves([package.leaf_node])[0])
    same = replace(package.leaf_node, encryption_key=key.public)
    with pytest.raises(mls.ValidationError, match="encryption key too"):
        check_members(tree.add_leaves([same])[0])


def test_a_newcomer_must_support_the_groups_extensions_and_requirements() -> None:
    package = bundle_with().key_package
    required = mls.RequiredCapabilities
    for extension in (
        mls.Extension(0xF0F0, b"x"),
        required(extensions=(0xF0F0,)).extension(),
        required(proposals=(0xF0F0,)).extension(),
        required(credentials=(2,)).extension(),
    ):
        with pytest.raises(mls.ValidationError):
            check_key_package(SUITE, package, (extension,))
    check_key_package(SUITE, package, (required(proposals=(0xA,), credentials=(1,)).extension(),))


def test_long_lists_do_not_multiply() -> None:
    """A leaf that lists much and uses much, in a group that demands much: work adds up only."""
    kinds = tuple(range(0x100, 0xF000))
    caps = mls.default_capabilities(kinds, proposals=kinds)
    package = bundle_with(
        capabilities=caps, leaf_extensions=[mls.Extension(kind, b"") for kind in kinds]
    ).key_package
    demands = mls.RequiredCapabilities(kinds[::-1] * 4, kinds[::-1] * 4).extension()
    began = time.process_time()
    check_key_package(SUITE, package, (demands,))
    # Some 0.05 s; were each looked up in the other's list, it would be minutes.
    assert time.process_time() - began < 5


def test_a_key_package_of_another_suite_is_refused() -> None:
    other = new_bundle(3, "x", SeededRng(1))
    with pytest.raises(mls.ValidationError):
        found(1, SeededRng(2)).commit(by_value=[mls.Add(other.key_package)])


def test_a_tampered_key_package_is_refused_at_every_byte() -> None:
    raw = bundle_with().key_package.raw
    for position in range(0, len(raw), 3):
        broken = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(mls.InvalidMessage):
            check_key_package(SUITE, mls.KeyPackage.decode(broken), ())


def test_a_credential_of_another_type_is_read_and_refused_in_a_group_without_it() -> None:
    odd = mls.OpaqueCredential(2, b"certificates")
    caps = mls.Capabilities(cipher_suites=(1,), credentials=(1, 2))
    bundle = bundle_with(credential=odd, capabilities=caps)
    assert mls.KeyPackage.decode(bundle.key_package.raw).leaf_node.credential == odd
    with pytest.raises(mls.ValidationError, match="credential"):
        grown(2)[0].commit(by_value=[mls.Add(bundle.key_package)])


def test_a_member_can_not_be_added_twice() -> None:
    rng = SeededRng(12)
    key = mls.SignatureKey.generate(1, rng)
    one, two = bundle_with(signature_key=key), bundle_with(signature_key=key, rng=SeededRng(13))
    groups = grown(2)
    groups = committed(groups, 0, groups[0].commit(by_value=[mls.Add(one.key_package)]))
    with pytest.raises(mls.ValidationError, match="signature key"):
        groups[0].commit(by_value=[mls.Add(two.key_package)])
    staged = groups[0].commit(by_value=[mls.Remove(2), mls.Add(two.key_package)])
    assert [m.leaf_index for m in staged.effects.added] == [2]
    agree([staged.group, groups[1].process(staged.message).group])


@pytest.mark.parametrize("suite", [1, 3, 0xF001, 0xF002])
def test_keys_that_nobody_can_seal_to_are_refused(suite: int) -> None:
    """X25519 points of small order (also as the second half of X-Wing)."""
    kem = mls.cipher_suite(suite).hpke
    good = mls.cipher_suite(suite).kem.derive_key_pair(bytes(64)).public
    kem.check_public(good)
    mine = x25519.X25519PrivateKey.generate()
    for point in SMALL_ORDER:
        for raw in (point, point[:31] + bytes([point[31] | 0x80])):
            with pytest.raises(ValueError, match="shared key"):
                mine.exchange(x25519.X25519PublicKey.from_public_bytes(raw))
            with pytest.raises(mls.CryptoError):
                kem.check_public(good[:-32] + raw)


# --- trees ----------------------------------------------------------------------------------------


def _edited(tree: RatchetTree, index: int, node: LeafNode | ParentNode | None) -> RatchetTree:
    return RatchetTree.decode(tree.suite, tree.edit({index: node}).encode())


def _fresh(tree: RatchetTree) -> RatchetTree:
    return RatchetTree.decode(tree.suite, tree.encode())


def _grown_tree() -> tuple[RatchetTree, mls.Group]:
    """Six members, all nodes set, then a seventh unmerged at the nodes above it."""
    groups = grown(6, full=True)
    staged = groups[0].commit(
        by_value=[mls.Add(new_bundle(1, "n", SeededRng(3)).key_package)], path=False
    )
    return staged.group.tree, staged.group


def test_a_good_tree_is_accepted() -> None:
    tree, group = _grown_tree()
    check_tree(_fresh(tree), GROUP_ID, group.extensions)


def test_every_bent_tree_is_refused() -> None:
    tree, group = _grown_tree()
    parents = [i for i, n in enumerate(tree.nodes) if isinstance(n, ParentNode)]
    assert any(tree.parent_node(i).unmerged_leaves for i in parents)  # type: ignore[union-attr]
    bent = []
    for index in parents:
        node = tree.parent_node(index)
        assert node is not None
        key, above, unmerged = node.encryption_key, node.parent_hash, node.unmerged_leaves
        other = SUITE.kem.derive_key_pair(bytes(32)).public
        bent.append(_edited(tree, index, ParentNode.make(other, above, unmerged)))
        bent.append(_edited(tree, index, ParentNode.make(key, above + b"x", unmerged)))
        bent.append(_edited(tree, index, ParentNode.make(key, above, (*unmerged, 99))))
        bent.append(_edited(tree, index, ParentNode.make(key, above, (*unmerged, *unmerged, 0))))
        if unmerged:
            bent.append(_edited(tree, index, ParentNode.make(key, above, ())))
    leaf = tree.leaf(1)
    assert leaf is not None
    bent.append(_edited(tree, 4, leaf))  # one member twice
    bent.append(_edited(tree, 2, None))  # a member cut out
    stolen = tree.parent_node(parents[0])
    assert stolen is not None
    bent.append(_edited(tree, parents[-1], stolen))  # one key twice
    for number, bad in enumerate(bent):
        with pytest.raises(mls.InvalidMessage):
            check_tree(bad, GROUP_ID, group.extensions)
            pytest.fail(f"tree {number} was accepted")


def test_unmerged_leaves_are_in_order_and_listed_once() -> None:
    """§7.1. Nothing else hangs on the order: parent hashes leave these lists out."""
    group = grown(6, full=True)[0]
    adds = [mls.Add(new_bundle(1, f"n{n}", SeededRng(70 + n)).key_package) for n in range(2)]
    tree = group.commit(by_value=adds, path=False).group.tree
    root = tree.parent_node(7)
    assert root is not None
    assert root.unmerged_leaves == (6, 7)
    for listed in ((7, 6), (6, 6, 7), (6, 7, 7)):
        bent = _edited(tree, 7, ParentNode.make(root.encryption_key, root.parent_hash, listed))
        with pytest.raises(mls.ValidationError, match="in order"):
            check_tree(bent, GROUP_ID, group.extensions)


def test_leaves_are_bound_to_their_place_and_group() -> None:
    groups = grown(3, full=True)
    tree = groups[0].tree
    with pytest.raises(mls.CryptoError):
        check_tree(_fresh(tree), b"another group", ())
    one = tree.leaf(1)
    assert one is not None
    with pytest.raises(mls.CryptoError):
        one.verify_signature(SUITE, (GROUP_ID, 2))


def test_a_welcome_with_another_tree_is_refused() -> None:
    rng = SeededRng(6)
    bundle = new_bundle(1, "b", rng)
    staged = found(1, rng).commit(by_value=[mls.Add(bundle.key_package)], welcome_tree_inside=False)
    assert staged.welcome is not None
    foreign = grown(2, seed=77)[0].ratchet_tree
    with pytest.raises(mls.InvalidMessage):
        mls.Group.join(staged.welcome, bundle, ratchet_tree=foreign)


def test_a_welcome_for_somebody_else_is_refused() -> None:
    rng = SeededRng(6)
    bundle, other = new_bundle(1, "b", rng), new_bundle(1, "c", rng)
    staged = found(1, rng).commit(by_value=[mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    with pytest.raises(mls.ValidationError, match="not for this key package"):
        mls.Group.join(staged.welcome, other)
    with pytest.raises(mls.ValidationError, match="cipher suite"):
        mls.Group.join(staged.welcome, new_bundle(3, "d", rng))
    late = LIFETIME.not_after + 1
    with pytest.raises(mls.ValidationError, match="lifetime"):
        mls.Group.join(staged.welcome, bundle, now=late)


def test_local_faults_are_told_apart_from_remote_ones() -> None:
    rng = SeededRng(1)
    with pytest.raises(mls.UnsupportedSuite):
        mls.cipher_suite(4)
    with pytest.raises(mls.StateError):
        mls.Group.create(
            2,
            b"g",
            mls.BasicCredential(b"x"),
            mls.SignatureKey.generate(1, rng),
            lifetime=LIFETIME,
        )
    group = grown(2)[0]
    with pytest.raises(mls.StateError):
        group.commit(by_reference=[b"unknown"])
    with pytest.raises(mls.StateError):
        group.export(b"x", b"", 0)
    assert not issubclass(mls.StateError, mls.InvalidMessage)
    twice = [mls.Extension(0xF0F0, b""), mls.Extension(0xF0F0, b"")]
    with pytest.raises(mls.ValidationError):
        group.propose_group_context_extensions(twice)


# --- policy ---------------------------------------------------------------------------------------


class OnlyHosts:
    """Leaf 0 commits, others propose; nobody changes the extensions; leaves keep their names."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def judge_proposal(self, group: mls.Group, sender: int, proposal: mls.Proposal) -> None:
        self.asked.append("proposal")
        if isinstance(proposal, mls.Remove) and sender != 0:
            raise mls.PolicyViolation("only hosts remove")

    def judge_commit(
        self,
        group: mls.Group,
        committer: int,
        proposals: Sequence[mls.CommittedProposal],
        next_extensions: tuple[mls.Extension, ...],
    ) -> None:
        self.asked.append("commit")
        if committer != 0:
            raise mls.PolicyViolation("only hosts commit")
        if next_extensions != group.extensions:
            raise mls.PolicyViolation("the agreement stays")

    def judge_leaf(self, group: mls.Group, leaf_index: int, old: LeafNode, new: LeafNode) -> None:
        self.asked.append("leaf")
        if old.credential != new.credential or old.signature_key != new.signature_key:
            raise mls.PolicyViolation("names stay")


def test_what_the_policy_refuses_changes_nothing() -> None:
    groups = grown(3)
    policy = OnlyHosts()
    before = groups[2].save()
    for message in (
        groups[1].commit().message,
        groups[1].propose_remove(2)[1],
        groups[0].commit(by_value=[mls.GroupContextExtensions((mls.Extension(1, b"x"),))]).message,
    ):
        with pytest.raises(mls.PolicyViolation) as caught:
            groups[2].process(message, policy=policy)
        assert caught.value.reason
        assert groups[2].save() == before
    with pytest.raises(mls.PolicyViolation):
        groups[1].commit(policy=policy)
    staged = groups[0].commit(policy=policy)
    agree([staged.group, groups[2].process(staged.message, policy=policy).group])
    assert {"proposal", "commit", "leaf"} <= set(policy.asked)


def test_the_policy_sees_how_leaves_change() -> None:
    groups = grown(2)
    other = mls.BasicCredential(b"another name")
    tree = groups[0].tree
    leaf = groups[0].own_leaf
    renamed = replace(groups[0], tree=tree.edit({0: replace(leaf, credential=other)}))
    message = renamed.commit().message
    with pytest.raises(mls.PolicyViolation, match="names"):
        groups[1].process(message, policy=OnlyHosts())


def _renamed(group: mls.Group) -> mls.Group:
    leaf = replace(group.own_leaf, credential=mls.BasicCredential(b"another name"))
    return replace(group, tree=group.tree.edit({2 * group.own_leaf_index: leaf}))


def test_an_update_that_the_policy_refuses_is_neither_cached_nor_committed() -> None:
    """Who commits asks what those will ask who follow: else one bad Update forks the group."""
    groups = grown(3)
    _, update = _renamed(groups[1]).propose_update()
    for place in (0, 2):
        with pytest.raises(mls.PolicyViolation, match="names"):
            groups[place].process(update, policy=OnlyHosts())
    careless = groups[0].process(update).group
    with pytest.raises(mls.PolicyViolation, match="names"):
        careless.commit(policy=OnlyHosts())


class Choosy:
    def judge_join(self, group: mls.Group, inviter: int) -> None:
        assert inviter == 0
        raise mls.PolicyViolation("not this one")


def test_a_newcomers_policy_can_refuse_the_group() -> None:
    rng = SeededRng(5)
    bundle = new_bundle(1, "b", rng)
    staged = found(1, rng).commit(by_value=[mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    with pytest.raises(mls.PolicyViolation):
        mls.Group.join(staged.welcome, bundle, policy=Choosy())


def test_proposals_judged_on_arrival_are_not_judged_again() -> None:
    groups = grown(3)
    groups[1], update = groups[1].propose_update()
    policy = OnlyHosts()
    groups[2] = groups[2].process(update, policy=policy).group
    groups[0] = groups[0].process(update).group
    groups[2].process(groups[0].commit().message, policy=policy)
    assert policy.asked.count("proposal") == 1
