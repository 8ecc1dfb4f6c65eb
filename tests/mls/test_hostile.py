"""Attacks, one by one. Each must end in a typed error and leave the state as it was."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from havenclient.crypto import mls
from havenclient.crypto.mls import proposing, treekem
from havenclient.crypto.mls.commit_content import Commit, HPKECiphertext, UpdatePath
from havenclient.crypto.mls.epoch import NewEpoch, next_epoch
from havenclient.crypto.mls.framing import (
    AuthenticatedContent,
    Body,
    ContentType,
    FramedContent,
    Sender,
    SenderType,
    sign_content,
    wrap,
)
from havenclient.crypto.mls.private_message import protect_private
from havenclient.crypto.mls.psk import psk_secret
from havenclient.crypto.mls.public_message import PublicMessage, protect_public
from havenclient.crypto.mls.secret_tree import RatchetKind

from .conftest import SeededRng
from .world import agree, application, committed, grown, hear, new_bundle


@contextmanager
def refused(group: mls.Group, *kinds: type[Exception]) -> Iterator[None]:
    """The block raises one of the errors, and the state is byte for byte what it was."""
    before = group.save()
    with pytest.raises(kinds or mls.InvalidMessage):
        yield
    assert group.save() == before


def forge(
    attacker: mls.Group,
    body: Body,
    kind: ContentType,
    *,
    leaf: int | None = None,
    generation: int | None = None,
    epoch: int | None = None,
    group_id: bytes | None = None,
    wire_format: mls.WireFormat = mls.WireFormat.PRIVATE,
    sender_type: SenderType = SenderType.MEMBER,
    signature: bytes | None = None,
    tag: bytes | None = None,
    padding: bytes = b"",
) -> bytes:
    """A message that only a member could make, bent where the test wants it bent.

    The attacker holds the epoch's secrets, so it can encrypt as any leaf; sign as itself only.
    """
    suite = attacker.suite
    leaf = attacker.own_leaf_index if leaf is None else leaf
    content = FramedContent.make(
        attacker.group_id if group_id is None else group_id,
        attacker.epoch if epoch is None else epoch,
        Sender(sender_type, leaf),
        b"",
        kind,
        body,
    )
    if signature is None:
        signature = sign_content(attacker.signature_key, wire_format, content, attacker.context.raw)
    message = AuthenticatedContent(wire_format, content, signature, tag)
    if sender_type is not SenderType.MEMBER:
        return wrap(wire_format, PublicMessage(message, None).encode())
    if wire_format is mls.WireFormat.PUBLIC:
        key = attacker.secrets.membership_key
        return protect_public(suite, message, key, attacker.context.raw)
    ratchet = RatchetKind.APPLICATION if kind is ContentType.APPLICATION else RatchetKind.HANDSHAKE
    _, first, (secret, nonce) = attacker.secret_tree.next_key(suite, leaf, ratchet)
    return protect_private(
        suite,
        message,
        sender_data_secret=attacker.secrets.sender_data_secret,
        generation=first if generation is None else generation,
        key=secret,
        nonce=nonce,
        reuse_guard=b"\x00" * 4,
        padding=0,
    )


# --- replays, ratchets, epochs, groups ------------------------------------------------------------


def test_a_replayed_message_is_refused() -> None:
    alice, bob = grown(2)
    alice, message = alice.encrypt(b"once")
    bob = application(bob, message).group
    with refused(bob, mls.Replayed):
        bob.process(message.data)


def test_a_reused_generation_is_refused() -> None:
    """The same generation with another content, as from a copied state."""
    alice, bob = grown(2)
    _, one = alice.encrypt(b"one")
    _, two = alice.encrypt(b"two")
    assert one.generation == two.generation
    bob = application(bob, one).group
    with refused(bob, mls.Replayed):
        bob.process(two.data)


@pytest.mark.parametrize("generation", [1001, 2**31, 2**32 - 1])
def test_a_skip_of_more_than_a_thousand_generations_is_refused(generation: int) -> None:
    alice, bob = grown(2)
    data = forge(alice, b"far", ContentType.APPLICATION, generation=generation)
    with refused(bob, mls.TooFarAhead):
        bob.process(data)


def test_messages_may_arrive_in_any_order_within_the_limit() -> None:
    alice, bob = grown(2)
    sent = []
    for number in range(40):
        alice, message = alice.encrypt(b"%d" % number)
        sent.append(message)
    for message in (sent[39], *reversed(sent[1:39]), sent[0]):
        received = application(bob, message)
        assert received.plaintext == b"%d" % message.generation
        bob = received.group


def test_a_message_of_another_epoch_is_refused() -> None:
    groups = grown(2)
    _, early = groups[0].encrypt(b"early")
    later = committed(groups, 1, groups[1].commit())
    with refused(later[1], mls.WrongEpoch):
        later[1].process(early.data)
    _, late = later[0].encrypt(b"late")
    with refused(groups[1], mls.WrongEpoch):
        groups[1].process(late.data)
    with refused(groups[1], mls.CryptoError):
        groups[1].process(
            forge(replace(groups[0], secrets=later[0].secrets), b"x", ContentType.APPLICATION)
        )


def test_a_message_of_another_group_is_refused() -> None:
    ours, theirs = grown(2, seed=1), grown(2, seed=2)
    _, foreign = theirs[0].encrypt(b"x")
    with refused(ours[1], mls.CryptoError):
        ours[1].process(foreign.data)  # same id, other secrets
    for wire_format in (mls.WireFormat.PRIVATE, mls.WireFormat.PUBLIC):
        data = forge(
            ours[0],
            mls.Remove(1),
            ContentType.PROPOSAL,
            group_id=b"another",
            wire_format=wire_format,
        )
        with refused(ours[1], mls.WrongGroup):
            ours[1].process(data)


def test_a_commit_of_an_old_epoch_does_not_come_back() -> None:
    groups = grown(3)
    staged = groups[0].commit()
    after = committed(groups, 0, staged)
    with refused(after[1], mls.WrongEpoch):
        after[1].process(staged.message)


# --- signatures and senders -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ContentType.APPLICATION, ContentType.PROPOSAL])
def test_a_forged_signature_is_refused(kind: ContentType) -> None:
    alice, bob = grown(2)
    body: Body = b"x" if kind is ContentType.APPLICATION else mls.Remove(1)
    with refused(bob, mls.CryptoError):
        bob.process(forge(alice, body, kind, signature=bytes(64)))


def test_a_member_can_not_speak_with_another_members_leaf() -> None:
    groups = grown(3)
    with refused(groups[2], mls.CryptoError):
        groups[2].process(forge(groups[1], b"I am leaf 0", ContentType.APPLICATION, leaf=0))
    for wire_format in (mls.WireFormat.PRIVATE, mls.WireFormat.PUBLIC):
        data = forge(
            groups[1], mls.Remove(2), ContentType.PROPOSAL, leaf=0, wire_format=wire_format
        )
        with refused(groups[2], mls.CryptoError):
            groups[2].process(data)


@pytest.mark.parametrize("leaf", [3, 4, 1000, 2**32 - 1])
def test_a_message_from_a_leaf_without_a_member_is_refused(leaf: int) -> None:
    groups = grown(3)
    body = mls.Remove(1)
    data = forge(
        groups[1], body, ContentType.PROPOSAL, leaf=leaf, wire_format=mls.WireFormat.PUBLIC
    )
    with refused(groups[2], mls.ValidationError):
        groups[2].process(data)
    if leaf == 3:
        data = forge(groups[1], b"x", ContentType.APPLICATION, leaf=leaf)
        with refused(groups[2], mls.ValidationError):
            groups[2].process(data)


def test_an_update_that_is_not_ones_own_is_refused() -> None:
    """Somebody signs an Update in our name and commits it: we have no key for it."""
    groups = grown(3)
    foreign, _ = proposing.make_update(groups[1], None, None, SeededRng(1))
    with refused(groups[2], mls.CryptoError):
        groups[2].process(forge(groups[0], foreign, ContentType.PROPOSAL))


@pytest.mark.parametrize(
    "kind", [SenderType.EXTERNAL, SenderType.NEW_MEMBER_PROPOSAL, SenderType.NEW_MEMBER_COMMIT]
)
def test_senders_from_outside_are_refused(kind: SenderType) -> None:
    alice, bob = grown(2)
    public = mls.WireFormat.PUBLIC
    proposal = forge(
        alice, mls.Remove(1), ContentType.PROPOSAL, sender_type=kind, wire_format=public
    )
    commit = forge(
        alice,
        Commit((), None),
        ContentType.COMMIT,
        sender_type=kind,
        wire_format=public,
        tag=bytes(32),
    )
    for data in (proposal, commit):
        before = bob.save()
        with pytest.raises(mls.ValidationError, match="outside"):
            bob.process(data)
        assert bob.save() == before


def test_application_data_in_the_clear_is_refused() -> None:
    alice, bob = grown(2)
    data = forge(alice, b"x", ContentType.APPLICATION, wire_format=mls.WireFormat.PUBLIC)
    with refused(bob, mls.ValidationError):
        bob.process(data)


def test_a_tampered_membership_tag_is_refused() -> None:
    alice, bob = grown(2)
    _, data = alice.propose_remove(1, wire_format=mls.WireFormat.PUBLIC)
    with refused(bob, mls.CryptoError):
        bob.process(data[:-1] + bytes([data[-1] ^ 1]))
    outsider = replace(alice, secrets=grown(2, seed=9)[0].secrets)
    forged = forge(outsider, mls.Remove(1), ContentType.PROPOSAL, wire_format=mls.WireFormat.PUBLIC)
    with refused(bob, mls.CryptoError):
        bob.process(forged)


def test_ones_own_messages_coming_back_are_recognised() -> None:
    groups = grown(2)
    after, message = groups[0].encrypt(b"x")
    with refused(after, mls.OwnMessage):
        after.process(message.data)
    for wire_format in (mls.WireFormat.PRIVATE, mls.WireFormat.PUBLIC):
        staged = groups[0].commit(wire_format=wire_format)
        with refused(staged.sender_group, mls.OwnMessage):
            staged.sender_group.process(staged.message)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("what", ["application", "proposal", "commit", "welcome"])
def test_a_flipped_bit_anywhere_is_refused(what: str, place: str) -> None:
    rng = SeededRng(3)
    groups = grown(3, full=True)
    bundle = new_bundle(1, "n", rng)
    staged = groups[0].commit(by_value=[mls.Add(bundle.key_package)])
    assert staged.welcome is not None
    data = {
        "application": groups[0].encrypt(b"x" * 20)[1].data,
        "proposal": groups[0].propose_remove(1)[1],
        "commit": staged.message,
        "welcome": staged.welcome,
    }[what]
    span = {"first": range(40), "middle": range(len(data) // 2, len(data) // 2 + 40)}.get(
        place, range(len(data) - 40, len(data))
    )
    for position in span:
        broken = data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :]
        with refused(groups[1]):
            if what == "welcome":
                mls.Group.join(broken, bundle)
            else:
                groups[1].process(broken)


# --- commits --------------------------------------------------------------------------------------


def _commit_with(
    monkeypatch: pytest.MonkeyPatch, group: mls.Group, bend: object, **kinds: object
) -> mls.StagedCommit:
    """A Commit whose UpdatePath went through `bend` before it was signed."""
    honest = treekem.seal_path

    def evil(path: treekem.OwnPath, context: bytes, added: frozenset[int]) -> UpdatePath:
        assert callable(bend)
        bent: UpdatePath = bend(honest(path, context, added))
        return bent

    with monkeypatch.context() as patch:
        patch.setattr(treekem, "seal_path", evil)
        return group.commit(**kinds)  # type: ignore[arg-type]


def test_a_tampered_confirmation_tag_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = grown(3)

    def evil(*args: Any, **kinds: Any) -> NewEpoch:
        return replace(next_epoch(*args, **kinds), confirmation_tag=bytes(32))

    with monkeypatch.context() as patch:
        patch.setattr("havenclient.crypto.mls.commit.next_epoch", evil)
        staged = groups[0].commit()
    for group in groups[1:]:
        with refused(group, mls.CryptoError):
            group.process(staged.message)


def test_garbage_path_secrets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed well, but leading to other keys than the public ones in the path."""
    groups = grown(4, full=True)
    suite = groups[0].suite

    def bend(path: UpdatePath) -> UpdatePath:
        nodes = tuple(
            replace(
                node,
                encrypted_path_secret=tuple(
                    HPKECiphertext(item.kem_output, bytes(len(item.ciphertext)))
                    for item in node.encrypted_path_secret
                ),
            )
            for node in path.nodes
        )
        return replace(path, nodes=nodes)

    staged = _commit_with(monkeypatch, groups[0], bend)
    for group in groups[1:]:
        with refused(group, mls.CryptoError):
            group.process(staged.message)

    def other_secret(path: treekem.OwnPath, context: bytes, added: frozenset[int]) -> UpdatePath:
        steps = tuple(replace(s, path_secret=bytes(suite.hash_size)) for s in path.steps)
        return honest(replace(path, steps=steps), context, added)

    honest = treekem.seal_path
    with monkeypatch.context() as patch:
        patch.setattr(treekem, "seal_path", other_secret)
        staged = groups[0].commit()
    for group in groups[1:]:
        with refused(group, mls.CryptoError):
            group.process(staged.message)


