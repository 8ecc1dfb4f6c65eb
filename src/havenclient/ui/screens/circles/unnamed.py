"""Ask unnamed: a question sealed to one host, who may pass it on as "someone here asks"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static, TextArea

from havenclient.errors import HavenError
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, Page
from havenclient.ui.screens.circles.look import before_posting
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.circles.service import Circles

QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Seen:
    hosts: list[str]
    left: int


class UnnamedScreen(CircleScreen[Seen]):
    HELP = (
        "A question that a host asks the circle for you, without your name. ^j sends it to the\n"
        "host alone, F7 chooses another host, esc goes back and nothing has left."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "send", "Send it", id="unnamed.send"),
        Binding("f7", "host", "To whom", id="unnamed.host"),
        Binding("escape", "back", "Back", id="unnamed.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self._circle = circle
        self._seen: Seen | None = None
        self._at = 0
        self._busy = False
        self._looked_at = ""

    def body(self) -> ComposeResult:
        with Horizontal(classes="form-main"):
            editor = Editor(id="unnamed-text")
            editor.add_class("panel", "form-editor")
            editor.border_title, editor.border_subtitle = "Your question", "^j send"
            yield explain(editor, self.HELP)
            with VerticalScroll(classes="panel form-fields") as side:
                side.border_title = "Who learns what"
                yield Static(id="unnamed-facts")

    def on_mount(self) -> None:
        self.query_one(Editor).focus()

    def question(self, circles: Circles) -> Seen:
        reporting = circles.reporting
        return Seen(
            reporting.hosts_to_ask(self._circle), reporting.left_today(self._circle, QUESTION)
        )

    def show(self, answer: Seen) -> None:
        self._seen = answer
        page = Page(self)
        if not answer.hosts:
            page.line("There is no host here besides you, so nobody can pass a question on.",
                      "warning")  # fmt: skip
        else:
            page.pair("goes to", f"{self._host}, and to nobody else", "bright-line")
            if len(answer.hosts) > 1:
                page.line("F7 chooses another host.", "quiet")
            page.head("The host")
            page.line("reads your words, not your name, and may ask the circle in these words:"
                      " “someone here asks”. Or declines, and you learn why.")  # fmt: skip
            page.head("The circle")
            page.line("sees the question as the host's message, marked as passed on. The way you"
                      " write may tell people who you are.")  # fmt: skip
            page.head("Honestly")
            page.line("The host's screen does not show who asks; with a changed program she could"
                      " find out. The relay can't.")  # fmt: skip
            page.line().line(f"You can ask {answer.left} more times today.", "quiet")
        self.query_one("#unnamed-facts", Static).update(page.text)

    @property
    def _host(self) -> str:
        hosts = self._seen.hosts if self._seen else []
        return hosts[self._at % len(hosts)] if hosts else ""

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()

    def action_host(self) -> None:
        self._at += 1
        if self._seen is not None:
            self.show(self._seen)

    def action_send(self) -> None:
        text, host = self.query_one(Editor).text.strip(), self._host
        if not text:
            self.haven.say("What would you like to ask?")
            return
        if self._busy or not host:
            return
        self._busy = True
        if text == self._looked_at:
            self._send(text, host)
        else:
            self.desk.ask(
                lambda circles: before_posting(circles, text),
                lambda look: self._looked(text, host, look.doubts),
                group="look",
                failed=self._failed,
            )

    def _looked(self, text: str, host: str, doubts: tuple[str, ...]) -> None:
        """Unnamed, and yet something in it may tell who asks: said once."""
        if not doubts:
            self._send(text, host)
            return
        self._busy, self._looked_at = False, text
        self.haven.say(" ".join(doubts), "^j sends it as it is")

    def _send(self, text: str, host: str) -> None:
        self.desk.wish(
            lambda c: c.reporting.ask_unnamed(self._circle, text, host),
            lambda _: self._sent(host),
            group="unnamed",
            failed=self._failed,
        )

    def _sent(self, host: str) -> None:
        self.query_one(Editor).blank()
        if self.app.screen is self:
            self.app.pop_screen()
        self.wished(f"Sent to {host} alone. Reports (m, then r) say what becomes of it.")

    def _failed(self, error: HavenError) -> None:
        self._busy = False
        self.haven.say_error(error)
