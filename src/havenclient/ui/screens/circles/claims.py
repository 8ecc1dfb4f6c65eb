"""A facilitator's claim: what somebody says to be, who vouches, and until when. For all to see."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Label, Static

from havenclient.errors import HavenError, UsageError
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, Page
from havenclient.ui.widgets.choice import Choice

if TYPE_CHECKING:
    from havenclient.circles.claims import Claim
    from havenclient.circles.service import Circles

YES, NO = "yes", "no"
EPOCH = date(1970, 1, 1)


class ClaimScreen(CircleScreen["Claim | None"]):
    HELP = (
        "What a member claims to be by profession, who vouches for it, until which day, and if\n"
        "the person must report some things by law. ^s writes it down for all, ^x takes it away."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Write it down", id="claim.save"),
        Binding("ctrl+x", "drop", "Take it away", id="claim.drop"),
        Binding("escape", "back", "Back", id="claim.back"),
    ]

    def __init__(self, circle: str, person: str) -> None:
        super().__init__()
        self._circle, self._person = circle, person
        self._claim: Claim | None = None
        self._filled = False

    def body(self) -> ComposeResult:
        with Horizontal(classes="form-main"):
            with Vertical(classes="panel form-fields") as fields:
                fields.border_title = f"{safe_line(self._person)}: a profession"
                yield Label("Says to be", classes="form-label")
                yield explain(Input(placeholder="nurse", id="claim-what"), self.HELP)
                yield Label("Who vouches for it", classes="form-label")
                yield Input(placeholder="a clinic, a register, a member", id="claim-by")
                yield Label("Until which day", classes="form-label")
                yield Input(placeholder="2027-03-31", id="claim-until")
                yield Label("Must report some things by law (← →)", classes="form-label")
                yield Choice((NO, YES), NO, id="claim-duty")
            with VerticalScroll(classes="panel form-text") as side:
                side.border_title = "All will read"
                yield Static(id="claim-text")

    def on_mount(self) -> None:
        self.query_one("#claim-what", Input).focus()

    def question(self, circles: Circles) -> Claim | None:
        _, circle = circles.moderating.here(self._circle)
        keys = {p.key for p in circle.people if p.name == self._person}
        return next((c for c in circles.moderating.claims(self._circle) if c.key in keys), None)

    def show(self, answer: Claim | None) -> None:
        self._claim = answer
        if answer is not None and not self._filled:
            from datetime import timedelta

            self.query_one("#claim-what", Input).value = answer.what
            self.query_one("#claim-by", Input).value = answer.vouched_by
            until = EPOCH + timedelta(days=answer.until)
            self.query_one("#claim-until", Input).value = until.isoformat()
            self.query_one(Choice).value = YES if answer.duty else NO
        self._filled = True
        self._draw()

    def _field(self, name: str) -> str:
        return self.query_one(f"#claim-{name}", Input).value.strip()

    def _made(self) -> Claim:
        """Raises UsageError where a day is none."""
        from havenclient.circles.claims import Claim

        try:
            until = (date.fromisoformat(self._field("until")) - EPOCH).days
        except ValueError as error:
            raise UsageError("a day looks like 2027-03-31") from error
        duty = self.query_one(Choice).value == YES
        return Claim(b"", self._field("what"), self._field("by"), until, duty)

    def _draw(self) -> None:
        from havenclient.circles import claims

        page = Page(self)
        page.line("At the head of the circle, beside who helps:", "quiet")
        try:
            made = self._made()
            words = claims.words(made, int(self.haven.launch.clock.now().timestamp()))
            page.line(f"{safe_line(self._person)} ({safe_line(words, limit=300)})", "bright-line")
        except UsageError:
            page.line(f"{safe_line(self._person)} (…)", "bright-line")
        page.head("What it is, and is not")
        page.line("Haven proves none of this; it shows who vouches. After its last day it reads"
                  " “not confirmed”. Whoever claims a profession is a member like others here: not"
                  " on duty here, and can't promise more than others.")  # fmt: skip
        page.line("A duty to report is said before anybody writes, so that people can choose what"
                  " they tell.")  # fmt: skip
        if self._claim is not None:
            page.line().line("^x takes the claim away.", "quiet")
        self.query_one("#claim-text", Static).update(page.text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        event.stop()
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._claim is not None if action == "drop" else True

    def action_save(self) -> None:
        try:
            self._wish(self._made(), "Written down, for all to see.")
        except HavenError as error:
            self.haven.say_error(error)

    def action_drop(self) -> None:
        self._wish(None, "Taken away.")

    def _wish(self, claim: Claim | None, said: str) -> None:
        def done(_: None) -> None:
            if self.app.screen is self:
                self.app.pop_screen()
            self.wished(said)

        self.desk.wish(
            lambda c: c.moderating.set_claim(self._circle, self._person, claim), done, group="claim"
        )
