"""One message from its first to its last line, to scroll."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from havenclient.ui.screens.circles.base import moment
from havenclient.ui.widgets.bars import KeyBar

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView
    from havenclient.ui.screens.circles.talk import Talk


class WholeMessage(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Back", id="whole.close"),
    ]
    HELP = "The whole message. Arrows and page keys scroll, esc goes back."

    def __init__(self, view: MessageView, talk: Talk) -> None:
        super().__init__()
        self._view, self._talk = view, talk

    def compose(self) -> ComposeResult:
        drawer = self._talk.drawer(max(40, min(92, self.app.size.width - 12)))
        with VerticalScroll(classes="panel whole-message") as box:
            box.border_title = moment(self._view.at)
            yield Static(drawer.draw(self._view, whole=True))
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss(None)
