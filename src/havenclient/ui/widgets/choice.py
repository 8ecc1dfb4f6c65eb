"""One of a few words: `( ) dusk   (•) dawn`. ← → chooses."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from havenclient.ui.styles import style


class Choice(Widget, can_focus=True):
    DEFAULT_CSS = "Choice { height: auto; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Before", show=False),
        Binding("right,space", "step(1)", "Next", show=False),
    ]
    HELP = "← → chooses."

    value: reactive[str] = reactive("", layout=True)

    class Changed(Message):
        def __init__(self, choice: Choice, value: str) -> None:
            super().__init__()
            self.choice, self.value = choice, value

    def __init__(self, choices: tuple[str, ...], value: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._choices = choices
        self.set_reactive(Choice.value, value)

    def render(self) -> Text:
        text = Text()
        for index, one in enumerate(self._choices):
            chosen = one == self.value
            kind = style(self, "foreground" if chosen else "quiet", bold=chosen)
            if chosen and self.has_focus:
                kind = style(self, "bright-line", bold=True)
            text.append("   " if index else "")
            text.append("(•) " if chosen else "( ) ", style(self, "lamp"))
            text.append(one.replace(" ", "\u00a0"), kind)
        return text

    def action_step(self, by: int) -> None:
        at = self._choices.index(self.value) if self.value in self._choices else 0
        self.value = self._choices[(at + by) % len(self._choices)]
        self.post_message(self.Changed(self, self.value))
