"""A year of days as a map: a column a week, a row a weekday, a glyph and a number a day.

The glyph grows with the mood and the digit beside it says it, so no colour is needed to read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from havenclient.journal.records import DayCell
from havenclient.ui.styles import style

GLYPHS = {1: ".", 2: "░", 3: "▒", 4: "▓", 5: "█"}
NOTHING, NO_MOOD = "·", "+"
LEGEND = "· none   + no mood   . 1   ░ 2   ▒ 3   ▓ 4   █ 5"
LABEL = 5


class YearMap(Widget, can_focus=True):
    DEFAULT_CSS = "YearMap { height: 9; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-7)", "Week before", show=False),
        Binding("right", "move(7)", "Next week", show=False),
        Binding("up", "move(-1)", "Day before", show=False),
        Binding("down", "move(1)", "Next day", show=False),
        Binding("home", "edge(0)", "First day", show=False),
        Binding("end", "edge(-1)", "Last day", show=False),
        Binding("enter", "open", "Open day", show=False),
    ]
    HELP = (
        "Each column is a week, each row a weekday. The glyph and the digit are the day's mood.\n"
        "← → move by weeks, ↑ ↓ by days, enter shows the day's entries. t shows a table."
    )

    cells: reactive[tuple[DayCell, ...]] = reactive(())
    at: reactive[int] = reactive(-1)

    class Moved(Message):
        def __init__(self, cell: DayCell) -> None:
            super().__init__()
            self.cell = cell

    class Chosen(Message):
        def __init__(self, day: date) -> None:
            super().__init__()
            self.day = day

    def __init__(self, *, sunday_first: bool) -> None:
        super().__init__()
        self._first_weekday = 6 if sunday_first else 0

    def show(self, cells: Sequence[DayCell]) -> None:
        """Days in order, the newest last."""
        self.cells = tuple(cells)
        self.at = len(cells) - 1
        if cells:
            self.post_message(self.Moved(cells[-1]))

    @property
    def current(self) -> DayCell | None:
        return self.cells[self.at] if self.cells else None

    def render(self) -> Text:
        if not self.cells:
            return Text("")
        weeks = max(4, (self.size.width - LABEL) // 2)
        last = self.cells[-1].day
        last_row = (last.weekday() - self._first_weekday) % 7
        newest_column = last - timedelta(days=last_row)
        shown = min(weeks, 53)
        start = newest_column - timedelta(weeks=shown - 1)
        by_day = {cell.day: (index, cell) for index, cell in enumerate(self.cells)}
        text = Text(no_wrap=True, end="")
        text.append_text(self._months(start, shown))
        for row in range(7):
            label = f"{start + timedelta(days=row):%a}" if row % 2 == 0 else ""
            text.append("\n" + label.ljust(LABEL), style(self, "quiet"))
            for column in range(shown):
                found = by_day.get(start + timedelta(days=column * 7 + row))
                if found is None:
                    text.append("  ")
                else:
                    text.append_text(self._cell(*found))
        return text

    def _months(self, start: date, shown: int) -> Text:
        line = [" "] * (LABEL + shown * 2 + 4)
        previous, free_from = 0, 0
        for column in range(shown):
            day = start + timedelta(weeks=column)
            position = LABEL + column * 2
            if day.month != previous and position >= free_from:
                if column or day.day <= 14:
                    line[position : position + 3] = f"{day:%b}"
                    free_from = position + 4
                previous = day.month
        return Text("".join(line).rstrip(), style(self, "quiet"))

    def _cell(self, index: int, cell: DayCell) -> Text:
        if cell.mood_mean is not None:
            mood = min(5, max(1, round(cell.mood_mean)))
            drawn, kind = f"{GLYPHS[mood]}{mood}", style(self, f"heat-{mood}")
        elif cell.entries:
            drawn, kind = f"{NO_MOOD} ", style(self, "quiet")
        else:
            drawn, kind = f"{NOTHING} ", style(self, "line")
        if index == self.at:
            cursor = style(self, "block-cursor-foreground", on="block-cursor-background", bold=True)
            kind = cursor + style(self, reverse=self.has_focus)
        return Text(drawn, kind)

    def action_move(self, by: int) -> None:
        self._go(self.at + by)

    def action_edge(self, index: int) -> None:
        self._go(index % len(self.cells) if self.cells else 0)

    def _go(self, index: int) -> None:
        if 0 <= index < len(self.cells):
            self.at = index
            self.post_message(self.Moved(self.cells[index]))

    def action_open(self) -> None:
        if (cell := self.current) is not None:
            self.post_message(self.Chosen(cell.day))
