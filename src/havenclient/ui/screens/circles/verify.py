"""Safety words: two people compare five words by voice. A mark for the person, never a filter.

Nobody needs to be online at the same time: the first call begins, the other's Haven answers by
itself when it is next there, and then both see the same words whenever they look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, Page
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import Ask

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.verifying import Verification
    from havenclient.circles.views import PersonView


def verify_somebody(screen: CircleScreen[object] | object, circle: str) -> None:
    """Choose with whom; straight on if there is only one person to check."""
    assert isinstance(screen, CircleScreen)

    def offer(people: list[PersonView]) -> None:
        others = {one.name: one for one in people if not one.me}
        if not others:
            screen.haven.say("You are alone in this circle so far.")
            return
        if len(others) == 1:
            screen.app.push_screen(VerifyScreen(circle, next(iter(others))))
            return

        def chosen(name: str | None) -> None:
            if name is not None and name.removeprefix("p ") in others:
                screen.app.push_screen(VerifyScreen(circle, name.removeprefix("p ")))

        first = sorted(
            others.values(), key=lambda one: (one.verified and not one.changed, one.name)
        )
        answers = tuple((f"p {one.name}", _label(one)) for one in first)
        screen.app.push_screen(Ask("Safety words", "With whom?", answers), chosen)

    screen.desk.ask(lambda circles: circles.people(circle), offer, group="verify whom")


def _label(one: PersonView) -> str:
    mark = "new key" if one.changed else "checked" if one.verified else "not checked yet"
    return f"{safe_line(one.name)}   {mark}"


class VerifyScreen(CircleScreen["Verification"]):
    HELP = (
        "Call, or sit together, and read the words aloud. y if all five are the same, n if they\n"
        "differ, l for later. s shows them one a line, to read slowly. Nothing is sent by y or n."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "same", "Same", id="verify.same"),
        Binding("n", "differ", "Different", id="verify.differ"),
        Binding("l", "back", "Later", id="verify.later"),
        Binding("s", "slowly", "Say it slowly", id="verify.slow"),
        Binding("b", "again", "Begin again", id="verify.again"),
        Binding("escape", "back", "Back", id="verify.back", show=False),
    ]

    def __init__(self, circle: str, name: str) -> None:
        super().__init__()
        self._circle, self._person = circle, name
        self._state: Verification | None = None
        self._slow = False
        self._begun = False

    def body(self) -> ComposeResult:
        with VerticalScroll(id="verify-box", classes="panel") as box:
            box.border_title = Content(f"Are you really talking with {safe_line(self._person)}?")
            box.border_subtitle = "esc stops, nothing is changed"
            yield Static(id="verify-steps")
            yield Static(id="verify-words")
            yield Static(id="verify-ask")

    def on_mount(self) -> None:
        explain(self.query_one("#verify-box"), self.HELP)
        self.query_one("#verify-box").focus()
        self.wait_here()

    def question(self, circles: Circles) -> Verification:
        return circles.verification(self._circle, self._person)

    def show(self, answer: Verification) -> None:
        self._state = answer
        if answer.state == "none" and not self._begun:
            self._begin()
        self._draw()

    def _begin(self) -> None:
        self._begun = True
        self.desk.wish(
            lambda circles: circles.begin_verify(self._circle, self._person),
            lambda _: None,
            group="verify",
        )

    def _draw(self) -> None:
        state, who = self._state, safe_line(self._person)
        if state is None:
            return
        ready = state.words is not None
        steps = Page(self)
        steps.pair("1  keys", "exchanged when you met in this circle")
        steps.pair(
            "2  words",
            f"made of what both Havens drew; {who}'s answered"
            if ready
            else f"waiting for {who}'s Haven",
        )
        steps.pair("3  compare", _THIRD.get(state.state, "by voice, when the words are here"))
        self.query_one("#verify-steps", Static).update(steps.text)
        pane = self.query_one("#verify-words", Static)
        pane.styles.text_align = "left" if self._slow else "center"
        pane.update(self._words())
        page = Page(self)
        if ready:
            page.line(f"Does {who} see the same words, in the same order?", bold=True).line()
            page.line("    y   yes, all five are the same")
            page.line("    n   no, they differ")
            page.line("    l   later").line()
            page.line(
                "Do not send the words by chat or e-mail: whoever could change the keys could "
                "change those too. A voice you know, or the same room, is what makes this work.",
                "quiet",
            )
        else:
            page.line(
                "You need not wait here: the words come when their Haven is next online.", "quiet"
            )
            page.line("You can read and write in the circle meanwhile, as before.", "quiet")
        self.query_one("#verify-ask", Static).update(page.text)

    def _words(self) -> Text:
        words = None if self._state is None else self._state.words
        bright, quiet = style(self, "lamp", bold=True), style(self, "quiet")
        if words is None:
            return Text("\n…\n", quiet)
        text = Text()
        if self._slow:
            for number, word in enumerate(words.words, 1):
                text.append(f"\n      {number}   {word}", bright)
            return text.append("\n")
        text.append("\n" + "    ".join(words.words) + "\n\n", bright)
        return text.append(words.digits + "\n", quiet)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("same", "differ", "slowly"):
            return self._state is not None and self._state.words is not None
        if action == "again":
            return self._state is not None and self._state.state in ("waiting", "verified")
        return True

    def action_slowly(self) -> None:
        self._slow = not self._slow
        self._draw()

    def action_again(self) -> None:
        self._begin()
        self.haven.say("Asked again, with fresh numbers.")

    def action_same(self) -> None:
        self._confirm(same=True, say=f"{safe_line(self._person)} is marked as checked.")

    def action_differ(self) -> None:
        say = "Noted: they differ. Talk on another way before you go on here."
        self._confirm(same=False, say=say)

    def _confirm(self, *, same: bool, say: str) -> None:
        def done(_: None) -> None:
            if self.app.screen is self:
                self.app.pop_screen()
            self.haven.say(say)

        self.desk.wish(
            lambda circles: circles.confirm_verify(self._circle, self._person, same=same),
            done,
            group="confirm",
        )


_THIRD = {
    "ready": "now: call, or sit together. Read the line aloud",
    "verified": "done before; compare again whenever you like",
}
