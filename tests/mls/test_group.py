"""What a group does for people who use it: every suite, every operation, both wire formats."""

from __future__ import annotations

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls.codec import varint
from havenclient.crypto.mls.tree_hash import root_hash
from havenclient.crypto.mls.types import GroupContext

from .conftest import SeededRng
from .world import (
    GROUP_ID,
    LIFETIME,
    NOW,
    agree,
    application,
    committed,
    found,
    grown,
    hear,
    new_bundle,
)

EVERY_SUITE = pytest.mark.parametrize("suite", list(mls.SUITES), ids=lambda s: f"{s:04x}")


def test_the_default_suite_is_post_quantum() -> None:
    assert mls.DEFAULT_SUITE.id == 0xF002
    assert mls.DEFAULT_SUITE.kem.id == 0x647A


@EVERY_SUITE
def test_three_members_talk_and_agree(suite: int) -> None:
    groups = grown(3, suite)
    agree(groups)
    for sender in range(3):
        groups[sender], message = groups[sender].encrypt(b"hello", authenticated_data=b"aad")
        for place in range(3):
            if place != sender:
                received = application(groups[place], message)
                assert received.plaintext == b"hello"
                assert received.authenticated_data == b"aad"
                assert received.sender == sender
                groups[place] = received.group
    groups = committed(groups, 1, groups[1].commit())
    agree(groups)


@EVERY_SUITE
@pytest.mark.parametrize("wire_format", [mls.WireFormat.PRIVATE, mls.WireFormat.PUBLIC])
def test_every_proposal_is_committed_by_reference(suite: int, wire_format: mls.WireFormat) -> None:
    rng = SeededRng(7)
    groups = grown(4, suite)
    newcomer = new_bundle(suite, "newcomer", rng)
    groups[1], update = groups[1].propose_update(wire_format=wire_format, rng=rng)
    groups = hear(groups, 1, update)
    groups[2], remove = groups[2].propose_remove(3, wire_format=wire_format)
    groups = hear(groups, 2, remove)
    groups[2], add = groups[2].propose_add(newcomer.key_package, now=NOW, wire_format=wire_format)
    groups = hear(groups, 2, add)
    groups[0], psk = groups[0].propose_psk(b"psk id", wire_format=wire_format)
    groups = hear(groups, 0, psk)
    extension = mls.RequiredCapabilities(proposals=(mls.ProposalType.SELF_REMOVE,)).extension()
    groups[0], change = groups[0].propose_group_context_extensions(
        [extension], wire_format=wire_format
    )
    groups = hear(groups, 0, change)
    psks = {b"psk id": b"the key"}
    staged = groups[0].commit(psks=psks, wire_format=wire_format, rng=rng)
    assert len(staged.effects.proposals) == 5
    assert [m.leaf_index for m in staged.effects.removed] == [3]
    assert [m.leaf_index for m in staged.effects.added] == [3]
    assert staged.effects.updated == (1, 0)
    assert staged.effects.extensions == (extension,)
    removed = groups[3].process(staged.message, psks=psks)
    assert isinstance(removed, mls.CommitReceived)
    assert removed.removed_self
    others = [group.process(staged.message, psks=psks).group for group in groups[1:3]]
    assert staged.welcome is not None
    joined = mls.Group.join(staged.welcome, newcomer, psks=psks, now=NOW)
    agree([staged.group, *others, joined])
    assert joined.own_leaf_index == 3


def test_a_commit_without_a_path_is_possible_for_adds_only() -> None:
    rng = SeededRng(3)
    groups = grown(2)
    newcomer = new_bundle(1, "n", rng)
    staged = groups[0].commit(by_value=[mls.Add(newcomer.key_package)], path=False)
    assert staged.effects.updated == ()
    assert staged.welcome is not None
    joined = mls.Group.join(staged.welcome, newcomer)
    agree([staged.group, groups[1].process(staged.message).group, joined])
    with pytest.raises(mls.StateError):
        groups[0].commit(path=False)
    with pytest.raises(mls.StateError):
        groups[0].commit(by_value=[mls.Remove(1)], path=False)


