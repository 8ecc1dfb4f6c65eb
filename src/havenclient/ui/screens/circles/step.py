"""Something here is not right: the whole ladder on one page, from a kind sentence to removing.

Each row is one step. Beside it stands what it does, who must agree, and the very line that all will
see; nothing happens before `y`. Members see the steps that are theirs: telling the helpers, and a
prepared sentence to the author alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Page
from havenclient.ui.screens.circles.panes import TwoPanes
from havenclient.ui.widgets.dialogs import AskLine

if TYPE_CHECKING:
    from havenclient.circles.order import Thought
    from havenclient.circles.service import Circles
    from havenclient.circles.views import MessageView

HOUR, DAY = 3_600, 86_400
NUDGE = "nudge:"
PAUSES = (("1h", HOUR, "1 hour"), ("24h", DAY, "24 hours"), ("3d", 3 * DAY, "3 days"),
          ("7d", 7 * DAY, "7 days"))  # fmt: skip

ABOUT = {
    "report": (
        "Only hosts and helpers learn of it, save those whom it is about. You learn what became"
        " of it. The next page shows exactly what leaves.",
        "Nobody.",
    ),
    "nudge": (
        "A prepared sentence, to the author alone. Nobody else sees it, and it is a suggestion:"
        " the author may change the message, or not. There is no room for words of your own, so"
        " that it can't become a quarrel on the side.",
        "Nobody.",
    ),
    "fold": (
        "The message goes behind a note; one key opens it. It is still its author's, who is told,"
        " and who may change it or see it differently. It can be undone.",
        "Nobody: one host or helper is enough.",
    ),
    "unfold": ("The note that a helper put there goes again.", "Nobody."),
    "slow": (
        "One message in 30 minutes, for 24 hours or until somebody ends it.",
        "Nobody: one host or helper is enough.",
    ),
    "pause": (
        "Reads, and does not write, until the time is over. May answer this step, and reaches help"
        " and the journal as always. Threats, private data, sexual messages and encouraging"
        " self-harm are looked at again within 24 hours.",
        "Up to 24 hours nobody. For more a second host or helper; until then it is 24 hours.",
    ),
    "remove": (
        "Keys change, so that what comes after is closed to the person. What was said before"
        " stays; own words stay their owner's. Asking again is possible after 30 days.",
        "A host with one more host or helper, or two thirds of the members. This asks them.",
    ),
    "remove-alone": (
        "Keys change, so that what comes after is closed to the person. What was said before"
        " stays.",
        "You are the only one who helps here, so nobody can be asked.",
    ),
}


@dataclass(frozen=True, slots=True)
class Seen:
    helps: bool
    message: MessageView | None
    lines: dict[str, str]
    """Row: the line that all would see."""


class StepScreen(TwoPanes[Seen]):
    LIST, CARD, HINT = "What could help", "This step", "← → why"
    HELP = (
        "The steps of the agreement, the gentlest first. The right side says what each does, who\n"
        "must agree, and what all will see. ← → changes the reason, y takes the step, esc nothing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "take", "Take this step", id="step.take"),
        Binding("left", "reason(-1)", "Why", id="step.reason-before", show=False),
        Binding("right", "reason(1)", "Why", id="step.reason", show=False),
        Binding("w", "words", "Words of the note", id="step.words"),
        Binding("escape", "back", "Back", id="step.back"),
    ]

    def __init__(
        self,
        circle: str,
        person: str,
        message: int | None = None,
        *,
        reason: str = "",
        at: str = "",
    ) -> None:
        """`person` empty: the whole circle. `at`: the row to begin with."""
        super().__init__(circle)
        self._person, self._message, self._begin = person, message, at
        self._reason = reason or "hard-to-read"
        self._note = ""
        self._seen: Seen | None = None
        self._asked = ""

    def question(self, circles: Circles) -> Seen:
        from havenclient.circles import order

        message = None
        if self._message is not None:
            message = circles.message(self.circle, self._message)
        helps = order.in_charge(circles, self.circle)
        thoughts = self._thoughts() if helps else {}
        lines = {k: order.preview(circles, self.circle, t) for k, t in thoughts.items()}
        return Seen(helps, message, lines)

    def _thoughts(self) -> dict[str, Thought]:
        from havenclient.circles.acts import Reason, What
        from havenclient.circles.order import Thought

        who, why = self._person, Reason(self._reason)
        made = {
            "slow": Thought(What.SLOW, who, why, DAY),
            "slow-all": Thought(What.SLOW, "", why, DAY),
            "remove": Thought(What.REMOVE, who, why),
            "fold": Thought(What.FOLD, who, why, note=self._note or "note"),
            "unfold": Thought(What.UNFOLD, who, why),
        }
        return made | {f"pause:{k}": Thought(What.PAUSE, who, why, s) for k, s, _ in PAUSES}

    def show(self, answer: Seen) -> None:
        self._seen = answer
        self.rows.border_title = f"About {safe_line(self._person)}" if self._person else "All"
        self.fill(self._rows(answer))
        if self._begin:
            ids = [self.rows.get_option_at_index(n).id for n in range(self.rows.option_count)]
            if self._begin in ids:
                self.rows.highlighted = ids.index(self._begin)
            self._begin = ""
        self.draw()

    def _rows(self, seen: Seen) -> list[Option]:
        from havenclient.circles.quiet_words import NUDGES

        rows = []
        if self._message is not None:
            rows.append(self.row("report", "Tell hosts and helpers", "quietly; you are told"))
            rows += [
                self.row(f"{NUDGE}{n}", "A kind sentence", safe_line(words, limit=120))
                for n, words in enumerate(NUDGES)
            ]
        if not seen.helps:
            return rows
        if seen.message is not None:
            if seen.message.note_by:
                rows.append(
                    self.row("unfold", "Take the note away", "it was put there by a helper")
                )
            else:
                rows.append(self.row("fold", "Fold behind a note", "one key opens it"))
        if self._person:
            rows.append(self.row("slow", "Slow down", "one message in 30 minutes"))
            for key, seconds, words in PAUSES:
                small = "with a second host or helper" if seconds > DAY else "reads, writes later"
                rows.append(self.row(f"pause:{key}", f"Pause for {words}", small))
            rows.append(self.row("remove", "Ask to remove", "others must agree"))
        rows.append(self.row("slow-all", "Slow the circle down", "one message in 30 minutes"))
        return rows

    def card(self, page: Page) -> None:
        from havenclient.circles.acts import REASON_WORDS, Reason
        from havenclient.circles.quiet_words import NUDGES

        seen, at = self._seen, self.chosen
        if seen is None or not at:
            return
        kind = at.partition(":")[0].removesuffix("-all")
        does, agree = ABOUT[kind]
        page.head("What it does").line(does)
        page.head("Who must agree").line(agree)
        if kind == "nudge":
            page.head(f"{safe_line(self._person)} alone reads").line(NUDGES[int(at[-1])], "lamp")
        if kind in ("slow", "pause", "remove", "fold"):
            page.head("Why (← →)").line(REASON_WORDS[Reason(self._reason)], "bright-line")
        if kind == "fold":
            page.head("The note (w)")
            page.line(safe_line(self._note) or "A word or two: what it is about.", "bright-line")
        if at in seen.lines:
            page.head("All will see")
            line = seen.lines[at]
            page.line(line or "Nothing: this step is not possible now.", "lamp")
            page.line("Nobody sees the message's words by it.", "quiet")
        if kind != "report":
            page.line().line("y takes the step. esc changes nothing.", "quiet")
        self.name_card(str(self.rows.get_option(at).prompt).split("\n", 1)[0])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "words":
            return self.chosen == "fold"
        return True

    def action_reason(self, by: int) -> None:
        from havenclient.circles.acts import Reason

        names = [one.value for one in Reason]
        self._reason = names[(names.index(self._reason) + by) % len(names)]
        self.reload()

    def action_words(self) -> None:
        def given(words: str | None) -> None:
            if words is not None:
                self._note = safe_line(words, limit=120)
                self.reload()

        text = "What it is about, in a word or two: all see it in place of the message."
        self.app.push_screen(AskLine("The note", text, value=self._note), given)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id == "report":
            self.action_take()
        else:
            self.haven.say("Nothing has happened yet.", "y  takes this step")

    def action_take(self) -> None:
        at = self.chosen
        if at == "report" and self._message is not None:
            from havenclient.ui.screens.circles.report import ReportScreen

            self.app.switch_screen(ReportScreen(self.circle, self._message))
        elif at == "fold" and not self._note:
            self.action_words()
        elif at:
            deed, said = self._deed(at)
            self.desk.wish(deed, lambda _: self._done(said), group="step")

    def _deed(self, at: str) -> tuple[Callable[[Circles], object], str]:
        from havenclient.circles.acts import Reason

        circle, who, no, why = self.circle, self._person, self._message or 0, Reason(self._reason)
        kind, _, more = at.partition(":")
        seconds = {k: s for k, s, _ in PAUSES}.get(more, HOUR)
        note, lines = self._note, "All see the line."
        match kind:
            case "nudge":
                return (
                    lambda c: c.moderating.nudge(circle, no, int(more)),
                    f"Said to {safe_line(who)} alone.",
                )
            case "fold":
                return lambda c: c.moderating.fold(circle, no, note, why), f"Folded. {lines}"
            case "unfold":
                return lambda c: c.moderating.unfold(circle, no), f"The note is gone. {lines}"
            case "slow":
                return lambda c: c.moderating.slow(circle, who, why), f"Slower. {lines}"
            case "slow-all":
                return lambda c: c.moderating.slow(circle, None, why), f"Slower. {lines}"
            case "pause":
                return lambda c: c.moderating.pause(circle, who, seconds, why), f"Paused. {lines}"
            case _:
                return (
                    lambda c: c.moderating.ask_removal(circle, who, why),
                    "Asked. It happens when enough have agreed (what happened here: l).",
                )

    def _done(self, said: str) -> None:
        if self.app.screen is self:
            self.app.pop_screen()
        self.wished(said)
