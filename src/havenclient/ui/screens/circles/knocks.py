"""Who stands at the door of a circle: hosts let in, or not, and may compare safety words first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.text import safe_line, safe_text
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import Page, moment
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import Ask

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import KnockView


@dataclass(frozen=True, slots=True)
class Shown:
    knocks: list[KnockView]
    lacks_helper: bool
    """Nobody but one host helps, and there are three people: the door stays closed for new ones."""


NO_HELPER = (
    "A circle of more than three has somebody besides its host who helps: one who can fold at night"
    " and who reads a report about you. i, then h asks a member; then the door opens. Who is here"
    " goes on talking as always."
)


class KnocksScreen(CircleWays[Shown]):
    HELP = (
        "People who knocked with an invite of yours, or who come back. a lets in, x declines\n"
        "(they are told nothing), w sends your half of the safety words, to compare first."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "admit", "Let in", id="knocks.admit"),
        Binding("w", "words", "Safety words", id="knocks.words"),
        Binding("x", "decline", "Not now", id="knocks.decline"),
        Binding("i", "people", "People", id="knocks.people"),
        Binding("escape", "back", "Back", id="knocks.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self._knocks: dict[str, KnockView] = {}
        self._lacks_helper = False

    def body(self) -> ComposeResult:
        with Horizontal(id="knocks-main"):
            rows = Rows("knocks-list")
            rows.border_title = "At the door"
            yield explain(rows, self.HELP)
            with VerticalScroll(id="knock-card", classes="panel") as card:
                card.border_title = "Who is it?"
                yield Static(id="knock-text")

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self.wait_here()

    def question(self, circles: Circles) -> Shown:
        from havenclient.circles import norms

        _, circle = circles.moderating.here(self.circle)
        return Shown(circles.knocks(self.circle), norms.lacks_helper(circle))

    def show(self, answer: Shown) -> None:
        self._knocks = {str(one.no): one for one in answer.knocks}
        self._lacks_helper = answer.lacks_helper
        rows = self.query_one(Rows)
        wanted = rows.current_id
        with self.prevent(OptionList.OptionHighlighted):
            rows.clear_options()
            for one in answer.knocks:
                line = Text(safe_line(one.name), style(self, "foreground", bold=True))
                about = "comes back" if one.returns else f"since {moment(one.at)}"
                if one.others:
                    about = "! more than one person has this invite"
                if one.state == "admitting":
                    about = "on the way in"
                line.append(f"\n    {about}\n", style(self, "warning" if one.others else "quiet"))
                rows.add_option(Option(line, id=str(one.no)))
            if not answer.knocks:
                none = Text("Nobody is at the door.", style(self, "quiet"))
                rows.add_option(Option(none, disabled=True))
            rows.go_to(wanted)
        self._show_card()

    @property
    def current(self) -> KnockView | None:
        return self._knocks.get(self.query_one(Rows).current_id or "")

    def on_option_list_option_highlighted(self) -> None:
        self._show_card()
        self.refresh_bindings()

    def _show_card(self) -> None:
        page, one = Page(self), self.current
        if self._lacks_helper and (one is None or not one.returns):
            page.head("First, somebody who helps")
            page.line(NO_HELPER, "lamp").line()
        if one is None:
            page.line("When somebody knocks, you see here who it is and what they say.", "quiet")
            page.line("Nobody needs to be online at the same time.", "quiet")
        else:
            page.pair("name", safe_line(one.name)).pair("knocked", moment(one.at))
            if one.returns:
                page.pair("comes back", "as the same person; proven by the old key")
            else:
                page.pair("with invite", one.invite)
            if one.words:
                page.head("They say").line(safe_text(one.words))
            if one.others:
                page.head("Careful")
                page.line(
                    f"{one.others} more knocked with the same invite: it passed other hands.\n"
                    "Ask the person you invited, on another way, which name is theirs. Compare\n"
                    "safety words (w) before you let anybody in.",
                    "warning",
                )
            if one.safety_words:
                page.head("Safety words").line(" ".join(one.safety_words), "lamp", bold=True)
                page.line("By voice, or in one room: both of you must see the same words.", "quiet")
            elif not one.returns:
                page.line().line(
                    "w sends your half of the safety words; theirs comes back when", "quiet"
                )
                page.line("their Haven is next online.", "quiet")
            if one.state == "admitting":
                page.line().line(
                    "On the way in: it takes effect with the relay's next answer.", "quiet"
                )
        self.query_one("#knock-text", Static).update(page.text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        one = self.current if self.is_mounted else None
        if action in ("admit", "decline"):
            return one is not None and one.state == "waiting"
        if action == "words":
            return one is not None and one.state == "waiting" and not one.returns
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_admit()

    def action_admit(self) -> None:
        if (one := self.current) is None or one.state != "waiting":
            return
        if self._lacks_helper and not one.returns:
            self.haven.say("From the fourth on somebody besides you helps.", "i  people, then h")
            return

        def sure(answer: str | None) -> None:
            if answer == "yes":
                self._admit(one)

        who = safe_line(one.name)
        text = f"{who} will read what is said from now on, and nothing from before."
        if one.others:
            text += f"\n\nCareful: {one.others} more knocked with the same invite."
        answers = (("yes", f"let {who} in"), ("no", "not yet"))
        self.app.push_screen(Ask(f"Let {who} in?", text, answers), sure)

    def _admit(self, one: KnockView) -> None:
        self.desk.wish(
            lambda circles: circles.admit(self.circle, one.no),
            lambda _: self.wished(f"{safe_line(one.name)} is on the way in."),
            group="admit",
        )

    def action_decline(self) -> None:
        if (one := self.current) is None:
            return
        self.desk.wish(
            lambda circles: circles.decline(self.circle, one.no),
            lambda _: self.wished("Not now. They are told nothing."),
            group="decline",
        )

    def action_words(self) -> None:
        if (one := self.current) is None:
            return
        self.desk.wish(
            lambda circles: circles.offer_words(self.circle, one.no),
            lambda _: self.wished("Your half is sent. The words appear when theirs is back."),
            group="words",
        )
