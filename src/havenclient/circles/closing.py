"""Hosts commit: what waits is gathered into one Commit, staged, and sent as a closing entry.

A closing entry stands alone (protocol.md §2): it repeats the proposals that its Commit refers to,
so that somebody who comes back after the proposals expired can still climb. When the Commit takes
somebody out, it also renews the circle's mailboxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from havenclient.circles import keys
from havenclient.circles import strict_cbor as cbor
from havenclient.circles import terms as agreed
from havenclient.circles.circle import (
    Admission,
    Circle,
    MailboxKeys,
    Staged,
    Standing,
    Waiting,
    refresh_due,
)
from havenclient.circles.outgoing import Append, Close, CreateLog, Outgoing
from havenclient.circles.policy import CirclePolicy
from havenclient.circles.returning import RETURNS, Proof
from havenclient.circles.returning import encode as encode_proofs
from havenclient.circles.seals import SEALS, Seal
from havenclient.circles.seals import encode as encode_seals
from havenclient.circles.speaking import Token, entry_digest, handshake_generation
from havenclient.circles.terms import ACCEPTED, TERMS, Mailbox, Terms, encode_accepted
from havenclient.circles.warrants import WARRANTS, Warrant
from havenclient.circles.warrants import encode as encode_warrants
from havenclient.crypto import envelope, mls
from havenclient.crypto.envelope import Kind
from havenclient.crypto.mls.proposals import (
    Add,
    GroupContextExtensions,
    Proposal,
    Remove,
)
from havenclient.errors import SafetyRefusal

STEPS = "steps"
"""Key in `Terms.extra`: the ladder, in a Commit that lets somebody in (ladder_store.py)."""
MAX_BUNDLE = 64
"""Proposals that one closing entry repeats; the rest waits for the next Commit."""
MAX_BUNDLE_BYTES = 96 * 1024
"""Of those proposals: with a Commit's path to 64 members (85 KiB) they still fit into an entry."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to add: her KeyPackage and where the Welcome goes."""

    key_package: mls.KeyPackage = field(repr=False)
    mailbox: MailboxKeys
    answer_key: bytes = field(repr=False)
    replaces: int | None = None
    """Leaf to remove in the same Commit: a return."""
    proof: Proof | None = None
    """What she signed with the key of that leaf; the Commit shows it to all."""


@dataclass(frozen=True, slots=True)
class CommitWish:
    """What a host wants; an empty wish commits what waits and refreshes the keys."""

    add: tuple[Newcomer, ...] = ()
    remove: tuple[int, ...] = ()
    """Leaf indices."""
    terms: Terms | None = None
    warrants: tuple[Warrant, ...] = ()
    """Who agreed to a removal: stands in the terms of this one Commit."""
    seals: tuple[Seal, ...] = ()
    """What people who take a role have signed; likewise."""
    steps: object = None
    """The ladder as it is, for who comes in by this Commit or follows it away from a lost relay."""


def chosen(circle: Circle) -> tuple[Waiting, ...]:
    """Of what waits, what one Commit may hold: one proposal a member, leaving before renewing,
    the newest of several; none of our own (the Commit renews our leaf itself)."""
    best: dict[int, Waiting] = {}
    for one in circle.waiting:
        before = best.get(one.sender)
        if one.sender != circle.group.own_leaf_index and not (before and before.leaving):
            best[one.sender] = one
    taken: list[Waiting] = []
    room = MAX_BUNDLE_BYTES
    for one in sorted(best.values(), key=lambda w: not w.leaving)[:MAX_BUNDLE]:
        room -= len(one.message)
        if room >= 0:
            taken.append(one)
    return tuple(taken)


