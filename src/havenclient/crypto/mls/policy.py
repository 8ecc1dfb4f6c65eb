"""Where the application judges (RFC 9750 leaves this to it): seams, no rules of this library's own.

A policy sees MLS state alone, so that every member comes to the same verdict. It is asked after the
RFC's own checks and before anything changes, and refuses by raising `PolicyViolation(reason)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .nodes import LeafNode
from .proposals import CommittedProposal, Proposal, Update
from .types import Extension

if TYPE_CHECKING:
    from .group import Group


class Policy(Protocol):
    """Judges what other members (and, where handed in, this one) want to do."""

    def judge_proposal(self, group: Group, sender: int, proposal: Proposal) -> None:
        """A proposal that arrived by itself, before it is cached."""

    def judge_commit(
        self,
        group: Group,
        committer: int,
        proposals: Sequence[CommittedProposal],
        next_extensions: tuple[Extension, ...],
    ) -> None:
        """A whole Commit: `group` is the epoch before it, `next_extensions` the ones after it."""


@runtime_checkable
class LeafPolicy(Protocol):
    """A policy that also wants to see how members' own leaves change (Update, path of a Commit).

    RFC 9420 §5.3.1: whether a new credential or signature key may replace the old one is for the
    application to say. Asked for an Update when it arrives, and for every leaf of a Commit.
    """

    def judge_leaf(self, group: Group, leaf_index: int, old: LeafNode, new: LeafNode) -> None: ...


class JoinPolicy(Protocol):
    """Judges a group that a Welcome leads to, before the joiner gets it."""

    def judge_join(self, group: Group, inviter: int) -> None: ...


# --- asking: one way for who makes a message and who receives it, or they would disagree ----------


def ask_about_proposal(policy: Policy, group: Group, sender: int, proposal: Proposal) -> None:
    policy.judge_proposal(group, sender, proposal)
    if isinstance(proposal, Update):
        _ask_about_leaf(policy, group, sender, proposal.leaf_node)


def ask_about_commit(
    policy: Policy,
    group: Group,
    committer: int,
    proposals: Sequence[CommittedProposal],
    next_extensions: tuple[Extension, ...],
    path_leaf: LeafNode | None,
) -> None:
    policy.judge_commit(group, committer, proposals, next_extensions)
    for item in proposals:
        if isinstance(item.proposal, Update):
            _ask_about_leaf(policy, group, item.sender, item.proposal.leaf_node)
    if path_leaf is not None:
        _ask_about_leaf(policy, group, committer, path_leaf)


def _ask_about_leaf(policy: Policy, group: Group, index: int, new: LeafNode) -> None:
    old = group.tree.leaf(index)
    if isinstance(policy, LeafPolicy) and old is not None:
        policy.judge_leaf(group, index, old, new)
