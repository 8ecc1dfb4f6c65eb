"""Validation of proposals, alone and as the list of a Commit (RFC 9420 §12.1, §12.2).

`check_proposal` runs once for each proposal: when it arrives, or, for one that a Commit holds by
value, when the Commit does. `check_list` runs for every Commit. What only the resulting tree can
show (duplicate keys, support for extensions) is checked after `apply` has built it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .errors import ValidationError
from .nodes import LeafNodeSource
from .proposals import (
    Add,
    CommittedProposal,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    SelfRemove,
    Update,
)
from .psk import PreSharedKeyID, PskType, ResumptionUsage
from .tree import RatchetTree
from .types import DEFAULT_PROPOSALS, Extension, RequiredCapabilities
from .validate_leaf import check_key_package, check_leaf, supports_proposals

_NO_PATH = (Add, PreSharedKey)


def check_proposal(
    tree: RatchetTree,
    group_id: bytes,
    extensions: tuple[Extension, ...],
    sender: int,
    proposal: Proposal,
    now: int | None,
) -> None:
    """One proposal against the current epoch, with its signatures."""
    suite = tree.suite
    if isinstance(proposal, Add):
        check_key_package(suite, proposal.key_package, (), now)
    elif isinstance(proposal, Update):
        old = tree.leaf(sender)
        if old is None:
            raise ValidationError("an Update from nobody")
        check_leaf(suite, proposal.leaf_node, LeafNodeSource.UPDATE, (), now)
        if proposal.leaf_node.encryption_key == old.encryption_key:
            raise ValidationError("an Update keeps its old encryption key")
        proposal.leaf_node.verify_signature(suite, (group_id, sender))
    elif isinstance(proposal, Remove):
        if tree.leaf(proposal.removed) is None:
            raise ValidationError("a Remove of nobody")
    elif isinstance(proposal, PreSharedKey):
        _check_psk(suite.hash_size, proposal.psk)
    elif isinstance(proposal, GroupContextExtensions):
        RequiredCapabilities.of(proposal.extensions)  # must parse
    elif isinstance(proposal, ReInit | ExternalInit):
        raise ValidationError("this kind of proposal is not supported")


def _check_psk(hash_size: int, psk: PreSharedKeyID) -> None:
    if len(psk.nonce) != hash_size:
        raise ValidationError("a PSK nonce has the wrong length")
    if psk.type is PskType.RESUMPTION and psk.usage is not ResumptionUsage.APPLICATION:
        raise ValidationError("a PSK for reinit or branch in an ordinary Commit")


def path_required(proposals: Iterable[Proposal]) -> bool:
    """§12.4: empty Commits and every type but Add and PSK need a path."""
    kinds = list(proposals)
    return not kinds or not all(isinstance(proposal, _NO_PATH) for proposal in kinds)


def target_leaf(item: CommittedProposal) -> int | None:
    """The leaf that a proposal replaces or removes."""
    if isinstance(item.proposal, Remove):
        return item.proposal.removed
    if isinstance(item.proposal, Update | SelfRemove):
        return item.sender
    return None


def check_list(tree: RatchetTree, committer: int, proposals: Sequence[CommittedProposal]) -> None:
    """§12.2 for a regular Commit."""
    targets: set[int] = set()
    adds: set[bytes] = set()
    psks: set[PreSharedKeyID] = set()
    contexts = 0
    for item in proposals:
        proposal, target = item.proposal, target_leaf(item)
        if target is not None:
            # An Update or SelfRemove by value is the committer's own, so it ends here too.
            if target == committer:
                raise ValidationError("a Commit updates or removes its own committer by proposal")
            if target in targets:
                raise ValidationError("two proposals for the same leaf")
            targets.add(target)
        if isinstance(proposal, Add):
            key = proposal.key_package.leaf_node.signature_key
            if key in adds:
                raise ValidationError("the same client is added twice")
            adds.add(key)
        elif isinstance(proposal, PreSharedKey):
            if proposal.psk in psks:
                raise ValidationError("the same PSK occurs twice")
            psks.add(proposal.psk)
        elif isinstance(proposal, GroupContextExtensions):
            contexts += 1
    if contexts > 1:
        raise ValidationError("two GroupContextExtensions proposals")
    _check_types_supported(tree, proposals)


def _check_types_supported(tree: RatchetTree, proposals: Sequence[CommittedProposal]) -> None:
    """Whoever processes the Commit supports its types; who leaves need not (§12.2)."""
    special = {item.proposal.type for item in proposals} - DEFAULT_PROPOSALS
    if not special:
        return
    leaving = {
        target_leaf(item) for item in proposals if isinstance(item.proposal, Remove | SelfRemove)
    }
    for index, leaf in tree.leaves():
        if index not in leaving and not supports_proposals(leaf.capabilities, special):
            raise ValidationError("a member does not support a proposal type")


def select(
    committer: int, cached: Sequence[CommittedProposal], by_value: Sequence[CommittedProposal]
) -> list[CommittedProposal]:
    """The cached proposals that fit with each other and with `by_value` (§12.2's preferences).

    Own Updates are left out; for one leaf a SelfRemove wins over a Remove, a Remove over an Update,
    and the latest Update over earlier ones; of two Adds of one client and of two extension lists
    the first stays.
    """
    taken = {target_leaf(item) for item in by_value}
    adds = {_added_key(item) for item in by_value}
    psks = {item.proposal.psk for item in by_value if isinstance(item.proposal, PreSharedKey)}
    contexts = any(isinstance(item.proposal, GroupContextExtensions) for item in by_value)
    best: dict[int, CommittedProposal] = {}
    for item in cached:
        target = target_leaf(item)
        if target is None or target == committer or target in taken:
            continue
        held = best.get(target)
        # Of equals the later one wins, which matters for Updates only.
        if held is None or _rank(item) >= _rank(held):
            best[target] = item
    chosen = []
    for item in cached:
        proposal, target = item.proposal, target_leaf(item)
        if target is not None:
            if best.get(target) is item:
                chosen.append(item)
            continue
        if isinstance(proposal, Add):
            key = _added_key(item)
            if key in adds:
                continue
            adds.add(key)
        elif isinstance(proposal, PreSharedKey):
            if proposal.psk in psks:
                continue
            psks.add(proposal.psk)
        elif isinstance(proposal, GroupContextExtensions):
            if contexts:
                continue
            contexts = True
        chosen.append(item)
    return chosen


def _added_key(item: CommittedProposal) -> bytes | None:
    if isinstance(item.proposal, Add):
        return item.proposal.key_package.leaf_node.signature_key
    return None


def _rank(item: CommittedProposal) -> int:
    if isinstance(item.proposal, SelfRemove):
        return 2
    return 1 if isinstance(item.proposal, Remove) else 0
