"""Standard Notes' "super" notes (an editor's JSON tree: Lexical) as Markdown."""

from __future__ import annotations

from havenclient.errors import InputRejected
from havenclient.journal.importers.limits import MAX_DEPTH
from havenclient.journal.importers.values import (
    is_map,
    list_of,
    map_of,
    number_of,
    parse_json,
    text_of,
)

_FORMATS = ((16, "`"), (1, "**"), (2, "*"), (4, "~~"), (128, "=="))
"""Bits of a text node's format; 8 is underline, which Markdown has no mark for."""


def is_lexical(text: str) -> bool:
    return text.lstrip().startswith('{"root":')


def lexical_to_markdown(text: str) -> str:
    """Markdown; the text itself when it isn't such a tree."""
    try:
        root = map_of(map_of(parse_json(text)).get("root"))
    except InputRejected:
        return text
    if not root:
        return text
    return _blocks(root, 0).strip("\n")


def _children(node: dict[str, object]) -> list[dict[str, object]]:
    return [child for child in list_of(node.get("children")) if is_map(child)]


def _blocks(node: dict[str, object], depth: int) -> str:
    parts = [_block(child, depth) for child in _children(node)]
    return "\n\n".join(part for part in parts if part.strip("\n"))


def _block(node: dict[str, object], depth: int) -> str:
    if depth > MAX_DEPTH:
        return ""
    kind = text_of(node.get("type"))
    match kind:
        case "heading":
            level = text_of(node.get("tag"))[1:]
            return f"{'#' * (int(level) if level in '123456' and level else 1)} {_inline(node, 0)}"
        case "list":
            return _list(node, depth, 0)
        case "quote":
            return "\n".join(f"> {line}" for line in _inline(node, 0).split("\n"))
        case "code":
            return f"```{text_of(node.get('language'))}\n{_inline(node, 0, plain=True)}\n```"
        case "horizontalrule":
            return "---"
        case "table":
            return _table(node)
        case "collapsible-title":
            return f"**{_inline(node, 0)}**"
        case "paragraph" | "collapsible-text":
            return _inline(node, 0)
        case _:
            children = _children(node)
            blocky = any(
                text_of(child.get("type")) in ("paragraph", "heading", "list", "quote", "code")
                or text_of(child.get("type")).startswith("collapsible")
                for child in children
            )
            return _blocks(node, depth + 1) if blocky else _inline_node(node, 0, plain=False)


def _list(node: dict[str, object], depth: int, indent: int) -> str:
    if depth > MAX_DEPTH:
        return ""
    style = text_of(node.get("listType"))
    start = int(number_of(node.get("start")) or 1)
    lines: list[str] = []
    count = 0
    for item in _children(node):
        nested = [child for child in _children(item) if text_of(child.get("type")) == "list"]
        own: dict[str, object] = {
            "children": [child for child in _children(item) if text_of(child.get("type")) != "list"]
        }
        words = _inline(own, 0).replace("\n", " ")
        if words or not nested:
            mark = f"{start + count}. " if style == "number" else "- "
            if style == "check":
                mark = f"- [{'x' if item.get('checked') is True else ' '}] "
            lines.append("  " * indent + mark + words)
            count += 1
        lines.extend(_list(child, depth + 1, indent + 1) for child in nested)
    return "\n".join(line for line in lines if line)


def _table(node: dict[str, object]) -> str:
    rows = [
        [
            _blocks(cell, MAX_DEPTH - 2).replace("\n", " ").replace("|", "\\|")
            for cell in _children(row)
        ]
        for row in _children(node)
    ]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _inline(node: dict[str, object], depth: int, *, plain: bool = False) -> str:
    return "".join(_inline_node(child, depth, plain=plain) for child in _children(node))


def _inline_node(node: dict[str, object], depth: int, *, plain: bool) -> str:
    if depth > MAX_DEPTH:
        return ""
    kind = text_of(node.get("type"))
    if kind == "linebreak":
        return "\n"
    if kind == "tab":
        return "\t"
    if kind in ("link", "autolink"):
        words, url = _inline(node, depth + 1), text_of(node.get("url"))
        return words if plain or not url else url if words == url else f"[{words}]({url})"
    if kind == "snbubble" or kind == "snfile":
        return ""  # a link to another note or a file that the backup doesn't hold
    words = text_of(node.get("text"))
    if not words:
        return _inline(node, depth + 1, plain=plain)
    bits = int(number_of(node.get("format")) or 0)
    core = words.strip()
    if plain or not bits or not core:
        return words
    for bit, mark in _FORMATS:
        if bits & bit:
            core = f"{mark}{core}{mark}"
    before = words[: len(words) - len(words.lstrip())]
    return f"{before}{core}{words[len(words.rstrip()) :]}"
