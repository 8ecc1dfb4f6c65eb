"""Safety (F2): numbers to call, how to hide, what Haven does not do. Works locked and offline.

Nothing of a journal is read or shown here. The list comes through `numbers.for_country`.
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
from havenclient.errors import HavenError
from havenclient.ui import numbers
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar, TopBar

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


class SafetyScreen(HavenScreen):
    HEADING = "Safety and resources"
    RIGHT = (("f9", "Cover"), ("ctrl+l", "Lock"))
    HELP = (
        "Numbers for the country at the top; c chooses another.\n"
        "F2 or esc goes back to where you were."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "country", "Country", id="safety.country"),
        Binding("escape", "back", "Back", id="safety.back"),
    ]

    def body(self) -> ComposeResult:
        with Horizontal(id="safety-top"):
            with VerticalScroll(classes="panel", id="safety-now") as now:
                now.border_title = "Right now"
                now.border_subtitle = "c changes the country"
                yield Static(id="safety-numbers")
            with VerticalScroll(classes="panel", id="safety-hide") as hide:
                hide.border_title = "If someone else may see this screen"
                yield Static(id="safety-hiding")
        with VerticalScroll(classes="panel", id="safety-not") as refusals:
            refusals.border_title = "What Haven does not do"
            yield Static(id="safety-refusals")

    def on_mount(self) -> None:
        self.query_one(TopBar).status = (
            "works without unlocking and without network",
            "F2 or esc goes back",
        )
        self._draw()
        self.query_one("#safety-now").focus()

    def _draw(self) -> None:
        self.query_one("#safety-numbers", Static).update(self._numbers())
        self.query_one("#safety-hiding", Static).update(self._hiding())
        origin = numbers.origin()
        text = "\n\n".join(line.format(said=origin.said, dated=origin.dated) for line in _NOT)
        self.query_one("#safety-refusals", Static).update(Text(f"{text}\n\n{origin.directory}"))

    def _numbers(self) -> Group:
        lamp, quiet = style(self, "lamp", bold=True), style(self, "quiet")
        iso = numbers.guess_country(self.haven.settings.safety.country, os.environ)
        found = numbers.for_country(iso)
        parts: list[Text | Table] = [Text("Other people can help, now.\n")]
        if found is None:
            parts.append(Text("Press c and choose your country to see its numbers.\n"))
            parts.append(Text("112 works in many countries, also without credit.", quiet))
        else:
            parts.append(Text(found.country, style(self, "foreground", bold=True)))
            table = Table.grid(padding=(0, 2))
            table.add_column(no_wrap=True)
            table.add_column()
            for what, number in found.emergency:
                table.add_row(Text(number, lamp), Text(what))
            for line in found.lines:
                about = Text(line.name)
                facts = [fact for fact in (line.hours, line.note) if fact and fact != "see site"]
                facts.append(f"source of {line.year}")
                about.append("\n" + " · ".join(facts), quiet)
                table.add_row(Text(line.dial, lamp), about)
            parts.append(table)
            if not found.emergency:
                parts.append(Text("\nNo emergency number that two sources agree on.", quiet))
        parts.append(Text("\nMore lines, by country: ", quiet).append(numbers.origin().directory))
        return Group(*parts)

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
            yield OptionList(id="country-list", markup=False)
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        self._fill("")

    def _fill(self, part: str) -> None:
        part = part.casefold()
        found = [(iso, name) for iso, name in numbers.countries() if part in name.casefold()]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(f"{name}  {iso}", id=iso) for iso, name in found)
        if found:
            options.highlighted = 0

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
