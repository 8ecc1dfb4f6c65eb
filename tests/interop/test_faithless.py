"""What a faithless member can do to the others: leave, or be left behind.

Every forgery must end in an `MLSError` and leave the victims' saved states as they were.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from havenclient.crypto import mls
from havenclient.crypto.mls import hpke, proposing
from havenclient.crypto.mls.codec import opaque, u16
from havenclient.crypto.mls.commit_content import Commit
from havenclient.crypto.mls.framing import ContentType
from havenclient.crypto.mls.types import GroupContext

from .members import Wish
from .people import SUITE, copy_of, framed, group_of, package_of, refused
from .python_member import LIFETIME, PythonMember


def test_a_member_cant_speak_for_another() -> None:
    alice, bob, mallory = group_of(3)
    remove = framed(mallory, mls.Remove(bob.leaf), ContentType.PROPOSAL, leaf=alice.leaf, tag=None)
    refused(bob, remove, mls.CryptoError)
    nobody = framed(mallory, mls.Remove(bob.leaf), ContentType.PROPOSAL, leaf=77, tag=None)
    refused(bob, nobody, mls.ValidationError)
    text = framed(mallory, b"hello", ContentType.APPLICATION, leaf=mallory.leaf, tag=None)
    refused(bob, text, mls.ValidationError)


def test_a_member_cant_speak_for_another_in_private(monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob, mallory = group_of(3)
    # As Alice's twin but for the signature key, which Mallory does not have.
    twin = replace(
        mallory.group, own_leaf_index=alice.leaf, signature_key=mallory.group.signature_key
    )
    _, sent = twin.encrypt(b"I am Alice")
    refused(bob, sent.data, mls.CryptoError)


def test_a_commit_that_is_good_for_half_of_the_tree_is_refused_by_the_other_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mallory, *others = group_of(8)
    suite = mls.cipher_suite(SUITE)
    seal = suite.encrypt_with_label
    for spoiled in range(3):
        calls = iter(range(100))

        def sometimes(public: bytes, label: bytes, context: bytes, text: bytes) -> object:
            if label == b"UpdatePathNode" and next(calls) == spoiled:  # noqa: B023
                return seal(public, label, context, bytes(len(text)))
            return seal(public, label, context, text)

        monkeypatch.setattr(suite, "encrypt_with_label", sometimes)
        message = mallory.staged([], public=False, tree_inside=True).message
        monkeypatch.undo()
        outcomes = []
        for member in others:
            try:
                member.group.process(message)
                outcomes.append(True)
            except mls.CryptoError:
                refused(member, message, mls.CryptoError)
                outcomes.append(False)
        assert outcomes.count(False) == 1 << spoiled


def test_a_wrong_confirmation_tag_is_refused() -> None:
    _, bob, mallory = group_of(3)
    suite = mls.cipher_suite(SUITE)
    body = Commit((mls.Add(package_of("new")),), None)
    for tag in (b"", bytes(suite.hash_size), os.urandom(suite.hash_size)):
        message = framed(mallory, body, ContentType.COMMIT, leaf=mallory.leaf, tag=tag)
        refused(bob, message)


@pytest.mark.parametrize("make", ["empty", "remove", "extensions", "self"])
def test_a_commit_that_needs_a_path_and_has_none_is_refused(make: str) -> None:
    alice, bob, mallory = group_of(3)
    proposals: dict[str, tuple[mls.Proposal, ...]] = {
        "empty": (),
        "remove": (mls.Remove(alice.leaf),),
        "extensions": (mls.GroupContextExtensions(()),),
        "self": (mls.Remove(mallory.leaf),),
    }
    body = Commit(proposals[make], None)
    message = framed(mallory, body, ContentType.COMMIT, leaf=mallory.leaf, tag=bytes(32))
    refused(bob, message, mls.ValidationError)


def test_proposals_that_may_not_be_committed_by_value_are_refused() -> None:
    _, bob, mallory = group_of(3)
    update, _ = proposing.make_update(mallory.group, None, None, os.urandom)
    for proposal in (update, mls.SelfRemove()):
        body = Commit((proposal,), None)
        message = framed(mallory, body, ContentType.COMMIT, leaf=mallory.leaf, tag=bytes(32))
        refused(bob, message, mls.ValidationError)


def test_an_epoch_at_the_end_of_its_numbers_is_refused_with_a_typed_error() -> None:
    """An inviter can sign any epoch into a Welcome; counting past 2^64 must not be a crash."""
    mallory, victim = PythonMember(SUITE, "mallory"), PythonMember(SUITE, "victim")
    mallory.create(b"group")
    old = mallory.group.context
    last = GroupContext.make(
        old.suite_id, old.group_id, 2**64 - 2, old.tree_hash, b"", old.extensions
    )
    mallory.group = replace(mallory.group, context=last)
    package = victim.key_package()
    made = mallory.commit([Wish("add", key_package=package)], public=False, tree_inside=True)
    assert made.welcome is not None
    try:
        victim.join(package, made.welcome, None)
    except mls.MLSError:
        return
    with pytest.raises(mls.MLSError):
        victim.commit([], public=False, tree_inside=True)


LOW_ORDER = sorted(hpke.SMALL_ORDER)
LOW_ORDER += [key[:31] + bytes([key[31] | 0x80]) for key in LOW_ORDER]


def test_the_list_of_small_orders_is_what_an_exchange_refuses() -> None:
    assert len(set(LOW_ORDER)) == 14
    for key in LOW_ORDER:
        with pytest.raises(ValueError, match="shared key"):
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(key))


@pytest.mark.parametrize("key", LOW_ORDER[::5], ids=bytes.hex)
def test_a_key_that_nobody_can_seal_to_is_refused_on_entry(key: bytes) -> None:
    """X25519 points of small order: once in the tree, nobody could send a path any more."""
    alice = group_of(2)[0]
    suite = mls.cipher_suite(SUITE)
    signature_key = mls.SignatureKey.generate(suite)
    good = mls.KeyPackageBundle.create(
        suite, mls.BasicCredential(b"weak"), signature_key, lifetime=LIFETIME
    ).key_package
    weak = mls.LeafNode.make(
        encryption_key=key,
        signature_key=signature_key,
        credential=good.leaf_node.credential,
        capabilities=mls.default_capabilities(),
        extensions=(),
        lifetime=LIFETIME,
    )
    head = u16(1) + u16(SUITE) + opaque(good.init_key)
    content = head + weak.raw + b"\x00"
    signature = signature_key.sign_with_label(b"KeyPackageTBS", content)
    package = u16(1) + u16(5) + content + opaque(signature)
    with pytest.raises(mls.InvalidMessage):
        made = alice.commit([Wish("add", key_package=package)], public=False, tree_inside=True)
        assert made.commit
        alice.commit([], public=False, tree_inside=True)
        pytest.fail("the key was used")
    assert alice.group.epoch == 3, "the key got in"


def test_one_bad_proposal_does_not_keep_the_group_from_committing() -> None:
    """A member may propose what can't be committed; the others must get past it (12.2)."""
    alice, bob, mallory = group_of(3)
    twin = mallory.group.signature_key
    same_key = mls.KeyPackageBundle.create(
        SUITE, mls.BasicCredential(b"twin"), twin, lifetime=LIFETIME
    ).key_package
    other = mls.KeyPackageBundle.create(
        SUITE,
        mls.BasicCredential(b"silent"),
        mls.SignatureKey.generate(SUITE),
        lifetime=LIFETIME,
        capabilities=mls.Capabilities(cipher_suites=(SUITE,)),
    ).key_package
    mallory_copy = copy_of(mallory)
    messages = []
    for package in (same_key, other):
        try:
            mallory_copy.group, message = mallory_copy.group.propose_add(package)
            messages.append(message)
        except mls.MLSError:
            continue
    wish = Wish("extensions", extensions=((0xFF01, b"only some support this"),))
    messages.append(mallory_copy.propose(wish, public=False))
    messages.append(mallory_copy.propose(Wish("psk", psk_id=b"nobody knows"), public=False))
    for message in messages:
        for member in (alice, bob):
            with contextlib.suppress(mls.InvalidMessage):
                member.process(message)
    before = alice.group.epoch
    made = alice.commit([], public=False, tree_inside=True)
    bob.process(made.commit)
    assert alice.group.epoch == bob.group.epoch == before + 1


def test_a_member_who_was_removed_opens_nothing_even_with_every_old_secret() -> None:
    alice, bob, mallory, dora = group_of(4)
    old = mallory.group
    made = alice.commit([Wish("remove", leaf=mallory.leaf)], public=True, tree_inside=True)
    for member in (bob, dora):
        member.process(made.commit)
    taken = old.process(made.commit)
    assert isinstance(taken, mls.CommitReceived)
    assert taken.removed_self
    assert not taken.group.active
    later = [
        alice.encrypt(b"after"),
        bob.commit([], public=False, tree_inside=True).commit,
    ]
    for message in later:
        for state in (old, taken.group, replace(old, context=alice.group.context)):
            with pytest.raises(mls.MLSError):
                state.process(message)
    with pytest.raises(mls.Inactive):
        taken.group.encrypt(b"still here?")