def test_the_tree_may_come_beside_the_welcome() -> None:
    rng = SeededRng(4)
    bundle = new_bundle(1, "b", rng)
    staged = found(1, rng).commit(by_value=[mls.Add(bundle.key_package)], welcome_tree_inside=False)
    assert staged.welcome is not None
    with pytest.raises(mls.ValidationError, match="without a ratchet tree"):
        mls.Group.join(staged.welcome, bundle)
    joined = mls.Group.join(staged.welcome, bundle, ratchet_tree=staged.ratchet_tree)
    agree([staged.group, joined])


def test_several_join_by_one_welcome() -> None:
    agree(grown(9, 0xF001))


def test_self_remove_is_public_and_committed_by_somebody_else() -> None:
    groups = grown(3)
    groups[2], leaving = groups[2].propose_self_remove()
    assert leaving[:4] == b"\x00\x01\x00\x01", "a PublicMessage"
    groups = hear(groups, 2, leaving)
    with pytest.raises(mls.ValidationError):
        groups[2].commit(by_reference=[p.ref for p in groups[2].pending_proposals if p.ref])
    staged = groups[0].commit()
    received = groups[2].process(staged.message)
    assert isinstance(received, mls.CommitReceived)
    assert received.removed_self
    agree([staged.group, groups[1].process(staged.message).group])


def test_leaving_is_said_once_in_an_epoch() -> None:
    groups = grown(3)
    groups[2], leaving = groups[2].propose_self_remove()
    groups[1] = groups[1].process(leaving).group
    with pytest.raises(mls.StateError):
        groups[2].propose_self_remove()
    groups[2] = groups[2].process(groups[0].commit().message).group
    groups[2].propose_self_remove()


def test_what_can_not_be_sent_is_a_local_fault() -> None:
    group = grown(2)[0]
    for wire_format in (mls.WireFormat.WELCOME, mls.WireFormat.GROUP_INFO):
        with pytest.raises(mls.StateError):
            group.propose_remove(1, wire_format=wire_format)
        with pytest.raises(mls.StateError):
            group.commit(wire_format=wire_format)
    with pytest.raises(mls.StateError):
        varint(1 << 30)


def test_leaves_added_at_once_are_where_they_would_be_one_by_one() -> None:
    tree = grown(5, full=True)[0].tree.remove_leaves([1])
    new = [new_bundle(1, f"n{n}", SeededRng(n)).key_package.leaf_node for n in range(9)]
    together, places = tree.add_leaves(new)
    for leaf, place in zip(new, places, strict=True):
        tree, (one,) = tree.add_leaves([leaf])
        assert one == place
    assert places == (1, 5, 6, 7, 8, 9, 10, 11, 12)
    assert root_hash(tree) == root_hash(together)
    assert tree.encode() == together.encode()


def test_self_remove_wins_over_remove_and_update_of_the_same_leaf() -> None:
    groups = grown(3)
    groups[0], remove = groups[0].propose_remove(2)
    groups[1] = groups[1].process(remove).group
    groups[2] = groups[2].process(remove).group
    groups[2], update = groups[2].propose_update()
    groups = hear(groups, 2, update)
    groups[2], leaving = groups[2].propose_self_remove()
    groups = hear(groups, 2, leaving)
    groups[1], change = groups[1].propose_update()
    groups = hear(groups, 1, change)
    staged = groups[0].commit()
    kinds = [item.proposal.type for item in staged.effects.proposals]
    assert kinds == [mls.ProposalType.SELF_REMOVE, mls.ProposalType.UPDATE]
    agree([staged.group, groups[1].process(staged.message).group])


