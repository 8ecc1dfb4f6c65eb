"""What a file or folder is, told by what is in it: never by its name alone where bytes can say it.

The order matters where formats look alike: Haven's own first, then those with unmistakable marks,
Markdown and plain jrnl text last.
"""

from __future__ import annotations

from pathlib import Path

from havenclient.errors import InputRejected
from havenclient.journal.importers import (
    daylio,
    dayone_classic,
    dayone_json,
    dayone_text,
    haven_lines,
    joplin,
    jrnl_crypt,
    jrnl_json,
    jrnl_text,
    markdown,
    rednotebook,
    standard_notes,
)
from havenclient.journal.importers.formats import FORMATS
from havenclient.journal.importers.text import decode, is_binary
from havenclient.journal.importers.tree import SingleTree, TarTree, Tree, open_tree, read
from havenclient.journal.importers.values import parse_json

_UNKNOWN = (
    "this isn't a kind of journal that Haven knows",
    f"known: {', '.join(FORMATS)}",
    "if you know what it is, name it with --format",
)


def detect(path: Path) -> str:
    """The format of a file or folder, by what is in it. InputRejected when none fits."""
    tree = open_tree(path)
    if isinstance(tree, SingleTree):
        return _detect_file(tree)
    return _detect_tree(tree)


def _detect_tree(tree: Tree) -> str:
    members = tree.members()
    if isinstance(tree, TarTree):
        if joplin.names_of(tree):
            return "joplin"
        raise InputRejected(*_UNKNOWN)
    if haven_lines.file_of(tree) is not None:
        return "haven"
    if dayone_classic.names_of(tree):
        return "dayone-classic"
    if any(True for _ in jrnl_text.folder_days(tree)):
        return "jrnl-folder"
    if rednotebook.months_of(tree):
        return "rednotebook"
    if (items := joplin.names_of(tree)) and joplin.is_item(decode(read(tree, items[0]))[0]):
        return "joplin"
    if any("backup and import file" in name.lower() for name in members):
        return "standard-notes"
    notes = sum(1 for name in members if markdown.is_note(name))
    kinds = _json_kinds(tree) if notes < 3 else []
    if kinds:
        return kinds[0]
    if notes:
        return "markdown"
    single = [name for name in members if "__MACOSX" not in name]
    if len(single) == 1:  # a zip around one file, as mail programs and phones make them
        return _kind_of_bytes(read(tree, single[0]), single[0], members[single[0]].size)
    raise InputRejected(*_UNKNOWN)


def _json_kinds(tree: Tree) -> list[str]:
    names = [name for name in tree.members() if name.lower().endswith(".json")]
    kinds: list[str] = []
    for name in names[:20]:
        if "__MACOSX" in name:
            continue
        try:
            kind = _kind_of_json(decode(read(tree, name))[0])
        except InputRejected:
            continue
        if kind is not None:
            kinds.append(kind)
    return kinds


def _kind_of_json(text: str) -> str | None:
    value = parse_json(text)
    if dayone_json.looks_like(value):
        return "dayone"
    if standard_notes.looks_like(value):
        return "standard-notes"
    return "jrnl-json" if jrnl_json.looks_like(value) else None


def _detect_file(tree: SingleTree) -> str:
    name = tree.path.name
    member = tree.members()[name]
    try:
        with tree.open(name) as stream:
            head = stream.read(65536)
    except OSError:
        raise InputRejected("that file can't be read") from None
    if haven_lines.looks_like(head):
        return "haven"
    if head.startswith(jrnl_crypt.MAGIC):
        return "jrnl-encrypted"
    data = head if member.size <= len(head) else read(tree, name)
    return _kind_of_bytes(data, name, member.size)


def _kind_of_bytes(data: bytes, name: str, size: int) -> str:
    if jrnl_crypt.looks_like(data[:65536], size):
        return "jrnl-encrypted"
    if is_binary(data):
        raise InputRejected(*_UNKNOWN)
    text, _ = decode(data)
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            if (kind := _kind_of_json(text)) is not None:
                return kind
        except InputRejected:
            pass
    if daylio.columns_of(text) is not None:
        return "daylio"
    if dayone_text.looks_like(text):
        return "dayone-text"
    if jrnl_text.looks_like(text):
        return "jrnl"
    lower = name.lower()
    if rednotebook.is_month(name):
        return "rednotebook"
    if lower.endswith(markdown.SUFFIXES):
        return "markdown"
    if jrnl_text.has_entries(text):
        return "jrnl"
    raise InputRejected(*_UNKNOWN)
