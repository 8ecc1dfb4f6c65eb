"""Looking back: days, months, years, this day in earlier years, insights."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from havenclient.journal.core import Core
from havenclient.journal.records import Summary

if TYPE_CHECKING:
    from havenclient.journal.figures import DayCell, Insights


class Looking(Core):
    def on_this_day(self, day: date, *, reveal: bool = False) -> list[Summary]:
        """Entries of the same day in earlier years, newest first (29 February on leap days).

        They come unasked, so the person's own topics fold them as a content note does.
        """
        from havenclient.journal import calendar

        days = calendar.same_days(self._db, day)
        slots = calendar.slots_on(self._db, days) if days else []
        rows = self._db.execute("SELECT text FROM care_word WHERE kind = 'topic'")
        topics = () if reveal else tuple(text for (text,) in rows)
        return list(self._finder.summaries(slots, reveal=reveal, topics=topics))

    def day(self, day: date, *, reveal: bool = False) -> list[Summary]:
        """The entries of one day, oldest first."""
        from havenclient.journal import calendar

        slots = calendar.slots_on(self._db, [day])
        return list(self._finder.summaries(slots[::-1], reveal=reveal))

    def month(self, year: int, month: int) -> list[DayCell]:
        """Every day of the month."""
        from havenclient.journal import calendar

        return calendar.cells(self._db, *calendar.month_span(year, month))

    def year(self, year: int) -> list[DayCell]:
        """Every day of the year."""
        from havenclient.journal import calendar

        return calendar.cells(self._db, *calendar.year_span(year))

    def span(self, first: date, last: date) -> list[DayCell]:
        """Every day from first to last, both inclusive (at most 3,700 days: `UsageError`)."""
        from havenclient.journal import calendar

        return calendar.cells(self._db, first, last)

    def insights(self, first: date, last: date) -> Insights:
        from havenclient.journal import insights

        return insights.gather(self._db, first, last)
