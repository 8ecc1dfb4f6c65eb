"""Jump mode (^o): a letter on everything that can take the focus; press it to go there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

LETTERS = "asdfghjklweruiopvbnm"


@dataclass(frozen=True, slots=True)
class Target:
    letter: str
    widget: Widget
    at: Offset


def targets(screen: Screen[Any]) -> list[Target]:
    """Focusable widgets in view, in reading order."""
    seen: list[Widget] = []
    for widget in screen.focus_chain:
        if widget.region.width and widget.region.height and widget.display:
            seen.append(widget)
    seen.sort(key=lambda widget: (widget.region.y, widget.region.x))
    return [
        Target(letter, widget, _corner(widget))
        for letter, widget in zip(LETTERS, seen, strict=False)
    ]


def _corner(widget: Widget) -> Offset:
    """On the frame of the panel that holds it, or on the widget itself."""
    node: Widget = widget
    for ancestor in widget.ancestors_with_self:
        if isinstance(ancestor, Widget) and ancestor.has_class("panel"):
            if len([w for w in ancestor.query("*") if w.can_focus]) <= 1:
                node = ancestor
            break
    return node.region.offset + Offset(1, 0)


class JumpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+o", "close", "Back", id="jump.close"),
    ]
    HELP = "Press a letter to go to that place; esc stays here."

    def __init__(self, found: list[Target]) -> None:
        super().__init__()
        self._found = found

    def compose(self) -> ComposeResult:
        for target in self._found:
            mark = Static(f" {target.letter} ", classes="jump-mark", markup=False)
            mark.absolute_offset = target.at
            yield mark
        yield Static(" a letter jumps   esc stays ", classes="jump-hint", markup=False)

    def on_key(self, event: events.Key) -> None:
        for target in self._found:
            if event.key == target.letter:
                event.stop()
                self.dismiss(None)
                cast(Screen[Any], target.widget.screen).set_focus(target.widget)
                return

    def action_close(self) -> None:
        self.dismiss(None)
