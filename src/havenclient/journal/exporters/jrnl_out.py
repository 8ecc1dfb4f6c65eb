"""jrnl's JSON: `{"entries": [...], "tags": {...}}`, written entry by entry.

What jrnl can't hold is left behind: zones (it keeps wall time), moods, content notes, older
versions, attachments. A tag with spaces becomes one with underscores.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from havenclient.journal.exporters.target import ExportResult
from havenclient.journal.records import Entry, Query
from havenclient.journal.seams import Work

if TYPE_CHECKING:
    from havenclient.journal.service import Journal


def write(journal: Journal, out: BinaryIO, *, query: Query | None, work: Work) -> ExportResult:
    counts: dict[str, int] = {}
    entries = 0
    out.write(b'{\n  "entries": [')
    for entry, _ in journal.iter_versions(query):
        work.step(entries, None, "writing entries")
        record = record_of(entry)
        for tag in record["tags"] if isinstance(record["tags"], list) else []:
            counts[tag] = counts.get(tag, 0) + 1
        text = json.dumps(record, ensure_ascii=False, indent=2).replace("\n", "\n    ")
        out.write(b",\n    " if entries else b"\n    ")
        out.write(text.encode("utf-8", "replace"))
        entries += 1
    ordered = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    tags = json.dumps(ordered, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    out.write(b'\n  ],\n  "tags": ' + tags.encode("utf-8", "replace") + b"\n}\n")
    return ExportResult(entries, 0, 1)


def record_of(entry: Entry) -> dict[str, object]:
    title, body = split_title(entry.body)
    return {
        "title": title,
        "body": body,
        "date": entry.written_at.date().isoformat(),
        "time": f"{entry.written_at:%H:%M}",
        "tags": ["@" + "_".join(tag.split()) for tag in entry.tags],
        "starred": entry.starred,
        "uuid": entry.id,
    }


def split_title(body: str) -> tuple[str, str]:
    """The first line with words in it, and what follows."""
    title, _, rest = body.lstrip("\n").partition("\n")
    return title.strip(), rest.strip("\n")