def test_a_commit_good_for_half_of_the_tree_is_refused_by_the_other_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = grown(4, full=True)

    def bend(path: UpdatePath) -> UpdatePath:
        last = path.nodes[-1]
        garbage = tuple(
            HPKECiphertext(item.kem_output, item.ciphertext[::-1])
            for item in last.encrypted_path_secret
        )
        return replace(path, nodes=(*path.nodes[:-1], replace(last, encrypted_path_secret=garbage)))

    staged = _commit_with(monkeypatch, groups[0], bend)
    for group in groups[2:]:
        with refused(group, mls.CryptoError):
            group.process(staged.message)
    agree([staged.group, groups[1].process(staged.message).group])
    # The refused half goes on with the next good Commit of its epoch.
    agree(committed(groups, 3, groups[3].commit()))


def test_an_update_path_of_the_wrong_shape_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = grown(4, full=True)

    def shorter(path: UpdatePath) -> UpdatePath:
        return replace(path, nodes=path.nodes[:-1])

    def fewer(path: UpdatePath) -> UpdatePath:
        last = replace(path.nodes[-1], encrypted_path_secret=())
        return replace(path, nodes=(*path.nodes[:-1], last))

    def twice(path: UpdatePath) -> UpdatePath:
        first = path.nodes[0]
        doubled = replace(first, encrypted_path_secret=first.encrypted_path_secret * 2)
        return replace(path, nodes=(doubled, *path.nodes[1:]))

    def same_key(path: UpdatePath) -> UpdatePath:
        key = path.nodes[0].encryption_key
        return replace(path, nodes=tuple(replace(n, encryption_key=key) for n in path.nodes))

    def old_key(path: UpdatePath) -> UpdatePath:
        key = groups[2].own_leaf.encryption_key
        return replace(path, nodes=(replace(path.nodes[0], encryption_key=key), *path.nodes[1:]))

    for bend in (shorter, fewer, twice, same_key, old_key):
        staged = _commit_with(monkeypatch, groups[0], bend)
        for group in groups[1:]:
            with refused(group, mls.ValidationError):
                group.process(staged.message)


