"""Making a Commit (RFC 9420 §12.4.1): staged whole, with its Welcome, to be taken or dropped.

Nothing of the group moves: `StagedCommit.group` is the next epoch for the case that the Commit
wins, `StagedCommit.sender_group` the current one with the handshake ratchet moved on. Both are
stored before the bytes leave; which of them goes on is the delivery service's verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import key_schedule, treekem
from .apply import Provisional, apply_proposals
from .commit_content import Commit
from .credentials import Rng, default_rng
from .epoch import next_epoch, provisional_context, turn_page
from .errors import StateError, UnknownPsk, ValidationError
from .framing import (
    AuthenticatedContent,
    ContentType,
    FramedContent,
    Sender,
    SenderType,
    WireFormat,
    sign_content,
)
from .hpke import HpkePrivateKey
from .nodes import LeafNodeSource
from .policy import Policy, ask_about_commit
from .proposals import CommittedProposal, PreSharedKey, Proposal, ProposalRef
from .psk import collect, psk_secret
from .results import Effects, Member
from .sending import Padding, seal
from .tree import RatchetTree
from .types import Extension
from .validate_leaf import check_leaf
from .validate_proposals import check_list, check_proposal, path_required, select
from .welcoming import make_group_info, make_welcome

if TYPE_CHECKING:
    from .group import Group


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class StagedCommit:
    """A Commit of one's own that nobody has accepted yet. Holds secrets."""

    message: bytes
    """The MLSMessage to send."""
    welcome: bytes | None
    """One Welcome for everybody added, as an MLSMessage."""
    effects: Effects
    group: Group
    """The state after it."""
    sender_group: Group
    """The state before it, to be stored before sending and kept if another Commit wins."""

    @property
    def ratchet_tree(self) -> bytes:
        """The new tree, for Welcomes made without it."""
        return self.group.ratchet_tree

    def save(self) -> bytes:
        from .store import save_staged

        return save_staged(self)

    @classmethod
    def load(cls, data: bytes) -> StagedCommit:
        from .store import load_staged

        return load_staged(data)


def make_commit(
    group: Group,
    *,
    by_value: Sequence[Proposal] = (),
    by_reference: Sequence[ProposalRef] | None = None,
    path: bool | None = None,
    leaf_extensions: Iterable[Extension] | None = None,
    extra_aad: bytes = b"",
    padding: Padding = 0,
    welcome_tree_inside: bool = True,
    wire_format: WireFormat = WireFormat.PRIVATE,
    psks: Mapping[bytes, bytes] | None = None,
    policy: Policy | None = None,
    now: int | None = None,
    rng: Rng = default_rng,
) -> StagedCommit:
    """A Commit, staged: nothing happens until its `.group` is taken.

    `by_reference` None takes all cached proposals that are valid together. `path` None and True
    put in an UpdatePath (fresh keys); False leaves it out, where §12.4 lets it.
    `leaf_extensions` replaces those of one's own leaf in the path; None keeps them. `extra_aad` is
    the authenticated data, `psks` are external keys by psk_id, `now` judges lifetimes of Adds.
    """
    psks = psks or {}
    group.must_be_active()
    suite, me = group.suite, group.own_leaf_index
    proposals = _gather(group, by_value, by_reference, psks, now)
    check_list(group.tree, me, proposals)
    provisional = apply_proposals(group.tree, group.extensions, proposals)
    if path is False and path_required(item.proposal for item in proposals):
        raise StateError("this Commit needs a path")
    found_psks = collect(provisional.psk_ids, lambda psk_id: group.psk(psks, psk_id))

    tree, commit_secret = provisional.tree, suite.zero
    keys: dict[int, HpkePrivateKey] = dict(group.private_keys)
    own_path, update_path = None, None
    if path is not False:
        own_path = treekem.make_path(
            tree, me, group.group_id, group.signature_key, rng, leaf_extensions
        )
        check_leaf(suite, own_path.leaf, LeafNodeSource.COMMIT, provisional.extensions)
        tree, commit_secret = own_path.tree, own_path.commit_secret
        keys[2 * me] = own_path.leaf_key
        keys.update((step.node, step.key) for step in own_path.steps)
    if policy is not None:
        leaf = None if own_path is None else own_path.leaf
        ask_about_commit(policy, group, me, proposals, provisional.extensions, leaf)
    if own_path is not None:
        context = provisional_context(group, tree, provisional.extensions)
        update_path = treekem.seal_path(own_path, context, provisional.added_leaves)

    body = Commit(tuple(item.ref or item.proposal for item in proposals), update_path)
    content = FramedContent.make(
        group.group_id,
        group.epoch,
        Sender(SenderType.MEMBER, me),
        extra_aad,
        ContentType.COMMIT,
        body,
    )
    signature = sign_content(group.signature_key, wire_format, content, group.context.raw)
    all_psks = psk_secret(suite, found_psks)
    new = next_epoch(
        group,
        tree=tree,
        extensions=provisional.extensions,
        commit_secret=commit_secret,
        psk_secret=all_psks,
        wire_format=wire_format,
        content=content,
        signature=signature,
    )
    message = AuthenticatedContent(wire_format, content, signature, new.confirmation_tag)
    sender_group, data, _ = seal(group, message, padding, rng)
    after = turn_page(sender_group, new, tree, keys)
    welcome = None
    if provisional.added:
        secret = key_schedule.welcome_secret(suite, new.joiner_secret, all_psks)
        info = make_group_info(after, (), with_ratchet_tree=welcome_tree_inside)
        welcome = make_welcome(after, provisional, own_path, new.joiner_secret, secret, info)
    effects = effects_of(
        group.tree, tree, me, provisional, proposals, with_path=own_path is not None
    )
    return StagedCommit(data, welcome, effects, after, sender_group)


