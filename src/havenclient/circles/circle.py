"""A circle as a value: everything that one member's computer knows to go on.

Theory of operation of the whole room. A circle is a machine without I/O. Its state is one frozen
`Circle`; each step is a function from (state, bytes or a wish) to (new state, events, outgoing):

    founding.found       a name, an agreement       -> a circle of one, three logs to create
    joining.join         a Welcome                  -> a circle in which we are a member
    speaking.say         content                    -> one entry to append
    speaking.propose_*   leaving, a fresh key       -> one entry to append
    closing.stage        what a host wants          -> a closing entry, staged
    receiving.receive    a page of a slice          -> what happened, and the state after it

Nothing here opens a socket or a file, reads a clock or draws a number itself. Whoever calls saves
the new state, the events' rows and the outgoing entries in ONE transaction and only then sends
(`store.py`, `sync/`). A crash before the save changes nothing; a crash after it is made good by
sending the same bytes again.

How epochs move. Epoch e of the MLS group is slice e of the log. Entries of slice e are read with
keys of epoch e; its last entry is the closing bundle with the Commit. A host *stages* a Commit: the
state after it is kept beside the current one, and it has not happened until the closing entry is
read back from the log. So own and foreign Commits take effect at one place only, in `receive`, in
the order of the log; of two hosts that race, both read the winner's.

| standing  | reads | writes | how it is left                                              |
| --------- | ----- | ------ | ----------------------------------------------------------- |
| ACTIVE    | yes   | yes    |                                                             |
| READ_ONLY | no    | no     | trouble (see `chain.py`): the person decides: return or move|
| RETURNING | no    | no     | a Welcome arrives in the knock mailbox                      |
| LEAVING   | yes   | no     | the Commit with our SelfRemove                              |
| GONE      | no    | no     | never; what was received stays readable                     |
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum

from havenclient.circles import chain, keys, policy
from havenclient.circles.chain import Chain, Trouble
from havenclient.circles.keys import SliceKeys
from havenclient.circles.policy import Person
from havenclient.circles.terms import Mailbox, Terms
from havenclient.crypto import mls
from havenclient.crypto.sealing import SealingKey

SUITE = 0xF002
"""The default suite of a new circle: X-Wing, AES-256-GCM, SHA-384, Ed25519."""
DAY = 86_400
REFRESH_AFTER = 7 * DAY
"""Hosts refresh keys at least weekly."""


class Standing(StrEnum):
    ACTIVE = "active"
    READ_ONLY = "read-only"
    RETURNING = "returning"
    LEAVING = "leaving"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class MailboxKeys:
    """What is needed to read and write one mailbox log."""

    log_id: bytes
    token: bytes = field(repr=False)
    envelope: bytes = field(repr=False)

    @staticmethod
    def of(mailbox: Mailbox) -> MailboxKeys:
        """A circle's own knock or report mailbox: all members know its token."""
        envelope = keys.derive(mailbox.token, "haven mailbox envelope", 32)
        return MailboxKeys(mailbox.log_id, mailbox.token, envelope)


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody whom a staged Commit adds, and where her Welcome goes once it took effect."""

    key: bytes
    """Her signature key."""
    mailbox: MailboxKeys
    answer_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Staged:
    """An own Commit that isn't in the log yet (or isn't known to be)."""

    commit: mls.StagedCommit = field(repr=False)
    entry_digest: bytes
    """SHA-256 of the closing entry: how we recognise it when it is read back."""
    admissions: tuple[Admission, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for a Commit. A closing bundle repeats its message."""

    ref: bytes
    sender: int
    leaving: bool
    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Circle:
    id: bytes
    """16 random bytes, this vault's own name for the circle; never on any wire."""
    relay: str
    group: mls.Group = field(repr=False)
    own_secret: bytes = field(repr=False)
    sealing: SealingKey
    chain: Chain
    standing: Standing = Standing.ACTIVE
    trouble: Trouble | None = None
    doubts: frozenset[bytes] = frozenset()
    """Signature keys of members whose claims disagree with our chain (see `receiving.py`)."""
    waiting: tuple[Waiting, ...] = field(default=(), repr=False)
    """Proposals of this epoch, in the log's order."""
    staged: Staged | None = None
    epoch_began: int = 0
    """Unix seconds by this computer's clock: when the present epoch was first seen."""
    base: int = 0
    """What this vault adds to a seq of the present log to get the number it keeps: entries of logs
    that the circle has left come before (moving.py). Everything in here counts with it; on the
    wire seqs are the log's own."""

    # --- what follows from the state --------------------------------------------------------------

    @property
    def epoch(self) -> int:
        return self.group.epoch

    @property
    def terms(self) -> Terms:
        return policy.terms_of(self.group.extensions)

    @property
    def log_id(self) -> bytes:
        return self.terms.log_id

    @property
    def keys(self) -> SliceKeys:
        """The keys of the present slice."""
        return keys.slice_keys(self.group, self.log_id)

    @property
    def people(self) -> tuple[Person, ...]:
        if not self.group.active:
            return policy.people_of(self.group)
        # Asked with every entry, and the same for a whole epoch, which its authenticator names
        # (RFC 9420 §8.7). Only people are kept: a kept group would keep its ratchets alive.
        epoch = self.group.epoch_authenticator
        found = _people.get(epoch)
        if found is None:
            found = policy.people_of(self.group)
            if len(_people) >= _EPOCHS:
                _people.clear()
            _people[epoch] = found
        return found

    @property
    def me(self) -> Person:
        own = self.group.own_leaf_index
        return next(p for p in self.people if p.leaf == own)

    @property
    def is_host(self) -> bool:
        return self.terms.is_host(self.me.key)

    @property
    def urn(self) -> str:
        """The circle's location-independent name (protocol.md §4)."""
        return f"urn:haven:circle:{self.group.group_id.hex()}"

    @property
    def has_accepted(self) -> bool:
        agreement = self.terms.agreement
        return self.me.accepted == (agreement.version, agreement.digest)

    @property
    def can_write(self) -> bool:
        return self.standing is Standing.ACTIVE and self.has_accepted

    def claim(self) -> bytes:
        """What every message of ours says about the history that we have seen."""
        return chain.encode(
            chain.Claim(self.chain.seq - self.base, self.chain.head, self.group.epoch_authenticator)
        )

    def in_trouble(self, trouble: Trouble) -> Circle:
        return replace(self, standing=Standing.READ_ONLY, trouble=trouble, staged=None)


