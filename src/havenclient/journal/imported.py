"""Values of an import: what an importer understood, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


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
