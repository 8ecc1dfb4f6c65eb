"""My limits and own lists, and the private view of how circles are for me."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.care import boundaries, keeping
from havenclient.care.boundaries import Feeling
from havenclient.care.keeping import Visit
from havenclient.care.library import said
from havenclient.care.service import Care
from havenclient.text import safe_line
from havenclient.ui.own_limits import learn
from havenclient.ui.screens.care.base import CareScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.choices import Choices
from havenclient.ui.widgets.dialogs import Ask, AskLine

_LISTS = {
    keeping.TOPIC: ("Topics that I fold", "Matched on this computer only, in notes too."),
    keeping.NAME: ("Names to look for before posting", "Mine, my town, my school."),
}


def _everything(care: Care) -> tuple[dict[str, Any], dict[str, tuple[str, ...]], dict[str, Any]]:
    kept = care.boundaries
    lists = {kind: kept.words(kind) for kind in _LISTS}
    return asdict(kept.limits()), lists, dict(kept.waiting())


class LimitsScreen(CareScreen):
    HEADING = "My limits"
    HELP = (
        "enter changes what is chosen. These are promises by you to yourself: help, the journal\n"
        "and replies to you are never limited, and changing your mind is never commented on."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Change"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="limits.back"),
    ]

    def __init__(self, first: str = "") -> None:
        """`first`: the limit to begin at."""
        super().__init__()
        self._first = first

    def body(self) -> ComposeResult:
        with Vertical(classes="panel", id="limits-box") as box:
            box.border_title = "My limits"
            yield Choices(id="limits-rows", markup=False)
            yield Static(said("limits"), id="limits-hint", classes="quiet", markup=False)

    def on_mount(self) -> None:
        self._limits: dict[str, Any] = {}
        self._lists: dict[str, tuple[str, ...]] = {}
        self.status("kept in your journal only")
        self._load()

    def _load(self) -> None:
        self.care(_everything, self._show)

    def _show(
        self, found: tuple[dict[str, Any], dict[str, tuple[str, ...]], dict[str, Any]]
    ) -> None:
        self._limits, self._lists, waiting = found
        quiet, bold = style(self, "quiet"), style(self, "foreground", bold=True)
        options = self.query_one(OptionList)
        kept = options.highlighted or 0
        options.clear_options()
        for name, value in self._limits.items():
            row = Text().append(f"{boundaries.label(name):<16}", bold)
            row.append(boundaries.shown(value))
            if name in waiting:
                later, at = waiting[name]
                row.append(f"   {later} from {at.astimezone():%H:%M}", quiet)
            row.append(f"\n  {boundaries.SENTENCES[name]}", quiet)
            options.add_option(Option(row, id=name))
        for kind, (title, about) in _LISTS.items():
            words = ", ".join(safe_line(one) for one in self._lists[kind]) or "none"
            row = Text().append(f"{title}: ", bold).append(words).append(f"\n  {about}", quiet)
            options.add_option(Option(row, id=f"list:{kind}"))
        names = list(self._limits)
        options.highlighted = names.index(self._first) if self._first in names else kept
        self._first = ""
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        name = event.option.id or ""
        if name.startswith("list:"):
            self._change_list(name.removeprefix("list:"))
            return
        value = self._limits[name]
        if isinstance(value, bool):
            self._set(name, "off" if value else "on")
            return
        prompt = boundaries.SENTENCES[name]

        def given(text: str | None) -> None:
            if text is not None:
                self._set(name, text)

        title = boundaries.label(name).capitalize()
        shown = boundaries.shown(value)
        self.app.push_screen(AskLine(title, prompt, value=shown), given)

    def _set(self, name: str, text: str) -> None:
        def changed(at: datetime | None) -> None:
            if at is not None:
                self.haven.say(f"You chose to wait: it holds from {at.astimezone():%H:%M}.")
            learn(self.haven)
            self._load()

        self.care(lambda care: care.boundaries.set(name, text), changed)

    def _change_list(self, kind: str) -> None:
        title, about = _LISTS[kind]
        words = self._lists[kind]
        answers = (("add", "Add one"), *((f"drop:{word}", f"Take off: {word}") for word in words))

        def typed(text: str | None) -> None:
            if text and text.strip():
                self.care(lambda care: care.boundaries.add_word(kind, text), lambda _: self._load())

        def chosen(answer: str | None) -> None:
            if answer == "add":
                self.app.push_screen(AskLine(title, about), typed)
            elif answer is not None:
                word = answer.removeprefix("drop:")
                self.care(
                    lambda care: care.boundaries.drop_word(kind, word), lambda _: self._load()
                )

        self.app.push_screen(Ask(title, about, answers), chosen)


class VisitsScreen(CareScreen):
    HEADING = "How is this for me?"
    HELP = "What you noted after visits. It is never shared, and there is no score."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "month", "By month", id="visits.month"),
        Binding("escape", "back", "Back", id="visits.back"),
    ]

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="panel", id="visits-box") as box:
            box.border_title = "Lighter, same, heavier"
            yield Static(id="visits-text")

    def on_mount(self) -> None:
        self.status("kept in your journal only")
        self.query_one("#visits-box").focus()
        self.care(lambda care: care.boundaries.visits(limit=200), self._show)

    def action_month(self) -> None:
        from havenclient.ui.screens.care.month import MonthScreen

        self.app.push_screen(MonthScreen())

    def _show(self, visits: tuple[Visit, ...]) -> None:
        quiet = style(self, "quiet")
        felt = [(one, one.feeling) for one in visits if one.feeling is not None]
        feelings = [feeling for _, feeling in felt]
        parts = [Text(boundaries.look_back(feelings))]
        line, ways = boundaries.heavier_line(feelings)
        if line:
            parts += [Text(""), Text(line), Text("; ".join(ways), quiet)]
        parts.append(Text(""))
        for one, feeling in reversed(felt):
            day = one.began.astimezone()
            parts.append(Text(f"{day:%d %b %Y}  {_WORDS[feeling]}"))
        self.query_one("#visits-text", Static).update(Group(*parts))


_WORDS = {Feeling.LIGHTER: "lighter", Feeling.SAME: "same", Feeling.HEAVIER: "heavier"}
