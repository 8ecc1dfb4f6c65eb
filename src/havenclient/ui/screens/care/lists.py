"""Who is on my side (the support map), and what I want to ask a professional."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.care.ask_list import KINDS, Asked, lines
from havenclient.care.support_map import PARTS, Person, line
from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.base import local_now, today
from havenclient.ui.screens.care.base import CareScreen
from havenclient.ui.screens.care.plan import ask_target
from havenclient.ui.styles import style
from havenclient.ui.widgets.choices import Choices
from havenclient.ui.widgets.dialogs import Ask, AskLine


class ListScreen(CareScreen):
    """A list with parts; what is chosen is a row's number."""

    TITLE_OF_LIST = ""
    HINT = ""

    def body(self) -> ComposeResult:
        with Vertical(classes="panel", id="list-box") as box:
            box.border_title = self.TITLE_OF_LIST
            yield Choices(id="list-rows", markup=False)
            yield Static(self.HINT, id="list-hint", classes="quiet", markup=False)

    def on_mount(self) -> None:
        self.status("kept in your journal only")
        self.load()

    def load(self) -> None: ...

    def fill(self, parts: list[tuple[str, list[tuple[int, Text]]]]) -> None:
        options = self.query_one(OptionList)
        kept = options.highlighted
        options.clear_options()
        for title, rows in parts:
            heading = Text(title, style(self, "foreground", bold=True))
            options.add_option(Option(heading, disabled=True))
            for number, row in rows:
                options.add_option(Option(Text("  ") + row, id=str(number)))
        if kept is not None and kept < options.option_count:
            options.highlighted = kept
        else:
            options.action_first()
        options.focus()

    @property
    def chosen(self) -> int | None:
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return None
        name = options.get_option_at_index(options.highlighted).id
        return int(name) if name else None


class MapScreen(ListScreen):
    HEADING = "Who is on my side"
    TITLE_OF_LIST = "Support map"
    HINT = "An empty map is fine. Dates are what you enter; nothing reminds and nothing is counted."
    HELP = (
        "a adds somebody, enter sets today as the last contact, del takes them off the map.\n"
        "i shows one idea for an empty part, only when you ask. x writes it to a file to print.\n"
        "m looks back on the month, beside it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="map.add"),
        Binding("delete", "drop", "Take off", id="map.drop"),
        Binding("i", "idea", "Idea", id="map.idea"),
        Binding("m", "month", "The month", id="map.month"),
        Binding("x", "export", "To a file", id="map.export"),
        Binding("escape", "back", "Back", id="map.back"),
    ]

    def load(self) -> None:
        self.care(lambda care: care.map.people(), self._show)

    def _show(self, people: tuple[Person, ...]) -> None:
        self.fill(
            [
                (
                    title,
                    [
                        (one.no, Text(safe_line(line(one), limit=200)))
                        for one in people
                        if one.part == part
                    ],
                )
                for part, title in PARTS.items()
            ]
        )

    def action_add(self) -> None:
        def named(part: str, name: str | None) -> None:
            if name and name.strip():
                self.app.push_screen(
                    AskLine("How to reach them", "In your own words, or nothing."),
                    lambda reach: self._add(part, name, reach),
                )

        def chosen(part: str | None) -> None:
            if part is not None:
                self.app.push_screen(
                    AskLine(PARTS[part], "A name, a place, something you do."),
                    lambda name: named(part, name),
                )

        self.app.push_screen(Ask("Add", "Where on the map?", tuple(PARTS.items())), chosen)

    def _add(self, part: str, name: str, reach: str | None) -> None:
        self.care(lambda care: care.map.add(part, name, reach or ""), lambda _: self.load())

    def on_option_list_option_selected(self) -> None:
        number, day = self.chosen, today(self)
        if number is not None:
            self.care(lambda care: care.map.was_in_touch(number, day), lambda _: self.load())
            self.haven.say("Last contact: today.")

    def action_drop(self) -> None:
        number = self.chosen
        if number is not None:
            self.care(lambda care: care.map.drop(number), lambda _: self.load())

    def action_month(self) -> None:
        """Two halves of one look: never on top of each other twice."""
        from havenclient.ui.screens.care.month import MonthScreen

        if any(isinstance(one, MonthScreen) for one in self.app.screen_stack):
            self.app.pop_screen()
        else:
            self.app.push_screen(MonthScreen())

    def action_idea(self) -> None:
        now = local_now(self)

        def told(idea: str) -> None:
            if not idea:
                self.haven.say("Nothing to suggest.")
                return
            answers = (("ok", "Thank you"), ("not-now", "Not now, for ninety days"))
            self.app.push_screen(Ask("An idea", idea, answers), answered)

        def answered(answer: str | None) -> None:
            if answer == "not-now":
                self.care(lambda care: care.map.not_now(care.boundaries, now), lambda _: None)

        self.care(lambda care: care.map.idea(care.boundaries, now), told)

    def action_export(self) -> None:
        self.care(lambda care: care.map.sheet(), lambda sheet: ask_target(self, sheet))


