"""Insights: the year, the mood's line, what went with what, and all of it as a table or in words.

Numbers come from the journal; nothing is judged here and nothing leaves this computer.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import DataTable, Static

from havenclient import config
from havenclient.errors import HavenError
from havenclient.journal import Journal
from havenclient.journal.records import DayCell, Insights
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import HavenScreen, PaletteItem, today
from havenclient.ui.screens.calendar import CalendarScreen, describe
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.dialogs import AskLine
from havenclient.ui.widgets.moodline import MoodLine
from havenclient.ui.widgets.yearmap import LEGEND, YearMap

RANGES = (30, 90, 365)
BAR = 8
Found = tuple[list[DayCell], Insights, Insights]


class InsightsScreen(HavenScreen):
    ROOM = "insights"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "table", "Table", id="insights.table"),
        Binding("r", "range", "Range", id="insights.range"),
        Binding("e", "export", "Export numbers", id="insights.export"),
        Binding("c", "calendar", "Month view", id="insights.calendar"),
        Binding("d", "never", "Never show this line", id="insights.never", show=False),
        Binding("escape", "back", "Back", id="insights.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._range = 90
        self._insights: Insights | None = None
        self._cells: list[DayCell] = []

    def body(self) -> ComposeResult:
        with Vertical(id="drawn"):
            with Vertical(classes="panel", id="year") as year:
                year.border_title = "Year"
                yield YearMap(sunday_first=self.haven.settings.look.week_starts == "sunday")
            with Horizontal(id="below"):
                with VerticalScroll(classes="panel", id="mood") as mood:
                    mood.border_subtitle = "t table   r range"
                    yield MoodLine()
                    yield Static(id="in-words", markup=False)
                with Vertical(id="right"):
                    with VerticalScroll(
                        classes="panel", id="contrasts", can_focus=True
                    ) as with_tag:
                        with_tag.border_title = "With and without"
                        with_tag.border_subtitle = "a pattern is not a cause"
                        yield Static(id="contrast-text")
                    with VerticalScroll(classes="panel", id="month"):
                        yield Static(id="month-text")
        table: DataTable[str] = DataTable(id="table", classes="panel", cursor_type="row")
        table.border_title = "Months in numbers"
        table.border_subtitle = "t drawing"
        yield explain(table, "The same numbers as a table, month by month. t goes back.")

    def on_mount(self) -> None:
        self.query_one(DataTable).display = False
        explain(
            self.query_one("#mood"),
            "The mean mood of seven days, as a line, and the same in words. Days without a mood\n"
            "are gaps, not lows. r changes the time, t shows a table.",
        )
        explain(
            self.query_one("#contrasts"),
            "The mean mood of days with a tag and of days without it, shown from five days on.\n"
            "A pattern is not a cause.",
        )
        self.status("computed here, shared with no one")
        self.query_one(YearMap).focus()
        self.entries_changed()

    def entries_changed(self) -> None:
        day, span = today(self), self._range

        def look(journal: Journal) -> Found:
            return (
                journal.span(day - timedelta(days=370), day),
                journal.insights(day - timedelta(days=span - 1), day),
                journal.insights(day.replace(day=1), day),
            )

        self.haven.ask(look, self._show, group="insights")

    def _show(self, found: Found) -> None:
        self._cells, self._insights, month = found
        year = self.query_one(YearMap)
        at = year.at if year.cells else -1
        year.show(self._cells)
        if at >= 0:
            year.at = min(at, len(self._cells) - 1)
        self.query_one(MoodLine).points = tuple((p.day, p.mean7) for p in self._insights.series)
        mood = self.query_one("#mood")
        mood.border_title = f"Mood, 7-day mean, last {self._range} days"
        words = Table.grid(padding=(0, 2))
        words.add_column(no_wrap=True)
        words.add_column()
        for index, sentence in enumerate(self._insights.sentences):
            label = "In words" if index == 0 else ""
            words.add_row(Text(label, style(self, "quiet")), Text(sentence))
        self.query_one("#in-words", Static).update(words)
        self._show_contrasts(self._insights)
        self._show_month(month)
        self._fill_table()
        self._low_line(self._insights)

    def _show_contrasts(self, insights: Insights) -> None:
        where = self.query_one("#contrast-text", Static)
        if not insights.contrasts:
            where.update(Text("Shown when a tag has five days with a mood.", style(self, "quiet")))
            return
        table = Table.grid(padding=(0, 2))
        for one in insights.contrasts[:12]:
            without = "" if one.mean_without is None else f"without {one.mean_without:.1f}"
            full = round((one.mean_with - 1) / 4 * BAR)
            bar = Text("▓" * full, style(self, "bright-line"))
            bar.append("░" * (BAR - full), style(self, "line"))
            table.add_row(
                Text(f"#{safe_line(one.tag, limit=14)}", style(self, "lamp")),
                Text(f"{one.mean_with:.1f}"),
                bar,
                Text(f"{one.days} days", style(self, "quiet")),
                Text(without, style(self, "quiet")),
            )
        where.update(table)

    def _show_month(self, month: Insights) -> None:
        self.query_one("#month").border_title = f"{month.first:%B}"
        entries = "1 entry" if month.entries == 1 else f"{month.entries} entries"
        text = Text(f"{entries}    {month.words:,} words".replace(",", " "))
        if month.longest_pause:
            days = "1 day" if month.longest_pause == 1 else f"{month.longest_pause} days"
            text.append(f"\nlongest pause {days}, and that is fine", style(self, "quiet"))
        self.query_one("#month-text", Static).update(text)

    def _low_line(self, insights: Insights) -> None:
        rules = self.haven.settings.boundaries
        line = self.query_one(QuietLine)
        if rules.low_mood_line and insights.low_days >= rules.low_mood_days:
            days = f"{insights.low_days} of the last {insights.low_window} days"
            line.say(
                f"Mood was 2 or lower on {days}.  If you want company or ideas:  F2",
                "d  never show this line",
            )

    def action_never(self) -> None:
        if not self.query_one(QuietLine).keys:
            return
        try:
            config.set_value(self.haven.launch.settings_file, "boundaries.low_mood_line", "false")
        except HavenError as error:
            self.haven.say_error(error)
            return
        off = config.find("boundaries.low_mood_line").parse("false")
        self.haven.settings = self.haven.settings.replacing("boundaries.low_mood_line", off)
        self.query_one(QuietLine).say("It stays away. Settings brings it back.")

    # --- the year --------------------------------------------------------------------------------

    def on_year_map_moved(self, event: YearMap.Moved) -> None:
        year = self.query_one("#year")
        wide = self.has_class("-wide")
        year.border_subtitle = LEGEND if wide else "enter opens the day"
        year.border_title = f"Year · {describe(event.cell.day, event.cell)}"

    def on_year_map_chosen(self, event: YearMap.Chosen) -> None:
        self._open_search(f"on:{event.day:%Y-%m-%d}")

    def _open_search(self, text: str | None) -> None:
        if text:
            self.haven.search_for(text)

    def action_calendar(self) -> None:
        self.app.push_screen(CalendarScreen(), self._open_search)

    # --- table, range, export --------------------------------------------------------------------

    def action_table(self) -> None:
        table, drawn = self.query_one(DataTable), self.query_one("#drawn")
        table.display, drawn.display = drawn.display, table.display
        (table if table.display else self.query_one(YearMap)).focus()

    def _months(self) -> list[tuple[str, str, str, str, str]]:
        """(month, entries, words, days with an entry, mean mood), newest first."""
        months: dict[date, list[DayCell]] = {}
        for cell in self._cells:
            months.setdefault(cell.day.replace(day=1), []).append(cell)
        rows = []
        for first, cells in sorted(months.items(), reverse=True):
            moods = [cell.mood_mean for cell in cells if cell.mood_mean is not None]
            rows.append(
                (
                    f"{first:%B %Y}",
                    str(sum(cell.entries for cell in cells)),
                    str(sum(cell.words for cell in cells)),
                    str(sum(1 for cell in cells if cell.entries)),
                    f"{sum(moods) / len(moods):.1f}" if moods else "none",
                )
            )
        return rows

    def _fill_table(self) -> None:
        table: DataTable[str] = self.query_one(DataTable)
        table.clear(columns=True)
        table.add_columns("Month", "Entries", "Words", "Days written", "Mean mood")
        for row in self._months():
            table.add_row(*row)

    def action_range(self) -> None:
        self._range = RANGES[(RANGES.index(self._range) + 1) % len(RANGES)]
        self.entries_changed()

    def action_export(self) -> None:
        cells = [cell for cell in self._cells if cell.entries]

        def given(path: str | None) -> None:
            if not path or not path.strip():
                return
            out = io.StringIO()
            writer = csv.writer(out)
            writer.writerow(("day", "entries", "words", "mood_mean"))
            for cell in cells:
                mood = "" if cell.mood_mean is None else f"{cell.mood_mean:.2f}"
                writer.writerow((cell.day.isoformat(), cell.entries, cell.words, mood))
            target = typed_path(path.strip())
            try:
                write_new_file(target, out.getvalue().encode())
            except HavenError as error:
                self.haven.say_error(error)
            else:
                self.haven.say(f"Numbers, no words, were written to {safe_line(str(target))}")

        text = "Days, counts and moods as a plain CSV file; no text of entries. To which file?"
        self.app.push_screen(AskLine("Export numbers", text, value="haven-numbers.csv"), given)

    def action_back(self) -> None:
        if not self.haven.stop_work() and self.query_one(DataTable).display:
            self.action_table()

    def palette(self) -> list[PaletteItem]:
        return [
            ("Table", "The same as numbers (t)", self.action_table),
            ("Range", "30, 90 or 365 days (r)", self.action_range),
            ("Export numbers", "A CSV file without words (e)", self.action_export),
        ]
