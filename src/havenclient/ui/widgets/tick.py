"""A switch that reads without colour: `[x] Cover the screen …`."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from havenclient.ui.styles import style


class Tick(Widget, can_focus=True):
    DEFAULT_CSS = "Tick { height: auto; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "Toggle", id="tick.toggle"),
    ]
    HELP = "space switches it on or off."

    value: reactive[bool] = reactive(default=False)

    class Changed(Message):
        def __init__(self, tick: Tick, value: bool) -> None:
            super().__init__()
            self.tick, self.value = tick, value

    def __init__(self, label: str, *, value: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = label
        self.set_reactive(Tick.value, value)

    def render(self) -> Text:
        mark = style(self, "lamp", bold=True)
        kind = (
            style(self, "bright-line", bold=True) if self.has_focus else style(self, "foreground")
        )
        lead = "> " if self.has_focus else "  "
        text = Text(lead, kind).append("[x] " if self.value else "[ ] ", mark)
        return text.append(self._label, kind)

    def action_switch(self) -> None:
        self.value = not self.value
        self.post_message(self.Changed(self, self.value))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.focus()
        self.action_switch()
