"""Saved states: what is loaded goes on where the saved one stood, and never uses a key again."""

from __future__ import annotations

import random

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls.secret_tree import RatchetKind

from .conftest import SeededRng
from .world import agree, application, committed, found, grown, new_bundle


@pytest.mark.parametrize("suite", [1, 5, 0xF002])
def test_save_and_load_keep_everything(suite: int) -> None:
    groups = grown(5, suite, full=True, max_past_epochs=2)
    groups[0], message = groups[0].encrypt(b"one")
    groups[1] = groups[1].process(message.data).group
    groups[1], _ = groups[1].propose_update()
    for group in groups:
        data = group.save()
        again = mls.Group.load(data)
        assert again.save() == data
        agree([group, again])
        assert again.generation == group.generation
        assert again.members() == group.members()
        assert again.pending_proposals == group.pending_proposals
        assert set(again.private_keys) == set(group.private_keys)
    loaded = [mls.Group.load(group.save()) for group in groups]
    loaded = committed(loaded, 2, loaded[2].commit())
    agree(loaded)


def test_a_reloaded_sender_never_uses_a_generation_again() -> None:
    alice, bob = grown(2)
    seen: set[int] = set()
    rng = random.Random(1)
    for _ in range(60):
        alice, message = alice.encrypt(b"x")
        saved = alice.save()
        assert message.generation not in seen
        seen.add(message.generation)
        bob = application(bob, message).group
        if rng.random() < 0.5:
            alice = mls.Group.load(saved)
        if rng.random() < 0.5:
            bob = mls.Group.load(bob.save())
    assert seen == set(range(60))
    assert alice.generation == 60


def test_handshake_ratchets_survive_too() -> None:
    alice, bob = grown(2)
    for number in range(5):
        alice, message = alice.propose_psk(b"id %d" % number)
        alice = mls.Group.load(alice.save())
        bob = bob.process(message).group
    assert len(bob.pending_proposals) == 5
    staged = alice.commit(psks={b"id %d" % n: b"k" for n in range(5)})
    dropped = mls.Group.load(staged.sender_group.save())
    again = dropped.commit(by_reference=[])
    assert again.message != staged.message
    agree([again.group, bob.process(again.message).group])


def test_a_reloaded_receiver_refuses_what_it_has_read() -> None:
    alice, bob = grown(2)
    messages = []
    for _ in range(4):
        alice, message = alice.encrypt(b"x")
        messages.append(message)
    for order in (2, 0):
        bob = mls.Group.load(application(bob, messages[order]).group.save())
        with pytest.raises(mls.Replayed):
            bob.process(messages[order].data)
    assert application(bob, messages[1]).generation == 1
    assert application(bob, messages[3]).generation == 3


def test_used_secrets_are_gone_from_the_state() -> None:
    """§9.2: after a message, nothing in the state derives its key again."""
    alice, bob = grown(2)
    start = bob.secret_tree
    alice, message = alice.encrypt(b"x")
    after = application(bob, message).group
    root = next(iter(start.nodes.values()))
    first = after.save()
    assert root not in first, "the encryption secret has been consumed"
    tree, (key, nonce) = start.take_key(bob.suite, 0, RatchetKind.APPLICATION, 0)
    assert tree is not None
    assert key not in first
    assert nonce not in first


def test_old_keys_leave_the_state_with_a_commit() -> None:
    groups = grown(4, full=True)
    old = {key.raw for key in groups[0].private_keys.values()}
    secrets = groups[0].secrets
    after = committed(groups, 0, groups[0].commit())[0]
    saved = after.save()
    for raw in old:
        assert raw not in saved
    for secret in (secrets.init_secret, secrets.sender_data_secret, secrets.exporter_secret):
        assert secret not in saved


def test_private_keys_are_exactly_those_that_fit_the_tree() -> None:
    groups = grown(7, full=True)
    staged = groups[3].commit(by_value=[mls.Remove(1)])
    rest = [g for g in groups if g.own_leaf_index not in (1, 3)]
    for group in [staged.group, *(g.process(staged.message).group for g in rest)]:
        for node, key in group.private_keys.items():
            held = group.tree.nodes[node]
            assert held is not None
            assert held.encryption_key == key.public
            assert group.suite.kem.public_bytes(key.raw) == key.public


def test_a_key_package_bundle_is_saved_and_loaded() -> None:
    rng = SeededRng(2)
    bundle = mls.KeyPackageBundle.load(new_bundle(0xF002, "b", rng).save())
    staged = found(0xF002, rng).commit(by_value=[mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    agree([staged.group, mls.Group.join(staged.welcome, bundle)])
    message = bundle.key_package.to_message()
    assert mls.KeyPackage.from_message(message) == bundle.key_package


def test_a_bundle_with_a_key_that_does_not_fit_is_refused() -> None:
    rng = SeededRng(2)
    one, two = new_bundle(1, "a", rng), new_bundle(1, "b", rng)
    with pytest.raises(mls.CryptoError):
        mls.KeyPackageBundle.assemble(
            one.key_package, one.init_key.raw, two.leaf_key.raw, one.signature_key.private
        )


def test_an_ended_membership_keeps_no_secret() -> None:
    groups = grown(3)
    staged = groups[0].commit(by_value=[mls.Remove(2)])
    removed = groups[2].process(staged.message).group
    saved = removed.save()
    for secret in (groups[2].secrets.init_secret, groups[2].secrets.exporter_secret):
        assert secret not in saved
    again = mls.Group.load(saved)
    assert not again.active
    with pytest.raises(mls.Inactive):
        again.encrypt(b"x")
    with pytest.raises(mls.Inactive):
        again.commit()
    with pytest.raises(mls.Inactive):
        again.export(b"x", b"", 32)
    with pytest.raises(mls.Inactive):
        again.process(staged.group.encrypt(b"x")[1].data)
