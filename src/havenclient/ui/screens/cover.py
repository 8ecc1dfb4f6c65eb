"""Two screens that hide: the cover (a key brings back what was there) and "window too small"."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

SMALLEST = (60, 18)
"""Columns and lines; below it no screen can be read."""


class CoverScreen(ModalScreen[None]):
    """Opaque. It shows nothing of what is under it, and takes one key to leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "uncover", "Come back", id="cover.back"),
    ]
    HELP = "enter brings back what was here. ctrl+l locks."

    def compose(self) -> ComposeResult:
        with Vertical(id="cover-box"):
            yield Static("Covered.", id="cover-word")
            yield Static("enter  come back        ^l  lock", id="cover-keys", markup=False)

    def on_mount(self) -> None:
        if getattr(self.app, "session", None) is None:
            self.query_one("#cover-keys", Static).update("enter  come back")

    def action_uncover(self) -> None:
        self.dismiss(None)


class TooSmallScreen(ModalScreen[None]):
    """Below 60x18 nothing can be read safely; one sentence, and F2 still works."""

    HELP = "Make the window larger. F2 shows help lines in any size."

    def compose(self) -> ComposeResult:
        yield Static(
            "This window is too small for Haven: it needs 60 columns and 18 lines.\n\n"
            "F2 shows where help is. ^q leaves; nothing is lost.",
            id="too-small",
            markup=False,
        )

    def on_resize(self, event: events.Resize) -> None:
        self._judge()

    def on_screen_resume(self) -> None:
        self._judge()

    def _judge(self) -> None:
        size = self.app.size
        if size.width >= SMALLEST[0] and size.height >= SMALLEST[1] and self.is_current:
            self.dismiss(None)
