"""A wish of a person becomes one entry: content, proposals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from havenclient.circles import content as mimi
from havenclient.circles import keys
from havenclient.circles.circle import Circle, Standing, person_urn
from havenclient.circles.content import Content, ContentError
from havenclient.circles.outgoing import Append
from havenclient.circles.terms import ACCEPTED, encode_accepted
from havenclient.crypto import envelope, mls
from havenclient.crypto.envelope import Kind
from havenclient.crypto.mls.secret_tree import RatchetKind
from havenclient.errors import SafetyRefusal, UsageError

Token = Callable[[int], bytes]
_PUBLIC_GENERATION = (1 << 63) - 1
"""Stands in for the generation of a PublicMessage, which has none; one SelfRemove per epoch."""


@dataclass(frozen=True, slots=True)
class Said:
    """What `say` made: the new state, the entry, and the message as it will be shown to us."""

    circle: Circle
    outgoing: Append
    message_id: bytes
    encoded: bytes = field(repr=False)
    evidence: bytes = field(repr=False)


_SILENT = {
    Standing.GONE: "you are no longer in this circle",
    Standing.LEAVING: "you are leaving this circle",
    Standing.RETURNING: "you are not back in this circle yet",
}


def say(circle: Circle, content: Content, token: Token) -> Said:
    """`content` as an entry of the present slice. Raises SafetyRefusal where we may not write."""
    if circle.standing is not Standing.ACTIVE:
        raise SafetyRefusal(_SILENT.get(circle.standing, "nothing can be sent to this circle now"))
    if not circle.has_accepted:
        raise SafetyRefusal("this circle has a new agreement", "read it and accept it, then write")
    encoded = _encoded(content)
    generation = circle.group.generation
    group, message = circle.group.encrypt(encoded, authenticated_data=circle.claim())
    outgoing = _append(circle, Kind.MESSAGE, message.data, generation, token)
    ident = mimi.message_id(person_urn(circle.me.key), circle.urn, encoded, content.salt)
    return Said(replace(circle, group=group), outgoing, ident, encoded, message.authenticated)


def _encoded(content: Content) -> bytes:
    if len(content.text) > mimi.MAX_TEXT:
        raise UsageError(
            f"a message has room for {mimi.MAX_TEXT:,} characters; this one has"
            f" {len(content.text):,}",
            "send it in parts, or as a file",
        )
    if content.note is not None and len(content.note) > mimi.MAX_NOTE:
        raise UsageError(f"a content note has room for {mimi.MAX_NOTE} characters")
    try:
        return mimi.encode(content)
    except ContentError as error:
        raise UsageError(f"that can't be sent: {error}") from None


def propose_refresh(circle: Circle, token: Token) -> tuple[Circle, Append]:
    """An Update of our own leaf: fresh keys, and the agreement in force accepted.

    This is also how a member accepts a new agreement: the acceptance stands in her leaf, which she
    signs, and which every member sees after the next Commit.
    """
    accepted = mls.Extension(ACCEPTED, encode_accepted(circle.terms.agreement))
    group, message = circle.group.propose_update(leaf_extensions=(accepted,))
    return _proposed(circle, group, message, handshake_generation(circle.group), token)


def propose_leaving(circle: Circle, token: Token) -> tuple[Circle, Append]:
    """SelfRemove: a host's next Commit ends our membership. The last host can't (SafetyRefusal)."""
    if circle.is_host and len(circle.terms.hosts) == 1:
        raise SafetyRefusal(
            "you are the last host of this circle",
            "make somebody else a host first, or end the circle",
        )
    group, message = circle.group.propose_self_remove()
    circle, outgoing = _proposed(circle, group, message, _PUBLIC_GENERATION, token)
    return replace(circle, standing=Standing.LEAVING), outgoing


def _proposed(
    circle: Circle, group: mls.Group, message: bytes, generation: int, token: Token
) -> tuple[Circle, Append]:
    outgoing = _append(circle, Kind.PROPOSAL, message, generation, token)
    return replace(circle, group=group), outgoing


def _append(circle: Circle, kind: Kind, message: bytes, generation: int, token: Token) -> Append:
    slice_keys = circle.keys
    return Append(
        log_id=circle.log_id,
        slice=circle.epoch,
        token=slice_keys.access_token,
        key=keys.idempotency_key(circle.own_secret, circle.epoch, kind, generation),
        entry=envelope.seal(slice_keys.envelope, circle.log_id, circle.epoch, kind, message, token),
    )


def handshake_generation(group: mls.Group) -> int:
    """The generation that the next PrivateMessage with a proposal or Commit of ours takes."""
    return group.secret_tree.next_generation(group.own_leaf_index, RatchetKind.HANDSHAKE)


def entry_digest(entry: bytes) -> bytes:
    """How an entry of ours is recognised when it comes back from the log."""
    return hashlib.sha256(entry).digest()
