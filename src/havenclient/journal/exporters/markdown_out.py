"""Markdown with front matter: `YYYY/YYYY-MM-DD-HHMM-shortid.md`, attachments in `….files/` beside.

The front matter holds all that Haven knows of an entry but its older versions, so that the folder
can come back in. The body is written exactly as it is: one empty line before and one line end after
it belong to the file, not to the body.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import yaml

from havenclient.journal.exporters.target import ExportResult, copy_new, write_new
from havenclient.journal.records import Attachment, Entry, Query
from havenclient.journal.seams import Work

if TYPE_CHECKING:
    from havenclient.journal.service import Journal

FORMAT = 1
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """One entry as files: paths are relative, with '/'."""

    name: str
    text: bytes
    attachments: tuple[tuple[str, Attachment], ...]


class Namer:
    """Names for entries, each once in an export."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def name(self, entry: Entry) -> str:
        """`2026/2026-11-22-2104-abc123`; more of the id where six characters are taken."""
        at = entry.written_at
        day = f"{at.year:04d}-{at.month:02d}-{at.day:02d}-{at.hour:02d}{at.minute:02d}"
        for size in (6, 10, len(entry.id)):
            stem = f"{at.year:04d}/{day}-{entry.id[:size].lower()}"
            if stem not in self._used:
                break
        self._used.add(stem)
        return stem


def page_of(entry: Entry, namer: Namer) -> Page:
    stem = namer.name(entry)
    files: list[tuple[str, Attachment]] = []
    used: set[str] = set()
    for attachment in entry.attachments:
        name = file_name(attachment.name)
        for number in range(2, 10_000):
            if name.casefold() not in used:
                break
            path = PurePosixPath(file_name(attachment.name))
            name = f"{path.stem}-{number}{path.suffix}"
        used.add(name.casefold())
        files.append((f"{stem}.files/{name}", attachment))
    return Page(f"{stem}.md", text_of(entry, stem, files), tuple(files))


def text_of(entry: Entry, stem: str, files: list[tuple[str, Attachment]]) -> bytes:
    front: dict[str, object] = {
        "haven": FORMAT,
        "id": entry.id,
        "date": entry.written_at.isoformat(),
    }
    if entry.zone:
        front["zone"] = entry.zone
    front["journal"] = entry.journal
    if entry.tags:
        front["tags"] = list(entry.tags)
    if entry.mood is not None:
        front["mood"] = entry.mood
    if entry.starred:
        front["starred"] = True
    if entry.note:
        front["note"] = entry.note
    front["saved"] = entry.saved_at.isoformat()
    if files:
        front["attachments"] = [
            {
                "name": attachment.name,
                "file": path.split("/", 1)[1],
                "type": attachment.media_type,
                "sha256": attachment.sha256,
            }
            for path, attachment in files
        ]
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=2**31 - 1)
    return f"---\n{head}---\n\n{entry.body}\n".encode("utf-8", "replace")


def file_name(name: str) -> str:
    """`name` fit for every common file system; never a path."""
    name = unicodedata.normalize("NFC", name)
    name = re.sub(r"[\x00-\x1f\x7f<>:\"/\\|?*]", "_", name).strip(" .")
    while len(name.encode("utf-8", "replace")) > 150:
        path = PurePosixPath(name)
        name = path.stem[:-1] + path.suffix[:20] if len(path.stem) > 1 else name[:40]
    return "file" if not name or _RESERVED.match(name) else name


def pages(
    journal: Journal, query: Query | None, namer: Namer | None = None
) -> Iterator[tuple[Entry, Page]]:
    namer = namer or Namer()
    for entry, _ in journal.iter_versions(query):
        yield entry, page_of(entry, namer)


def write(journal: Journal, folder: Path, *, query: Query | None, work: Work) -> ExportResult:
    entries = attachments = 0
    for _, page in pages(journal, query):
        work.step(entries, None, "writing entries")
        path = folder / page.name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_new(path, page.text)
        for name, attachment in page.attachments:
            work.step(entries, None, "writing attachments")
            (folder / name).parent.mkdir(mode=0o700, exist_ok=True)
            with journal.read_attachment(attachment.blob_id) as stream:
                copy_new(folder / name, stream)
            attachments += 1
        entries += 1
    return ExportResult(entries, attachments, entries + attachments)