def _gather(
    group: Group,
    by_value: Sequence[Proposal],
    by_reference: Sequence[ProposalRef] | None,
    psks: Mapping[bytes, bytes],
    now: int | None,
) -> list[CommittedProposal]:
    """References first, then values. Cached proposals were checked when they arrived."""
    me = group.own_leaf_index
    values = [CommittedProposal(me, proposal) for proposal in by_value]
    for item in values:
        check_proposal(group.tree, group.group_id, group.extensions, me, item.proposal, now)
    if by_reference is not None:
        unknown = [ref for ref in by_reference if ref not in group.pending]
        if unknown:
            raise StateError("no such proposal is cached")
        return [group.pending[ref] for ref in by_reference] + values
    usable = [item for item in group.pending.values() if _psk_known(group, item, psks)]
    chosen = select(me, usable, values)
    if _acceptable(group, chosen + values):
        return chosen + values
    # One proposal that does not fit (say, an Add that lacks a new extension) must not keep the
    # group from moving on: take them one by one and leave out what breaks the list.
    kept: list[CommittedProposal] = []
    for item in chosen:
        if _acceptable(group, [*kept, item, *values]):
            kept.append(item)
    return kept + values


def _psk_known(group: Group, item: CommittedProposal, psks: Mapping[bytes, bytes]) -> bool:
    proposal = item.proposal
    return not isinstance(proposal, PreSharedKey) or group.psk(psks, proposal.psk) is not None


def _acceptable(group: Group, proposals: Sequence[CommittedProposal]) -> bool:
    try:
        check_list(group.tree, group.own_leaf_index, proposals)
        apply_proposals(group.tree, group.extensions, proposals)
    except (ValidationError, UnknownPsk):
        return False
    return True


def effects_of(
    before: RatchetTree,
    after: RatchetTree,
    committer: int,
    provisional: Provisional,
    proposals: Sequence[CommittedProposal],
    *,
    with_path: bool,
) -> Effects:
    removed = [(index, before.leaf(index)) for index in provisional.removed]
    added = [(index, package.leaf_node) for index, package in provisional.added]
    updated = tuple(provisional.updated)
    return Effects(
        committer,
        tuple(Member.of(index, leaf) for index, leaf in added),
        tuple(Member.of(index, leaf) for index, leaf in removed if leaf is not None),
        (*updated, committer) if with_path else updated,
        provisional.extensions if provisional.extensions_changed else None,
        tuple(proposals),
    )
