"""Take it outside: messages with their signatures in a sealed file, and what it proves.

For when those who help here are the problem, or when somebody outside should know: a professional,
a lawyer, the police. The person chooses to whom it goes; Haven sends it to nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static

from havenclient.errors import HavenError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, Page

if TYPE_CHECKING:
    from havenclient.circles.service import Circles


class OutsideScreen(CircleScreen[None]):
    HELP = (
        "A file that only its passphrase opens, with these messages and their signatures.\n"
        "The left side says what it proves. ^s writes it; Haven sends it to nobody."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "write", "Write the file", id="outside.write"),
        Binding("escape", "back", "Back", id="outside.back"),
    ]

    def __init__(self, circle: str, messages: list[int]) -> None:
        super().__init__()
        self._circle, self._messages = circle, messages
        self._busy = False

    def body(self) -> ComposeResult:
        with Horizontal(classes="form-main"):
            with VerticalScroll(classes="panel form-text") as text:
                text.border_title = "What it proves, and what not"
                yield Static(id="outside-text")
            with Vertical(classes="panel form-fields") as fields:
                fields.border_title = "Take it outside"
                count = len(self._messages)
                yield Label(
                    "1 message" if count == 1 else f"{count} messages", classes="form-label"
                )
                yield Label("")
                yield Label("A passphrase, 12 characters or more", classes="form-label")
                yield Input(password=True, id="outside-first")
                yield Label("Once more", classes="form-label")
                yield Input(password=True, id="outside-second")
                yield Label("A new file", classes="form-label")
                yield Input("~/haven-evidence.age", id="outside-path", select_on_focus=False)

    def on_mount(self) -> None:
        from havenclient.circles.outside import EXPLANATION

        page = Page(self)
        for paragraph in EXPLANATION:
            page.line(paragraph).line()
        page.line("Say the passphrase on another way than the file.", "lamp")
        self.query_one("#outside-text", Static).update(page.text)
        explain(self.query_one(".form-text"), self.HELP)
        self.query_one("#outside-first", Input).focus()

    def question(self, circles: Circles) -> None:
        circles.get(self._circle)

    def show(self, answer: None) -> None:
        """The words stand still."""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def action_write(self) -> None:
        first, second = (self.query_one(f"#outside-{one}", Input) for one in ("first", "second"))
        target = typed_path(self.query_one("#outside-path", Input).value.strip())
        passphrase = first.value
        if passphrase != second.value:
            self.haven.say("The two passphrases are not the same.")
            return
        if self._busy or not target.name:
            return
        self._busy = True
        circle, numbers = self._circle, self._messages

        def write(circles: Circles) -> Path:
            sealed = circles.reporting.take_outside(circle, numbers, passphrase)
            write_new_file(target, sealed)
            return target

        self.desk.ask(write, self._written, group="outside", failed=self._failed)

    def _written(self, path: Path) -> None:
        self.forget()
        if self.app.screen is self:
            self.app.pop_screen()
        self.haven.say(f"Written: {safe_line(path.name, limit=50)}")

    def _failed(self, error: HavenError) -> None:
        self._busy = False
        self.haven.say_error(error)

    def forget(self) -> None:
        for one in ("first", "second"):
            self.query_one(f"#outside-{one}", Input).value = ""

    def action_back(self) -> None:
        self.forget()
        super().action_back()

    def blank(self) -> None:
        super().blank()
        self.forget()
