"""Help for single widgets: F1 asks here first, then looks for `HELP` outwards."""

from __future__ import annotations

from typing import TypeVar
from weakref import WeakKeyDictionary

from textual.dom import DOMNode

W = TypeVar("W", bound=DOMNode)

_TEXTS: WeakKeyDictionary[DOMNode, str] = WeakKeyDictionary()


def explain(widget: W, text: str) -> W:
    _TEXTS[widget] = text
    return widget


def explained(widget: DOMNode) -> str:
    return _TEXTS.get(widget, "")


_WRAPPED = 60
"""Characters from which on a line's end may be the source file's and not a sentence's."""


def flowed(text: str) -> str:
    """Paragraphs for a box of any width. Long sentences are wrapped in the source file; broken
    there and at the box's edge too, they would come out as one long line and one short, in turn."""
    lines: list[str] = []
    open_end = False
    for line in text.split("\n"):
        if open_end and line and not line[0].isspace():
            lines[-1] += " " + line
        else:
            lines.append(line)
        open_end = len(line) >= _WRAPPED and not line.endswith((".", "?", "!", ":"))
    return "\n".join(lines)
