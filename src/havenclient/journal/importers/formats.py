"""Every format on one page: its name, its words, how it is told and how it is read.

Names are an API of the command line (`haven import FORMAT PATH`). The order of the rows is the
order in which a file or folder is asked what it is: Haven's own first, then those with unmistakable
marks, plain jrnl text and Markdown last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
from havenclient.journal.importers.limits import MAX_TEXT_FILE
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.text import decode
from havenclient.journal.importers.tree import FileWithFolders, SingleTree, Tree, read
from havenclient.journal.importers.values import parse_json

Passphrase = Callable[[], str] | None
Read = Callable[[PlanBuilder, Tree, Passphrase], None]


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    words: str
    read: Read
    source: str = ""
    """Formats of one program share a source, so that the same entry comes in once."""
    in_tree: Callable[[Tree], object] | None = None
    """Whether a folder or archive is of this format."""
    in_json: Callable[[object], bool] | None = None
    """Whether a JSON value is of this format."""
    in_text: Callable[[str, str], object] | None = None
    """Whether a text is, by its words and its file's name."""


def only(tree: Tree) -> str:
    """The one file of a format that is one file."""
    names = [name for name in tree.members() if "__MACOSX" not in name]
    if len(names) != 1:
        raise InputRejected("this format is one file, and this holds several or none")
    return names[0]


def _text(builder: PlanBuilder, tree: Tree, name: str) -> str:
    text, remarks = decode(read(tree, name))
    for message in remarks:
        builder.remark("whole file", message)
    return text


def _of_text(parse: Callable[[PlanBuilder, str], None]) -> Read:
    def read_it(builder: PlanBuilder, tree: Tree, _: Passphrase) -> None:
        parse(builder, _text(builder, tree, only(tree)))

    return read_it


def _of_tree(parse: Callable[[PlanBuilder, Tree], None], *beside: str) -> Read:
    """`beside`: folders that belong to a file which is given alone."""

    def read_it(builder: PlanBuilder, tree: Tree, _: Passphrase) -> None:
        if beside and isinstance(tree, SingleTree):
            tree = FileWithFolders(tree.path, *beside)
        parse(builder, tree)

    return read_it


def _jrnl_json(builder: PlanBuilder, tree: Tree, _: Passphrase) -> None:
    names = [name for name in tree.members() if name.lower().endswith(".json")]
    for name in names or [only(tree)]:
        text = _text(builder, tree, name)
        jrnl_json.parse_value(builder, parse_json(text), name if len(names) > 1 else "")


def _jrnl_encrypted(builder: PlanBuilder, tree: Tree, passphrase: Passphrase) -> None:
    data = read(tree, only(tree), MAX_TEXT_FILE)
    jrnl_text.parse_text(builder, jrnl_crypt.decrypt(data, passphrase))


TABLE = (
    Format(
        "haven",
        "Haven, JSON lines export",
        _of_tree(haven_lines.parse_tree, "attachments"),
        in_tree=haven_lines.file_of,
    ),
    Format("jrnl-encrypted", "jrnl, encrypted file", _jrnl_encrypted, "jrnl"),
    Format(
        "dayone",
        "Day One, JSON export (zip)",
        _of_tree(dayone_json.parse_tree, *dayone_json.FOLDERS),
        in_json=dayone_json.looks_like,
    ),
    Format(
        "standard-notes",
        "Standard Notes, decrypted backup",
        _of_tree(standard_notes.parse_tree),
        in_tree=standard_notes.named_file_of,
        in_json=standard_notes.looks_like,
    ),
    Format("jrnl-json", "jrnl, JSON export", _jrnl_json, "jrnl", in_json=jrnl_json.looks_like),
    Format(
        "dayone-classic",
        "Day One Classic (.dayone folder)",
        _of_tree(dayone_classic.parse_tree),
        "dayone",
        in_tree=dayone_classic.names_of,
    ),
    Format(
        "jrnl-folder",
        "jrnl, folder journal",
        _of_tree(jrnl_text.parse_folder),
        "jrnl",
        in_tree=lambda tree: any(True for _ in jrnl_text.folder_days(tree)),
    ),
    Format(
        "joplin",
        "Joplin, JEX or RAW export",
        _of_tree(joplin.parse_tree),
        in_tree=joplin.is_export,
    ),
    Format(
        "daylio",
        "Daylio, CSV export",
        _of_text(daylio.parse_text),
        in_text=lambda text, _: daylio.columns_of(text),
    ),
    Format(
        "dayone-text",
        "Day One, plain text export",
        _of_text(dayone_text.parse_text),
        in_text=lambda text, _: dayone_text.looks_like(text),
    ),
    Format(
        "jrnl",
        "jrnl, text file",
        _of_text(jrnl_text.parse_text),
        in_text=lambda text, _: jrnl_text.looks_like(text),
    ),
    Format(
        "rednotebook",
        "RedNotebook",
        _of_tree(rednotebook.parse_tree),
        in_tree=rednotebook.months_of,
        in_text=lambda _, name: rednotebook.is_month(name),
    ),
    Format(
        "markdown",
        "Markdown notes: Obsidian and others, Haven's own",
        _of_tree(markdown.parse_tree),
        in_text=lambda _, name: name.lower().endswith(markdown.SUFFIXES),
    ),
)

BY_NAME = {row.name: row for row in TABLE}
ALIASES = {"obsidian": "markdown"}

FORMATS = {row.name: row.words for row in TABLE}
"""Name -> words for people. `obsidian` is understood as `markdown`."""
