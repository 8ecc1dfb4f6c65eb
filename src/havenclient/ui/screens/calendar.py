"""A month at a time: which days have entries, how many, and how they were."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from havenclient.journal.records import DayCell
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar

if TYPE_CHECKING:
    from havenclient.ui.haven import Haven


class MonthGrid(Widget, can_focus=True):
    """`22 •4` is: the 22nd has entries, their mood was about 4."""

    DEFAULT_CSS = "MonthGrid { height: 16; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Day before", show=False),
        Binding("right", "move(1)", "Next day", show=False),
        Binding("up", "move(-7)", "Week before", show=False),
        Binding("down", "move(7)", "Next week", show=False),
        Binding("pageup,left_square_bracket", "month(-1)", "Month before", show=False),
        Binding("pagedown,right_square_bracket", "month(1)", "Next month", show=False),
        Binding("home", "today", "Today", show=False),
        Binding("enter", "open", "Open the day", show=True),
    ]
    HELP = "Arrows move by days and weeks, page up and down by months. enter shows the entries."
    CELL = 7

    day: reactive[date] = reactive(date(2000, 1, 1))
    cells: reactive[dict[date, DayCell]] = reactive({})

    class Moved(Message):
        def __init__(self, day: date) -> None:
            super().__init__()
            self.day = day

    class Chosen(Message):
        def __init__(self, day: date) -> None:
            super().__init__()
            self.day = day

    def __init__(self, day: date, *, sunday_first: bool) -> None:
        super().__init__()
        self._today = day
        self._calendar = calendar.Calendar(calendar.SUNDAY if sunday_first else calendar.MONDAY)
        self.set_reactive(MonthGrid.day, day)

    def render(self) -> Text:
        quiet, lamp = style(self, "quiet"), style(self, "lamp", bold=True)
        grid = Text(no_wrap=True)
        weeks = self._calendar.monthdatescalendar(self.day.year, self.day.month)
        for one in weeks[0]:
            grid.append(f"{one:%a}".ljust(self.CELL), quiet)
        for week in weeks:
            grid.append("\n\n")
            for one in week:
                cell = self.cells.get(one)
                text = f"{one.day:>2}"
                if cell is not None and cell.entries:
                    mood = f"{cell.mood_mean:.0f}" if cell.mood_mean is not None else ""
                    text += f" •{mood}"
                kind = quiet if one.month != self.day.month else style(self, "foreground")
                if cell is not None and cell.entries and one.month == self.day.month:
                    kind = lamp
                if one == self.day:
                    kind = style(self, "block-cursor-foreground", on="block-cursor-background")
                    kind += style(self, bold=True, reverse=self.app.no_color)
                grid.append(text.ljust(self.CELL - 1), kind).append(" ")
        return grid

    def watch_day(self, day: date) -> None:
        self.post_message(self.Moved(day))

    def action_move(self, by: int) -> None:
        self._go(lambda: self.day + timedelta(days=by))

    def action_month(self, by: int) -> None:
        index = self.day.year * 12 + self.day.month - 1 + by
        year, month = divmod(index, 12)
        if 1 <= year <= 9999:
            last = calendar.monthrange(year, month + 1)[1]
            self.day = date(year, month + 1, min(self.day.day, last))

    def action_today(self) -> None:
        self.day = self._today

    def _go(self, to: Callable[[], date]) -> None:
        with suppress(OverflowError):
            self.day = to()

    def action_open(self) -> None:
        self.post_message(self.Chosen(self.day))


class CalendarScreen(ModalScreen[str | None]):
    """Returns a search (`on:2026-11-22`) or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "whole_month", "Whole month", id="calendar.month"),
        Binding("escape", "back", "Back", id="calendar.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked: tuple[int, int] | None = None

    @property
    def haven(self) -> Haven:
        return cast("Haven", self.app)

    def compose(self) -> ComposeResult:
        now = self.haven.launch.clock.now().astimezone().date()
        with Vertical(classes="panel dialog", id="calendar-box"):
            yield MonthGrid(now, sunday_first=self.haven.settings.look.week_starts == "sunday")
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        grid = self.query_one(MonthGrid)
        grid.focus()
        self._look(grid.day)

    def on_month_grid_moved(self, event: MonthGrid.Moved) -> None:
        self._look(event.day)

    def _look(self, day: date) -> None:
        box = self.query_one("#calendar-box")
        box.border_title = f"{day:%B %Y}"
        cell = self.query_one(MonthGrid).cells.get(day)
        box.border_subtitle = describe(day, cell)
        month = (day.year, day.month)
        if self._asked == month:
            return
        self._asked = month

        def fill(cells: list[DayCell]) -> None:
            grid = self.query_one(MonthGrid)
            grid.cells = {cell.day: cell for cell in cells}
            box.border_subtitle = describe(grid.day, grid.cells.get(grid.day))

        self.haven.ask(lambda journal: journal.month(*month), fill, group="month")

    def on_month_grid_chosen(self, event: MonthGrid.Chosen) -> None:
        self.dismiss(f"on:{event.day:%Y-%m-%d}")

    def action_whole_month(self) -> None:
        self.dismiss(f"on:{self.query_one(MonthGrid).day:%Y-%m}")

    def action_back(self) -> None:
        self.dismiss(None)


def describe(day: date, cell: DayCell | None) -> str:
    """One day in words: `Sun 22 Nov 2026 · mood 4 · 2 entries · 412 words`."""
    parts = [f"{day:%a} {day.day} {day:%b %Y}"]
    if cell is None or not cell.entries:
        parts.append("no entries")
    else:
        if cell.mood_mean is not None:
            parts.append(f"mood {cell.mood_mean:.1f}".removesuffix(".0"))
        parts.append("1 entry" if cell.entries == 1 else f"{cell.entries} entries")
        parts.append("1 word" if cell.words == 1 else f"{cell.words} words")
    return " · ".join(parts)
