"""Day One Classic: `entries/*.doentry`, one XML property list each, photographs beside.

Format facts: `Creation Date` is UTC; `Time Zone` may be missing; `Entry Text` may be empty; the
photograph of an entry is `photos/<UUID>.jpg`.
"""

from __future__ import annotations

import plistlib
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from xml.parsers.expat import ExpatError

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.attached import imported
from havenclient.journal.importers.limits import MAX_NOTE_FILE
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.tree import Tree, read
from havenclient.journal.importers.values import compact, is_map, list_of, map_of, text_of

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DATE = re.compile(rb"<date>([^<]{1,80})</date>")

# What plistlib lets out for bytes that are no property list; it has no error of its own for all.
_BROKEN = (
    ValueError,
    ExpatError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


def names_of(tree: Tree) -> list[str]:
    return [
        name
        for name in tree.members()
        if name.lower().endswith(".doentry") and "__MACOSX" not in name
    ]


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    photos: dict[str, list[str]] = {}
    for name in tree.members():
        path = PurePosixPath(name)
        if path.parent.name.lower() in ("photos", "videos", "audios"):
            photos.setdefault(path.stem.upper(), []).append(name)
    names = names_of(tree)
    if not names:
        raise InputRejected("no Day One Classic entry was found in it")
    for name in names:
        where = PurePosixPath(name).name
        try:
            data = read(tree, name, MAX_NOTE_FILE)
            value = _loads(data)
        except InputRejected as error:
            builder.remark(where, error.message)
            continue
        except _BROKEN:
            builder.remark(where, "it isn't a readable property list; it was left out")
            continue
        if is_map(value):
            _entry(builder, tree, where, PurePosixPath(name).stem, value, photos)
        else:
            builder.remark(where, "it isn't an entry; it was left out")


def _loads(data: bytes) -> object:
    """The property list; raises what `_BROKEN` names.

    Phones let control characters into texts, and other programs wrote dates as C does ("Sun Jan 25
    08:09:32 2015"). Both are mended, but only where plain reading fails.
    """
    try:
        return plistlib.loads(data, fmt=plistlib.FMT_XML)
    except _BROKEN:
        if b"<!ENTITY" in data:
            raise
        mended = _CONTROL.sub(b"", data)
        return plistlib.loads(_DATE.sub(_iso_date, mended), fmt=plistlib.FMT_XML)


def _iso_date(found: re.Match[bytes]) -> bytes:
    stamp = dates.parse_stamp(found[1].decode("utf-8", "replace").strip())
    if stamp is None:
        return found[0]
    when = stamp.naive()
    if stamp.zone is not None:
        when = when.replace(tzinfo=stamp.zone).astimezone(UTC)
    return f"<date>{when:%Y-%m-%dT%H:%M:%SZ}</date>".encode()


def _entry(
    builder: PlanBuilder,
    tree: Tree,
    where: str,
    stem: str,
    record: dict[str, object],
    photos: dict[str, list[str]],
) -> None:
    created = record.get("Creation Date")
    zone = record.get("Time Zone")
    when = None
    if isinstance(created, datetime):
        name = text_of(zone) or text_of(map_of(zone).get("name"))
        when = builder.instant(created.replace(tzinfo=UTC), name)
    uuid = text_of(record.get("UUID")) or stem
    if "Location" in record or "Weather" in record:
        builder.once("places and weather are kept with each entry's source record")
    modified = record.get("Modified Date")
    builder.entry(
        where,
        when,
        text_of(record.get("Entry Text")),
        source_id=uuid.replace("-", "").upper(),
        tags=[text_of(tag) for tag in list_of(record.get("Tags"))],
        starred=record.get("Starred") is True,
        modified_at=modified if isinstance(modified, datetime) else None,
        attachments=[imported(tree, photo) for photo in photos.get(uuid.upper(), [])],
        raw=compact(record),
    )
