"""Making `ImportedFile`s for names that a tree really holds."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from urllib.parse import unquote

from havenclient.journal.importers import limits
from havenclient.journal.importers.text import clean
from havenclient.journal.importers.tree import Tree
from havenclient.journal.records import ImportedFile


def imported(tree: Tree, name: str, *, shown: str = "", media_type: str = "") -> ImportedFile:
    """The member `name` as an attachment; `shown` is its name for people."""
    path, member = tree.file(name)
    leaf = leaf_name(shown) or leaf_name(name) or "file"
    return ImportedFile(
        name=leaf,
        media_type=media_type or media_type_of(leaf),
        open_path=path,
        member=member,
        size=min(tree.members()[name].size, limits.MAX_ATTACHMENT),
    )


def media_type_of(name: str) -> str:
    kind, _ = mimetypes.guess_type(name, strict=False)
    return kind or "application/octet-stream"


def leaf_name(name: str) -> str:
    """The last part of a path, on one line, without separators: fit for a file name."""
    leaf = PurePosixPath(clean(name).replace("\\", "/")).name
    leaf = " ".join(leaf.split())
    return "" if leaf in ("", ".", "..") else leaf[:180]


class Finder:
    """Finds files that a text refers to, among the names of the tree and nowhere else."""

    def __init__(self, tree: Tree) -> None:
        self._names = set(tree.members())
        self._leaves: dict[str, list[str]] = {}
        for name in self._names:
            self._leaves.setdefault(name.rsplit("/", 1)[-1].casefold(), []).append(name)

    def beside(self, target: str, note: str) -> str | None:
        """The member `target`, letter by letter, below the folder of `note` (Haven's exports)."""
        folder = note.rsplit("/", 1)[0] + "/" if "/" in note else ""
        return folder + target if target and folder + target in self._names else None

    def find(self, target: str, note: str) -> str | None:
        """The member that `target`, written in the member `note`, means; None if there is none.

        First relative to the note, then from the root, then by a name that occurs once.
        """
        target = unquote(target.split("#", 1)[0].split("?", 1)[0]).strip().replace("\\", "/")
        if not target or "\0" in target or "://" in target:
            return None
        folder = note.rsplit("/", 1)[0].split("/") if "/" in note else []
        for base in (folder, []):
            parts = list(base)
            for part in target.split("/"):
                if part == "..":
                    if not parts:
                        break
                    parts.pop()
                elif part not in ("", "."):
                    parts.append(part)
            else:
                if (name := "/".join(parts)) in self._names:
                    return name
        same = self._leaves.get(target.rsplit("/", 1)[-1].casefold(), [])
        return same[0] if len(same) == 1 else None
