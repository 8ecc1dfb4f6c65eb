"""Begin a circle: its name, your name in it, its relay, its agreement. You become its host."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from havenclient.errors import HavenError, UsageError
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView

FIELDS = (
    ("name", "Name of the circle", "what its people call it", "Everybody in the circle sees it."),
    ("pseudonym", "Your name in it", "any name; no other circle knows it", ""),
    ("relay", "Relay", "https://relay.example.org", "Who runs it gave you this address."),
    ("keep", "Days the relay keeps messages", "30", "1 to 365; this computer keeps them longer."),
    ("theme", "What it is about", "may stay empty", "On the card that invited people see."),
    ("code", "Admission code", "only if the relay asks for one", ""),
)


class FoundScreen(CircleScreen[list[str]]):
    HELP = (
        "A circle needs a name, your name in it, a relay and an agreement that everybody accepts\n"
        "before joining. tab goes on, ^s begins it. Nothing leaves this computer before that."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "found", "Begin it", id="found.begin"),
        Binding("escape", "back", "Back", id="found.back"),
    ]

    def body(self) -> ComposeResult:
        with Horizontal(id="found-main"):
            with Vertical(id="found-form", classes="panel") as form:
                form.border_title = "A new circle"
                for name, label, hint, about in FIELDS:
                    yield Label(label, classes="form-label")
                    field = Input(placeholder=hint, id=f"found-{name}", password=name == "code")
                    yield explain(field, about or self.HELP)
            agreement = Editor(id="found-agreement")
            agreement.add_class("panel")
            agreement.border_title = "Agreement, for everybody to read first"
            agreement.border_subtitle = "change it as you like"
            yield agreement

    def on_mount(self) -> None:
        from havenclient.circles.agreement import default_agreement

        self.query_one("#found-agreement", Editor).load_text(default_agreement())
        self.query_one("#found-keep", Input).value = "30"
        self.query_one("#found-name", Input).focus()

    def question(self, circles: Circles) -> list[str]:
        from havenclient.sync import routes

        return routes.known(circles.book.vault)

    def show(self, answer: list[str]) -> None:
        relay = self.query_one("#found-relay", Input)
        if answer and not relay.value:
            relay.value = safe_line(answer[0], limit=250)

    def circles_changed(self, _circle: int | None) -> None:
        """A form is not filled anew under somebody's hands."""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def _value(self, name: str) -> str:
        return self.query_one(f"#found-{name}", Input).value.strip()

    def action_found(self) -> None:
        name, pseudonym, relay = self._value("name"), self._value("pseudonym"), self._value("relay")
        keep, theme, code = self._value("keep"), self._value("theme"), self._value("code")
        agreement = self.query_one("#found-agreement", Editor).text.strip()

        def found(circles: Circles) -> CircleView:
            from havenclient.circles.founding import Foundation
            from havenclient.circles.invite import base_as_said
            from havenclient.sync import routes

            if not (name and pseudonym and relay and agreement):
                raise UsageError("a name, your name, a relay and an agreement are needed")
            if not keep.isdecimal() or not 1 <= int(keep) <= 365:
                raise UsageError("messages are kept between 1 and 365 days")
            base = base_as_said(relay)
            if code:
                routes.use(circles.book.vault, base, admission=code)
            days = int(keep)
            return circles.found(
                Foundation(name, pseudonym, agreement, base, days, max(400, days), theme)
            )

        self.desk.wish(found, self._founded, group="found", failed=self._not_founded)

    def _founded(self, view: CircleView) -> None:
        from havenclient.ui.screens.circles.invites import InvitesScreen

        self.query_one("#found-code", Input).value = ""
        self.app.switch_screen(InvitesScreen(view.id))
        self.wished(f"{safe_line(view.name)} has begun. n makes an invite for one person.")

    def _not_founded(self, error: HavenError) -> None:
        self.haven.say_error(error)

    def action_back(self) -> None:
        if self.haven.stop_work():
            return
        self.query_one("#found-code", Input).value = ""
        self.app.pop_screen()