_EPOCHS = 32
_people: dict[bytes, tuple[Person, ...]] = {}


def person_urn(key: bytes) -> str:
    """A member's location-independent name: from her key in this circle only."""
    return f"urn:haven:member:{hashlib.sha256(key).hexdigest()[:32]}"


def refresh_due(circle: Circle, now: int) -> bool:
    """Whether a host should commit just to renew keys."""
    return circle.is_host and now - circle.epoch_began >= REFRESH_AFTER


def health(circle: Circle) -> str:
    """One plain line on how the circle is, for its header."""
    people = len(circle.people)
    match circle.standing:
        case Standing.GONE:
            return "You are no longer in this circle. What you received stays here."
        case Standing.RETURNING:
            return "Waiting for a host to let you back in, as yourself."
        case Standing.LEAVING:
            return "You are leaving. A host's Haven will finish it."
        case Standing.READ_ONLY:
            return TROUBLE_WORDS[circle.trouble or Trouble.TWO_HISTORIES]
        case Standing.ACTIVE:
            pass
    if circle.doubts:
        names = sorted(p.name for p in circle.people if p.key in circle.doubts)
        return f"{' and '.join(names)} saw another history. Ask them on another channel."
    if people > 3 and len(circle.terms.hosts) < 2:
        return "All is well. A second host would make the circle safer against loss."
    return "All is well."


TROUBLE_WORDS = {
    Trouble.TWO_HISTORIES: (
        "The relay shows you something else than the others. Nothing more is sent from here."
    ),
    Trouble.WENT_BACK: (
        "The relay has lost entries that were there before. Nothing more is sent from here."
    ),
    Trouble.OUT_OF_ORDER: (
        "The relay shows entries in an impossible order. Nothing more is sent from here."
    ),
    Trouble.COPIED: (
        "A copy of this vault has written here. Only one may go on: ask to be let back in."
    ),
    Trouble.BROKEN_CLOSING: (
        "A host's Commit can't be followed. A host can move the circle; nothing is lost here."
    ),
}
