"""Day One's `richText` (a JSON string of text runs with line and character attributes) as Markdown.

Used only where an entry has no `text`. Unknown attributes are ignored, words never.
"""

from __future__ import annotations

from havenclient.errors import InputRejected
from havenclient.journal.importers.values import (
    is_map,
    list_of,
    map_of,
    number_of,
    parse_json,
    text_of,
)

_FOLDERS = {"photo": "", "video": "video/", "audio": "audio/", "pdfAttachment": "pdfAttachment/"}


def rich_to_markdown(rich: str) -> str:
    """Markdown, or "" when there is nothing readable in `rich`."""
    if not rich:
        return ""
    try:
        value = parse_json(rich)
    except InputRejected:
        return rich
    out: list[str] = []
    begins_line = True
    for run in list_of(map_of(value).get("contents")):
        if not is_map(run):
            continue
        for item in list_of(run.get("embeddedObjects")):
            out.append(_embedded(map_of(item)))
            begins_line = out[-1].endswith("\n")
        attributes = map_of(run.get("attributes"))
        for piece in text_of(run.get("text")).splitlines(keepends=True):
            words, ending = piece.rstrip("\n"), "\n" if piece.endswith("\n") else ""
            prefix = _line_prefix(map_of(attributes.get("line"))) if begins_line else ""
            out.append(f"{prefix}{_marked(words, attributes)}{ending}")
            begins_line = bool(ending)
    return "".join(out).strip("\n")


def _embedded(item: dict[str, object]) -> str:
    kind, identifier = text_of(item.get("type")), text_of(item.get("identifier"))
    if kind == "horizontalRuleLine":
        return "\n---\n"
    if kind == "externalVideo" or kind == "preview":
        return f"\n{text_of(item.get('url'))}\n"
    if identifier and kind in _FOLDERS:
        slashes = "//" if kind == "photo" else "/"
        return f"\n![](dayone-moment:{slashes}{_FOLDERS[kind]}{identifier})\n"
    return ""


def _line_prefix(line: dict[str, object]) -> str:
    header = number_of(line.get("header"))
    if header:
        return "#" * max(1, min(6, int(header))) + " "
    indent = "  " * max(0, min(8, int(number_of(line.get("indentLevel")) or 1) - 1))
    match text_of(line.get("listStyle")):
        case "bulleted":
            return f"{indent}- "
        case "numbered":
            return f"{indent}{max(1, int(number_of(line.get('listIndex')) or 1))}. "
        case "checkbox":
            return f"{indent}- [{'x' if line.get('checked') is True else ' '}] "
    if line.get("quote") is True:
        return "> "
    return ""


def _marked(words: str, attributes: dict[str, object]) -> str:
    core = words.strip()
    if not core:
        return words
    before = words[: len(words) - len(words.lstrip())]
    after = words[len(words.rstrip()) :]
    if attributes.get("inlineCode") is True:
        core = f"`{core}`"
    if attributes.get("bold") is True:
        core = f"**{core}**"
    if attributes.get("italic") is True:
        core = f"*{core}*"
    if attributes.get("strikethrough") is True:
        core = f"~~{core}~~"
    if link := text_of(attributes.get("linkURL")):
        core = f"[{core}]({link})"
    return f"{before}{core}{after}"
