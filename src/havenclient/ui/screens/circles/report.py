"""Telling hosts and helpers: which messages, why, and exactly what leaves, to whom.

The messages go as they were received, with their authors' signatures, so that a report can be told
from an invention. What was taken back can be reported while its signature is kept. Folded words
stay folded here: nobody has to read them again to report them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from havenclient.errors import HavenError
from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.circles.base import Page, moment
from havenclient.ui.screens.circles.panes import TwoPanes

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import MessageView

WINDOW = 200
MOST = 10


@dataclass(frozen=True, slots=True)
class Seen:
    views: list[MessageView]
    """Newest first: others' messages that can be proven."""
    readers: list[str]
    left: int
    days: int


class ReportScreen(TwoPanes[Seen]):
    LIST, CARD, HINT = "Which messages", "This leaves, and nothing else", "space chooses"
    HELP = (
        "Choose the messages (space), the reason (← →), and if you like a sentence (tab). The\n"
        "right side shows exactly what leaves, and to whom. ^j sends it, t writes a file instead."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "send", "Send it", id="report.send"),
        Binding("space", "choose", "Choose", id="report.choose"),
        Binding("left", "reason(-1)", "Why", id="report.reason-before", show=False),
        Binding("right", "reason(1)", "Why", id="report.reason", show=False),
        Binding("u", "unnamed", "Named or not", id="report.unnamed"),
        Binding("t", "outside", "Take it outside", id="report.outside"),
        Binding("s", "status", "Yours", id="report.status"),
        Binding("escape", "back", "Back", id="report.back"),
    ]

    def __init__(self, circle: str, message: int | None = None) -> None:
        super().__init__(circle)
        self.ticked: set[int] = set() if message is None else {message}
        self._first = message
        self._reason = "hard-to-read"
        self._may_name = False
        self._seen: Seen | None = None
        self._busy = False

    def below(self) -> ComposeResult:
        with Vertical(classes="panel two-fields") as fields:
            fields.border_title = "A sentence, if you like"
            yield Input(placeholder="what else they should know", id="report-words")

    def question(self, circles: Circles) -> Seen:
        reporting = circles.reporting
        kept = reporting.provable(self.circle)
        views = [one for one in circles.messages(self.circle, limit=WINDOW) if one.no in kept]
        ticked = sorted(self.ticked)
        return Seen(
            views[::-1],
            reporting.readers(self.circle, ticked),
            reporting.left_today(self.circle),
            reporting.report_days(self.circle),
        )

    def show(self, answer: Seen) -> None:
        self._seen = answer
        self.ticked &= {one.no for one in answer.views}
        self.fill(
            (self._message_row(one) for one in answer.views),
            empty="There is nothing here that could be reported.\n\n"
            f"Signatures of others' messages are kept for {answer.days} days.",
        )
        if self._first is not None and self._first in self.ticked:
            numbers = [one.no for one in answer.views]
            self.rows.highlighted = numbers.index(self._first)
            self._first = None

    def _message_row(self, one: MessageView) -> Option:
        mark = "[x]" if one.no in self.ticked else "[ ]"
        return self.row(str(one.no), f"{mark} {safe_line(one.sender, limit=18)}  {moment(one.at)}",
                        _glance(one))  # fmt: skip

    def card(self, page: Page) -> None:
        from havenclient.circles.acts import REASON_WORDS, Reason

        seen = self._seen
        if seen is None:
            return
        chosen = [one for one in seen.views if one.no in self.ticked]
        about = list(dict.fromkeys(safe_line(one.sender) for one in chosen))
        if not chosen:
            page.line("space chooses a message. Up to ten go into one report.", "lamp")
        elif not seen.readers:
            page.line(f"Nobody but {' and '.join(about)} would read this report.", "warning")
            page.line("t writes it into a file, for somebody outside whom you choose.", "lamp")
        else:
            page.pair("to", ", ".join(seen.readers), "bright-line")
            page.pair("not to", f"{', '.join(about)}, and nobody else")
        if chosen:
            page.head("The messages, signed by who wrote them")
            for one in reversed(chosen):
                page.line(f"{safe_line(one.sender)}, {moment(one.at)}", "quiet")
                page.line("  " + _glance(one))
        page.head("Why (← →)").line(REASON_WORDS[Reason(self._reason)], "bright-line")
        words = safe_text(self.query_one("#report-words", Input).value)
        if words.strip():
            page.head("Your sentence").line(words)
        page.head("Your name (u)")
        page.line(
            "They see it, and may say in the circle that it was you."
            if self._may_name
            else "They see it, and do not say it in the circle. Nobody else learns it."
        )
        page.head("Good to know")
        page.line(
            "Whom it is about is told nothing now. Other members and the relay see nothing of it."
            f" You can report {seen.left} more times today. After {seen.days} days nothing of the"
            " evidence is left. You hear: seen, done, or no action because …",
            "quiet",
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.rows.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        if not self.chosen:
            return
        self.ticked ^= {int(self.chosen)}
        if len(self.ticked) > MOST:
            self.ticked.discard(int(self.chosen))
            self.haven.say("Ten messages go into one report. Another report can hold more.")
        self.reload()

    def action_reason(self, by: int) -> None:
        from havenclient.circles.acts import Reason

        names = [one.value for one in Reason]
        self._reason = names[(names.index(self._reason) + by) % len(names)]
        self.draw()

    def action_unnamed(self) -> None:
        self._may_name = not self._may_name
        self.draw()

    def action_send(self) -> None:
        if not self.ticked:
            self.haven.say("Choose a message first (space).")
            return
        if self._busy:
            return
        from havenclient.circles.acts import Reason

        self._busy = True
        words = self.query_one("#report-words", Input).value.strip()
        numbers, why, may_name = sorted(self.ticked), Reason(self._reason), self._may_name
        self.desk.wish(
            lambda c: c.reporting.report(self.circle, numbers, why, words, may_name=may_name),
            lambda _: self._sent(),
            group="report",
            failed=self._failed,
        )

    def _sent(self) -> None:
        from havenclient.ui.screens.circles.reports import ReportsScreen

        self.query_one("#report-words", Input).value = ""
        if self.app.screen is self:
            self.app.switch_screen(ReportsScreen(self.circle))
        self.wished("Told. Here you see what becomes of it.")

    def _failed(self, error: HavenError) -> None:
        self._busy = False
        self.haven.say_error(error)

    def action_status(self) -> None:
        from havenclient.ui.screens.circles.reports import ReportsScreen

        self.app.switch_screen(ReportsScreen(self.circle))

    def action_outside(self) -> None:
        from havenclient.ui.screens.circles.outside import OutsideScreen

        if not self.ticked:
            self.haven.say("Choose a message first (space).")
            return
        self.app.push_screen(OutsideScreen(self.circle, sorted(self.ticked)))

    def blank(self) -> None:
        super().blank()
        self.query_one("#report-words", Input).value = ""
        self._seen = None


def _glance(one: MessageView) -> str:
    """One line of a message, folded words kept folded."""
    if one.deleted:
        return "(taken back; its signature is still here)"
    if one.folded:
        return "▸ " + safe_line(one.folded_because, limit=80)
    return safe_line(one.text.replace("\n", " "), limit=120) or "(a file)"
