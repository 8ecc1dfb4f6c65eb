"""What a file or folder is, told by what is in it: never by its name alone where bytes can say it.

Asks the rows of `formats.TABLE` in their order.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from havenclient.errors import InputRejected
from havenclient.journal.importers import haven_lines, joplin, jrnl_crypt, jrnl_text, markdown
from havenclient.journal.importers.formats import FORMATS, TABLE
from havenclient.journal.importers.text import decode, is_binary
from havenclient.journal.importers.tree import SingleTree, TarTree, Tree, open_tree, read
from havenclient.journal.importers.values import parse_json

_UNKNOWN = (
    "this isn't a kind of journal that Haven knows",
    f"known: {', '.join(FORMATS)}",
    "if you know what it is, name it before the path: `haven import jrnl PATH`",
)
_CIPHER_SUFFIXES = {"", ".txt", ".journal", ".jrnl", ".enc", ".aes", ".old", ".bak", ".backup"}
"""Names that an encrypted jrnl of version 1 may have. It has no mark of its own, so noise in a
picture or a damaged table must not make Haven ask for a passphrase."""


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
    if not members:
        raise InputRejected("there is nothing in it")
    for row in TABLE:
        if row.in_tree is not None and row.in_tree(tree):
            return row.name
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
    for row in TABLE:
        if row.in_json is not None and row.in_json(value):
            return row.name
    return None


def _detect_file(tree: SingleTree) -> str:
    name = tree.path.name
    member = tree.members()[name]
    if not member.size:
        raise InputRejected("the file is empty")
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
    suffix = PurePosixPath(name).suffix.lower()
    if jrnl_crypt.looks_like(data[:65536], size) and (
        suffix in _CIPHER_SUFFIXES or jrnl_crypt.is_marked(data)
    ):
        return "jrnl-encrypted"
    if is_binary(data):
        raise InputRejected(*_UNKNOWN)
    text, _ = decode(data)
    if text.lstrip()[:1] in ("{", "["):
        try:
            if (kind := _kind_of_json(text)) is not None:
                return kind
        except InputRejected:
            pass
    for row in TABLE:
        if row.in_text is not None and row.in_text(text, name):
            return row.name
    if jrnl_text.has_entries(text):
        return "jrnl"
    raise InputRejected(*_UNKNOWN)