def test_of_two_updates_of_one_leaf_the_later_one_is_committed() -> None:
    groups = grown(2)
    groups[1], first = groups[1].propose_update()
    groups[1], second = groups[1].propose_update()
    groups[0] = groups[0].process(first).group
    later = groups[0].process(second)
    assert isinstance(later, mls.ProposalReceived)
    staged = later.group.commit()
    assert [item.ref for item in staged.effects.proposals] == [later.ref]
    agree([staged.group, groups[1].process(staged.message).group])


def test_one_cached_proposal_that_does_not_fit_does_not_block_the_commit() -> None:
    """An Add of a client that lacks a new group extension is left out, the rest goes on."""
    rng = SeededRng(5)
    suite, kind = 1, 0xFF01
    key = mls.SignatureKey.generate(suite, rng)
    capable = mls.default_capabilities([kind])
    group = mls.Group.create(
        suite, GROUP_ID, mls.BasicCredential(b"a"), key, lifetime=LIFETIME, capabilities=capable
    )
    poor = new_bundle(suite, "poor", rng)
    rich = mls.KeyPackageBundle.create(
        suite,
        mls.BasicCredential(b"rich"),
        mls.SignatureKey.generate(suite, rng),
        lifetime=LIFETIME,
        capabilities=capable,
    )
    group, _ = group.propose_group_context_extensions([mls.Extension(kind, b"x")])
    group, _ = group.propose_add(poor.key_package)
    group, _ = group.propose_add(rich.key_package)
    staged = group.commit()
    assert [m.credential for m in staged.effects.added] == [mls.BasicCredential(b"rich")]
    assert staged.group.extensions == (mls.Extension(kind, b"x"),)


def test_a_staged_commit_can_be_dropped_when_another_one_wins() -> None:
    groups = grown(3)
    mine, theirs = groups[0].commit(), groups[1].commit()
    kept = mls.StagedCommit.load(mine.save())
    assert (kept.message, kept.welcome) == (mine.message, mine.welcome)
    assert kept.effects == mine.effects
    after = kept.sender_group.process(theirs.message).group
    agree([after, theirs.group, groups[2].process(theirs.message).group])


def test_a_committed_update_brings_its_own_staged_key_into_use() -> None:
    groups = grown(2, 0xF002)
    before = groups[1].own_leaf.encryption_key
    groups[1], update = groups[1].propose_update()
    groups[1] = mls.Group.load(groups[1].save())
    groups[0] = groups[0].process(update).group
    groups = committed(groups, 0, groups[0].commit())
    assert groups[1].own_leaf.encryption_key != before
    assert not groups[1].staged_updates
    groups = committed(groups, 0, groups[0].commit())
    agree(groups)


def test_forgetting_pending_proposals_forgets_their_keys() -> None:
    group, _ = grown(2)[0].propose_update()
    assert group.pending_proposals
    assert group.staged_updates
    forgotten = group.forget_pending()
    assert not forgotten.pending_proposals
    assert not forgotten.staged_updates


def test_late_messages_of_past_epochs_are_read_only_where_asked_for() -> None:
    for kept in (0, 1):
        groups = grown(2, max_past_epochs=kept)
        groups[0], early = groups[0].encrypt(b"early")
        groups[1] = application(groups[1], early).group
        groups[1], late = groups[1].encrypt(b"late")
        groups = committed(groups, 0, groups[0].commit())
        groups[0] = mls.Group.load(groups[0].save())
        if kept:
            received = application(groups[0], late)
            assert (received.plaintext, received.epoch) == (b"late", 1)
            ratchets = groups[0].past[0].secret_tree.ratchets
            assert all(index % 2 == 1 and index > 1 for index in ratchets), "nothing to send with"
            with pytest.raises(mls.Replayed):
                received.group.process(late.data)
            after = groups[0].process(groups[1].commit().message).group
            with pytest.raises(mls.WrongEpoch):
                after.process(late.data)
        else:
            with pytest.raises(mls.WrongEpoch):
                groups[0].process(late.data)


