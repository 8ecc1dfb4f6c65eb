"""Single sentences of RFC 9420 that no other test is about, in the order of the RFC."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls import codec, proposals, types, validate_leaf
from havenclient.crypto.mls.commit_content import Commit
from havenclient.crypto.mls.framing import ContentType, SenderType, read_message_header, wrap
from havenclient.crypto.mls.nodes import encode_node
from havenclient.crypto.mls.private_message import (
    open_sender_data,
    read_private_message,
    sender_data_key,
)
from havenclient.crypto.mls.psk import ResumptionUsage
from havenclient.crypto.mls.tree import RatchetTree
from havenclient.crypto.mls.welcome import GroupInfo, GroupSecrets

from .conftest import SeededRng
from .test_hostile import forge, refused
from .world import agree, grown, hear, new_bundle

PACKAGE = "havenclient.crypto.mls."
GREASE = mls.Extension(0x0A0A, b"anything")


def test_every_message_has_a_fresh_reuse_guard() -> None:
    """§6.3.1: two copies of one state, which use one key, at least use two nonces."""
    alice, _ = grown(2)
    guards = set()
    for _ in range(8):
        _, message = alice.encrypt(b"the same words")
        reader = codec.Reader(message.data)
        assert read_message_header(reader) is mls.WireFormat.PRIVATE
        private = read_private_message(reader)
        sender = open_sender_data(alice.suite, private, alice.secrets.sender_data_secret)
        assert (sender.leaf_index, sender.generation) == (0, 0)
        guards.add(sender.reuse_guard)
    assert len(guards) == 8
    assert {len(guard) for guard in guards} == {4}


@pytest.mark.parametrize("suite", [2, 5, 7])
def test_only_uncompressed_points_are_keys(suite: int) -> None:
    """§5.1.1, RFC 9180 §7.1.1: a second encoding of one key would get past "keys occur once"."""
    row, rng = mls.cipher_suite(suite), SeededRng(suite)
    public = row.kem.derive_key_pair(rng(row.hash_size)).public
    signing = mls.SignatureKey.generate(suite, rng).public
    for check, raw in ((row.hpke.check_public, public), (row.scheme.check_public, signing)):
        check(raw)
        half = (len(raw) + 1) // 2
        for other in (bytes([2 + raw[-1] % 2]) + raw[1:half], raw[1:], raw + b"\x00", b"\x00"):
            with pytest.raises(mls.CryptoError):
                check(other)


def test_sender_data_has_its_length() -> None:
    """§6.3.2: what a member sealed under the epoch's own key is still read with care."""
    alice, bob = grown(2)
    _, message = alice.encrypt(b"x")
    reader = codec.Reader(message.data)
    read_message_header(reader)
    private = read_private_message(reader)
    secret = alice.secrets.sender_data_secret
    key, nonce = sender_data_key(alice.suite, secret, private.ciphertext)
    for length in (0, 11, 13):
        sealed = alice.suite.seal(key, nonce, private.head(), bytes(length))
        bent = replace(private, encrypted_sender_data=sealed)
        with refused(bob, mls.DecodeError):
            bob.process(wrap(mls.WireFormat.PRIVATE, bent.encode()))


def test_an_update_whose_key_is_lost_is_not_followed() -> None:
    """From an older copy of a state, say: going on without the key would make us deaf."""
    groups = grown(3)
    groups[2], update = groups[2].propose_update()
    groups = hear(groups, 2, update)
    staged = groups[0].commit()
    agree([staged.group, groups[2].process(staged.message).group])
    poorer = replace(groups[2], staged_updates={})
    with refused(poorer, mls.ValidationError):
        poorer.process(staged.message)


