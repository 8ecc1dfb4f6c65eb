"""Processing somebody's Commit (RFC 9420 §12.4.2): judged whole, then believed whole.

Framing and signature are done (`receiving`). The confirmation tag is the last word: only who
derived the very same epoch as the committer gets past it, so a Commit that is good for half of the
tree is refused by the other half, with their state unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import constant_time

from . import treekem
from .apply import Provisional, apply_proposals
from .commit import effects_of
from .commit_content import Commit, UpdatePath
from .epoch import close, next_epoch, provisional_context, turn_page
from .errors import CryptoError, InvalidMessage, UnknownProposal, ValidationError
from .framing import AuthenticatedContent
from .hpke import HpkePrivateKey
from .nodes import LeafNodeSource
from .policy import Policy, ask_about_commit
from .proposals import CommittedProposal, Update
from .psk import collect, psk_secret
from .results import CommitReceived
from .validate_leaf import check_leaf, check_members
from .validate_proposals import check_list, check_proposal, path_required

if TYPE_CHECKING:
    from .group import Group


def process_commit(
    group: Group,
    opened: AuthenticatedContent,
    *,
    policy: Policy | None,
    now: int | None,
    psks: Mapping[bytes, bytes],
) -> CommitReceived:
    """`group` is the current state with the message's key used up."""
    content, body = opened.content, opened.content.body
    committer = content.sender.index
    if not isinstance(body, Commit) or opened.confirmation_tag is None:
        raise InvalidMessage("not a Commit")
    proposals = _resolve(group, committer, body, now)
    check_list(group.tree, committer, proposals)
    provisional = apply_proposals(group.tree, group.extensions, proposals)
    if body.path is None and path_required(item.proposal for item in proposals):
        raise ValidationError("this Commit needs a path")
    if body.path is not None:
        _check_path(group, provisional, committer, body.path, now)
    if policy is not None:
        leaf = None if body.path is None else body.path.leaf_node
        ask_about_commit(policy, group, committer, proposals, provisional.extensions, leaf)

    tree, commit_secret = provisional.tree, group.suite.zero
    if body.path is not None:
        tree = treekem.merge_path(tree, committer, body.path)
        check_members(tree)
    effects = effects_of(
        group.tree, tree, committer, provisional, proposals, with_path=body.path is not None
    )
    if group.own_leaf_index in provisional.removed:
        # Who leaves can't derive the next epoch, so nothing more can be checked.
        return CommitReceived(
            close(group), committer, content.authenticated_data, effects, removed_self=True
        )
    found_psks = collect(provisional.psk_ids, lambda psk_id: group.psk(psks, psk_id))
    keys = _keys_after_updates(group, proposals)
    if body.path is not None:
        steps, commit_secret = treekem.open_path(
            tree,
            committer,
            body.path,
            own_leaf=group.own_leaf_index,
            private_keys=treekem.keys_that_fit(tree, keys),
            group_context=provisional_context(group, tree, provisional.extensions),
            added=provisional.added_leaves,
        )
        keys.update((step.node, step.key) for step in steps)
    new = next_epoch(
        group,
        tree=tree,
        extensions=provisional.extensions,
        commit_secret=commit_secret,
        psk_secret=psk_secret(group.suite, found_psks),
        wire_format=opened.wire_format,
        content=content,
        signature=opened.signature,
    )
    if not constant_time.bytes_eq(new.confirmation_tag, opened.confirmation_tag):
        raise CryptoError("the confirmation tag does not fit")
    after = turn_page(group, new, tree, keys)
    return CommitReceived(after, committer, content.authenticated_data, effects, removed_self=False)


def _resolve(
    group: Group, committer: int, commit: Commit, now: int | None
) -> list[CommittedProposal]:
    """The proposals a Commit covers. Those sent before were checked on arrival."""
    proposals = []
    for item in commit.proposals:
        if isinstance(item, bytes):
            known = group.pending.get(item)
            if known is None:
                raise UnknownProposal("the Commit refers to a proposal that did not arrive")
            proposals.append(known)
        else:
            check_proposal(group.tree, group.group_id, group.extensions, committer, item, now)
            proposals.append(CommittedProposal(committer, item))
    return proposals


def _check_path(
    group: Group, provisional: Provisional, committer: int, path: UpdatePath, now: int | None
) -> None:
    """§12.4.2: the leaf as in an Update, every key fresh and loadable."""
    suite, leaf = group.suite, path.leaf_node
    check_leaf(suite, leaf, LeafNodeSource.COMMIT, provisional.extensions, now)
    in_use = {node.encryption_key for node in provisional.tree.nodes if node is not None}
    keys = [leaf.encryption_key, *(node.encryption_key for node in path.nodes)]
    if len(set(keys)) != len(keys) or not in_use.isdisjoint(keys):
        raise ValidationError("the update path holds a key that is in use")
    for node in path.nodes:
        suite.hpke.check_public(node.encryption_key)
    leaf.verify_signature(suite, (group.group_id, committer))


def _keys_after_updates(
    group: Group, proposals: list[CommittedProposal]
) -> dict[int, HpkePrivateKey]:
    """Private keys, with the staged one where one's own Update was committed."""
    keys = dict(group.private_keys)
    for item in proposals:
        if item.sender == group.own_leaf_index and isinstance(item.proposal, Update):
            staged = None if item.ref is None else group.staged_updates.get(item.ref)
            if staged is None:
                raise ValidationError("an Update in the name of this member is not its own")
            keys[2 * group.own_leaf_index] = staged
    return keys
