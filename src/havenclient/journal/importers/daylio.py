"""Daylio's CSV export, in any of its shapes and phone languages.

Format facts: `full_date,date,weekday,time,mood,activities,note_title,note`, since 2026 with
`scales` after activities; old: `year,date,weekday,time,mood,activities,note`. Columns are found by
their names. `full_date` is ISO; `date` and `weekday` are in the phone's language and only used
where there is nothing better. `time` is 12 or 24 hours by phone. Activities and scales are joined
by ` | `. Moods are the person's own words in five classes: unknown ones are asked about. Notes may
hold a little HTML. Rows with a wrong number of fields occur and are reported by row number, where
row 1 is the header, as a spreadsheet counts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from havenclient.errors import InputRejected
from havenclient.journal.importers import dates
from havenclient.journal.importers.dates import Order, Stamp
from havenclient.journal.importers.limits import MAX_BODY
from havenclient.journal.importers.markup import html_to_markdown, looks_like_html
from havenclient.journal.importers.plan import DEFAULT_MOODS, PlanBuilder

_NEEDED = {"time", "mood", "activities"}
_KNOWN = _NEEDED | {"full_date", "date", "weekday", "year", "scales", "note_title", "note"}
_ROW_START = re.compile(
    r'^"?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}(?="?[,;\t]))'
)


def columns_of(text: str) -> tuple[list[str], str] | None:
    """Column names and the delimiter, if the first line is Daylio's header."""
    first = next((line for line in text[:4096].split("\n") if line.strip()), "")
    for delimiter in (",", ";", "\t"):
        names = [name.strip().strip('"').strip().lower() for name in first.split(delimiter)]
        if set(names) >= _NEEDED and ("full_date" in names or "date" in names):
            return names, delimiter
    return None


def parse_text(builder: PlanBuilder, text: str) -> None:
    header = columns_of(text)
    if header is None:
        raise InputRejected(
            "this isn't Daylio's CSV: its header line is missing",
            "in Daylio: More, Export Entries, CSV",
        )
    names, delimiter = header
    rows = list(_rows(builder, text, len(names), delimiter))
    maps = [(number, dict(zip(names, fields, strict=True))) for number, fields in rows]
    order = dates.order_of(row.get("full_date", "") for _, row in maps)
    seen = 0
    for number, row in maps:
        seen += _row(builder, f"row {number}", row, order)
    if not seen and not len(builder) and rows:
        raise InputRejected("no row of the file could be read as a Daylio entry")


def _rows(
    builder: PlanBuilder, text: str, width: int, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """(row number, fields) of every row with the right number of fields.

    A stray quote makes the reader swallow all rows after it into one field. When a row is wrong
    and later lines in it look like rows, reading starts again at the first of those.
    """
    lines = text.split("\n")
    lines = lines[next(index for index, line in enumerate(lines) if line.strip()) + 1 :]
    number, start = 1, 0
    limit = csv.field_size_limit(MAX_BODY)
    try:
        while start < len(lines):
            fields, used, closed = _record(lines, start, delimiter)
            if not any(field.strip() for field in fields):
                start += used
                number += 1 if start < len(lines) else 0
                continue
            number += 1
            if len(fields) == width and closed:
                yield number, fields
                start += used
                continue
            problem = (
                f"it has {len(fields)} fields instead of {width}"
                if closed
                else ("a quotation mark in it is never closed")
            )
            builder.remark(f"row {number}", f"{problem}; it was left out")
            again = next(
                (
                    index
                    for index in range(start + 1, min(start + used, len(lines)))
                    if _ROW_START.match(lines[index])
                ),
                start + used,
            )
            start = again
    finally:
        csv.field_size_limit(limit)


def _record(lines: list[str], start: int, delimiter: str) -> tuple[list[str], int, bool]:
    """One CSV record beginning at line `start`, how many lines it took, if its quotes close."""
    # A record never needs more text than one note may have; this bounds the work that a file of
    # nothing but stray quotes can cause.
    window = io.StringIO(newline="")
    end, size, quotes = start, 0, 0
    while end < len(lines) and size <= MAX_BODY:
        window.write(lines[end] + "\n")
        size += len(lines[end]) + 1
        quotes += lines[end].count('"')
        end += 1
        if quotes % 2 == 0 or end - start >= 5_000:
            break
    window.seek(0)
    reader = csv.reader(window, delimiter=delimiter, skipinitialspace=True)
    try:
        fields = next(reader, [])
    except csv.Error:
        return ["", "x"], end - start, True
    return fields, max(1, reader.line_num), quotes % 2 == 0


def _row(builder: PlanBuilder, where: str, row: dict[str, str], order: Order) -> bool:
    stamp = _stamp(builder, row, order)
    mood_word = " ".join(row.get("mood", "").split())
    title, note = row.get("note_title", "").strip(), row.get("note", "").strip()
    if looks_like_html(note):
        note = html_to_markdown(note)
    parts = [f"# {title}" if title else "", note]
    parts.append("\n".join(f"- {scale}" for scale in _split(row.get("scales", ""))))
    # What a newer Daylio adds, or another program put beside: kept in words, by its column's name.
    parts.append(
        "\n".join(
            f"- {name.replace('_', ' ').capitalize()}: {' '.join(value.split())}"
            for name, value in row.items()
            if name and name not in _KNOWN and value.strip()
        )
    )
    mood = builder.mood(mood_word)
    if mood_word and mood_word.casefold() not in DEFAULT_MOODS:
        # The person's own word says more than a number; it stays readable.
        parts.append(f"Mood: {mood_word}")
    cells = "\x1f".join(f"{name}={value}" for name, value in sorted(row.items()))
    return builder.entry(
        where,
        builder.moment(stamp) if stamp else None,
        "\n\n".join(part for part in parts if part),
        identity=cells,
        mood=mood,
        tags=_split(row.get("activities", "")),
        raw=cells.replace("\x1f", "\n"),
    )


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _stamp(builder: PlanBuilder, row: dict[str, str], order: Order) -> Stamp | None:
    full, short, year = row.get("full_date", ""), row.get("date", ""), row.get("year", "").strip()
    day = dates.parse_stamp(full, order=order) if full.strip() else None
    if full.strip() and order is Order.UNKNOWN and dates.ambiguous(full):
        # A spreadsheet rewrote the dates. The `date` column still says the day in words.
        words = re.findall(r"\d+", dates.fold(short))
        pair = [int(part) for part in re.findall(r"\d+", dates.fold(full))[:2]]
        if words and int(words[0]) == pair[0] != pair[1]:
            day = dates.parse_stamp(full, order=Order.DAY_FIRST)
        elif not words:
            builder.once("dates like 03/04 read two ways here; they are taken as month/day")
    if day is None and year.isdigit() and len(year) == 4:
        day = dates.parse_stamp(short, year=int(year)) or dates.parse_stamp(f"{short} {year}")
    if day is None:
        return None
    text = row.get("time", "").strip()
    if not text:
        return Stamp(day.day, None)
    clock = dates.parse_time(text)
    return Stamp(day.day, clock[0]) if clock else None
