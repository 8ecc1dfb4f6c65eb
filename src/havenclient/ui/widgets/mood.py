"""`How is it now?`: five numbers in a row. A number can also be left out."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from havenclient.ui.styles import style

WORDS = {1: "low", 2: "rather low", 3: "ok", 4: "rather bright", 5: "bright"}


class MoodPicker(Widget, can_focus=True):
    """← → or 1 to 5; 0 or backspace leaves it out."""

    DEFAULT_CSS = """
    MoodPicker { height: 2; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Lower", show=False),
        Binding("right", "step(1)", "Brighter", show=False),
        *(
            Binding(str(n), f"choose({n})", WORDS[n], show=False, priority=False)
            for n in range(1, 6)
        ),
        Binding("0,backspace,delete", "choose(0)", "Leave out", show=False),
    ]
    HELP = (
        "How is it now, from 1 (low) over 3 (ok) to 5 (bright)? ← → or a number chooses.\n"
        "0 leaves it out: an entry needs no mood."
    )

    mood: reactive[int | None] = reactive(None)

    class Chosen(Message):
        def __init__(self, mood: int | None) -> None:
            super().__init__()
            self.mood = mood

    def action_step(self, by: int) -> None:
        self._set(min(5, max(1, (self.mood or 3) + (by if self.mood else 0))))

    def action_choose(self, mood: int) -> None:
        self._set(mood or None)

    def _set(self, mood: int | None) -> None:
        if mood != self.mood:
            self.mood = mood
            self.post_message(self.Chosen(mood))

    def render(self) -> Text:
        quiet = style(self, "quiet")
        chosen = style(self, "lamp", bold=True, reverse=self.has_focus)
        top, words = Text("  "), Text("  ")
        for number in range(1, 6):
            if number == self.mood:
                top.append(f"({number})", chosen)
            else:
                top.append(f" {number} ", quiet)
            top.append("  ")
        if self.mood is None:
            words.append("low       ok       bright", quiet)
        else:
            words.append(" " + WORDS[self.mood], style(self, "lamp"))
        top.append("\n").append_text(words)
        return top
