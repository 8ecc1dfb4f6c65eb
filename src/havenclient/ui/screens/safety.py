"""Safety (F2): numbers to call, how to hide, what Haven does not do. Works locked and offline.

Nothing of a journal is shown here, but for which lines did not work (only while it is open).
The list comes through `numbers.for_country`.
"""

from __future__ import annotations

import os
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from havenclient import config
from havenclient.care.helplines import NOT_CHECKED
from havenclient.errors import HavenError
from havenclient.ui import numbers
from havenclient.ui.screens.base import HavenScreen, today
from havenclient.ui.screens.care.base import ask_care
from havenclient.ui.screens.care.failed import LOCKED, ask_which
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar, TopBar
from havenclient.ui.widgets.choices import Choices

_HIDE = (
    ("F9", "cover now; the window shows one neutral word"),
    ("ctrl+l", "lock; the keys go from memory with the process"),
    ("ctrl+q", "leave; drafts are kept, encrypted"),
)
_TRACES = (
    "the journal's folder (encrypted; its size and times can be seen)",
    "the settings file (plain, no entry text)",
    "your shell's history shows the word haven",
    "swap and hibernation can hold memory",
)
_NOT = (
    "Haven is not a crisis service, and nobody watches it.",
    "It never reads your entries to decide anything for you, and it contacts no one. "
    "The numbers here are people.",
    "The list is stored with the program. {said} It is dated {dated}; "
    "where a number fails, the directory below is newer.",
)


_DO = (
    ("1", "breathe with me"),
    ("2", "five things I can see"),
    ("3", "feet, room, breath: 30 s"),
    ("4", "my own plan"),
    ("5", "people on my side"),
    ("l", "the library"),
    ("h", "how do I answer this?"),
    ("k", "know the limits"),
    ("x", "a line did not work"),
    ("r", "kept for later"),
)
_DIAL = 16
"""Cells of the column of numbers."""
_EXERCISES = (
    ("1", "long_out", "Breathe with me"),
    ("2", "ground_54321", "Five things I can see"),
    ("3", "feet_and_room", "Feet, room, breath"),
)


