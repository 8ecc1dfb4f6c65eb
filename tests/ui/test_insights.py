"""The year, the line, the words and the table say the same numbers."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import DataTable, Input

from havenclient.config import Settings
from havenclient.journal import Journal
from havenclient.ui import Launch
from havenclient.ui.screens.insights import InsightsScreen
from havenclient.ui.screens.journal import JournalScreen
from havenclient.ui.widgets.bars import QuietLine
from havenclient.ui.widgets.moodline import MoodLine, braille
from havenclient.ui.widgets.yearmap import GLYPHS, YearMap
from tests.ui.house import open_app, settle, shown

Home = Callable[..., Launch]


async def test_a_day_of_the_year_says_its_mood_as_glyph_number_and_words(home: Home) -> None:
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f6")
        await settle(pilot)
        year = app.screen.query_one(YearMap)
        assert f"{GLYPHS[4]}4" in str(year.render())
        title = str(app.screen.query_one("#year").border_title)
        assert "Sun 22 Nov 2026" in title and "mood 4" in title and "2 entries" in title
        await pilot.press("left", "up", "home", "right", "end")
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, JournalScreen)
        assert app.screen.query_one(Input).value == "on:2026-11-22"


async def test_the_table_holds_every_entry_and_the_range_changes(
    home: Home, tmp_path: Path
) -> None:
    target = tmp_path / "numbers.csv"
    async with open_app(home(filled=True)) as (app, pilot):
        await pilot.press("f6")
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, InsightsScreen)
        await pilot.press("t")
        table: DataTable[str] = screen.query_one(DataTable)
        assert app.focused is table
        rows = [table.get_row_at(index) for index in range(table.row_count)]
        counted = sum(int(row[1]) for row in rows)
        assert counted == sum(cell.entries for cell in screen._cells) > 100
        await pilot.press("t", "r")
        await settle(pilot)
        assert "365 days" in str(screen.query_one("#mood").border_title)
        await pilot.press("e")
        await settle(pilot)
        app.screen.query_one(Input).value = str(target)
        await pilot.press("enter")
        await settle(pilot)
        read = list(csv.DictReader(target.read_text().splitlines()))
        assert sum(int(row["entries"]) for row in read) == counted
        assert set(read[0]) == {"day", "entries", "words", "mood_mean"}


async def test_an_empty_journal_says_so_kindly(home: Home) -> None:
    async with open_app(home()) as (app, pilot):
        await pilot.press("f6")
        await settle(pilot)
        assert "No moods in this time yet" in str(app.screen.query_one(MoodLine).render())
        screen = app.screen
        assert isinstance(screen, InsightsScreen) and screen._insights is not None
        assert "that is fine" in screen._insights.sentences[0]
        assert "streak" not in shown(app).lower()


async def test_the_line_for_low_days_offers_f2_and_goes_for_ever(home: Home) -> None:
    base = Settings()
    where = home(settings=replace(base, boundaries=replace(base.boundaries, low_mood_days=2)))
    async with open_app(where) as (app, pilot):
        assert app.session is not None
        from datetime import timedelta

        from tests.ui.house import NOW

        for back in range(3):
            at = NOW - timedelta(days=back)
            app.session.ask(partial(Journal.add, body="low", mood=1, written_at=at))
        await pilot.press("f6")
        await settle(pilot)
        line = app.screen.query_one(QuietLine)
        assert "3 of the last 14 days" in line.sentence and "F2" in line.sentence
        await pilot.press("d")
        await settle(pilot)
        assert not app.settings.boundaries.low_mood_line
        assert "low_mood_line = false" in where.settings_file.read_text()


@given(
    st.lists(st.none() | st.floats(1, 5), max_size=400),
    st.integers(1, 200),
    st.integers(1, 20),
)
def test_any_series_fits_its_box(values: list[float | None], width: int, height: int) -> None:
    rows = braille(values, width, height)
    assert len(rows) == height and all(len(row) == width for row in rows)
    assert any(row.strip() for row in rows) == any(value is not None for value in values)
