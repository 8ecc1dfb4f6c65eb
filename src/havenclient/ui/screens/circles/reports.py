"""Reports and unnamed questions: yours with what became of them, and, for who helps, those to you.

Nothing of a report is opened before the person asks: the list names who reported whom and why;
enter checks the signatures, now and offline, and says so; the reported words stay folded until
`space`. Looking tells the reporter "seen"; every report ends with an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.circles.base import Page, moment
from havenclient.ui.screens.circles.panes import TwoPanes
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.widgets.dialogs import AskLine

if TYPE_CHECKING:
    from havenclient.circles.report_views import ReportedView, ReportView
    from havenclient.circles.service import Circles

STATES = {
    "new": "new",
    "seen": "seen, no answer yet",
    "done": "done",
    "no-action": "no action",
    "not-in-good-faith": "not in good faith (your mark)",
    "asked": "passed on to the circle",
    "sent": "sent",
}
OPEN = ("new", "seen")


@dataclass(frozen=True, slots=True)
class Seen:
    inbox: list[ReportView]
    mine: list[ReportedView]
    helps: bool


class ReportsScreen(CircleWays[Seen], TwoPanes[Seen]):
    LIST, CARD, HINT = "Reports", "This one", "enter opens"
    HELP = (
        "What you told hosts and helpers, and what became of it. Hosts and helpers: enter checks\n"
        "the signatures, space shows the words, p takes a step, d or n answers who reported."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "words", "Show the words", id="reports.words"),
        Binding("p", "step", "Take a step", id="reports.step"),
        Binding("a", "pass_on", "Ask the circle", id="reports.ask"),
        Binding("d", "done", "Done", id="reports.done"),
        Binding("n", "no_action", "No action", id="reports.no"),
        Binding("b", "bad_faith", "Not in good faith", id="reports.faith"),
        Binding("l", "ladder", "What happened", id="reports.ladder"),
        Binding("escape", "back", "Back", id="reports.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__(circle)
        self._seen = Seen([], [], helps=False)
        self._opened: dict[int, ReportView] = {}
        self._words: set[int] = set()

    def on_mount(self) -> None:
        self.wait_here()

    def question(self, circles: Circles) -> Seen:
        from havenclient.circles import order

        return Seen(
            circles.reviewing.inbox(self.circle),
            circles.reporting.reported(self.circle),
            order.in_charge(circles, self.circle),
        )

    def show(self, answer: Seen) -> None:
        self._seen = answer
        self.fill(
            self._rows(answer),
            empty="You have told hosts and helpers nothing here.\n\n"
            "On a message, ! shows what could help.",
        )

    def _rows(self, seen: Seen) -> Iterator[Option]:
        reports = [one for one in seen.inbox if one.kind == "report"]
        groups: dict[str, list[ReportView]] = {}
        for one in reports:
            groups.setdefault(" and ".join(one.about), []).append(one)
        for about, some in groups.items():
            count = f", {len(some)} reports" if len(some) > 1 else ""
            yield self.heading(f"About {about}{count}" if about else "Evidence gone")
            for one in some:
                small = f"by {one.reporter}"
                if one.earlier:
                    small += f", {one.earlier} earlier by the same member"
                look = "bright-line" if one.state in OPEN else "foreground"
                yield self.row(f"r{one.no}", f"{moment(one.at)}  {STATES[one.state]}", small,
                               look=look)  # fmt: skip
        questions = [one for one in seen.inbox if one.kind != "report"]
        if questions:
            yield self.heading("Questions without a name")
        for one in questions:
            look = "bright-line" if one.state in OPEN else "foreground"
            yield self.row(f"r{one.no}", f"{moment(one.at)}  {STATES[one.state]}",
                           "someone here asks", look=look)  # fmt: skip
        if seen.mine:
            yield self.heading("From you")
        for mine in seen.mine:
            what = "a report" if mine.kind == "report" else "a question"
            yield self.row(f"m{mine.no}", f"{moment(mine.at)}  {_became(mine)}", what)

    # --- the card ---------------------------------------------------------------------------------

    @property
    def _to_me(self) -> ReportView | None:
        if not self.chosen.startswith("r"):
            return None
        no = int(self.chosen[1:])
        return next((one for one in self._seen.inbox if one.no == no), None)

    def card(self, page: Page) -> None:
        at = self.chosen
        if at.startswith("m"):
            self._own(page, int(at[1:]))
            return
        one = self._to_me
        if one is None:
            return
        if one.kind != "report":
            self._question(page, one)
            return
        self.name_card(f"A report by {one.reporter}")
        page.pair("state", STATES[one.state])
        page.pair("because", one.reason)
        naming = "yes" if one.may_name else "no: do not say who reported"
        page.pair("may be named", naming)
        if one.gone:
            page.head("Evidence")
            page.line("The report window has passed: signatures and words are gone, here too.")
            return
        opened = self._opened.get(one.no)
        if opened is None:
            count = len(one.about)
            page.line().line("enter checks the signatures. Who reported learns that you saw it.",
                             "lamp")  # fmt: skip
            page.line(f"It is about {'somebody' if count == 1 else 'several people'} in this circle"
                      f": {', '.join(one.about)}.", "quiet")  # fmt: skip
            return
        if opened.words:
            page.head(f"{one.reporter} adds").line(safe_text(opened.words))
        self._evidence(page, opened)

    def _evidence(self, page: Page, one: ReportView) -> None:
        shown = one.no in self._words
        for exhibit in one.exhibits:
            page.head(f"A message of {exhibit.author}")
            if exhibit.proven:
                page.line(f"✓ verifies: {exhibit.author} signed exactly these words", "bright-line")
            else:
                page.line(f"! does not verify: {exhibit.why}", "warning")
            if exhibit.deleted:
                page.line("  taken back by its author since", "quiet")
            if exhibit.note:
                page.line(f"  content note: {exhibit.note}", "lamp")
            if not exhibit.text:
                continue
            if shown:
                page.line("▾ " + exhibit.text)
            else:
                lines = exhibit.text.count("\n") + 1
                count = "1 line" if lines == 1 else f"{lines} lines"
                page.line(f"▸ {count}, hidden, space shows", "lamp")
        page.line().line(f"Kept until {moment(one.evidence_until)}, then really gone.", "quiet")
        page.line("p takes a step · d done · n no action, because …", "quiet")

    def _question(self, page: Page, one: ReportView) -> None:
        self.name_card("A question without a name")
        page.pair("state", STATES[one.state])
        if not one.words:
            page.line("The report window has passed: its words are gone.")
            return
        if one.no in self._words:
            page.head("Someone here asks").line(safe_text(one.words))
        else:
            page.line().line("▸ hidden, space shows", "lamp")
        page.line()
        page.line("Who asks is not shown, so that you need not know. a asks the circle in these"
                  " words, as “someone here asks”. n declines, with a sentence that only the"
                  " person who asks reads.", "quiet")  # fmt: skip

    def _own(self, page: Page, no: int) -> None:
        mine = next((one for one in self._seen.mine if one.no == no), None)
        if mine is None:
            return
        self.name_card("Yours")
        page.pair("what", "a report" if mine.kind == "report" else "a question without your name")
        page.pair("sent", moment(mine.at))
        if mine.kind == "report":
            page.pair("because", mine.reason)
        page.head("What became of it").line(_became(mine), "bright-line")
        if mine.sentence:
            page.line(mine.sentence)
        page.line().line(
            "Only you see this page. Nobody else learns that you told anybody.", "quiet"
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        one = self._to_me if self.is_mounted else None
        report = one is not None and one.kind == "report"
        open_ = one is not None and one.state in OPEN
        match action:
            case "words":
                return one is not None
            case "step":
                return report and one is not None and bool(one.about)
            case "pass_on":
                return one is not None and not report and one.state != "asked" and bool(one.words)
            case "done":
                return report
            case "no_action":
                return report or open_
            case "bad_faith":
                return report
            case _:
                return True

    # --- deeds ------------------------------------------------------------------------------------

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._open()

    def _open(self, then: Callable[[], None] | None = None) -> None:
        one = self._to_me
        if one is None or one.kind != "report" or one.gone:
            if then is not None:
                then()
            return
        no = one.no

        def opened(view: ReportView) -> None:
            self._opened[no] = view
            self.draw()
            if then is not None:
                then()

        self.desk.wish(lambda c: c.reviewing.show(self.circle, no), opened, group="open report")

    def action_words(self) -> None:
        if (one := self._to_me) is None:
            return
        no = one.no

        def shown() -> None:
            self._words ^= {no}
            self.draw()

        if one.kind == "report" and no not in self._opened:
            self._open(shown)
        else:
            shown()

    def action_step(self) -> None:
        from havenclient.ui.screens.circles.step import StepScreen

        if (one := self._to_me) is None or not one.about:
            return
        no = one.no
        if no not in self._opened:
            self._open(self.action_step)
            return
        exhibits = self._opened[no].exhibits
        row = next((e.row for e in exhibits if e.row is not None), None)
        who, why = one.about[0], one.why
        self.app.push_screen(StepScreen(self.circle, who, row, reason=why, at="pause:24h"))

    def action_done(self) -> None:
        self._settle("done", "One sentence back to who reported (it may stay empty):")

    def action_no_action(self) -> None:
        self._settle("no-action", "Why nothing is done: who asked or reported always learns that.")

    def _settle(self, state: str, text: str) -> None:
        if (one := self._to_me) is None:
            return
        no = one.no

        def given(words: str | None) -> None:
            if words is not None:
                self.desk.wish(
                    lambda c: c.reviewing.settle(self.circle, no, state, words),
                    lambda _: self.wished("Said, to that person alone."),
                    group="settle",
                )

        title = "Done" if state == "done" else "No action, because …"
        self.app.push_screen(AskLine(title, text), given)

    def action_bad_faith(self) -> None:
        if (one := self._to_me) is None:
            return
        no = one.no
        self.desk.wish(
            lambda c: c.reviewing.not_in_good_faith(self.circle, no),
            lambda _: self.wished("Your own mark. n still answers, as always."),
            group="faith",
        )

    def action_pass_on(self) -> None:
        if (one := self._to_me) is None:
            return
        no = one.no

        def given(note: str | None) -> None:
            if note is not None:
                self.desk.wish(
                    lambda c: c.reviewing.pass_on(self.circle, no, safe_line(note) or None),
                    lambda _: self.wished("Asked, as “someone here asks”."),
                    group="pass on",
                )

        text = "A content note on it, or empty for none. All read the question in these words."
        self.app.push_screen(AskLine("Ask the circle", text), given)

    def blank(self) -> None:
        super().blank()
        self._seen, self._opened, self._words = Seen([], [], helps=False), {}, set()


def _became(mine: ReportedView) -> str:
    by = f" by {mine.by}" if mine.by else ""
    match mine.state:
        case "seen":
            return f"seen{by}"
        case "done":
            return f"done{by}"
        case "no-action":
            return f"no action{by}" + (", because …" if mine.sentence else "")
        case _:
            return "sent, not seen yet"
