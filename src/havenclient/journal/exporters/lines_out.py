"""`haven.jsonl`: one JSON object a line, every version of every entry. Format 1.

    {"haven": 1, "kind": "export", "written_at": …}
    {"kind": "journal", "name": …, "hidden": …}
    {"kind": "entry", "id": …, "journal": …, "written_at": …, "zone": …, "starred": …,
     "binned_at": …, "attachments": [{"name", "media_type", "size", "sha256"}],
     "versions": [{"number", "saved_at", "origin", "journal", "written_at", "zone", "mood",
                   "starred", "tags", "note", "body"}],
     "imported": {"source", "source_id", "raw"}}          (backups only)
    {"kind": "draft" …}, {"kind": "template" …}           (backups only)
    {"kind": "end", "entries": n}

Times are ISO 8601 with offset. Attachments lie in `attachments/<sha256>`, each content once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.journal.exporters.target import ExportResult, copy_new
from havenclient.journal.importers.haven_lines import FORMAT, NAME
from havenclient.journal.records import Attachment, Entry, JournalInfo, Query, Version
from havenclient.journal.seams import Work
from havenclient.seams import Clock

if TYPE_CHECKING:
    from havenclient.journal.service import Journal


def line(value: Mapping[str, object]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def head(clock: Clock) -> bytes:
    written_at = clock.now().isoformat()
    return line({"haven": FORMAT, "kind": "export", "written_at": written_at})


def journal_line(info: JournalInfo) -> bytes:
    return line({"kind": "journal", "name": info.name, "hidden": info.hidden})


def entry_line(
    entry: Entry, versions: list[Version], imported: Mapping[str, str] | None = None
) -> bytes:
    """`versions` oldest first."""
    record: dict[str, object] = {
        "kind": "entry",
        "id": entry.id,
        "journal": entry.journal,
        "written_at": entry.written_at.isoformat(),
        "zone": entry.zone,
        "starred": entry.starred,
        "binned_at": entry.binned_at.isoformat() if entry.binned_at else None,
        "attachments": [_attachment(attachment) for attachment in entry.attachments],
        "versions": [_version(version) for version in versions],
    }
    if imported is not None:
        record["imported"] = dict(imported)
    return line(record)


def _attachment(attachment: Attachment) -> dict[str, object]:
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
    }


def _version(version: Version) -> dict[str, object]:
    return {
        "number": version.number,
        "saved_at": version.saved_at.isoformat(),
        "origin": version.origin,
        "journal": version.journal,
        "written_at": version.written_at.isoformat(),
        "zone": version.zone,
        "mood": version.mood,
        "starred": version.starred,
        "tags": list(version.tags),
        "note": version.note,
        "body": version.body,
    }


def write(
    journal: Journal, folder: Path, *, query: Query | None, work: Work, clock: Clock
) -> ExportResult:
    entries = 0
    files: dict[str, Attachment] = {}
    with (folder / NAME).open("xb") as out:
        out.write(head(clock))
        for info in journal.journals(hidden=False):
            out.write(journal_line(info))
        for entry, versions in journal.iter_versions(query):
            work.step(entries, None, "writing entries")
            out.write(entry_line(entry, versions))
            for attachment in entry.attachments:
                files.setdefault(attachment.sha256, attachment)
            entries += 1
        out.write(line({"kind": "end", "entries": entries}))
    if files:
        (folder / "attachments").mkdir(mode=0o700)
    for number, (digest, attachment) in enumerate(files.items()):
        work.step(number, len(files), "writing attachments")
        with journal.read_attachment(attachment.blob_id) as stream:
            copy_new(folder / "attachments" / digest, stream)
    return ExportResult(entries, len(files), 1 + len(files))