def _signed_commit(attacker: mls.Group, commit: Commit) -> bytes:
    tag = bytes(attacker.suite.hash_size)
    return forge(attacker, commit, ContentType.COMMIT, tag=tag)


def test_a_commit_with_a_forbidden_list_is_refused() -> None:
    """§12.2, case by case; the committer signs well, so only the list can be the reason."""
    rng = SeededRng(4)
    groups = grown(4)
    package = new_bundle(1, "n", rng).key_package
    update, _ = proposing.make_update(groups[0], None, None, rng)
    psk = mls.PreSharedKey(mls.PreSharedKeyID(mls.PskType.EXTERNAL, bytes(32), psk_id=b"i"))
    short = mls.PreSharedKey(mls.PreSharedKeyID(mls.PskType.EXTERNAL, b"short", psk_id=b"i"))
    known = mls.Add(mls.KeyPackage.decode(package.raw))
    context = mls.GroupContextExtensions(())
    lists: list[tuple[mls.Proposal, ...]] = [
        (mls.Remove(0),),
        (mls.Remove(9),),
        (mls.Remove(1), mls.Remove(1)),
        (update,),
        (mls.SelfRemove(),),
        (known, known),
        (psk, psk),
        (short,),
        (context, context),
        (mls.GroupContextExtensions((mls.Extension(0xABCD, b""),)),),
        (),
    ]
    for proposals in lists:
        data = _signed_commit(groups[0], Commit(proposals, None))
        with refused(groups[2], mls.ValidationError):
            groups[2].process(data)


