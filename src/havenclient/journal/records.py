"""The journal's values: what an entry is, and what a reader of the journal gets to see.

Values only: frozen, without behaviour that touches a disk. The service (`service.py`) makes them
from rows; importers make `ImportedEntry`; front ends show them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from pathlib import Path

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
class ImportedFile:
    """An attachment found by an importer; read when the import is committed."""

    name: str
    media_type: str
    open_path: Path
    """A file, or the archive that holds `member`."""
    member: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """What an importer understood of one foreign entry."""

    source: str
    """Format name: "jrnl", "dayone", "daylio" …"""
    source_id: str
    """The foreign id, or a hash of date and text; with `source` it makes imports idempotent."""
    written_at: datetime
    """Aware. When the file gave no zone: the zone chosen by the person in the preview, or the
    computer's, and `zone_guessed` says so."""
    zone: str | None
    zone_guessed: bool
    body: str
    mood: int | None = None
    tags: tuple[str, ...] = ()
    starred: bool = False
    note: str | None = None
    journal: str | None = None
    modified_at: datetime | None = None
    attachments: tuple[ImportedFile, ...] = ()
    raw: str = ""
    """The source record as it was (JSON, text block), kept with the first version."""


@dataclass(frozen=True, slots=True)
class ImportRemark:
    where: str
    """"row 12", "entry 3", a member's name; never the person's words."""
    message: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Phase one of an import: all that was understood, nothing written yet."""

    source: str
    entries: tuple[ImportedEntry, ...]
    warnings: tuple[ImportRemark, ...] = ()
    unknown_moods: tuple[str, ...] = ()
    """Mood words (Daylio) that need the person's answer."""
    first: datetime | None = None
    last: datetime | None = None
    attachments: int = 0
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ImportResult:
    added: int
    already_there: int
    skipped: int
    warnings: tuple[ImportRemark, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalInfo:
    """One of the journals in this vault."""

    name: str
    hidden: bool
    """Hidden journals appear only when named (`in:NAME`): a help against glances, no more."""
    entries: int


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a calendar; empty days are there too, with zeros."""

    day: date
    entries: int
    words: int
    mood_mean: float | None
    """Mean of the day's moods, 1.0 to 5.0; None when no entry of the day has one."""


@dataclass(frozen=True, slots=True)
class TagContrast:
    """Mood on days with a tag and on days without it. A pattern is not a cause."""

    tag: str
    days: int
    """Days that have both the tag and a mood; at least `insights.MIN_DAYS`."""
    mean_with: float
    mean_without: float | None
    """None when every day with a mood has the tag."""


@dataclass(frozen=True, slots=True)
class MoodPoint:
    day: date
    mood: float | None
    """The day's own mean."""
    mean7: float | None
    """Mean of the day means of this day and the six before it; None when none of them has one."""


@dataclass(frozen=True, slots=True)
class Insights:
    """What a span of days looks like, as numbers and in words. Computed here, for one reader."""

    first: date
    last: date
    """Both inclusive."""
    entries: int
    words: int
    days: int
    days_written: int
    days_with_mood: int
    mood_mean: float | None
    """Mean of the day means, so that a day of many entries weighs as one day."""
    mood_counts: tuple[int, int, int, int, int]
    """Entries with mood 1, 2, 3, 4, 5."""
    series: tuple[MoodPoint, ...]
    """One point a day, first to last."""
    cells: tuple[DayCell, ...]
    contrasts: tuple[TagContrast, ...]
    """Best mean first."""
    longest_pause: int
    """Days without an entry between two days with one, within the span."""
    low_days: int
    """Days among the last `low_window` of the span whose mean mood is 2 or lower."""
    low_window: int
    sentences: tuple[str, ...]
    """The same in words: plain, kind, without judging."""


@dataclass(frozen=True, slots=True)
class Template:
    """A shape to begin an entry with."""

    name: str
    body: str
    builtin: bool
    sentence: str = ""
    """What it is for, in one line; built-in ones only."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question, if one is wanted."""

    id: str
    depth: str
    """L light, M middle, D deep."""
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class PromptOffer:
    """One question with two others; "no prompt" is always the fourth choice."""

    first: Prompt
    others: tuple[Prompt, ...]