class AskScreen(ListScreen):
    HEADING = "Ask a professional"
    TITLE_OF_LIST = "Questions and things to check"
    HINT = "A file holds only what you tick, and nothing is ticked by itself."
    HELP = (
        "a adds a question, c something to check. enter ticks a line for the file that x writes.\n"
        "v notes what you found out, d marks it as asked, del takes it off the list."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Tick"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add('question')", "Add", id="ask.add"),
        Binding("c", "add('check')", "Check this", id="ask.check"),
        Binding("v", "verdict", "Found out", id="ask.verdict"),
        Binding("d", "done", "Asked", id="ask.done", show=False),
        Binding("delete", "drop", "Take off", id="ask.drop", show=False),
        Binding("x", "export", "To a file", id="ask.export"),
        Binding("escape", "back", "Back", id="asklist.back"),
    ]

    def on_mount(self) -> None:
        self._ticked: set[int] = set()
        super().on_mount()

    def load(self) -> None:
        self.care(lambda care: care.questions.all(), self._show)

    def _show(self, found: tuple[Asked, ...]) -> None:
        parts = []
        for kind, title in KINDS.items():
            rows = [(one.no, self._row(one)) for one in found if one.kind == kind]
            if rows or kind in ("question", "check"):
                parts.append((title, rows))
        self.fill(parts)

    def _row(self, one: Asked) -> Text:
        first, *more = lines(one)
        mark = "[x] " if one.no in self._ticked else "[ ] "
        row = Text(mark + safe_text(first, multiline=False) + (" (asked)" if one.done else ""))
        for further in more:
            row.append(f"\n      {safe_text(further, multiline=False)}", style(self, "quiet"))
        return row

    def on_option_list_option_selected(self) -> None:
        if self.chosen is not None:
            self._ticked ^= {self.chosen}
            self.load()

    def action_add(self, kind: str) -> None:
        def given(text: str | None) -> None:
            if text and text.strip():
                self.care(lambda care: care.questions.add(text, kind=kind), lambda _: self.load())

        prompt = "What do you want to ask?" if kind == "question" else "What was said, and where?"
        self.app.push_screen(AskLine(KINDS[kind], prompt), given)

    def action_verdict(self) -> None:
        number = self.chosen

        def given(text: str | None) -> None:
            if text and text.strip() and number is not None:
                self.care(
                    lambda care: care.questions.found_out(number, text), lambda _: self.load()
                )

        if number is not None:
            self.app.push_screen(AskLine("Found out", "What, and from whom?"), given)

    def action_done(self) -> None:
        number = self.chosen
        if number is not None:
            self.care(lambda care: care.questions.done(number), lambda _: self.load())

    def action_drop(self) -> None:
        number = self.chosen
        if number is not None:
            self._ticked.discard(number)
            self.care(lambda care: care.questions.drop(number), lambda _: self.load())

    def action_export(self) -> None:
        ticked = frozenset(self._ticked)
        if not ticked:
            self.haven.say("Nothing is ticked yet; enter ticks a line.")
            return
        self.care(lambda care: care.questions.sheet(ticked), lambda sheet: ask_target(self, sheet))
