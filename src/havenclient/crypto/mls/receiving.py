"""Receiving: any message of the group, opened, verified, judged (RFC 9420 §6, §12.4.2).

Theory of operation. Checks go from cheap to dear and from outside in: group, epoch, sender,
ratchet, AEAD, signature, RFC rules, the application's policy. Everything happens on values; the
state in hand is never touched, and the next one is returned only after the last check, for a Commit
the confirmation tag. Plaintext is handed out only after the signature (§6.1): a member could
otherwise speak as another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .codec import Reader
from .commit_content import Commit
from .errors import InvalidMessage, OwnMessage, ValidationError, WrongEpoch, WrongGroup
from .framing import AuthenticatedContent, ContentType, SenderType, WireFormat, read_message_header
from .policy import Policy, ask_about_proposal
from .private_message import PrivateMessage, open_content, open_sender_data, read_private_message
from .process_commit import process_commit
from .proposals import CommittedProposal, SelfRemove
from .public_message import PublicMessage, read_public_message, unprotect_public
from .results import ApplicationReceived, ProposalReceived, Received
from .secret_tree import RatchetKind
from .validate_proposals import check_proposal

if TYPE_CHECKING:
    from .group import Group, PastEpoch


def process(
    group: Group,
    message: bytes,
    *,
    policy: Policy | None = None,
    now: int | None = None,
    psks: Mapping[bytes, bytes] | None = None,
) -> Received:
    """Any message of the group. `psks` are external keys by psk_id; `now` judges lifetimes.

    Leave `now` out when catching up (§7.3). One's own message raises `OwnMessage`.
    """
    group.must_be_active()
    reader = Reader(message)
    wire_format = read_message_header(reader)
    if wire_format is WireFormat.PRIVATE:
        private = read_private_message(reader)
        reader.finish()
        after, opened, generation = _open_private(group, private)
        if private.content_type is ContentType.APPLICATION:
            return _application(after, opened, generation)
    elif wire_format is WireFormat.PUBLIC:
        public = read_public_message(reader)
        reader.finish()
        after, opened = group, _open_public(group, public)
    else:
        raise ValidationError("not a message of a group")
    if opened.content.content_type is ContentType.PROPOSAL:
        return _proposal(after, opened, policy, now)
    return process_commit(after, opened, policy=policy, now=now, psks=psks or {})


def _check_epoch(group: Group, group_id: bytes, epoch: int) -> None:
    if group_id != group.group_id:
        raise WrongGroup("message of another group")
    if epoch != group.epoch:
        raise WrongEpoch(epoch, group.epoch)


def _open_private(group: Group, private: PrivateMessage) -> tuple[Group, AuthenticatedContent, int]:
    """(state with the key used up, verified content, generation)."""
    past = _past_epoch(group, private)
    if past is None:
        _check_epoch(group, private.group_id, private.epoch)
    tree = group.tree if past is None else past.tree
    secret_tree = group.secret_tree if past is None else past.secret_tree
    secret = group.secrets.sender_data_secret if past is None else past.sender_data_secret
    context = group.context if past is None else past.context
    sender = open_sender_data(group.suite, private, secret)
    leaf = tree.leaf(sender.leaf_index)
    if leaf is None:
        raise ValidationError("a message from nobody")
    if sender.leaf_index == group.own_leaf_index:
        raise OwnMessage(private.content_type)
    application = private.content_type is ContentType.APPLICATION
    kind = RatchetKind.APPLICATION if application else RatchetKind.HANDSHAKE
    secret_tree, (key, nonce) = secret_tree.take_key(
        group.suite, sender.leaf_index, kind, sender.generation
    )
    opened = open_content(group.suite, private, sender, key, nonce)
    opened.verify(group.suite, leaf.signature_key, context.raw)
    if past is None:
        return replace(group, secret_tree=secret_tree), opened, sender.generation
    used = replace(past, secret_tree=secret_tree)
    kept = tuple(used if epoch is past else epoch for epoch in group.past)
    return replace(group, past=kept), opened, sender.generation


def _past_epoch(group: Group, private: PrivateMessage) -> PastEpoch | None:
    """A kept epoch that this late application message belongs to. Handshakes are never late."""
    if private.content_type is not ContentType.APPLICATION or private.group_id != group.group_id:
        return None
    for past in group.past:
        if past.context.epoch == private.epoch:
            return past
    return None


def _open_public(group: Group, public: PublicMessage) -> AuthenticatedContent:
    content = public.message.content
    _check_epoch(group, content.group_id, content.epoch)
    opened = unprotect_public(group.suite, public, group.secrets.membership_key, group.context.raw)
    leaf = group.tree.leaf(content.sender.index)
    if leaf is None:
        raise ValidationError("a message from nobody")
    opened.verify(group.suite, leaf.signature_key, group.context.raw)
    if content.sender.type is SenderType.MEMBER and content.sender.index == group.own_leaf_index:
        raise OwnMessage(content.content_type)
    return opened


def _application(
    group: Group, opened: AuthenticatedContent, generation: int
) -> ApplicationReceived:
    content = opened.content
    if not isinstance(content.body, bytes):
        raise InvalidMessage("not application data")
    return ApplicationReceived(
        group,
        content.sender.index,
        content.authenticated_data,
        content.body,
        generation,
        content.epoch,
        opened.encode(),
    )


def _proposal(
    group: Group, opened: AuthenticatedContent, policy: Policy | None, now: int | None
) -> ProposalReceived:
    content = opened.content
    proposal, sender = content.body, content.sender.index
    if isinstance(proposal, bytes | Commit):
        raise InvalidMessage("not a proposal")
    if isinstance(proposal, SelfRemove) and opened.wire_format is not WireFormat.PUBLIC:
        raise ValidationError("SelfRemove must be a PublicMessage")
    check_proposal(group.tree, group.group_id, group.extensions, sender, proposal, now)
    if policy is not None:
        ask_about_proposal(policy, group, sender, proposal)
    ref = opened.proposal_ref(group.suite)
    after = group.remember(CommittedProposal(sender, proposal, ref))
    return ProposalReceived(after, sender, content.authenticated_data, proposal, ref)