class SafetyScreen(HavenScreen):
    HEADING = "Safety and resources"
    RIGHT = (("f9", "Cover"), ("ctrl+l", "Lock"))
    HELP = (
        "Numbers for the country at the top; c chooses another.\n"
        "1 to 3 are short exercises; 4 and 5 need the journal to be open.\n"
        "F2 or esc goes back to where you were."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "country", "Country", id="safety.country"),
        Binding("l", "library", "Library", id="safety.library"),
        *(
            Binding(key, f"exercise('{name}')", what, id=f"safety.{name}", show=False)
            for key, name, what in _EXERCISES
        ),
        Binding("4", "own('plan')", "My plan", id="safety.plan", show=False),
        Binding("5", "own('map')", "People on my side", id="safety.map", show=False),
        Binding("r", "own('later')", "Kept for later", id="safety.later", show=False),
        Binding("h", "page('how-do-i-answer')", "Answer this", id="safety.answer", show=False),
        Binding("k", "page('limits')", "Know the limits", id="safety.limits", show=False),
        Binding("x", "did_not_work", "Did not work", id="safety.failed", show=False),
        Binding("escape", "back", "Back", id="safety.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._unanswered: frozenset[str] = frozenset()

    def body(self) -> ComposeResult:
        with Horizontal(id="safety-top"):
            with VerticalScroll(classes="panel", id="safety-now") as now:
                now.border_title = "Right now"
                now.border_subtitle = "c changes the country"
                yield Static(id="safety-numbers")
            with VerticalScroll(classes="panel", id="safety-hide") as hide:
                hide.border_title = "If somebody may see this"
                yield Static(id="safety-hiding")
        with Horizontal(id="safety-below"):
            with VerticalScroll(classes="panel", id="safety-do") as doing:
                doing.border_title = "What may help"
                yield Static(id="safety-doing")
            with VerticalScroll(classes="panel", id="safety-not") as refusals:
                refusals.border_title = "What it is not"
                yield Static(id="safety-refusals")

    def on_mount(self) -> None:
        self.query_one(TopBar).status = (
            "works without unlocking and without network",
            "F2 or esc goes back",
        )
        self._draw()
        self.query_one("#safety-now").focus()
        if self.haven.may_show:
            self._look_again()

    def _know_unanswered(self, found: frozenset[str]) -> None:
        self._unanswered = found
        self._draw()

    def _draw(self) -> None:
        self.query_one("#safety-numbers", Static).update(self._numbers())
        self.query_one("#safety-hiding", Static).update(self._hiding())
        self.query_one("#safety-doing", Static).update(self._doing())
        origin = numbers.origin()
        text = "\n\n".join(line.format(said=origin.said, dated=origin.dated) for line in _NOT)
        self.query_one("#safety-refusals", Static).update(Text(f"{text}\n\n{origin.directory}"))

    def _numbers(self) -> Group:
        lamp, quiet = style(self, "lamp", bold=True), style(self, "quiet")
        iso = numbers.guess_country(self.haven.settings.safety.country, os.environ)
        day = today(self)
        found = numbers.for_country(iso, today=day, unanswered=self._unanswered)
        parts: list[Text | Table] = []
        if found is None:
            parts.append(Text("Other people can help, now.\n"))
            parts.append(Text("Press c and choose your country to see its numbers.\n"))
            parts.append(Text("112 works in many countries, also without credit.", quiet))
            if hint := numbers.suggested(os.environ):
                parts.append(Text(f"The language of this computer suggests {hint[1]}.", quiet))
        else:
            parts.append(Text(found.country, style(self, "foreground", bold=True)))
            table = _grid()
            for what, number in found.emergency:
                table.add_row(Text(number, lamp), Text(what))
            parts.append(table)
            if found.emergency:
                said = f"{found.note} Listed in {found.emergency_year} sources, {NOT_CHECKED}."
                parts.append(Text(said.strip(), quiet))
            else:
                parts.append(Text("No emergency number that two sources agree on.", quiet))
            if late := numbers.stale(day):
                parts.append(Text(late))
        parts.append(Text("\nLines by country, newest: ").append(numbers.origin().directory, lamp))
        if found is not None:
            table = _grid()
            for line in found.lines:
                for index, (dial, facts) in enumerate(line.ways):
                    # A long address would push the names off a narrow screen.
                    long = len(dial) > _DIAL
                    about = Text("" if index else f"{line.name}  ")
                    about.append(f"{dial}  " if long else "", lamp).append(facts, quiet)
                    table.add_row(Text("" if long else dial, lamp), about)
                failed = " · did not work for you before" if line.id in self._unanswered else ""
                table.add_row("", Text(line.facts + failed, quiet))
            parts.append(Text(""))
            parts.append(table)
            if found.lines and not self.haven.may_show:
                parts.append(Text(f"\n{LOCKED}", quiet))
        return Group(*parts)

    def _doing(self) -> Table:
        lamp = style(self, "lamp", bold=True)
        keys = Table.grid(padding=(0, 2))
        half = -(-len(_DO) // 2)
        for row in range(half):
            cells: list[Text] = []
            for key, what in _DO[row::half]:
                cells += [Text(key, lamp), Text(what)]
            keys.add_row(*cells)
        return keys

    def _hiding(self) -> Group:
        lamp, quiet = style(self, "lamp", bold=True), style(self, "quiet")
        keys = Table.grid(padding=(0, 2))
        keys.add_column(no_wrap=True)
        keys.add_column()
        for key, what in _HIDE:
            keys.add_row(Text(key, lamp), Text(what))
        traces = Text("\nWhat Haven leaves on this computer:\n", quiet)
        for trace in _TRACES:
            traces.append(f"  · {trace}\n")
        return Group(keys, traces)

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_library(self) -> None:
        from havenclient.ui.screens.care.library import LibraryScreen

        self.app.push_screen(LibraryScreen())

    def action_page(self, name: str) -> None:
        from havenclient.ui.screens.care.library import LibraryScreen

        self.app.push_screen(LibraryScreen(name))

    def action_exercise(self, name: str) -> None:
        from havenclient.ui.screens.care.player import PlayerScreen

        self.app.push_screen(PlayerScreen(name))

    def action_own(self, name: str) -> None:
        from havenclient.ui.screens.care.library import open_own

        open_own(self, name)

    def action_did_not_work(self) -> None:
        found = numbers.for_country(self.haven.settings.safety.country, today=today(self))
        if found is None or not found.lines:
            self.haven.say("There is no line to choose from yet; c chooses a country.")
            return
        ask_which(self, found, self._unanswered, self._look_again)

    def _look_again(self) -> None:
        ask_care(self.haven, lambda care: care.boundaries.unanswered(), self._know_unanswered)

    def action_country(self) -> None:
        self.app.push_screen(CountryScreen(), self._chosen)

    def _chosen(self, iso: str | None) -> None:
        if iso is None:
            return
        try:
            config.set_value(self.haven.launch.settings_file, "safety.country", iso)
        except HavenError as error:
            self.haven.say_error(error)
        self.haven.settings = self.haven.settings.replacing("safety.country", iso)
        self._draw()


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    return table


class CountryScreen(ModalScreen[str | None]):
    """Type a few letters, choose with the arrows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="country.back"),
        Binding("down", "list", "List", show=False),
    ]
    HELP = "Type some letters of the country, then ↓ and enter."

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel dialog country-box") as box:
            box.border_title = "Country"
            box.border_subtitle = "enter chooses"
            yield Input(placeholder="type a few letters", id="country-find")
            yield Choices(id="country-list", markup=False)
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        self._fill("")

    def _fill(self, part: str) -> None:
        found = list(numbers.matching(part))
        hint = numbers.suggested(os.environ)
        if not part and hint in found:
            found.insert(0, found.pop(found.index(hint)))  # offered first, never applied
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(f"{name}  {iso}", id=iso) for iso, name in found)
        if found:
            options.highlighted = 0
        else:
            nothing = "Nothing of that name. Fewer letters find more; 112 works in many countries."
            options.add_option(Option(Text(nothing, style(self, "quiet")), disabled=True))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            self.dismiss(options.get_option_at_index(options.highlighted).id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_back(self) -> None:
        self.dismiss(None)
