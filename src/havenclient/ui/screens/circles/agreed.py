"""What this circle agreed on: newcomers and nights, the report window, its end, going on without.

Everybody reads it; hosts change it, and all see that they did. Own words can be taken along at any
time, also on the last day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from havenclient.errors import HavenError, UsageError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Page
from havenclient.ui.screens.circles.panes import TwoPanes
from havenclient.ui.widgets.dialogs import AskLine

if TYPE_CHECKING:
    from havenclient.circles.night import Lane
    from havenclient.circles.service import Circles

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Seen:
    is_host: bool
    lane: Lane
    report_days: int
    last_day: date | None
    absence: int
    why_not_anew: str
    """Why founding anew can't be asked for now; empty: it can."""
    asked_anew: str
    """Id of the step with which somebody asked; empty: nobody did."""
    mine: bool
    enough: bool


class AgreedScreen(TwoPanes[Seen]):
    LIST, CARD, HINT = "What is agreed here", "", ""
    HELP = (
        "What this circle agreed on beside its agreement. Hosts change a row with enter; all see\n"
        "that they did. w writes your own words of this circle into a file, at any time."
    )
    LEFT: tuple[tuple[str, str], ...] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "change", "Change", id="agreed.change"),
        Binding("k", "take_back", "Take back", id="agreed.back-day"),
        Binding("w", "words", "Own words to a file", id="agreed.words"),
        Binding("s", "ask_anew", "Ask to found anew", id="agreed.anew"),
        Binding("f", "found_anew", "Found it anew", id="agreed.found"),
        Binding("escape", "back", "Back", id="agreed.leave"),
    ]

    def __init__(self, circle: str, *, at: str = "") -> None:
        super().__init__(circle)
        self._seen: Seen | None = None
        self._begin = at

    def question(self, circles: Circles) -> Seen:
        from havenclient.circles import night, norms, succession, sunset

        row, circle = circles.moderating.here(self.circle)
        day = sunset.day_of(circle.terms)
        why = "You are a host: make somebody else a host instead." if circle.is_host else ""
        try:
            succession.must_be_absent(circles.book, row.no, circle)
        except HavenError as error:
            why = why or error.message[:1].upper() + error.message[1:] + "."
        steps = circles.moderating.steps(self.circle)
        step = next((one for one in steps if one.what == "succeed"), None)
        return Seen(
            circle.is_host,
            night.lane_of(circle.terms),
            norms.report_days(circle.terms),
            None if day is None else EPOCH + timedelta(days=day),
            succession.absence_days(circle),
            why,
            "" if step is None else step.id,
            step is not None and step.by == safe_line(circle.me.name),
            step is not None and step.enough,
        )

    def show(self, answer: Seen) -> None:
        self._seen = answer
        last = "none" if answer.last_day is None else answer.last_day.isoformat()
        lane = f"{answer.lane.days} days slower" if answer.lane.days else "as everybody"
        night = f"after {answer.lane.hours} hours" if answer.lane.hours else "off"
        self.fill(
            [
                self.row("lane", "Newcomers", f"{lane}, night mode {night}"),
                self.row("window", "Reports", f"evidence is kept {answer.report_days} days"),
                self.row("sunset", "The last day", last),
                self.row("words", "Your own words", "to take along (w)"),
                self.row("anew", "If no host comes back", f"after {answer.absence} days"),
            ]
        )
        if self._begin:
            self.rows.go_to(self._begin)
            self._begin = ""

    def card(self, page: Page) -> None:
        seen = self._seen
        if seen is None:
            return
        getattr(self, f"_{self.chosen}_card", lambda _p, _s: None)(page, seen)
        if seen.is_host and self.chosen in ("lane", "window", "sunset"):
            page.line().line("c changes it, for everybody.", "lamp")

    def _lane_card(self, page: Page, seen: Seen) -> None:
        self.name_card("Newcomers, and nights")
        lane = seen.lane
        if lane.days:
            page.line(f"For the first {lane.days} days somebody new writes one message in"
                      f" {lane.seconds // 60} minutes.")  # fmt: skip
        else:
            page.line("New people write as everybody does.")
        if lane.hours and lane.days:
            page.line(f"Night mode: after {lane.hours} hours without a host or helper their words"
                      " wait until one is here again. Who helps sees them first.")  # fmt: skip
        else:
            page.line("Night mode is off: newcomers' words never wait.")

    def _window_card(self, page: Page, seen: Seen) -> None:
        self.name_card("Reports")
        page.line(f"Each Haven keeps the signatures of others' messages for {seen.report_days}"
                  " days, also of those that were taken back, so that a report can be told from an"
                  " invention. Then they are really gone. 7 to 30 days can be agreed.")  # fmt: skip

    def _sunset_card(self, page: Page, seen: Seen) -> None:
        self.name_card("The last day")
        if seen.last_day is None:
            page.line("This circle has no last day. A host may set one, a week or more ahead; all"
                      " see it, and can take their own words along before.")  # fmt: skip
        else:
            page.line(f"This circle ends on {seen.last_day.isoformat()}.", "lamp")
            page.line("After that day each Haven destroys the keys, and what others said. Your own"
                      " words and kept cards stay. Nobody can undo it; a computer that stays"
                      " switched off can't be made to do it.")  # fmt: skip
            if seen.is_host:
                page.line("k takes the day back.", "lamp")

    def _words_card(self, page: Page, seen: Seen) -> None:
        self.name_card("Your own words")
        page.line("w writes all that you said here into a new file, as Markdown: nobody else's"
                  " words or names. The file is not encrypted.")  # fmt: skip

    def _anew_card(self, page: Page, seen: Seen) -> None:
        self.name_card("If no host comes back")
        page.line(f"When no host was here for {seen.absence} days, any member may ask to found the"
                  " circle anew. More than half of the others agree; then the one who asked founds"
                  " a circle with the same agreement, and everybody gets an invitation. This one"
                  " stays as it is. A host who comes back within a week ends it by being here."
                  )  # fmt: skip
        if seen.asked_anew:
            page.line().line("Somebody asked. What happened here (l) shows who agreed.", "lamp")
            if seen.mine and seen.enough:
                page.line("More than half agree. f founds it.", "bright-line")
        elif seen.why_not_anew:
            page.line().line(seen.why_not_anew, "quiet")
        else:
            page.line().line("s asks the others.", "lamp")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        seen = self._seen
        if seen is None:
            return action == "back"
        match action:
            case "change":
                return seen.is_host and self.chosen in ("lane", "window", "sunset")
            case "take_back":
                return seen.is_host and seen.last_day is not None and self.chosen == "sunset"
            case "ask_anew":
                return not seen.why_not_anew and not seen.asked_anew
            case "found_anew":
                return seen.mine and seen.enough
            case _:
                return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.chosen == "words":
            self.action_words()
        elif self.check_action("change", ()):
            self.action_change()

    # --- deeds ------------------------------------------------------------------------------------

    def action_change(self) -> None:
        seen = self._seen
        if seen is None:
            return
        if self.chosen == "lane":
            lane = seen.lane
            value = f"{lane.days} {lane.seconds // 60} {lane.hours}" if lane.days else "7 10 6"
            text = (
                "Three numbers: for how many days somebody is new, minutes between two of their\n"
                "messages, and hours without a host or helper after which their words wait.\n"
                "0 0 0 switches it off."
            )
            self._ask("Newcomers, and nights", text, value, self._set_lane)
        elif self.chosen == "window":
            text = "For how many days evidence is kept: 7 to 30. All see the change."
            self._ask("Reports", text, str(seen.report_days), self._set_window)
        elif self.chosen == "sunset":
            text = "The last day, a week or more from now (2027-03-31). All see it at once."
            value = "" if seen.last_day is None else seen.last_day.isoformat()
            self._ask("The last day", text, value, self._set_day)

    def _ask(self, title: str, text: str, value: str, use: Callable[[str], None]) -> None:
        def given(words: str | None) -> None:
            if words is None or not words.strip():
                return
            try:
                use(words.strip())
            except HavenError as error:
                self.haven.say_error(error)

        self.app.push_screen(AskLine(title, text, value=value), given)

    def _wish(self, deed: Callable[[Circles], object], said: str) -> None:
        self.desk.wish(deed, lambda _: self.wished(said), group="agreed")

    def _set_lane(self, words: str) -> None:
        from havenclient.circles.night import Lane

        parts = words.replace(",", " ").split()
        if len(parts) != 3 or not all(one.isdecimal() for one in parts):
            raise UsageError("three numbers, like 7 10 6")
        days, minutes, hours = (int(one) for one in parts)
        if days > 90 or minutes > 1440 or hours > 168:
            raise UsageError("at most 90 days, 1440 minutes and 168 hours")
        lane = Lane(days, minutes * 60, hours)
        self._wish(
            lambda c: c.moderating.set_lane(self.circle, lane),
            "Agreed; it holds with the relay's next answer.",
        )

    def _set_window(self, words: str) -> None:
        from havenclient.circles import order

        if not words.isdecimal():
            raise UsageError("a number of days, like 14")
        days = int(words)
        self._wish(
            lambda c: order.set_report_days(c, self.circle, days), "Agreed; all see the change."
        )

    def _set_day(self, words: str) -> None:
        try:
            day = (date.fromisoformat(words) - EPOCH).days
        except ValueError as error:
            raise UsageError("a day looks like 2027-03-31") from error
        self._wish(lambda c: c.set_sunset(self.circle, day), "The last day is set; all see it.")

    def action_take_back(self) -> None:
        self._wish(lambda c: c.set_sunset(self.circle, None), "Taken back: no last day.")

    def action_words(self) -> None:
        text = "Not encrypted, for every program to read. To which new file?"
        self._ask("Your own words", text, "~/my-words.md", self._write)

    def _write(self, words: str) -> None:
        target = typed_path(words)

        def write(circles: Circles) -> Path:
            write_new_file(target, circles.own_words(self.circle).encode())
            return target

        self.desk.ask(
            write,
            lambda path: self.haven.say(f"Written: {safe_line(path.name, limit=50)}"),
            group="words",
        )

    def action_ask_anew(self) -> None:
        self.rows.go_to("anew")
        self._wish(
            lambda c: c.moderating.ask_succession(self.circle),
            "Asked. The others agree in what happened here (l).",
        )

    def action_found_anew(self) -> None:
        self.desk.wish(
            lambda c: c.moderating.found_anew(self.circle),
            lambda name: self.wished(
                f"{safe_line(name)} is founded; everybody gets an invitation."
            ),
            group="anew",
        )
