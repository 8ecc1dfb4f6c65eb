"""Turning the page: transcript, key schedule and tag of a new epoch (RFC 9420 §8, §12.4).

Used alike by the maker of a Commit and by those who process it; who processes compares the tag
before anything of the new epoch is handed out.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import key_schedule
from .framing import FramedContent
from .key_schedule import EpochSecrets
from .secret_tree import SecretTree
from .suites import CipherSuite
from .transcript import confirmed_transcript_hash, interim_transcript_hash
from .types import Extension, GroupContext


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
    suite: CipherSuite,
    *,
    old: GroupContext,
    interim: bytes,
    init_secret: bytes,
    leaf_count: int,
    tree_hash: bytes,
    extensions: tuple[Extension, ...],
    commit_secret: bytes,
    psk_secret: bytes,
    wire_format: int,
    content: FramedContent,
    signature: bytes,
) -> NewEpoch:
    """The epoch that a signed Commit leads to."""
    confirmed = confirmed_transcript_hash(suite, interim, wire_format, content, signature)
    context = GroupContext.make(
        suite.id, old.group_id, old.epoch + 1, tree_hash, confirmed, extensions
    )
    joiner = key_schedule.joiner_secret(suite, init_secret, commit_secret, context.raw)
    return enter_epoch(suite, context, joiner, psk_secret, leaf_count)


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
