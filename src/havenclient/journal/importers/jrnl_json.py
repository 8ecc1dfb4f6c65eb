"""jrnl's JSON export: `{"tags": {…}, "entries": […]}`, one entry alone, or a folder of those."""

from __future__ import annotations

from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.jrnl_text import identity, join, tags_of
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.values import compact, is_map, list_of, text_of


def looks_like(value: object) -> bool:
    entry = _first(value)
    return "date" in entry and ("title" in entry or "body" in entry) and "creationDate" not in entry


def _first(value: object) -> dict[str, object]:
    if is_map(value) and "entries" in value:
        value = value["entries"]
    if isinstance(value, list):
        value = next((item for item in value if is_map(item)), {})
    return value if is_map(value) else {}


def parse_value(builder: PlanBuilder, value: object, name: str = "") -> None:
    """Entries of one parsed JSON document; `name` is the file's, for remarks."""
    records = value
    if is_map(value):
        records = value.get("entries", [value])
    if not isinstance(records, list):
        raise InputRejected("this JSON isn't an export of jrnl")
    prefix = f"{PurePosixPath(name).name}, " if name else ""
    for number, record in enumerate(records, start=1):
        where = f"{prefix}entry {number}"
        if is_map(record):
            _entry(builder, where, record)
        else:
            builder.remark(where, "it isn't a journal entry; it was left out")


def _entry(builder: PlanBuilder, where: str, record: dict[str, object]) -> None:
    day, clock = text_of(record.get("date")), text_of(record.get("time"))
    stamp = dates.parse_stamp(f"{day} {clock}".strip())
    title, body = text_of(record.get("title")), text_of(record.get("body"))
    text = join(title, body)
    tags = [text_of(tag) for tag in list_of(record.get("tags"))] or tags_of(f"{title}\n{body}")
    builder.entry(
        where,
        builder.moment(stamp) if stamp else None,
        text,
        identity=identity(f"{stamp.naive():%Y-%m-%d %H:%M}", text) if stamp else "",
        source_id=text_of(record.get("uuid")),
        tags=tags,
        starred=record.get("starred") is True,
        raw=compact(record),
    )