def stage(
    circle: Circle, wish: CommitWish, now: int, token: Token
) -> tuple[Circle, tuple[Outgoing, ...]]:
    """The wish as a staged Commit: new state (to be saved before anything is sent), what to send.

    Raises SafetyRefusal where we may not commit, mls.PolicyViolation where the result would break a
    rule: the same judge as everybody else's.
    """
    if circle.standing is not Standing.ACTIVE or not circle.is_host:
        raise SafetyRefusal("only a host of an active circle can do this")
    if circle.staged is not None:
        raise SafetyRefusal("a change is already on its way", "it will be tried again by itself")

    returning = tuple(n.replaces for n in wish.add if n.replaces is not None)
    removed = (*wish.remove, *returning)
    people = {p.leaf: p for p in circle.people}
    waiting = [w for w in chosen(circle) if w.sender not in removed]
    leaving = {w.sender for w in waiting if w.leaving}
    gone = {people[leaf].key for leaf in {*removed, *leaving} if leaf in people}
    terms = (wish.terms or circle.terms).without(gone)
    if gone:
        terms = replace(terms, knock=_mailbox(token), report=_mailbox(token))
    moved = terms.log_id != circle.log_id
    passing = {
        WARRANTS: encode_warrants(wish.warrants),
        SEALS: encode_seals(wish.seals),
        STEPS: wish.steps,
        RETURNS: encode_proofs([n.proof for n in wish.add if n.proof is not None]),
    }
    extra = {k: v for k, v in terms.extra.items() if k not in passing}
    terms = replace(terms, extra=extra | {k: v for k, v in passing.items() if v})
    outgoing: list[Outgoing] = []
    # With the weekly refresh too, not only when they are new: a relay forgets a log in which
    # nothing arrived for as long as Commits are kept, and somebody who was away for that long must
    # still find an ear. Creating a log that is there changes nothing.
    if gone or moved or refresh_due(circle, now):
        outgoing += [create_mailbox(terms, terms.knock), create_mailbox(terms, terms.report)]

    by_value: list[Proposal] = [Remove(leaf) for leaf in removed]
    by_value += [Add(n.key_package) for n in wish.add]
    if terms != circle.terms:
        by_value.append(GroupContextExtensions(_extensions(circle, terms)))
    accepted = mls.Extension(ACCEPTED, encode_accepted(terms.agreement))
    commit = circle.group.commit(
        by_value=by_value,
        by_reference=[w.ref for w in waiting],
        extra_aad=circle.claim(),
        leaf_extensions=(accepted,),
        policy=CirclePolicy(),
        now=now,
    )
    entry, close = _closing_entry(circle, commit, [w.message for w in waiting], terms, token)
    if moved:
        outgoing.append(
            CreateLog(
                terms.log_id,
                close.next_access_hash,
                terms.committer_hashes,
                terms.retention_days,
                terms.closing_days,
            )
        )
    admissions = tuple(
        Admission(n.key_package.leaf_node.signature_key, n.mailbox, n.answer_key) for n in wish.add
    )
    staged = Staged(commit, entry_digest(entry), admissions)
    # The ratchet of the present epoch has moved by making the Commit; that is what is saved.
    after = replace(circle, group=commit.sender_group, staged=staged)
    return after, (*outgoing, close)


def _closing_entry(
    circle: Circle,
    commit: mls.StagedCommit,
    referred: Sequence[bytes],
    terms: Terms,
    token: Token,
) -> tuple[bytes, Close]:
    bundle = encode_bundle(referred, commit.message)
    now_keys, next_keys = circle.keys, keys.slice_keys(commit.group, terms.log_id)
    entry = envelope.seal(
        now_keys.envelope, circle.log_id, circle.epoch, Kind.CLOSING, bundle, token
    )
    generation = handshake_generation(circle.group)
    return entry, Close(
        log_id=circle.log_id,
        slice=circle.epoch - circle.terms.first_epoch,  # as this log counts them
        token=now_keys.access_token,
        key=keys.idempotency_key(circle.own_secret, circle.epoch, Kind.CLOSING, generation),
        entry=entry,
        committer_token=keys.committer_token(circle.own_secret),
        next_access_hash=next_keys.access_hash,
        committer_hashes=terms.committer_hashes,
    )


def encode_bundle(proposals: Sequence[bytes], commit: bytes) -> bytes:
    return cbor.dumps([list(proposals), commit])


def decode_bundle(data: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """(proposal messages, Commit message). Raises CborError."""
    proposals, commit = cbor.as_list(cbor.loads(data), 2)
    messages = cbor.as_list(proposals)
    if len(messages) > MAX_BUNDLE:
        raise cbor.CborError("too many proposals")
    return tuple(cbor.as_bytes(m) for m in messages), cbor.as_bytes(commit)


def create_mailbox(terms: Terms, mailbox: Mailbox) -> CreateLog:
    """Mailboxes keep their entries as long as Commits are kept: who returns late finds an ear."""
    keys_ = MailboxKeys.of(mailbox)
    return CreateLog(
        mailbox.log_id,
        keys.SliceKeys(keys_.token, b"").access_hash,
        terms.committer_hashes,
        terms.retention_days,
        terms.closing_days,
    )


def _mailbox(token: Token) -> Mailbox:
    return Mailbox(token(keys.LOG_ID), token(keys.TOKEN))


def _extensions(circle: Circle, terms: Terms) -> tuple[mls.Extension, ...]:
    kept = [e for e in circle.group.extensions if e.type != TERMS]
    return (*kept, mls.Extension(TERMS, agreed.encode(terms)))


__all__ = [
    "Append",
    "CommitWish",
    "Newcomer",
    "create_mailbox",
    "decode_bundle",
    "encode_bundle",
    "stage",
]
