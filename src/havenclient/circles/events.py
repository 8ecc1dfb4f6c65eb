"""What happened in a circle: nouns in the past, from the machine to who keeps and shows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from havenclient.circles.chain import Trouble
from havenclient.circles.content import Content
from havenclient.circles.policy import Person


@dataclass(frozen=True, slots=True)
class MessageReceived:
    seq: int
    message_id: bytes
    sender: Person
    content: Content = field(repr=False)
    encoded: bytes = field(repr=False)
    evidence: bytes = field(repr=False)
    """AuthenticatedContent with its MLS signature, and the group context it was signed in:
    what a report can prove (kept sealed for the report window only)."""
    may_post: bool = True
    """False: the sender had not accepted the agreement in force; not shown as a message."""


@dataclass(frozen=True, slots=True)
class OwnEntryLanded:
    """An entry of ours came back under its seq."""

    seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An entry that nobody can read or that the rules refuse. It blocks nothing."""

    seq: int
    reason: str
    sender: Person | None = None


@dataclass(frozen=True, slots=True)
class ProposalReceived:
    seq: int
    sender: Person
    leaving: bool


@dataclass(frozen=True, slots=True)
class EpochBegan:
    """A Commit took effect."""

    seq: int
    epoch: int
    by: Person
    joined: tuple[Person, ...] = ()
    left: tuple[Person, ...] = ()
    removed: tuple[Person, ...] = ()
    returned: tuple[Person, ...] = ()
    """Came back under the same pseudonym with a new key."""
    terms_changed: bool = False


@dataclass(frozen=True, slots=True)
class RemovedFromCircle:
    """We are no longer a member: removed, or our own leaving took effect."""

    seq: int
    by: Person
    by_own_wish: bool
    came_back: bool
    """The same Commit let us in under a new key: we asked to come back, on another computer."""


@dataclass(frozen=True, slots=True)
class GapSeen:
    """Entries had expired before this computer saw them."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TroubleFound:
    """The relay showed something that can't be; the circle is read-only here from now on."""

    trouble: Trouble
    seq: int


@dataclass(frozen=True, slots=True)
class CopiedStateFound:
    """An entry by our own leaf that this vault never wrote: somebody runs a copy of it."""

    seq: int


Event = (
    MessageReceived
    | OwnEntryLanded
    | Quarantined
    | ProposalReceived
    | EpochBegan
    | RemovedFromCircle
    | GapSeen
    | TroubleFound
    | CopiedStateFound
)
