"""The YAML block at the head of a Markdown note, and inline tags below it.

Only a block whose `---` is the very first line counts. A block that can't be read stays part of the
text, so that no word is lost.
"""

from __future__ import annotations

import re

from havenclient.errors import InputRejected
from havenclient.journal.importers.limits import MAX_YAML
from havenclient.journal.importers.values import is_map, list_of, parse_yaml, yaml_text

_BLOCK = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_INLINE_TAG = re.compile(r"(?<![\w#/&\[\](\"'=:])#([^\W_][\w/-]*|_[\w/-]+)")
_FENCE = re.compile(r"^[ \t]{0,3}(```+|~~~+)")
_CODE = re.compile(r"`[^`\n]{0,2000}`")
_ADDRESS = re.compile(r"\]\([^)\n]{0,2000}\)|<[^>\n]{0,2000}>|https?://\S+")


def split(text: str) -> tuple[dict[str, object] | None, str]:
    """(front matter with lower-case keys, rest). (None, whole text) when there is none.

    Raises InputRejected when there is a block that can't be read.
    """
    if not text.startswith("---"):
        return None, text
    found = _BLOCK.match(text[: MAX_YAML + 8])
    if found is None:
        return None, text
    value = parse_yaml(found[1]) if found[1].strip() else {}
    if not is_map(value):
        if value in ("", None):
            return {}, text[found.end() :]
        raise InputRejected("its front matter isn't a list of keys")
    keys = {str(key).strip().lower(): item for key, item in value.items()}
    return keys, text[found.end() :]


def words(value: object) -> list[str]:
    """Tags in any of the ways they are written: list, `a, b`, `#a #b`, `a b` after '#'."""
    if isinstance(value, list):
        return [word for item in list_of(value) for word in words(item)]
    text = yaml_text(value).strip()
    if not text:
        return []
    if "," in text:
        parts = text.split(",")
    elif text.startswith("#"):
        parts = text.split()
    else:
        parts = [text]
    return [part.strip().lstrip("#").strip() for part in parts if part.strip().strip("#")]


def inline_tags(text: str) -> list[str]:
    """`#tag` and `#nested/tag` outside code and addresses; numbers alone are none."""
    out: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if marker := _FENCE.match(line):
            if not fence:
                fence = marker[1][:3]
            elif marker[1].startswith(fence):
                fence = ""
            continue
        if fence or "#" not in line or len(line) > 100_000:
            continue
        bare = _ADDRESS.sub(" ", _CODE.sub(" ", line))
        for found in _INLINE_TAG.findall(bare):
            tag = found.rstrip("/-")
            if any(not char.isdigit() and char not in "/-_" for char in tag):
                out.append(tag)
    return out
