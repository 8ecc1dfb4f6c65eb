"""What front ends get to see of circles: values with texts that are safe to show."""

from __future__ import annotations

from dataclasses import dataclass, field

from havenclient.circles.circle import Standing
from havenclient.circles.mailbox import Card


@dataclass(frozen=True, slots=True)
class CircleView:
    id: str
    """Hex; any unique prefix or the name finds it."""
    name: str
    pseudonym: str
    relay: str
    standing: Standing
    health: str
    people: int
    new: int
    """Messages since the person last looked."""
    is_host: bool
    knocks: int
    waiting: int
    """Entries that aren't on the relay yet."""
    must_accept: bool
    """A new agreement waits to be accepted before anything can be said."""
    retention_days: int
    agreement: str
    agreement_version: int
    trouble: str = ""
    """What was seen that keeps us from writing (`chain.Trouble`); empty where nothing was."""


@dataclass(frozen=True, slots=True)
class Reaction:
    word: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttachmentView:
    index: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MessageView:
    no: int
    """This vault's number of the row: for paging, replying, opening."""
    seq: int | None
    id: str
    kind: str
    """"message", "line" (Haven's own words) or "quarantine"."""
    sender: str
    mine: bool
    at: int
    """Unix seconds: when it was written here, or first seen here."""
    text: str = field(repr=False)
    note: str | None = None
    """Content note: while folded, front ends show the note and nothing else."""
    talk: str | None = None
    """experience, question, what-helped, just-listen, advice."""
    source: str | None = None
    source_link: str | None = None
    reply_to: int | None = None
    """Row of the message that this answers, if it is still here."""
    edited: bool = False
    deleted: bool = False
    expires_at: int | None = None
    reactions: tuple[Reaction, ...] = ()
    attachments: tuple[AttachmentView, ...] = ()
    state: str = "sent"
    """held, waiting, sending, sent, refused."""
    reason: str = ""
    note_by: str = ""
    """The helper who put the note there; empty where it is the author's own."""
    unnamed: bool = False
    """A host passes on a question: show "someone here asks" in place of the sender."""
    waits: bool = False
    """A newcomer's words that wait for a host or helper to be here again (night mode)."""
    folded: bool = False
    """Set by `folding.fold`: then `text`, `attachments` and `source_link` are empty."""
    folded_because: str = ""
    """One line to show in place of what is folded."""
    lines: int = 0
    """How many lines a folded text has: what a person may want to know before she opens it."""


@dataclass(frozen=True, slots=True)
class PersonView:
    name: str
    key: str
    """Hex of the signature key in this circle."""
    role: str
    """host, helper or member."""
    me: bool
    verified: bool
    changed: bool
    """Came back with a new key after having been verified."""
    has_accepted: bool
    doubted: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class QueueView:
    """Something that isn't on a relay yet."""

    no: int
    circle: str
    """Name; empty for what goes to the door of a circle that we are not in."""
    what: str
    """message, change, file or mailbox, knock."""
    made_at: int
    size: int
    """Bytes as they will lie on the relay; 0 where nothing is stored."""
    state: str
    tries: int
    not_before: int
    reason: str
    message: int | None
    """Row of the message that it carries."""


@dataclass(frozen=True, slots=True)
class InviteView:
    id: str
    link: str = field(repr=False)
    words: str = field(repr=False)
    relay: str
    expires: int
    state: str
    """open, used, revoked, expired."""
    knocks: int


@dataclass(frozen=True, slots=True)
class KnockView:
    no: int
    name: str
    words: str
    at: int
    returns: bool
    state: str
    invite: str
    others: int
    """Further knocks on the same invite: more than one person has it."""
    safety_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DoorView:
    """An invite that we hold: from opening it to being inside."""

    id: str
    relay: str
    state: str
    """opening, offered, knocked, in, refused, expired."""
    card: Card | None
    inviter: str
    pseudonym: str
    expires: int
    safety_words: tuple[str, ...] = ()
    reason: str = ""
