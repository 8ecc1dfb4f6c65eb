"""`haven stats` and `calendar`: looking back, in words first. No streaks, nobody else's numbers."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from havenclient.cli import render
from havenclient.cli.options import day, json_option, local_now, pass_session
from havenclient.cli.session import Session
from havenclient.errors import UsageError
from havenclient.text import safe_line

if TYPE_CHECKING:
    from havenclient.journal.records import DayCell, Insights


@click.command()
@click.option("--after", metavar="DAY", help="From this day on; 90 days if nothing is said.")
@click.option("--before", metavar="DAY", help="Up to this day; today if nothing is said.")
@click.option("--table", is_flag=True, help="One day a line.")
@json_option
@pass_session
def stats(
    session: Session, after: str | None, before: str | None, table: bool, as_json: bool
) -> None:
    """Numbers about your writing, in words. Computed here, shared with no one."""
    now = local_now(session)
    last = day(before, now) if before else now.date()
    first = day(after, now) if after else last - timedelta(days=89)
    if first > last:
        raise UsageError("the first day is later than the last")
    with session.journal(reading=True) as journal:
        found = journal.insights(first, last)
    if as_json:
        session.out.json("stats", **_json(found))
    elif table:
        for cell in found.cells:
            if cell.entries:
                session.out.line(_cell(cell))
    else:
        _words(session, found)


def _words(session: Session, found: Insights) -> None:
    out = session.out
    out.line(f"From {found.first:%d %B %Y} to {found.last:%d %B %Y}:")
    for sentence in found.sentences:
        out.line(sentence)
    if found.contrasts:
        out.line("Mean mood on days with a tag, and without it (a pattern is not a cause):")
        for one in found.contrasts:
            without = f", without {one.mean_without:.1f}" if one.mean_without is not None else ""
            days = render.plural(one.days, "day")
            out.line(f"#{safe_line(one.tag)}: {one.mean_with:.1f}{without}, {days}")
    low = session.settings.boundaries
    if low.low_mood_line and found.low_days >= low.low_mood_days:
        out.say(
            f"Mood was 2 or lower on {found.low_days} of the last {found.low_window} days. "
            "If you want company or ideas: `haven safety`."
        )


def _json(found: Insights) -> dict[str, Any]:
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "entries": found.entries,
        "words": found.words,
        "days": found.days,
        "days_written": found.days_written,
        "days_with_mood": found.days_with_mood,
        "mood_mean": found.mood_mean,
        "mood_counts": list(found.mood_counts),
        "longest_pause": found.longest_pause,
        "low_days": found.low_days,
        "low_window": found.low_window,
        "series": [
            {"day": one.day.isoformat(), "mood": one.mood, "mean7": one.mean7}
            for one in found.series
        ],
        "tags": [
            {
                "tag": one.tag,
                "days": one.days,
                "mean_with": one.mean_with,
                "mean_without": one.mean_without,
            }
            for one in found.contrasts
        ],
        "sentences": list(found.sentences),
    }


def _cell(cell: DayCell) -> str:
    line = f"{cell.day:%a %d %B %Y}: {render.plural(cell.entries, 'entry', 'entries')}"
    line += f", {render.plural(cell.words, 'word')}"
    return line + (f", mood {cell.mood_mean:.1f}" if cell.mood_mean is not None else "")


@click.command()
@click.argument("month", required=False, metavar="[YYYY-MM]")
@click.option("--all", "every_day", is_flag=True, help="Empty days too.")
@json_option
@pass_session
def calendar(session: Session, month: str | None, every_day: bool, as_json: bool) -> None:
    """A month as lines, one day a line: how many entries, words, and the mood."""
    today = local_now(session).date()
    year, number = _month(month, today)
    with session.journal(reading=True) as journal:
        cells = journal.month(year, number)
    if as_json:
        days = [
            {
                "day": cell.day.isoformat(),
                "entries": cell.entries,
                "words": cell.words,
                "mood": cell.mood_mean,
            }
            for cell in cells
        ]
        session.out.json("calendar", month=f"{year:04}-{number:02}", days=days)
        return
    session.out.line(f"{date(year, number, 1):%B %Y}")
    shown = [cell for cell in cells if cell.entries or every_day]
    for cell in shown:
        session.out.line(_cell(cell) if cell.entries else f"{cell.day:%a %d %B %Y}: nothing")
    if not shown:
        session.out.line("Nothing written in this month.")


def _month(text: str | None, today: date) -> tuple[int, int]:
    if text is None:
        return today.year, today.month
    found = re.fullmatch(r"(\d{4})-(\d{1,2})", text)
    if found is None or not (1 <= int(found[2]) <= 12 and 1 <= int(found[1]) <= 9998):
        raise UsageError("a month looks like 2026-11")
    return int(found[1]), int(found[2])
