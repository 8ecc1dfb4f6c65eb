"""RedNotebook: `YYYY-MM.txt` month files of YAML, alone, in their folder, or in its backup zip.

Format facts: a map of day number to `{text: str, Category: null or {item: null or {}}}`; `Tags` is
a category like the others in old files. The text is txt2tags with `#hashtags`. Days have no time.
Copies that the program leaves behind (`.old`, `.new`, `.CONFLICT_BACKUP…`) are not read.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import frontmatter
from havenclient.journal.importers.attached import Finder, imported
from havenclient.journal.importers.dates import FIRST_YEAR, LAST_YEAR, Stamp
from havenclient.journal.importers.limits import MAX_YAML
from havenclient.journal.importers.markup import txt2tags_to_markdown
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import Tree, read
from havenclient.journal.importers.values import compact, is_map, parse_yaml, yaml_text
from havenclient.journal.records import ImportedFile

_MONTH = re.compile(r"(?:^|/)(\d{4})-(0[1-9]|1[0-2])\.txt\Z")
_LEFT_BEHIND = re.compile(r"(?:^|/)\d{4}-\d{2}\.(?:old|new)?.*(?:old|new|CONFLICT_BACKUP)[^/]*\Z")
_SHOWN = re.compile(r"!?\[[^\]\[\n]{0,500}\]\((?:<([^>\n]{1,1000})>|([^()\s]{1,1000}))\)")


def is_month(name: str) -> bool:
    return _MONTH.search(name) is not None


def months_of(tree: Tree) -> list[tuple[str, int, int]]:
    found = []
    for name in tree.members():
        if match := _MONTH.search(name):
            found.append((name, int(match[1]), int(match[2])))
    return found


def parse_tree(builder: PlanBuilder, tree: Tree) -> None:
    months = months_of(tree)
    if not months:
        raise InputRejected("no RedNotebook month (like 2024-02.txt) was found in it")
    finder = Finder(tree)
    readable = 0
    for name, year, month in months:
        where = PurePosixPath(name).name
        try:
            text, remarks = decode(read(tree, name, MAX_YAML))
            value = parse_yaml(text)
        except InputRejected as error:
            builder.remark(where, f"{error.message}; this month was left out")
            continue
        for message in remarks:
            builder.remark(where, message)
        if value in ("", None):
            readable += 1
            continue
        if not is_map(value):
            builder.remark(where, "it isn't a RedNotebook month; it was left out")
            continue
        readable += 1
        for key, record in value.items():
            _day(builder, tree, finder, name, (year, month, str(key).strip()), record)
    if any(_LEFT_BEHIND.search(name) for name in tree.members()):
        builder.once("copies that RedNotebook left behind (.old, .new, conflicts) were not read")
    if not readable:
        raise InputRejected("none of the RedNotebook months could be read")


def _day(
    builder: PlanBuilder,
    tree: Tree,
    finder: Finder,
    name: str,
    day: tuple[int, int, str],
    record: object,
) -> None:
    year, month, number = day
    where = f"{year:04d}-{month:02d}, day {number[:8]}"
    try:
        if not FIRST_YEAR <= year <= LAST_YEAR or not number.isascii() or not number.isdigit():
            raise ValueError
        when = date(year, month, int(number[:4]))
    except ValueError:
        builder.remark(where, "there is no such day; it was left out")
        return
    if not is_map(record):
        record = {"text": record} if isinstance(record, str) else {}
    text = yaml_text(record.get("text"))
    tags = frontmatter.inline_tags(text)
    parts = [txt2tags_to_markdown(text).strip()]
    for category, items in record.items():
        category = str(category)
        if category == "text":
            continue
        points = _items(items)
        if category.casefold() == "tags":
            tags.extend(points)
            continue
        tags.append(category)
        lines = "\n".join(f"- {txt2tags_to_markdown(point)}" for point in points)
        parts.append(f"## {category}\n\n{lines}" if lines else f"## {category}")
    body = "\n\n".join(part for part in parts if part)
    if not body and not tags:
        return  # RedNotebook keeps empty days; they are no entries
    builder.entry(
        where,
        builder.moment(Stamp(when, None)),
        body,
        identity=f"{when.isoformat()}\n{compact(record)}",
        tags=tags,
        attachments=_files(builder, tree, finder, name, where, body),
        raw=compact({number: record}),
    )


def _items(value: object) -> list[str]:
    """Points of a category: `{item: null}`, a list, one text, or nothing."""
    if is_map(value):
        out = []
        for key, inner in value.items():
            out.append(str(key))
            out.extend(f"{key}: {point}" for point in _items(inner))
        return [" ".join(point.split()) for point in out]
    if isinstance(value, list):
        return [" ".join(str(item).split()) for item in value if isinstance(item, str)]
    text = " ".join(yaml_text(value).split())
    return [text] if text else []


def _files(
    builder: PlanBuilder, tree: Tree, finder: Finder, name: str, where: str, body: str
) -> list[ImportedFile]:
    found: dict[str, None] = {}
    for match in _SHOWN.finditer(body):
        target = match[1] or match[2]
        if target.startswith(("/", "\\", "file:")) or target[1:3] in (":\\", ":/"):
            if match[0].startswith("!"):
                builder.remark(where, "a picture outside the folder was not taken along")
            continue
        member = finder.find(target, name)
        if member is not None and not _MONTH.search(member):
            found[member] = None
    return [imported(tree, member) for member in found]