def test_a_newcomer_enters_no_group_whose_extensions_she_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """§13.4. An honest inviter would have seen it; this one does not look."""
    demanding = mls.GroupContextExtensions((GREASE,))
    bundle, inviter = new_bundle(1, "n", SeededRng(51)), grown(2)[0]
    with monkeypatch.context() as patch:
        for module in ("apply", "validate_leaf"):
            patch.setattr(PACKAGE + module + ".check_group_support", lambda *_: None)
        staged = inviter.commit(by_value=[demanding, mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    with pytest.raises(mls.ValidationError, match="extension that the group demands"):
        mls.Group.join(staged.welcome, bundle)


def test_unknown_extensions_of_a_group_info_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """§12.4.3, §13.5."""
    bundle, inviter = new_bundle(1, "n", SeededRng(51)), grown(2)[0]
    honest = GroupInfo.make

    def greased(context: Any, extensions: Any, *rest: Any) -> GroupInfo:
        return honest(context, (GREASE, *extensions), *rest)

    with monkeypatch.context() as patch:
        patch.setattr(GroupInfo, "make", staticmethod(greased))
        staged = inviter.commit(by_value=[mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    agree([staged.group, mls.Group.join(staged.welcome, bundle)])


def test_a_newcomer_knows_no_resumption_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """§8.4, §11.2, §11.3: neither of a group she was in before, nor for reinit or branch."""
    bundle, inviter = new_bundle(1, "n", SeededRng(51)), grown(2)[0]
    for usage in ResumptionUsage:
        psk = mls.PreSharedKeyID(
            mls.PskType.RESUMPTION, bytes(32), usage=usage, group_id=b"old", epoch=3
        )

        def with_psk(joiner: bytes, path: bytes, _: Any, psk: Any = psk) -> GroupSecrets:
            return GroupSecrets(joiner, path, (psk,))

        with monkeypatch.context() as patch:
            patch.setattr(PACKAGE + "welcoming.GroupSecrets", with_psk)
            staged = inviter.commit(by_value=[mls.Add(bundle.key_package)])
        assert staged.welcome is not None
        with pytest.raises(mls.UnknownPsk):
            mls.Group.join(staged.welcome, bundle, psks={b"old": b"k"})


def test_the_same_psk_twice_in_a_welcome_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, inviter = new_bundle(1, "n", SeededRng(51)), grown(2)[0]
    psk = mls.PreSharedKeyID(mls.PskType.EXTERNAL, bytes(32), psk_id=b"i")
    with monkeypatch.context() as patch:
        patch.setattr(
            PACKAGE + "welcoming.GroupSecrets",
            lambda joiner, path, _: GroupSecrets(joiner, path, (psk, psk)),
        )
        staged = inviter.commit(by_value=[mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    with pytest.raises(mls.ValidationError, match="twice"):
        mls.Group.join(staged.welcome, bundle, psks={b"i": b"k"})


def test_a_tree_that_ends_in_blanks_is_refused() -> None:
    """§12.4.3.3: one tree has one encoding."""
    tree = grown(3, full=True)[0].tree
    nodes = codec.Reader(tree.encode()).opaque()
    assert RatchetTree.decode(tree.suite, codec.opaque(nodes)).encode() == tree.encode()
    with pytest.raises(mls.DecodeError, match="ends in a blank"):
        RatchetTree.decode(tree.suite, codec.opaque(nodes + b"\x00"))
    with pytest.raises(mls.DecodeError, match="empty"):
        RatchetTree.decode(tree.suite, codec.opaque(b""))


def test_a_tree_with_nodes_of_the_wrong_kind_is_refused() -> None:
    tree = grown(2, full=True)[0].tree
    leaf, parent = tree.leaf(0), tree.parent_node(1)
    assert leaf is not None
    assert parent is not None
    one, two = b"\x01" + encode_node(leaf), b"\x01" + encode_node(parent)
    assert RatchetTree.decode(tree.suite, codec.opaque(one + two + one)).leaf_count == 2
    for nodes in (two, one + one, one + two + two, one + b"\x01\x03" + leaf.raw, b"\x02" + one):
        with pytest.raises(mls.DecodeError):
            RatchetTree.decode(tree.suite, codec.opaque(nodes))


def test_a_group_does_not_grow_beyond_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PACKAGE + "tree.MAX_LEAVES", 4)
    packages = [new_bundle(1, f"n{n}", SeededRng(80 + n)).key_package for n in range(3)]
    group = grown(2)[0]
    assert len(group.commit(by_value=[mls.Add(p) for p in packages[:2]]).group.members()) == 4
    with pytest.raises(mls.ValidationError, match="full"):
        group.commit(by_value=[mls.Add(p) for p in packages])


# --- what is left out is refused, and says so -----------------------------------------------------

LEFT_OUT: list[proposals.Proposal] = [
    proposals.ReInit(b"another", 1, 1, ()),
    proposals.ExternalInit(bytes(32)),
]


@pytest.mark.parametrize("wire_format", [mls.WireFormat.PUBLIC, mls.WireFormat.PRIVATE])
@pytest.mark.parametrize("proposal", LEFT_OUT, ids=["reinit", "external init"])
def test_kinds_of_proposals_that_are_left_out_are_refused(
    proposal: proposals.Proposal, wire_format: mls.WireFormat
) -> None:
    alice, bob = grown(2)
    with refused(bob, mls.ValidationError):
        bob.process(forge(alice, proposal, ContentType.PROPOSAL, wire_format=wire_format))
    commit = Commit((proposal,), None)
    with refused(bob, mls.ValidationError):
        bob.process(
            forge(alice, commit, ContentType.COMMIT, wire_format=wire_format, tag=bytes(32))
        )
    with pytest.raises(mls.ValidationError):
        alice.commit(by_value=[proposal])


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_psks_for_reinit_and_branch_are_refused_in_ordinary_commits(kind: int) -> None:
    usage = ResumptionUsage(kind)
    alice, bob = grown(2)
    psk = mls.PreSharedKey(
        mls.PreSharedKeyID(
            mls.PskType.RESUMPTION, bytes(32), usage=usage, group_id=alice.group_id, epoch=1
        )
    )
    if usage is ResumptionUsage.APPLICATION:
        staged = alice.commit(by_value=[psk])
        agree([staged.group, bob.process(staged.message).group])
        return
    with refused(bob, mls.ValidationError):
        bob.process(forge(alice, psk, ContentType.PROPOSAL))
    with pytest.raises(mls.ValidationError):
        alice.commit(by_value=[psk])


def test_external_senders_stay_outside_even_if_the_group_names_them() -> None:
    """§12.1.8: the extension is carried like any other; what they send is refused."""
    groups = grown(2)
    key = mls.SignatureKey.generate(1, SeededRng(4))
    sender = codec.opaque(key.public) + mls.BasicCredential(b"service").encode()
    extension = mls.Extension(types.ExtensionType.EXTERNAL_SENDERS, codec.opaque(sender))
    staged = groups[0].commit(by_value=[mls.GroupContextExtensions((extension,))])
    groups = [staged.group, groups[1].process(staged.message).group]
    data = forge(
        groups[0],
        mls.Remove(1),
        ContentType.PROPOSAL,
        sender_type=SenderType.EXTERNAL,
        wire_format=mls.WireFormat.PUBLIC,
    )
    with refused(groups[1]):
        groups[1].process(data)


# --- lists ----------------------------------------------------------------------------------------


def test_an_extension_type_occurs_once_wherever_extensions_stand() -> None:
    """§13.4: "Any field containing a list of extensions"."""
    twice = codec.vector([GREASE, GREASE])
    with pytest.raises(mls.DecodeError, match="twice"):
        codec.decode_all(twice, types.read_extensions)
    alice, bob = grown(2)
    with refused(bob, mls.DecodeError):
        bob.process(
            forge(alice, proposals.GroupContextExtensions((GREASE, GREASE)), ContentType.PROPOSAL)
        )


def test_a_proposal_counts_once_by_value_and_by_reference() -> None:
    groups = grown(3)
    newcomer = new_bundle(1, "n", SeededRng(2)).key_package
    groups[1], add = groups[1].propose_add(newcomer)
    groups = hear(groups, 1, add)
    (known,) = groups[0].pending_proposals
    assert known.ref is not None
    for items in ((known.ref, known.ref), (known.ref, known.proposal)):
        data = forge(groups[0], Commit(items, None), ContentType.COMMIT, tag=bytes(32))
        with refused(groups[2], mls.ValidationError):
            groups[2].process(data)
    staged = groups[0].commit(by_value=[known.proposal])
    assert [item.ref for item in staged.effects.proposals] == [None], "by value wins"


def test_a_proposal_of_an_unknown_type_ends_the_message() -> None:
    class Unknown(proposals.SelfRemove):
        def encode(self) -> bytes:
            return codec.u16(0xF00D) + b"whatever"

    alice, bob = grown(2)
    for wire_format in (mls.WireFormat.PUBLIC, mls.WireFormat.PRIVATE):
        with refused(bob, mls.DecodeError):
            bob.process(forge(alice, Unknown(), ContentType.PROPOSAL, wire_format=wire_format))


def test_handshakes_of_an_ended_epoch_stay_out_even_where_messages_may_be_late() -> None:
    """§12.4.2: the epoch of a Commit or proposal is the current one; only words may be late."""
    groups = grown(2, max_past_epochs=2)
    _, late = groups[1].propose_remove(0)
    commit = groups[1].commit().message
    staged = groups[0].commit()
    after = staged.group
    for data in (late, commit):
        with refused(after, mls.WrongEpoch):
            after.process(data)


def test_the_lists_of_a_leaf_may_hold_what_nobody_knows() -> None:
    """§13.5: no special rule for GREASE; own support is judged by what a leaf says."""
    caps = mls.Capabilities(
        versions=(0x0A0A, 1), cipher_suites=(0x1A1A, 1), credentials=(1, 2, 0x2A2A)
    )
    bundle = mls.KeyPackageBundle.create(
        1,
        mls.BasicCredential(b"x"),
        mls.SignatureKey.generate(1, SeededRng(3)),
        lifetime=mls.Lifetime(0, 2**64 - 1),
        capabilities=caps,
    )
    validate_leaf.check_key_package(bundle.suite, bundle.key_package, (), now=2**63)
