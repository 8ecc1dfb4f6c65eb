"""One month looked back on, for the person alone: visits, mood beside them, checks, what helped.

Everything comes from the vault and works with the network off; there is no score. What she wants
more or less of is her own line, kept with the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from havenclient.care import month
from havenclient.care.boundaries import beginning
from havenclient.care.month import LookBack
from havenclient.care.service import Care
from havenclient.circles.here import names
from havenclient.journal import Journal
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import today
from havenclient.ui.screens.care.base import CareScreen
from havenclient.ui.screens.care.lists import MapScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import AskLine

if TYPE_CHECKING:
    from havenclient.vault import Vault

QUESTIONS = {
    month.MORE: "What would you like more of? One line, or nothing.",
    month.LESS: "What would you like less of? One line, or nothing.",
}


class MonthScreen(CareScreen):
    HEADING = "A month"
    HELP = (
        "Visits, checks and what helped in one month, from this computer only; there is no score.\n"
        "← → go through the months, m and s write what you want more or less of.\n"
        "w shows who is on your side, beside it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Earlier", id="month.earlier"),
        Binding("right", "turn(1)", "Later", id="month.later"),
        Binding("m", "note('more')", "More of", id="month.more"),
        Binding("s", "note('less')", "Less of", id="month.less"),
        Binding("w", "map", "Who is on my side", id="month.map"),
        Binding("escape", "back", "Back", id="month.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: LookBack | None = None

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="panel", id="month-box") as box:
            explain(box, self.HELP)
            yield Static(id="month-text")

    def on_mount(self) -> None:
        self.status("kept in your journal only")
        self.query_one("#month-box").focus()
        self._first = today(self).replace(day=1)
        self._load()

    def _load(self) -> None:
        first, session, haven = self._first, self.haven.session, self.haven
        if session is None:
            return

        begins = beginning(haven.settings.boundaries)

        def look(journal: Journal) -> LookBack:
            days = journal.span(first, month.following(first))

            def join(vault: Vault) -> LookBack:
                own = Care(vault.db, haven.launch.clock, begins)
                return month.look_back(own, first, days, names(vault))

            return session.ask_vault(join)

        haven.ask(look, self._show, group="month")

    def _show(self, found: LookBack) -> None:
        if not self.is_attached:
            return
        self._shown = found
        self.query_one("#month-box").border_title = found.title
        quiet, head = style(self, "quiet"), style(self, "bright-line", bold=True)
        text = Text()
        for part in found.parts:
            text.append(f"{part.head}\n", head)
            for line in part.lines:
                text.append(f"  {line}\n", quiet if line == month.NO_CAUSE else "")
            text.append("\n")
        if not found.parts:
            text.append(f"{month.NOTHING}\n\n")
        text.append("More of   ", head).append(f"{found.more or 'm writes a line'}\n")
        text.append("Less of   ", head).append(f"{found.less or 's writes a line'}\n\n")
        text.append("From this computer only. Nobody else sees it, and there is no score.", quiet)
        self.query_one("#month-text", Static).update(text)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "turn" and parameters == (1,):
            return self.is_mounted and month.following(self._first) <= today(self)
        return True

    def action_map(self) -> None:
        """Two halves of one look: never on top of each other twice."""
        if any(isinstance(one, MapScreen) for one in self.app.screen_stack):
            self.app.pop_screen()
        else:
            self.app.push_screen(MapScreen())

    def action_turn(self, way: int) -> None:
        self._first = month.following(self._first) if way > 0 else month.earlier(self._first)
        self._load()

    def action_note(self, which: str) -> None:
        first, shown = self._first, self._shown
        value = "" if shown is None else {"more": shown.more, "less": shown.less}[which]

        def given(text: str | None) -> None:
            if text is not None:
                self.care(
                    lambda care: month.note(care.boundaries, first, which, text),
                    lambda _: self._load(),
                )

        self.app.push_screen(AskLine(f"{first:%B %Y}", QUESTIONS[which], value=value), given)
