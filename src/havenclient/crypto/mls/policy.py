"""Where the application judges (RFC 9750 leaves this to it): seams, no rules of this library's own.

A policy sees MLS state alone, so that every member comes to the same verdict. It is asked after the
RFC's own checks and before anything changes, and refuses by raising `PolicyViolation(reason)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .nodes import LeafNode
from .proposals import CommittedProposal, Proposal
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
    application to say.
    """

    def judge_leaf(self, group: Group, leaf_index: int, old: LeafNode, new: LeafNode) -> None: ...


class JoinPolicy(Protocol):
    """Judges a group that a Welcome leads to, before the joiner gets it."""

    def judge_join(self, group: Group, inviter: int) -> None: ...
