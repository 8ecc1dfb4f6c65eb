"""Haven's own JSON lines: `haven.jsonl` with `attachments/` beside it (docs/import-export.md).

One JSON object a line. The first line says `{"haven": 1, "kind": "export"}`; then one line for each
entry with all its versions. The newest version comes in here; a restore reads all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates, zones
from havenclient.journal.importers.attached import imported
from havenclient.journal.importers.limits import MAX_BODY, MAX_TEXT_FILE
from havenclient.journal.importers.plan import PlanBuilder, When
from havenclient.journal.importers.tree import Tree
from havenclient.journal.importers.values import (
    is_map,
    list_of,
    map_of,
    number_of,
    parse_json,
    text_of,
)
from havenclient.journal.records import ImportedFile

NAME = "haven.jsonl"
FORMAT = 1
_MAX_LINE = 2 * MAX_TEXT_FILE


def file_of(tree: Tree) -> str | None:
    names = [name for name in tree.members() if name.lower().endswith(".jsonl")]
    exact = [name for name in names if PurePosixPath(name).name == NAME]
    return next(iter(exact or names), None)


def looks_like(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \n").startswith(b'{"haven":')


def lines_of(tree: Tree, name: str) -> Iterator[tuple[int, dict[str, object] | None]]:
    """(line number, record) of each line, None for one that can't be read; streamed."""
    with tree.open(name) as stream:
        number = 0
        rest = b""
        while True:
            block = stream.read(1 << 20)
            *lines, rest = (rest + block).split(b"\n")
            if not block and rest:
                lines.append(rest)
            for line in lines:
                number += 1
                if line.strip():
                    yield number, _record(line)
            if not block:
                return
            if len(rest) > _MAX_LINE:
                raise InputRejected("a line in the export is longer than an entry can be")


def _record(line: bytes) -> dict[str, object] | None:
    try:
        value = parse_json(line.decode("utf-8-sig"))
    except (InputRejected, UnicodeDecodeError):
        return None
    return value if is_map(value) else None


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    name = file_of(tree)
    if name is None:
        raise InputRejected("no Haven export was found in it")
    first = True
    for number, record in lines_of(tree, name):
        where = f"line {number}"
        if first:
            first = False
            version = number_of(record.get("haven")) if record else None
            if version is None:
                raise InputRejected("this isn't Haven's JSON lines: the first line doesn't say so")
            if version != FORMAT:
                raise InputRejected(
                    "this export was written by a newer Haven", "update Haven first"
                )
            continue
        if record is None:
            builder.remark(where, "it can't be read; it was left out")
        elif record.get("kind") == "entry":
            _entry(builder, tree, name, where, record)


def moment(record: dict[str, object]) -> When | None:
    """The entry's moment, with the writer's offset, in its named zone if there is one."""
    at = instant(record.get("written_at"))
    name = text_of(record.get("zone"))
    if at is None:
        return None
    zone = zones.named(name) if name else None
    return When(at.astimezone(zone) if zone else at, name if zone else None, guessed=False)


def instant(value: object) -> datetime | None:
    text = text_of(value)
    if not text or len(text) > 64:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None or not dates.FIRST_YEAR <= at.year <= dates.LAST_YEAR:
        return None
    return at


def _entry(
    builder: PlanBuilder, tree: Tree, name: str, where: str, record: dict[str, object]
) -> None:
    versions = [version for version in list_of(record.get("versions")) if is_map(version)]
    if not versions or not text_of(record.get("id")):
        builder.remark(where, "it isn't a whole entry; it was left out")
        return
    if record.get("binned_at"):
        builder.remark(where, "it was in the bin; it was left out")
        return
    newest = versions[-1]
    body = text_of(newest.get("body"))
    if len(body) > MAX_BODY:
        builder.remark(where, "it is longer than one entry may be; it was left out")
        return
    mood = number_of(newest.get("mood"))
    builder.entry(
        where,
        moment(record),
        body,
        source_id=text_of(record.get("id")),
        tags=[text_of(tag) for tag in list_of(newest.get("tags"))],
        mood=int(mood) if mood else None,
        starred=record.get("starred") is True,
        note=text_of(newest.get("note")) or None,
        journal=text_of(record.get("journal")) or None,
        modified_at=instant(newest.get("saved_at")),
        attachments=_files(builder, tree, name, where, record),
        exact=True,
    )


def _files(
    builder: PlanBuilder, tree: Tree, name: str, where: str, record: dict[str, object]
) -> list[ImportedFile]:
    folder = PurePosixPath(name).parent
    out: list[ImportedFile] = []
    for item in list_of(record.get("attachments")):
        have = map_of(item)
        member = str(folder / "attachments" / text_of(have.get("sha256")))
        if member not in tree.members():
            builder.remark(where, "one of its attachments was not found")
            continue
        out.append(
            imported(
                tree,
                member,
                shown=text_of(have.get("name")),
                media_type=text_of(have.get("media_type")),
            )
        )
    return out
