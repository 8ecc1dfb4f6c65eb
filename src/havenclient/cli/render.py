"""Entries as lines and as JSON. A content note folds an entry in both until it is asked for.

The keys of the JSON are an API (docs/cli.md). Output itself makes text safe for a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from havenclient.text import safe_line

if TYPE_CHECKING:
    from havenclient.journal.records import Attachment, Entry, Summary, Version

MOOD_WORDS = {1: "low", 2: "rather low", 3: "ok", 4: "good", 5: "bright"}
SHORT_ID = 8
"""Characters of an id in a list: all of an id is chance, so eight tell a million apart."""


def short_ids(ids: Sequence[str]) -> dict[str, str]:
    """For each id its beginning, long enough to differ from all others of the list."""
    for size in range(SHORT_ID, 27):
        if len({one[:size] for one in ids}) == len(set(ids)):
            return {one: one[:size] for one in ids}
    return {one: one for one in ids}


def summary_line(row: Summary, name: str) -> str:
    """`01KAN3…  2026-11-22 21:04  mood 4  Slow morning  #family`."""
    parts = [name, f"{row.written_at:%Y-%m-%d %H:%M}"]
    if row.mood is not None:
        parts.append(f"mood {row.mood}")
    if row.starred:
        parts.append("starred")
    if row.note is not None:
        parts.append(f"(content note: {safe_line(row.note)})")
    if row.title:
        parts.append(safe_line(row.title, limit=80))
    elif row.note is None:
        parts.append(safe_line(row.excerpt, limit=60) or "(no words)")
    parts += [f"#{safe_line(one)}" for one in row.tags]
    if row.has_attachments:
        parts.append("(files)")
    return "  ".join(parts)


def summary_json(row: Summary) -> dict[str, Any]:
    return {
        "id": row.id,
        "journal": row.journal,
        "written_at": row.written_at.isoformat(),
        "title": row.title,
        "excerpt": row.excerpt,
        "hits": [list(hit) for hit in row.hits],
        "mood": row.mood,
        "tags": list(row.tags),
        "note": row.note,
        "starred": row.starred,
        "words": row.words,
        "has_attachments": row.has_attachments,
    }


def entry_lines(entry: Entry, *, reveal: bool) -> list[str]:
    """An entry whole: facts, an empty line, the text."""
    lines = [
        f"id: {entry.id}",
        f"written: {entry.written_at:%A %d %B %Y, %H:%M}"
        + (f" ({safe_line(entry.zone)})" if entry.zone else ""),
        f"journal: {safe_line(entry.journal)}",
    ]
    if entry.mood is not None:
        lines.append(f"mood: {entry.mood} of 5, {MOOD_WORDS.get(entry.mood, '')}")
    if entry.tags:
        lines.append("tags: " + " ".join(f"#{safe_line(one)}" for one in entry.tags))
    if entry.starred:
        lines.append("starred: yes")
    if entry.version > 1:
        lines.append(f"version: {entry.version}")
    if entry.binned_at is not None:
        lines.append(f"in the bin since: {entry.binned_at.astimezone():%d %B %Y}")
    if entry.note is not None:
        lines.append(f"content note: {safe_line(entry.note)}")
        if not reveal:
            return [*lines, "", "(folded; --show-notes shows it)"]
    lines += [attachment_line(one) for one in entry.attachments]
    return [*lines, "", *entry.body.split("\n")]


def entry_json(entry: Entry, *, reveal: bool) -> dict[str, Any]:
    folded = entry.note is not None and not reveal
    return {
        "id": entry.id,
        "version": entry.version,
        "journal": entry.journal,
        "written_at": entry.written_at.isoformat(),
        "zone": entry.zone,
        "saved_at": entry.saved_at.isoformat(),
        "title": "" if folded else entry.title,
        "body": None if folded else entry.body,
        "folded": folded,
        "mood": entry.mood,
        "tags": list(entry.tags),
        "note": entry.note,
        "starred": entry.starred,
        "words": entry.words,
        "attachments": [attachment_json(one) for one in entry.attachments],
        "binned_at": entry.binned_at.isoformat() if entry.binned_at else None,
    }


def attachment_line(one: Attachment) -> str:
    return f"file: {safe_line(one.name)}, {size(one.size)}, {safe_line(one.media_type)}"


def attachment_json(one: Attachment) -> dict[str, Any]:
    return {
        "id": one.blob_id,
        "name": one.name,
        "media_type": one.media_type,
        "size": one.size,
        "sha256": one.sha256,
    }


def version_json(one: Version, *, reveal: bool) -> dict[str, Any]:
    folded = one.note is not None and not reveal
    return {
        "entry_id": one.entry_id,
        "number": one.number,
        "saved_at": one.saved_at.isoformat(),
        "title": "" if folded else one.title,
        "body": None if folded else one.body,
        "folded": folded,
        "mood": one.mood,
        "tags": list(one.tags),
        "note": one.note,
        "words": one.words,
        "origin": one.origin,
    }


def size(count: int) -> str:
    """12 bytes · 3.4 KB · 2.0 MB."""
    amount = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{count} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
