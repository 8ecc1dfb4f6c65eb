"""F1: help for the focused thing first, then every key that works here."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from havenclient.ui import keymap
from havenclient.ui.explain import explained, flowed
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar


def help_of(widget: DOMNode | None) -> str:
    """The nearest help text, from the focused widget outwards."""
    node = widget
    while node is not None:
        if explained(node):
            return explained(node)
        text = getattr(node, "HELP", None)
        # Textual's own screens and widgets have a HELP too; ours are the ones in Haven's words.
        if isinstance(text, str) and text and type(node).__module__.startswith("havenclient."):
            return text
        node = node.parent
    return "tab goes to the next thing, shift+tab back."


def _rank(binding: Binding) -> int:
    """What Haven shows first, then Haven's other keys (they have ids), then cursor keys."""
    return 0 if binding.show else 1 if binding.id else 2


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q", "close", "Back", id="help.close"),
    ]
    HELP = ""

    def __init__(self, focused: Widget | None, screen: Screen[Any]) -> None:
        super().__init__()
        self._text = help_of(focused or screen)
        self._keys = self._gather(screen)

    @staticmethod
    def _gather(screen: Screen[Any]) -> list[tuple[str, str]]:
        by_action: dict[str, tuple[list[str], str, int]] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.description or binding.action == "nothing":
                continue
            keys, *_ = by_action.setdefault(
                binding.action, ([], binding.description, _rank(binding))
            )
            keys.append(keymap.shown(binding.key))
        ordered = sorted(by_action.values(), key=lambda found: found[2])
        return [(" ".join(keys[:4]), description) for keys, description, _ in ordered]

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel dialog help-box") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            yield Static(flowed(self._text), markup=False, classes="dialog-text")
            with VerticalScroll(can_focus=True, classes="help-keys"):
                yield Static(id="help-table")
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        table = Table.grid(padding=(0, 3))
        table.add_column(no_wrap=True)
        table.add_column()
        for keys, description in self._keys:
            table.add_row(Text(keys, style(self, "lamp", bold=True)), Text(description))
        self.query_one("#help-table", Static).update(table)
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss(None)
