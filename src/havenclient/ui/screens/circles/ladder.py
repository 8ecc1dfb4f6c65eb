"""What happened here: the steps in force, whose yes is missing, and the log, without content.

Every member sees the same page. Steps that wait for a second person or for votes are agreed to with
one key; the person whom a step is about answers from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from havenclient.ui.screens.circles.base import Page, moment
from havenclient.ui.screens.circles.panes import TwoPanes
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.widgets.dialogs import AskLine

if TYPE_CHECKING:
    from havenclient.circles.moderating import StepView
    from havenclient.circles.service import Circles
    from havenclient.circles.views import MessageView

LOG = "log"
NIGHT = "night"
WHAT = {
    "slow": "slower",
    "pause": "paused",
    "remove": "asked to be removed",
    "succeed": "founding the circle anew",
}


@dataclass(frozen=True, slots=True)
class Seen:
    head: str
    steps: list[StepView]
    log: list[tuple[int, str]]
    waiting: list[MessageView]
    helps: bool


class LadderScreen(CircleWays[Seen], TwoPanes[Seen]):
    LIST, CARD, HINT = "In force", "What happened here", "y agree"
    HELP = (
        "The steps that are in force, and everything that happened here, as all see it. y agrees\n"
        "where a second person or votes are asked for, n does not, e answers a step about you."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "Agree", id="ladder.agree"),
        Binding("n", "refuse", "Not agree", id="ladder.refuse"),
        Binding("e", "answer", "See it differently", id="ladder.answer"),
        Binding("x", "end", "End it", id="ladder.end"),
        Binding("t", "let_through", "Let through", id="ladder.through"),
        Binding("s", "slow", "Slow the circle", id="ladder.slow"),
        Binding("r", "reports", "Reports", id="ladder.reports"),
        Binding("escape", "back", "Back", id="ladder.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__(circle)
        self._seen: Seen | None = None

    def on_mount(self) -> None:
        self.wait_here()

    def question(self, circles: Circles) -> Seen:
        from havenclient.circles import order

        helps = order.in_charge(circles, self.circle)
        if not order.present(circles, self.circle):
            health = circles.get(self.circle).health
            return Seen(health, [], order.log(circles, self.circle), [], helps)
        return Seen(
            circles.moderating.who_helps(self.circle),
            circles.moderating.steps(self.circle),
            order.log(circles, self.circle),
            order.waiting_for_others(circles, self.circle) if helps else [],
            helps,
        )

    def show(self, answer: Seen) -> None:
        self._seen = answer
        rows = []
        if answer.waiting:
            count = len(answer.waiting)
            words = "1 message waits" if count == 1 else f"{count} messages wait"
            rows.append(self.row(NIGHT, f"Newcomers: {words}", "t lets them through", look="lamp"))
        for step in answer.steps:
            head = f"{step.person or 'The circle'}: {WHAT.get(step.what, step.what)}"
            small = "decided" if step.enough else "not decided"
            if step.until:
                small = f"until {moment(step.until)}"
            more = ["your yes is asked for (y)"] if step.may_agree else []
            if step.about_me:
                more.append("about you: e answers")
            look = "bright-line" if step.may_agree or step.about_me else "foreground"
            rows.append(self.row(step.id, head, small, *more, look=look))
        if not rows:
            self.rows.border_subtitle = ""
        rows.append(self.row(LOG, "The log", "who came and went, each step"))
        self.fill(rows)

    @property
    def step(self) -> StepView | None:
        if self._seen is None:
            return None
        return next((one for one in self._seen.steps if one.id == self.chosen), None)

    def card(self, page: Page) -> None:
        seen, step = self._seen, self.step
        if seen is None:
            return
        if self.chosen == NIGHT:
            self._night(page, seen)
        elif step is not None:
            self._step(page, step)
        else:
            self.name_card("What happened here")
            page.line(seen.head, "quiet").line()
            page.line("All members see these lines, save those that say “to you alone” or “alone”."
                      " What was written is in none of them.", "quiet").line()  # fmt: skip
            for at, line in seen.log:
                page.line(moment(at), "quiet").line("  " + line)
            if not seen.log:
                page.line("Nothing yet.")

    def _step(self, page: Page, step: StepView) -> None:
        who = step.person or "the whole circle"
        self.name_card(f"{who}: {WHAT.get(step.what, step.what)}")
        page.pair("taken by", step.by)
        if step.what != "succeed":
            page.pair("because", step.reason)
        if step.until:
            page.pair("until", moment(step.until))
        if step.asked_until > step.until > 0:
            page.pair("asked until", moment(step.asked_until))
        if step.what in ("remove", "pause", "succeed"):
            page.pair("agreed", ", ".join(step.agreed))
        if step.needs:
            page.head("Still needed").line(step.needs, "lamp")
        elif step.enough:
            page.line().line("Enough have agreed. A host's Haven carries it out.", "lamp")
        if step.may_agree:
            page.line().line("y says yes; all see it. To say nothing is an answer too.", "lamp")
        if step.about_me:
            page.head("About you")
            page.line("You can read, keep your journal, and reach help as always. e says how you"
                      f" see it; all read it ({step.answers_left} of 3 left).")  # fmt: skip
        if step.may_lift:
            page.line().line("x ends it before its time; all see that you did.", "quiet")

    def _night(self, page: Page, seen: Seen) -> None:
        self.name_card("Newcomers' words that wait")
        page.line("No host or helper was here for a while, so these wait for everybody else. You"
                  " see them first, and may fold them in the conversation (!) before. They are"
                  " shown when you write, take a step, or press t.").line()  # fmt: skip
        for one in seen.waiting:
            words = f"▸ {one.folded_because}" if one.folded else one.text
            page.line(f"{one.sender}, {moment(one.at)}", "quiet").line("  " + words).line()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        step = self.step if self.is_mounted else None
        if action in ("agree", "refuse"):
            return step is not None and step.may_agree
        if action == "answer":
            return step is not None and step.about_me and step.answers_left > 0
        if action == "end":
            return step is not None and step.may_lift
        if action == "let_through":
            return self._seen is not None and bool(self._seen.waiting)
        if action == "slow":
            return self._seen is not None and self._seen.helps
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        step = self.step
        if step is not None and step.may_agree:
            self.haven.say("Nothing is said yet.", "y  agrees")

    def action_agree(self) -> None:
        if (step := self.step) is not None:
            self.desk.wish(
                lambda c: c.moderating.agree(self.circle, step.id),
                lambda _: self.wished("You agreed; all see it."),
                group="agree",
            )

    def action_refuse(self) -> None:
        step = self.step
        if step is not None and step.may_lift:
            self.haven.say("Not agreed; nobody is told. The step stays as it is.", "x  ends it")
        else:
            self.haven.say("Not agreed; nobody is told.")

    def action_answer(self) -> None:
        if (step := self.step) is None:
            return

        def given(words: str | None) -> None:
            if words and words.strip():
                self.desk.wish(
                    lambda c: c.moderating.answer(self.circle, step.id, words.strip()),
                    lambda _: self.wished("Said; all read it in the conversation."),
                    group="answer",
                )

        text = "How you see it, in up to 1,000 characters. All members read it."
        self.app.push_screen(AskLine("I see it differently", text), given)

    def action_end(self) -> None:
        if (step := self.step) is not None:
            self.desk.wish(
                lambda c: c.moderating.lift(self.circle, step.id),
                lambda _: self.wished("Ended; all see it."),
                group="lift",
            )

    def action_let_through(self) -> None:
        from havenclient.circles import order

        self.desk.wish(
            lambda c: order.let_through(c, self.circle),
            lambda _: self.wished("Let through: all read them now."),
            group="through",
        )

    def action_slow(self) -> None:
        from havenclient.ui.screens.circles.step import StepScreen

        self.app.push_screen(StepScreen(self.circle, ""))

    def blank(self) -> None:
        super().blank()
        self._seen = None
