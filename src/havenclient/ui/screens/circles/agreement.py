"""Hosts write a new agreement; everybody accepts it before saying anything more."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from havenclient.ui.screens.circles.base import CircleScreen
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
        editor = Editor(self._text, id="agreement-editor")
        editor.add_class("panel")
        editor.border_title = "A new agreement"
        editor.border_subtitle = "^s makes it so · everybody is asked to accept it"
        yield editor

    def on_mount(self) -> None:
        self.query_one(Editor).focus()

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
