"""What a person types into the search field, understood.

    river tag:family -tag:work mood:>=3 after:2026-01 "slow morning"

Words and phrases must all occur. Known operators narrow; anything else with a colon is a word like
any other, and so are quotes without a partner, brackets and signs. A known operator with nothing
behind it yet is still being typed and asks for nothing. The only error is `UsageError`, for a known
operator whose value can't be read; its message never repeats the value.

| operator | values |
| --- | --- |
| `tag:` `-tag:` | a tag, in quotes if it has blanks |
| `mood:` | `4`, `>=3`, `>3`, `<=2`, `<2`, `2..4` |
| `after:` `before:` `on:` | `2026`, `2026-01`, `2026-01-05`, `today`, `7d`; both ends count |
| `in:` | a journal's name (also a hidden one) |
| `note:` | `none`, `any` |
| `has:` | `attachment`, `note` |
| `is:` | `starred`, `binned` |
| `sort:` | `newest`, `oldest`, `rank` |
"""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import date, timedelta

from havenclient.errors import UsageError
from havenclient.journal.records import Order, Query

MAX_LENGTH = 2_000
_PART = re.compile(
    r"""
      (?P<minus>-?)(?P<name>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]*))(?=\s|$)
    | "(?P<phrase>[^"]*)"
    | (?P<word>\S+)
    """,
    re.VERBOSE,
)
_MOOD = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<low>[1-5])(?:\.\.(?P<high>[1-5]))?")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse(text: str, *, today: date) -> Query:
    """The query in `text`. `today` is the person's own date, for `today` and `7d`."""
    if len(text) > MAX_LENGTH:
        raise UsageError(f"a search can have at most {MAX_LENGTH:,} characters")
    query = Query(prefix_last=False)
    words: list[str] = []
    open_end = False
    for part in _PART.finditer(text):
        open_end = False
        if part["phrase"] is not None:
            if part["phrase"].strip():
                words.append(part["phrase"])
            continue
        if part["name"] is not None:
            value = part["value"] if part["quoted"] is None else part["quoted"]
            name = part["name"].lower()
            if (name == "tag" or not part["minus"]) and name in _OPERATORS:
                if value.strip():
                    query = _OPERATORS[name](query, value.strip(), bool(part["minus"]), today)
                continue
        words.append(part[0])
        open_end = True
    typing = open_end and not text[-1:].isspace()
    return replace(query, words=tuple(words), prefix_last=typing)


def _tag(query: Query, value: str, minus: bool, _today: date) -> Query:
    tag = value.lstrip("#")
    if not tag:
        return query
    if minus:
        return replace(query, without_tags=(*query.without_tags, tag))
    return replace(query, tags=(*query.tags, tag))


def _mood(query: Query, value: str, _minus: bool, _today: date) -> Query:
    found = _MOOD.fullmatch(value)
    if found is None or (found["sign"] and found["high"]):
        if value in (">", "<", ">=", "<=", "="):
            return query  # still being typed
        raise UsageError("mood: takes a number from 1 to 5", "mood:4, mood:>=3, mood:2..4")
    low, sign = int(found["low"]), found["sign"]
    first, last = {
        ">=": (low, 5),
        "<=": (1, low),
        ">": (low + 1, 5),
        "<": (1, low - 1),
    }.get(sign or "", (low, int(found["high"] or low)))
    if first > last:
        raise UsageError("no mood lies in that range", "moods are 1 (low) to 5 (bright)")
    return replace(
        query,
        mood_min=max(first, query.mood_min or 1),
        mood_max=min(last, query.mood_max or 5),
    )


def read_span(value: str, *, today: date) -> tuple[date, date]:
    """First and last day of what a date word means: a year, a month, a day (`UsageError`)."""
    word = value.lower()
    if word in ("today", "yesterday"):
        day = today if word == "today" else today - timedelta(days=1)
        return day, day
    try:
        if ago := _AGO.fullmatch(word):
            day = today - timedelta(days=int(ago[1]) * _DAYS[ago[2]])
            return day, day
        if found := _DATE.fullmatch(word):
            year = int(found[1])
            month = int(found[2]) if found[2] else None
            if month is None:
                return date(year, 1, 1), date(year, 12, 31)
            if found[3]:
                day = date(year, month, int(found[3]))
                return day, day
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    except (ValueError, OverflowError):
        pass
    raise UsageError("that date can't be read", "2026, 2026-01, 2026-01-05, today, yesterday, 7d")


def _after(query: Query, value: str, _minus: bool, today: date) -> Query:
    first = read_span(value, today=today)[0]
    return replace(query, after=max(first, query.after or first))


def _before(query: Query, value: str, _minus: bool, today: date) -> Query:
    last = read_span(value, today=today)[1]
    return replace(query, before=min(last, query.before or last))


def _on(query: Query, value: str, minus: bool, today: date) -> Query:
    return _before(_after(query, value, minus, today), value, minus, today)


def _in(query: Query, value: str, _minus: bool, _today: date) -> Query:
    return replace(query, journal=value)


def _note(query: Query, value: str, _minus: bool, _today: date) -> Query:
    word = value.lower()
    if word not in ("none", "no", "any", "yes"):
        raise UsageError("note: takes none or any", "note:none leaves folded entries out")
    return replace(query, has_note=word in ("any", "yes"))


def _has(query: Query, value: str, _minus: bool, _today: date) -> Query:
    word = value.lower().removesuffix("s")
    if word in ("attachment", "file"):
        return replace(query, has_attachments=True)
    if word == "note":
        return replace(query, has_note=True)
    raise UsageError("has: takes attachment or note")


def _is(query: Query, value: str, _minus: bool, _today: date) -> Query:
    word = value.lower()
    if word in ("starred", "star"):
        return replace(query, starred=True)
    if word in ("binned", "bin"):
        return replace(query, binned=True)
    raise UsageError("is: takes starred or binned")


def _sort(query: Query, value: str, _minus: bool, _today: date) -> Query:
    try:
        return replace(query, order=Order(value.lower()))
    except ValueError:
        raise UsageError("sort: takes newest, oldest or rank") from None


_OPERATORS = {
    "tag": _tag,
    "mood": _mood,
    "after": _after,
    "before": _before,
    "on": _on,
    "in": _in,
    "note": _note,
    "has": _has,
    "is": _is,
    "sort": _sort,
}
