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
