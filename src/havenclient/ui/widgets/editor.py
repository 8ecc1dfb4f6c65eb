"""The writing field: Textual's TextArea without the keys that Haven needs, and without leaks.

* F6 and F7 (select line, all) belong to Haven's modes; ^z suspends and covers, so undo moves to
  ^_ and alt+u, redo stays ^y (and alt+e).
* What is loaded or pasted passes `safe_text`: TextArea sends control characters to the terminal
  unchanged (measured), and pasted text is somebody else's.
* `blank()` is for the lock: text, undo history and selection go.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from havenclient.journal.normalise import count_words
from havenclient.text import safe_text

_NO_LIMIT = 1 << 40

_DROPPED = {"f6", "f7"}


def _without_dropped() -> list[BindingType]:
    kept: list[BindingType] = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)
        if binding.key in _DROPPED or binding.action in ("undo", "redo"):
            continue
        kept.append(binding)
    return [
        *kept,
        Binding("ctrl+underscore,alt+u", "undo", "Undo", show=False, id="edit.undo"),
        Binding("ctrl+y,alt+e", "redo", "Redo", show=False, id="edit.redo"),
    ]


class Editor(TextArea, inherit_bindings=False):
    """Markdown as plain text, soft-wrapped."""

    BINDINGS: ClassVar[list[BindingType]] = _without_dropped()
    HELP = (
        "Write here. It is kept as an encrypted draft every few seconds; ^s seals it as an entry.\n"
        "Markdown works: # heading, **bold**, *slanted*, - list, > quote.\n"
        "^_ or alt+u takes back a change, ^y brings it again. esc leaves the text."
    )

    def __init__(self, text: str = "", *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            safe_text(text, limit=_NO_LIMIT),
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            placeholder=placeholder,
            highlight_cursor_line=False,
            id=id,
        )

    def load(self, text: str) -> bool:
        """Show `text`; True if it held characters that are shown as marks."""
        shown = safe_text(text, limit=_NO_LIMIT)
        self.load_text(shown)
        self.move_cursor(self.document.end)
        return shown != text.replace("\r\n", "\n").replace("\r", "\n")

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = safe_text(event.text, limit=_NO_LIMIT)
        await super()._on_paste(event)

    def blank(self) -> None:
        self.load_text("")
        self.history.clear()

    @property
    def word_count(self) -> int:
        return count_words(self.text)
