"""The journal's values: what an entry is, and what a reader of the journal gets to see.

Values only: frozen, without behaviour that touches a disk. The service (`service.py`) makes them
from rows; importers make `ImportedEntry`; front ends show them.

A class of values costs a start half a millisecond. Those that `list` and `new` don't need live in
`figures`, `imported` and `offers`, and come from here as well, when they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.journal.figures import DayCell as DayCell
    from havenclient.journal.figures import Insights as Insights
    from havenclient.journal.figures import MoodPoint as MoodPoint
    from havenclient.journal.figures import TagContrast as TagContrast
    from havenclient.journal.imported import ImportedEntry as ImportedEntry
    from havenclient.journal.imported import ImportedFile as ImportedFile
    from havenclient.journal.imported import ImportPlan as ImportPlan
    from havenclient.journal.imported import ImportRemark as ImportRemark
    from havenclient.journal.imported import ImportResult as ImportResult
    from havenclient.journal.offers import Prompt as Prompt
    from havenclient.journal.offers import PromptOffer as PromptOffer
    from havenclient.journal.offers import Template as Template

MOODS = (1, 2, 3, 4, 5)
"""1 low, 3 ok, 5 bright."""

DEFAULT_JOURNAL = "journal"

BIN_DAYS = 30
"""How long an entry rests in the bin before it may be purged."""


class Keep(Enum):
    """`edit(…)`: "leave this field as it is", since None is a value of its own."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Attachment:
    """A sealed file that belongs to an entry."""

    blob_id: str
    """Random name in the blob store, 32 hex digits."""
    name: str
    """File name as the person gave it; shown through `safe_line`."""
    media_type: str
    size: int
    """Bytes of plaintext."""
    sha256: str
    """Hex digest of the plaintext; the identity used by import, export and backup."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest version of an entry, whole."""

    id: str
    """26 characters of Crockford base32 (ULID shape); any unique prefix of 6 or more finds it."""
    version: int
    """1 for the first, +1 for each edit; older ones stay in the history."""
    journal: str
    written_at: datetime
    """What the person says the entry is about: aware; keeps the writer's UTC offset."""
    zone: str | None
    """IANA zone name if known; None when only an offset or a floating local time was known."""
    saved_at: datetime
    """When this version was saved, UTC."""
    title: str
    """First heading or first line of the body, without markup; may be empty."""
    body: str
    """Markdown, exactly as written."""
    mood: int | None = None
    tags: tuple[str, ...] = ()
    """Without '#', case kept as first written; matched casefolded."""
    note: str | None = None
    """Content note ("grief"): while folded, nothing of the entry is shown."""
    starred: bool = False
    words: int = 0
    attachments: tuple[Attachment, ...] = ()
    binned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """One row of a list. With a content note, title and excerpt are empty until opened."""

    id: str
    journal: str
    written_at: datetime
    title: str
    excerpt: str
    """About 120 characters; around the first hit when this came from a search."""
    hits: tuple[tuple[int, int], ...]
    """(start, end) of the hits within `excerpt`, in characters."""
    mood: int | None
    tags: tuple[str, ...]
    note: str | None
    starred: bool
    words: int
    has_attachments: bool


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    RANK = "rank"


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `journal.query.parse` makes one from what a person typed."""

    words: tuple[str, ...] = ()
    """Each must occur; a word may be a phrase with spaces."""
    prefix_last: bool = True
    """The last word also matches as a prefix (search while typing)."""
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    mood_min: int | None = None
    mood_max: int | None = None
    after: date | None = None
    """Inclusive."""
    before: date | None = None
    """Inclusive."""
    journal: str | None = None
    """None: every journal that isn't hidden."""
    starred: bool | None = None
    has_note: bool | None = None
    has_attachments: bool | None = None
    binned: bool = False
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Summary, ...]
    next: str | None
    """Opaque cursor for the next page, None at the end."""
    total: int | None
    """Matches in all, when it was cheap to know or asked for."""


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version in an entry's history."""

    entry_id: str
    number: int
    saved_at: datetime
    title: str
    body: str
    mood: int | None
    tags: tuple[str, ...]
    note: str | None
    words: int
    origin: str
    """edit, import, quick, restore, merge …"""
    journal: str
    written_at: datetime
    zone: str | None
    starred: bool
    raw: str = ""
    """The source record of an imported entry, as it was."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved words, kept every few seconds, so that a crash loses none."""

    key: str
    """"new" (one per window) or "entry:ID"."""
    body: str
    saved_at: datetime
    mood: int | None = None
    tags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class JournalInfo:
    """One of the journals in this vault."""

    name: str
    hidden: bool
    """Hidden journals appear only when named (`in:NAME`): a help against glances, no more."""
    entries: int


_ELSEWHERE = {
    "figures": ("DayCell", "Insights", "MoodPoint", "TagContrast"),
    "imported": ("ImportPlan", "ImportRemark", "ImportResult", "ImportedEntry", "ImportedFile"),
    "offers": ("Prompt", "PromptOffer", "Template"),
}


def __getattr__(name: str) -> object:
    for module, names in _ELSEWHERE.items():
        if name in names:
            return getattr(import_module(f"havenclient.journal.{module}"), name)
    raise AttributeError(name)