def test_padding_hides_lengths() -> None:
    group = grown(2)[0]
    bucket = 1024
    sizes = {
        len(group.encrypt(b"x" * n, padding=lambda size: bucket - size)[1].data)
        for n in (0, 1, 60, 63, 64, 700)
    }
    assert len(sizes) == 1
    with pytest.raises(mls.StateError):
        group.encrypt(b"", padding=-1)


def test_evidence_of_a_message_can_be_verified_offline() -> None:
    groups = grown(3, 0xF002)
    groups[1], message = groups[1].encrypt(b"words")
    received = application(groups[2], message)
    assert received.authenticated == message.authenticated
    speaker = groups[2].members()[1].signature_key
    context = groups[2].group_context_bytes
    content = mls.verify_authenticated(0xF002, received.authenticated, context, speaker)
    assert content.body == b"words"
    assert content.sender.index == 1
    for wrong in (
        (received.authenticated[:-1] + b"\x00", context, speaker),
        (received.authenticated, context[:-1] + b"\x01", speaker),
        (received.authenticated, context, groups[2].members()[0].signature_key),
    ):
        with pytest.raises(mls.InvalidMessage):
            mls.verify_authenticated(0xF002, *wrong)


def test_group_info_is_signed_and_carries_the_tree() -> None:
    from havenclient.crypto.mls.codec import Reader
    from havenclient.crypto.mls.framing import read_message_header
    from havenclient.crypto.mls.welcome import read_group_info

    group = grown(2)[0]
    reader = Reader(group.group_info())
    assert read_message_header(reader) is mls.WireFormat.GROUP_INFO
    info = read_group_info(reader)
    reader.finish()
    info.verify_signature(group.suite, group.own_leaf.signature_key)
    assert info.group_context == group.context
    assert info.extensions[0].data == group.ratchet_tree


def test_grease_is_tolerated_where_the_rfc_says_so() -> None:
    rng = SeededRng(6)
    suite, grease = 1, (0x0A0A, 0xEAEA)
    caps = mls.Capabilities(
        cipher_suites=(*grease, *mls.SUITES),
        extensions=grease,
        proposals=(mls.ProposalType.SELF_REMOVE, *grease),
        credentials=(1, *grease),
    )
    odd = mls.KeyPackageBundle.create(
        suite,
        mls.BasicCredential(b"odd"),
        mls.SignatureKey.generate(suite, rng),
        lifetime=LIFETIME,
        capabilities=caps,
        extensions=[mls.Extension(0x1A1A, b"anything")],
        leaf_extensions=[mls.Extension(0x0A0A, b"")],
    )
    groups = grown(2)
    staged = groups[0].commit(by_value=[mls.Add(odd.key_package)])
    assert staged.welcome is not None
    agree(
        [
            staged.group,
            groups[1].process(staged.message).group,
            mls.Group.join(staged.welcome, odd),
        ]
    )
    with pytest.raises(mls.ValidationError):
        groups[0].commit(by_value=[mls.GroupContextExtensions((mls.Extension(0x2A2A, b""),))])


def test_the_context_of_an_epoch_is_what_its_bytes_say() -> None:
    group = grown(2)[0]
    context = group.context
    assert (
        GroupContext.make(
            1,
            group.group_id,
            group.epoch,
            group.tree_hash,
            group.confirmed_transcript_hash,
            group.extensions,
        )
        == context
    )


def test_secrets_stay_out_of_reprs() -> None:
    rng = SeededRng(8)
    groups = grown(2)
    staged = groups[0].commit()
    received = groups[1].process(staged.message)
    bundle = new_bundle(1, "b", rng)
    for value in (groups[0], staged, received, bundle, bundle.signature_key, bundle.leaf_key):
        text = repr(value)
        assert len(text) < 120
        assert bundle.leaf_key.raw.hex() not in text
        assert groups[0].secrets.exporter_secret.hex() not in text
    assert "EpochSecrets" in repr(groups[0].secrets)