def test_a_commit_without_the_path_it_needs_is_refused() -> None:
    groups = grown(3)
    for proposals in ((), (mls.Remove(1),), (mls.GroupContextExtensions(()),)):
        data = _signed_commit(groups[0], Commit(proposals, None))
        with refused(groups[2], mls.ValidationError):
            groups[2].process(data)


def test_a_commit_of_an_unknown_proposal_is_refused() -> None:
    groups = grown(3)
    data = _signed_commit(groups[0], Commit((bytes(32),), None))
    with refused(groups[2], mls.UnknownProposal):
        groups[2].process(data)


def test_a_commit_with_an_unknown_psk_is_refused() -> None:
    groups = grown(2)
    groups[0], proposal = groups[0].propose_psk(b"secret id")
    groups = hear(groups, 0, proposal)
    staged = groups[0].commit(psks={b"secret id": b"k"})
    with refused(groups[1], mls.UnknownPsk):
        groups[1].process(staged.message)
    with refused(groups[1], mls.CryptoError):
        groups[1].process(staged.message, psks={b"secret id": b"another"})
    with pytest.raises(mls.UnknownPsk):
        groups[0].commit(by_reference=[p.ref for p in groups[0].pending_proposals if p.ref])


def test_more_psks_than_can_be_counted_are_refused() -> None:
    """PSKLabel counts in 16 bits (§8.4); a Commit or Welcome can hold more."""
    psk_id = mls.PreSharedKeyID(mls.PskType.EXTERNAL, bytes(32), psk_id=b"i")
    with pytest.raises(mls.ValidationError, match="count"):
        psk_secret(mls.cipher_suite(1), [(psk_id, b"k")] * 0x10000)


