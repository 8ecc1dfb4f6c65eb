"""Turning the page: transcript, key schedule and tag of a new epoch (RFC 9420 §8, §12.4).

Used alike by the maker of a Commit and by those who process it; who processes compares the tag
before anything of the new epoch is handed out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import key_schedule, treekem
from .framing import FramedContent
from .hpke import HpkePrivateKey
from .key_schedule import EpochSecrets
from .secret_tree import SecretTree
from .suites import CipherSuite
from .transcript import confirmed_transcript_hash, interim_transcript_hash
from .tree import RatchetTree
from .tree_hash import root_hash
from .types import Extension, GroupContext

if TYPE_CHECKING:
    from .group import Group, PastEpoch

RESUMPTION_EPOCHS = 32
"""Ended epochs whose resumption secret is kept, since PreSharedKey proposals may name it (§8.6)."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class NewEpoch:
    context: GroupContext
    secrets: EpochSecrets
    secret_tree: SecretTree
    confirmation_tag: bytes
    interim_transcript_hash: bytes
    joiner_secret: bytes
    """For the Welcome; must not be kept."""


def next_epoch(
    group: Group,
    *,
    tree: RatchetTree,
    extensions: tuple[Extension, ...],
    commit_secret: bytes,
    psk_secret: bytes,
    wire_format: int,
    content: FramedContent,
    signature: bytes,
) -> NewEpoch:
    """The epoch that a signed Commit leads to, from the one that `group` is in."""
    suite = group.suite
    confirmed = confirmed_transcript_hash(
        suite, group.interim_transcript_hash, wire_format, content, signature
    )
    context = GroupContext.make(
        suite.id, group.group_id, group.epoch + 1, root_hash(tree), confirmed, extensions
    )
    init_secret = group.secrets.init_secret
    joiner = key_schedule.joiner_secret(suite, init_secret, commit_secret, context.raw)
    return enter_epoch(suite, context, joiner, psk_secret, tree.leaf_count)


def enter_epoch(
    suite: CipherSuite, context: GroupContext, joiner: bytes, psk_secret: bytes, leaf_count: int
) -> NewEpoch:
    """From the joiner secret on, as a new member enters."""
    secret = key_schedule.epoch_secret(suite, joiner, psk_secret, context.raw)
    return start_epoch(suite, context, secret, leaf_count, joiner)


def start_epoch(
    suite: CipherSuite, context: GroupContext, secret: bytes, leaf_count: int, joiner: bytes = b""
) -> NewEpoch:
    """From the epoch secret on, as the creator of a group enters epoch 0 (§11)."""
    secrets, encryption_secret = key_schedule.epoch_secrets(suite, secret)
    tag = suite.mac(secrets.confirmation_key, context.confirmed_transcript_hash)
    return NewEpoch(
        context,
        secrets,
        SecretTree.start(leaf_count, encryption_secret),
        tag,
        interim_transcript_hash(suite, context.confirmed_transcript_hash, tag),
        joiner,
    )


# --- the member's state from one epoch to the next -----------------------------------------------


def provisional_context(
    group: Group, tree: RatchetTree, extensions: tuple[Extension, ...]
) -> bytes:
    """What path secrets are sealed under (§12.4.1): all new but the transcript hash."""
    transcript = group.confirmed_transcript_hash
    return GroupContext.make(
        group.suite.id, group.group_id, group.epoch + 1, root_hash(tree), transcript, extensions
    ).raw


def turn_page(
    group: Group, new: NewEpoch, tree: RatchetTree, keys: Mapping[int, HpkePrivateKey]
) -> Group:
    """The state in the next epoch. What the old epoch kept goes, but for the bounded past."""
    return replace(
        group,
        context=new.context,
        tree=tree,
        private_keys=treekem.keys_that_fit(tree, keys),
        secrets=new.secrets,
        secret_tree=new.secret_tree,
        interim_transcript_hash=new.interim_transcript_hash,
        confirmation_tag=new.confirmation_tag,
        pending={},
        staged_updates={},
        resumption_psks=_resumption_psks(group),
        past=_past(group),
    )


def _resumption_psks(group: Group) -> dict[int, bytes]:
    """Those of the last epochs. Nothing else of an epoch follows from them (§8.6)."""
    known = {**group.resumption_psks, group.epoch: group.secrets.resumption_psk}
    return {epoch: psk for epoch, psk in known.items() if epoch > group.epoch - RESUMPTION_EPOCHS}


def _past(group: Group) -> tuple[PastEpoch, ...]:
    if group.max_past_epochs <= 0:
        return ()
    from .group import PastEpoch

    ended = PastEpoch(
        group.context,
        group.tree,
        group.secrets.sender_data_secret,
        group.secret_tree.for_late_messages(group.own_leaf_index),
    )
    return (ended, *group.past)[: group.max_past_epochs]


def close(group: Group) -> Group:
    """The state of a member who was removed: public parts stay readable, every secret goes."""
    empty = key_schedule.EpochSecrets(b"", b"", b"", b"", b"", b"", b"", b"")
    return replace(
        group,
        private_keys={},
        secrets=empty,
        secret_tree=SecretTree(group.tree.leaf_count, {}, {}),
        pending={},
        staged_updates={},
        resumption_psks={},
        past=(),
        active=False,
    )
