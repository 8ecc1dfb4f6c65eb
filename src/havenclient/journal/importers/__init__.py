"""Importers: a path in, an `ImportPlan` out. Phase one of an import, pure: nothing is written.

`detect` says what a file or folder is, `parse` reads it. Whatever the bytes are, the answer is a
plan or an `InputRejected` (a wrong passphrase is `WrongPassphrase`, a missing file `NotFound`);
nothing else comes out, and time and memory stay within `limits`. What an importer finds of
attachments is opened by `open_attachment` when the plan is committed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

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
from havenclient.journal.importers.detect import detect
from havenclient.journal.importers.formats import FORMATS, SOURCES
from havenclient.journal.importers.limits import MAX_TEXT_FILE
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import (
    FileWithFolder,
    SingleTree,
    Tree,
    open_attachment,
    open_tree,
    read,
)
from havenclient.journal.importers.values import parse_json
from havenclient.journal.records import ImportPlan

__all__ = ["FORMATS", "detect", "open_attachment", "parse"]


def parse(
    path: Path,
    format: str | None = None,  # noqa: A002 (the seam's name)
    *,
    zone: ZoneInfo | None = None,
    mood_words: dict[str, int] | None = None,
    passphrase: Callable[[], str] | None = None,
) -> ImportPlan:
    """All that Haven understands of `path`; nothing is written anywhere.

    `zone` is used for times that carry none (None: the computer's); `mood_words` maps the file's
    own mood words to 1..5 (the plan's `unknown_moods` asks for them); `passphrase` is called once
    if the file is encrypted. Raises InputRejected, NotFound or WrongPassphrase.
    """
    kind = format or detect(path)
    kind = "markdown" if kind == "obsidian" else kind
    if kind not in FORMATS:
        raise InputRejected("there is no such import format", f"known: {', '.join(FORMATS)}")
    builder = PlanBuilder(SOURCES.get(kind, kind), zone, mood_words)
    tree = open_tree(path)
    try:
        _parse(builder, tree, kind, passphrase)
    except (OSError, MemoryError, RecursionError):
        # The last net for what a file system does under our feet (a stick pulled out).
        raise InputRejected("the file or folder can't be read to its end") from None
    return builder.finish()


def _parse(
    builder: PlanBuilder, tree: Tree, kind: str, passphrase: Callable[[], str] | None
) -> None:
    match kind:
        case "jrnl-folder":
            jrnl_text.parse_folder(builder, tree)
        case "dayone":
            dayone_json.parse_tree(builder, tree)
        case "dayone-classic":
            dayone_classic.parse_tree(builder, tree)
        case "markdown":
            markdown.parse_tree(builder, tree)
        case "rednotebook":
            rednotebook.parse_tree(builder, tree)
        case "standard-notes":
            standard_notes.parse_tree(builder, tree)
        case "joplin":
            joplin.parse_tree(builder, tree)
        case "haven":
            haven_lines.parse_tree(builder, _beside(tree))
        case "jrnl-json":
            names = [name for name in tree.members() if name.lower().endswith(".json")]
            for name in names or [_only(tree)]:
                text = _text(builder, tree, name)
                jrnl_json.parse_value(builder, parse_json(text), name if len(names) > 1 else "")
        case "jrnl-encrypted":
            jrnl_text.parse_text(
                builder, jrnl_crypt.decrypt(read(tree, _only(tree), MAX_TEXT_FILE), passphrase)
            )
        case "jrnl":
            jrnl_text.parse_text(builder, _text(builder, tree, _only(tree)))
        case "dayone-text":
            dayone_text.parse_text(builder, _text(builder, tree, _only(tree)))
        case "daylio":
            daylio.parse_text(builder, _text(builder, tree, _only(tree)))


def _only(tree: Tree) -> str:
    names = [name for name in tree.members() if "__MACOSX" not in name]
    if len(names) != 1:
        raise InputRejected("this format is one file, and this holds several or none")
    return names[0]


def _text(builder: PlanBuilder, tree: Tree, name: str) -> str:
    text, remarks = decode(read(tree, name))
    for message in remarks:
        builder.remark("whole file", message)
    return text


def _beside(tree: Tree) -> Tree:
    """A lone `.jsonl` is read with the `attachments/` folder that lies beside it."""
    return FileWithFolder(tree.path, "attachments") if isinstance(tree, SingleTree) else tree