def test_a_self_remove_in_a_private_message_is_refused() -> None:
    alice, bob = grown(2)
    with refused(bob, mls.ValidationError):
        bob.process(forge(alice, mls.SelfRemove(), ContentType.PROPOSAL))


def test_a_flood_of_proposals_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from havenclient.crypto.mls import group

    monkeypatch.setattr(group, "MAX_PENDING", 3)
    alice, bob = grown(2)
    for number in range(3):
        alice, data = alice.propose_remove(1, authenticated_data=bytes([number]))
        bob = bob.process(data).group
    _, data = alice.forget_pending().propose_remove(1)
    with refused(bob, mls.ValidationError):
        bob.process(data)
    # Nor is one's own cached when there is no room: a Commit could refer to what others refused.
    with refused(alice, mls.ValidationError):
        alice.propose_remove(1)


def test_padding_that_is_not_zero_is_refused() -> None:
    alice, bob = grown(2)
    suite = alice.suite
    content = FramedContent.make(
        alice.group_id,
        alice.epoch,
        Sender(SenderType.MEMBER, 0),
        b"",
        ContentType.APPLICATION,
        b"x",
    )
    signature = sign_content(
        alice.signature_key, mls.WireFormat.PRIVATE, content, alice.context.raw
    )
    # The signature vector is followed by what looks like padding but is not.
    from havenclient.crypto.mls.codec import opaque

    class Sly(AuthenticatedContent):
        def auth(self) -> bytes:
            return opaque(self.signature) + b"\x00\x00\x01"

    message = Sly(mls.WireFormat.PRIVATE, content, signature, None)
    _, generation, (key, nonce) = alice.secret_tree.next_key(suite, 0, RatchetKind.APPLICATION)
    data = protect_private(
        suite,
        message,
        sender_data_secret=alice.secrets.sender_data_secret,
        generation=generation,
        key=key,
        nonce=nonce,
        reuse_guard=bytes(4),
        padding=0,
    )
    with refused(bob, mls.ValidationError):
        bob.process(data)


