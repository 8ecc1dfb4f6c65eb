"""Members who know the protocol and cheat in one place only, so that a single check stands between.

Each test runs this library's own code with one part bent, which makes everything else about the
message right: signatures, tree hashes, even the confirmation tag. Removing the check that a test is
about makes that test fail (tried by hand for each).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls import proposing, treekem
from havenclient.crypto.mls.codec import opaque, u16, vector
from havenclient.crypto.mls.nodes import LeafNode
from havenclient.crypto.mls.types import GroupContext
from havenclient.crypto.mls.validate_leaf import check_key_package
from havenclient.crypto.mls.welcome import GroupInfo, GroupSecrets

from .conftest import SeededRng
from .world import LIFETIME, agree, grown, hear, new_bundle

PACKAGE = "havenclient.crypto.mls."
Patch = pytest.MonkeyPatch


def all_refuse(groups: list[mls.Group], message: bytes, kind: type[Exception]) -> None:
    for group in groups:
        before = group.save()
        with pytest.raises(kind):
            group.process(message)
        assert group.save() == before


def bent_path(monkeypatch: Patch, group: mls.Group, bend: Any, **kinds: Any) -> mls.StagedCommit:
    """A Commit over an OwnPath that went through `bend`, with all that follows computed right."""
    honest = treekem.make_path
    with monkeypatch.context() as patch:
        patch.setattr(treekem, "make_path", lambda *args: bend(honest(*args)))
        patch.setattr(PACKAGE + "commit.check_leaf", lambda *args: None)
        return group.commit(**kinds)


# --- paths ----------------------------------------------------------------------------------------


def test_public_keys_that_do_not_come_from_the_path_secrets_are_refused(
    monkeypatch: Patch,
) -> None:
    """The committer plants keys that only it knows: it could read on after its removal."""
    groups = grown(4, full=True)
    suite = groups[0].suite
    rng = SeededRng(1)
    real = treekem.derive_steps

    def planted(*args: Any) -> Any:
        steps, commit_secret = real(*args)
        own = suite.kem.derive_key_pair(rng(32))
        return (*steps[:-1], replace(steps[-1], key=own)), commit_secret

    with monkeypatch.context() as patch:
        patch.setattr(treekem, "derive_steps", planted)
        staged = groups[0].commit()
    all_refuse(groups[1:], staged.message, mls.CryptoError)


def test_path_secrets_of_the_wrong_length_are_refused(monkeypatch: Patch) -> None:
    groups = grown(4, full=True)
    honest = treekem.seal_path

    def longer(path: treekem.OwnPath, *rest: Any) -> Any:
        steps = tuple(replace(s, path_secret=s.path_secret + b"x") for s in path.steps)
        return honest(replace(path, steps=steps), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(treekem, "seal_path", longer)
        staged = groups[0].commit()
    all_refuse(groups[1:], staged.message, mls.CryptoError)


def test_a_wrong_parent_hash_in_the_path_leaf_is_refused(monkeypatch: Patch) -> None:
    groups = grown(4, full=True)
    real = treekem._parents_of_path
    with monkeypatch.context() as patch:
        patch.setattr(treekem, "_parents_of_path", lambda *args: (real(*args)[0], bytes(32)))
        staged = groups[0].commit()
    all_refuse(groups[1:], staged.message, mls.ValidationError)


def test_a_path_leaf_that_is_not_signed_is_refused(monkeypatch: Patch) -> None:
    groups = grown(4, full=True)

    def unsigned(path: treekem.OwnPath) -> treekem.OwnPath:
        raw = path.leaf.raw[:-64] + bytes(64)
        leaf = replace(path.leaf, signature=bytes(64), raw=raw)
        return replace(path, leaf=leaf, tree=path.tree.edit({0: leaf}))

    staged = bent_path(monkeypatch, groups[0], unsigned)
    all_refuse(groups[1:], staged.message, mls.CryptoError)


def test_a_path_that_keeps_the_old_leaf_key_is_refused(monkeypatch: Patch) -> None:
    groups = grown(4, full=True)
    old = groups[0].private_keys[0]
    with monkeypatch.context() as patch:
        patch.setattr(treekem, "fresh_key", lambda *args: old)
        staged = groups[0].commit()
    all_refuse(groups[1:], staged.message, mls.ValidationError)


def test_a_path_leaf_with_another_members_signature_key_is_refused(monkeypatch: Patch) -> None:
    """Two members agree to become one."""
    groups = grown(4, full=True)
    honest = treekem.make_path

    def shared(tree: Any, me: Any, group_id: Any, key: Any, *rest: Any) -> treekem.OwnPath:
        return honest(tree, me, group_id, groups[1].signature_key, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(treekem, "make_path", shared)
        staged = groups[0].commit()
    all_refuse(groups[1:], staged.message, mls.ValidationError)


def test_a_path_leaf_that_gives_up_the_suite_is_refused(monkeypatch: Patch) -> None:
    groups = grown(3)
    leaf = groups[0].own_leaf
    poor = replace(leaf, capabilities=mls.Capabilities(cipher_suites=(3,)))
    bent = replace(groups[0], tree=groups[0].tree.edit({0: poor}))
    staged = bent_path(monkeypatch, bent, lambda path: path)
    all_refuse(groups[1:], staged.message, mls.ValidationError)


# --- lists ----------------------------------------------------------------------------------------


def _lawless(monkeypatch: Patch, group: mls.Group, **kinds: Any) -> mls.StagedCommit:
    with monkeypatch.context() as patch:
        patch.setattr(PACKAGE + "commit.check_list", lambda *args: None)
        return group.commit(**kinds)


def test_two_proposals_for_one_leaf_are_refused(monkeypatch: Patch) -> None:
    groups = grown(4)
    groups[2], update = groups[2].propose_update()
    groups = hear(groups, 2, update)
    refs = [item.ref for item in groups[0].pending_proposals]
    staged = _lawless(monkeypatch, groups[0], by_reference=refs, by_value=[mls.Remove(2)])
    all_refuse([groups[1], groups[3]], staged.message, mls.ValidationError)


def test_a_committers_own_update_is_refused(monkeypatch: Patch) -> None:
    groups = grown(3)
    groups[0], update = groups[0].propose_update()
    groups = hear(groups, 0, update)
    refs = [item.ref for item in groups[0].pending_proposals]
    staged = _lawless(monkeypatch, groups[0], by_reference=refs)
    all_refuse(groups[1:], staged.message, mls.ValidationError)


def test_a_kind_of_proposal_that_a_member_does_not_know_is_refused(monkeypatch: Patch) -> None:
    """§12.2: SelfRemove is for groups in which everybody supports it."""
    groups = grown(3)
    plain = new_bundle(1, "plain", SeededRng(64), mls.default_capabilities(proposals=()))
    staged = groups[0].commit(by_value=[mls.Add(plain.key_package)])
    assert staged.welcome is not None
    groups = [staged.group, *(g.process(staged.message).group for g in groups[1:])]
    with pytest.raises(mls.StateError):
        groups[2].propose_self_remove()
    with monkeypatch.context() as patch:
        patch.setattr(proposing, "supports_proposals", lambda *_: True)
        groups[2], leaving = groups[2].propose_self_remove()
    groups = hear(groups, 2, leaving)
    refs = [item.ref for item in groups[0].pending_proposals if item.ref]
    with pytest.raises(mls.ValidationError, match="proposal type"):
        groups[0].commit(by_reference=refs)
    staged = _lawless(monkeypatch, groups[0], by_reference=refs)
    all_refuse([groups[1]], staged.message, mls.ValidationError)


def test_an_update_that_keeps_its_encryption_key_is_refused(monkeypatch: Patch) -> None:
    groups = grown(3)
    old = groups[0].private_keys[0]
    with monkeypatch.context() as patch:
        patch.setattr(proposing, "fresh_key", lambda *args: old)
        patch.setattr(proposing, "check_proposal", lambda *args: None)
        _, message = groups[0].propose_update()
    all_refuse(groups[1:], message, mls.ValidationError)


# --- key packages ---------------------------------------------------------------------------------


def _package(leaf: LeafNode, init_key: bytes, key: mls.SignatureKey) -> mls.KeyPackage:
    content = u16(1) + u16(1) + opaque(init_key) + leaf.raw + vector(())
    signature = key.sign_with_label(b"KeyPackageTBS", content)
    return mls.KeyPackage.decode(content + opaque(signature))


def test_a_key_package_around_an_unsigned_leaf_is_refused() -> None:
    good = new_bundle(1, "x", SeededRng(1))
    leaf = good.key_package.leaf_node
    unsigned = replace(leaf, signature=bytes(64), raw=leaf.raw[:-64] + bytes(64))
    package = _package(unsigned, good.init_key.public, good.signature_key)
    with pytest.raises(mls.CryptoError):
        check_key_package(good.suite, package, ())


def _leaf(key: mls.SignatureKey, encryption_key: bytes, **kinds: Any) -> LeafNode:
    return LeafNode.make(
        encryption_key=encryption_key,
        signature_key=key,
        credential=mls.BasicCredential(b"x"),
        capabilities=mls.default_capabilities(),
        extensions=(),
        **kinds,
    )


def test_leaves_from_another_source_than_their_place_are_refused(monkeypatch: Patch) -> None:
    """§7.3: key packages, Updates and paths each have a kind of leaf of their own."""
    groups = grown(3, full=True)
    suite, group_id, rng = groups[0].suite, groups[0].group_id, SeededRng(61)
    fresh = suite.kem.derive_key_pair(rng(32)).public
    good = new_bundle(1, "x", rng)
    package = _package(
        _leaf(good.signature_key, fresh, place=(group_id, 0)),
        good.init_key.public,
        good.signature_key,
    )
    with pytest.raises(mls.ValidationError, match="source"):
        check_key_package(suite, package, ())

    leaf = _leaf(groups[0].signature_key, fresh, lifetime=LIFETIME)
    with monkeypatch.context() as patch:
        patch.setattr(proposing, "check_proposal", lambda *args: None)
        patch.setattr(proposing, "make_update", lambda *args: (mls.Update(leaf), None))
        _, message = groups[0].propose_update()
    all_refuse(groups[1:], message, mls.ValidationError)

    def bend(path: treekem.OwnPath) -> treekem.OwnPath:
        leaf = _leaf(groups[0].signature_key, fresh, place=(group_id, 0))
        return replace(path, leaf=leaf, tree=path.tree.edit({0: leaf}))

    staged = bent_path(monkeypatch, groups[0], bend)
    with pytest.raises(mls.ValidationError, match="source"):
        groups[1].process(staged.message)


def test_nobody_enters_with_a_key_that_is_another_members() -> None:
    """Whoever signs a key package need not hold its encryption key: it could be taken from us."""
    groups = grown(3, full=True)
    good = new_bundle(1, "x", SeededRng(62))
    parent = groups[1].tree.parent_node(1)
    assert parent is not None
    for taken in (groups[1].own_leaf.encryption_key, parent.encryption_key):
        leaf = _leaf(good.signature_key, taken, lifetime=LIFETIME)
        package = _package(leaf, good.init_key.public, good.signature_key)
        with pytest.raises(mls.ValidationError, match="occurs twice"):
            groups[0].commit(by_value=[mls.Add(package)])


def test_a_key_package_that_uses_one_key_twice_is_refused() -> None:
    good = new_bundle(1, "x", SeededRng(1))
    package = _package(good.key_package.leaf_node, good.leaf_key.public, good.signature_key)
    with pytest.raises(mls.ValidationError):
        check_key_package(good.suite, package, ())


# --- Welcomes -------------------------------------------------------------------------------------


VICTIM = new_bundle(1, "victim", SeededRng(5))


def _invite(
    monkeypatch: Patch,
    group: mls.Group,
    where: str,
    bend: Any,
    match: str | None = None,
    **kinds: Any,
) -> None:
    """Joining by a Welcome that was made with one part bent must fail."""
    bundle = VICTIM
    with monkeypatch.context() as patch:
        if where:
            patch.setattr(PACKAGE + where, bend)
        staged = group.commit(by_value=[mls.Add(bundle.key_package)], **kinds)
    assert staged.welcome is not None
    with pytest.raises(mls.InvalidMessage, match=match):
        mls.Group.join(staged.welcome, bundle, ratchet_tree=staged.ratchet_tree)


def test_a_welcome_not_signed_by_its_signer_is_refused(monkeypatch: Patch) -> None:
    group = grown(3)[0]
    other = mls.SignatureKey.generate(1, SeededRng(2))
    real = GroupInfo.make

    class Forged:
        @staticmethod
        def make(context: Any, extensions: Any, tag: Any, signer: Any, key: Any) -> GroupInfo:
            return real(context, extensions, tag, signer, other)

    _invite(monkeypatch, group, "welcoming.GroupInfo", Forged)


def test_a_welcome_with_a_wrong_confirmation_tag_is_refused(monkeypatch: Patch) -> None:
    from havenclient.crypto.mls.welcoming import make_group_info as real

    def bent(group: mls.Group, *args: Any, **kinds: Any) -> GroupInfo:
        return real(replace(group, confirmation_tag=bytes(32)), *args, **kinds)

    _invite(monkeypatch, grown(3)[0], "commit.make_group_info", bent)


def test_a_welcome_whose_group_info_contradicts_it_is_refused(monkeypatch: Patch) -> None:
    """Another suite inside; signed in the name of nobody; signed by the one it is for."""
    group = grown(3, full=True)[0]

    def info(suite_id: int = 1, signer: int = 0, key: mls.SignatureKey | None = None) -> Any:
        def make(after: mls.Group, *_: Any, **__: Any) -> GroupInfo:
            old = after.context
            context = GroupContext.make(
                suite_id,
                old.group_id,
                old.epoch,
                old.tree_hash,
                old.confirmed_transcript_hash,
                old.extensions,
            )
            signing = after.signature_key if key is None else key
            return GroupInfo.make(context, (), after.confirmation_tag, signer, signing)

        return make

    for bend, match in (
        (info(suite_id=3), "another cipher suite"),
        (info(signer=9), "signed by nobody"),
        (info(signer=3, key=VICTIM.signature_key), "the one it is for"),
    ):
        _invite(monkeypatch, group, "commit.make_group_info", bend, match)


def test_a_welcome_with_secrets_of_the_wrong_length_is_refused(monkeypatch: Patch) -> None:
    group = grown(3, full=True)[0]
    for at, match in ((0, "joiner secret"), (1, "path secret")):

        def longer(joiner: bytes, path: bytes, psks: Any, at: int = at) -> GroupSecrets:
            return GroupSecrets(joiner + bytes(1 - at), path + bytes(at), psks)

        _invite(monkeypatch, group, "welcoming.GroupSecrets", longer, match)


def test_a_welcome_into_a_tree_without_its_newcomer_is_refused(monkeypatch: Patch) -> None:
    from havenclient.crypto.mls.welcoming import make_welcome as real

    inviter = grown(3)[0]
    added = new_bundle(1, "somebody else", SeededRng(63))

    def elsewhere(after: mls.Group, provisional: Any, *rest: Any) -> bytes:
        ((index, _),) = provisional.added
        return real(after, replace(provisional, added=((index, VICTIM.key_package),)), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(PACKAGE + "commit.make_welcome", elsewhere)
        staged = inviter.commit(by_value=[mls.Add(added.key_package)])
    assert staged.welcome is not None
    with pytest.raises(mls.ValidationError, match="does not hold"):
        mls.Group.join(staged.welcome, VICTIM)


def test_a_welcome_with_a_wrong_path_secret_is_refused(monkeypatch: Patch) -> None:
    def bent(joiner: bytes, path_secret: bytes, psks: Any) -> GroupSecrets:
        return GroupSecrets(joiner, bytes(len(path_secret)), psks)

    _invite(monkeypatch, grown(3, full=True)[0], "welcoming.GroupSecrets", bent)


def test_a_welcome_that_withholds_the_path_secret_is_refused(monkeypatch: Patch) -> None:
    """Its newcomer would be deaf to every later path from the other half of the tree."""

    def bent(joiner: bytes, path_secret: bytes, psks: Any) -> GroupSecrets:
        return GroupSecrets(joiner, None, psks)

    _invite(monkeypatch, grown(3, full=True)[0], "welcoming.GroupSecrets", bent)


def test_a_welcome_into_a_group_with_a_false_member_is_refused(monkeypatch: Patch) -> None:
    """The inviter puts somebody into the tree who never signed a leaf for it."""
    group = grown(3)[0]
    leaf = group.members()[1].leaf_node
    false = replace(leaf, signature=bytes(64), raw=leaf.raw[:-64] + bytes(64))
    tree = group.tree.edit({2: false})
    _invite(monkeypatch, replace(group, tree=tree), "", None)


def test_a_welcome_with_the_tree_of_another_epoch_is_refused() -> None:
    """All of that tree is genuine, the newcomer's leaf is in it, but it is not this epoch's."""
    group = grown(3)[0]
    bundle = new_bundle(1, "victim", SeededRng(5))
    staged = group.commit(
        by_value=[mls.Add(bundle.key_package)], path=False, welcome_tree_inside=False
    )
    assert staged.welcome is not None
    later = staged.group.commit(by_value=[mls.Remove(1)]).group
    with pytest.raises(mls.ValidationError, match="not the one"):
        mls.Group.join(staged.welcome, bundle, ratchet_tree=later.ratchet_tree)
    agree([staged.group, mls.Group.join(staged.welcome, bundle, ratchet_tree=staged.ratchet_tree)])
