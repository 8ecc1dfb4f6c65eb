"""Hosts write a new agreement beside what changes; everybody accepts it before saying more."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static, TextArea

from havenclient.text import safe_text
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.circles.base import CircleScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.circles.service import Circles


class AgreementScreen(CircleScreen[None]):
    HELP = (
        "The circle's agreement in new words. ^s makes it the circle's: everybody reads and\n"
        "accepts it before saying anything more. esc goes back, nothing is changed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Make it so", id="agreement.save"),
        Binding("escape", "back", "Back", id="agreement.back"),
    ]

    def __init__(self, circle: str, text: str) -> None:
        super().__init__()
        self._circle, self._text = circle, text

    def body(self) -> ComposeResult:
        with Horizontal(id="agreement-main"):
            editor = Editor(self._text, id="agreement-editor")
            editor.add_class("panel")
            editor.border_title = "A new agreement"
            editor.border_subtitle = "^s makes it so"
            yield explain(editor, self.HELP)
            with VerticalScroll(id="agreement-difference", classes="panel") as side:
                side.border_title = "What changes"
                side.border_subtitle = "everybody is asked to accept it"
                yield Static(id="agreement-changes")

    def on_mount(self) -> None:
        self.query_one(Editor).focus()
        self._draw()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._draw()

    def _draw(self) -> None:
        from havenclient.circles.order import difference

        lines = difference(self._text, safe_text(self.query_one(Editor).text))
        self.query_one("#agreement-changes", Static).update(changes(self, lines))

    def question(self, circles: Circles) -> None:
        circles.get(self._circle)

    def show(self, answer: None) -> None:
        """Nothing changes under somebody's hands."""

    def action_save(self) -> None:
        text = self.query_one(Editor).text.strip()
        if not text or text == self._text.strip():
            self.haven.say("Nothing was changed.")
            return

        def done(_: None) -> None:
            if self.app.screen is self:
                self.app.pop_screen()
            self.wished("The new agreement reaches everybody with the relay's next answer.")

        self.desk.wish(
            lambda circles: circles.change_agreement(self._circle, text), done, group="agreement"
        )


def changes(screen: HavenScreen, lines: tuple[tuple[str, str], ...]) -> Text:
    """A difference line by line: marks and words first, colour only beside them."""
    text = Text()
    looks = {"+": ("new   ", "bright-line"), "-": ("gone  ", "warning")}
    for mark, line in lines:
        if mark in looks and line.strip():
            word, look = looks[mark]
            text.append(word, style(screen, "quiet"))
            text.append(line.strip() + "\n\n", style(screen, look))
    if not text.plain:
        text.append("Nothing has changed yet.", style(screen, "quiet"))
    return text