def test_a_removed_member_opens_nothing_after_its_removal() -> None:
    groups = grown(4, full=True)
    staged = groups[0].commit(by_value=[mls.Remove(3)])
    inside = [staged.group, *(group.process(staged.message).group for group in groups[1:3])]
    gone = groups[3].process(staged.message).group
    _, message = inside[1].encrypt(b"behind her back")
    with pytest.raises(mls.Inactive):
        gone.process(message.data)
    # Even with all it had before, the next epoch stays shut.
    with refused(groups[3], mls.WrongEpoch):
        groups[3].process(message.data)
    pretender = replace(groups[3], context=inside[0].context, tree=inside[0].tree)
    with pytest.raises(mls.InvalidMessage):
        pretender.process(message.data)
    for key in groups[3].private_keys.values():
        with pytest.raises(mls.InvalidMessage):
            treekem.open_path(
                inside[0].tree,
                0,
                _path_of(groups[1], staged.message),
                own_leaf=2,
                private_keys=dict.fromkeys(range(len(inside[0].tree.nodes)), key),
                group_context=b"",
                added=frozenset(),
            )


def _path_of(reader: mls.Group, message: bytes) -> UpdatePath:
    from havenclient.crypto.mls.codec import Reader
    from havenclient.crypto.mls.framing import read_message_header
    from havenclient.crypto.mls.private_message import read_private_message
    from havenclient.crypto.mls.receiving import _open_private

    cursor = Reader(message)
    read_message_header(cursor)
    _, opened, _ = _open_private(reader, read_private_message(cursor))
    assert isinstance(opened.content.body, Commit)
    assert opened.content.body.path is not None
    return opened.content.body.path


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire_format", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("length", ["bfffffff", "80100000", "7fff"])
def test_a_claimed_length_allocates_nothing(wire_format: int, length: str) -> None:
    """A few bytes that promise a gigabyte, wherever a length can stand."""
    group = grown(2)[1]
    bundle = new_bundle(1, "x", SeededRng(1))
    whole = group.propose_remove(0)[1] + bytes(40)
    tracemalloc.start()
    try:
        for position in range(4, 60):
            head = b"\x00\x01" + wire_format.to_bytes(2, "big") + whole[4:position]
            data = head + bytes.fromhex(length) + b"\x00" * 8
            with refused(group):
                group.process(data)
            with pytest.raises(mls.InvalidMessage):
                mls.Group.join(data, bundle)
            with pytest.raises(mls.InvalidMessage):
                mls.KeyPackage.from_message(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_a_tree_larger_than_any_group_is_refused() -> None:
    from havenclient.crypto.mls.codec import opaque
    from havenclient.crypto.mls.tree import MAX_LEAVES, RatchetTree

    leaf = grown(2)[0].own_leaf.raw
    nodes = b"\x01\x01" + leaf + bytes(2 * MAX_LEAVES + 1) + b"\x01\x01" + leaf
    with pytest.raises(mls.DecodeError, match="too large"):
        RatchetTree.decode(mls.cipher_suite(1), opaque(nodes))
