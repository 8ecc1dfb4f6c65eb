"""Dates and times in the ways that journals write them, in the languages that they are set to.

Theory of operation: a text is folded (compatibility forms, no-break spaces, digits of any script),
then taken apart from the left: an optional weekday, one date form, an optional time with an
optional half-of-day word, an optional zone. Everything must be used up: "[12 eggs]" is no date.
The words are in `date_words`. The order of day and month in `03/04/2019` can't be told from one
date; `Order` carries what the whole file showed, and the caller remarks on it when nothing did.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum

from havenclient.journal.importers import date_words, zones

NOON = time(12, 0)
"""For a day without a time: noon stays on its day in every zone's neighbourhood."""

FIRST_YEAR, LAST_YEAR = 1000, 9000


class Order(Enum):
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment as the file gave it."""

    day: date
    clock: time | None
    """None when the file names only a day."""
    zone: tzinfo | None = None
    """An offset or zone that the file itself named."""
    word: str = ""
    """A zone abbreviation that means several offsets ("CST"): only a hint."""

    def naive(self) -> datetime:
        return datetime.combine(self.day, self.clock or NOON)


_SPACES = re.compile(r"\s+")
_DIRECTION = dict.fromkeys((0x200E, 0x200F, 0x061C))
# What may stand where a word is expected: letters of any script, with their marks and dots.
_WORD = r"[^\s\d,()\[\]:/+\-]"
_TIME = re.compile(
    rf"(?P<pre>{_WORD}{{1,14}}(?:\s{_WORD}{{1,3}})?\s*)?"
    r"(?P<h>\d{1,2})(?:[:.h](?P<m>\d{2})(?:[:.](?P<s>\d{2})"
    r"(?:[.,]\d{1,9})?)?)?\s*(?P<half>[^\W\d_][^\d+\-]{0,24})?"
    r"(?P<off>(?:UTC|GMT)?\s?[+\-]\d{1,2}:?(?:\d{2})?)?(?P<tail>\s?\([^)]{1,40}\))?\Z",
    re.IGNORECASE,
)
_JOIN = (
    r"(?:\s*[,.]?\s*-?\s*(?:T|at|um|à|às|a las|alle ore|alle|klo|kl\.?|om|o|v|в|στις|la|u|lúc|ve|ob"
    r"|ás|a les|sa|kell|saat|ساعت|'kl\.?|_)?\s*)"
)
_ISO = re.compile(r"(\d{4})([-/.])\s?(\d{1,2})\2\s?(\d{1,2})(?!\d)(?:(?<=\d)\.(?=\s|\Z))?")
_ISO_MONTH = re.compile(r"(\d{4})-(\d{2})(?![\d-])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_COMPACT_TIME = re.compile(r"[T _]?(\d{2})-?(\d{2})(?:-?(\d{2}))?\Z")
_ASIAN = re.compile(
    r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?"
    rf"(?:\s?(?:{date_words.WEEKDAY_AFTER}))?"
)
_VIETNAMESE = re.compile(r"(\d{1,2})\s(?:thg|tháng)\s?(\d{1,2}),?\s(\d{4})(?!\d)", re.IGNORECASE)
_YEAR_MARK = r"(?:\s?(?:г|р|թ|m)\.?(?![^\W\d_]))?\.?"
_NUMERIC = re.compile(rf"(\d{{1,2}})([./\-])\s?(\d{{1,2}})\2\s?(\d{{4}}|\d{{2}})(?!\d){_YEAR_MARK}")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(st|nd|rd|th|er|º|ª|\.)?\.?[\s\-]+(?:de\s+|d'\s?)?"
    rf"({_WORD}{{2,20}}?)\.?,?"
    rf"(?:[\s\-]+(?:de\s+|del\s+)?(\d{{4}}){_YEAR_MARK})?(?!\d)(?=[\s,.]|\Z)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"({_WORD}{{2,20}}?)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{{4}})(?!\d))?",
    re.IGNORECASE,
)
# Hungarian, Lithuanian: year, month, day. Latvian: year, day, month.
_YEAR_MONTH = re.compile(
    rf"(\d{{4}})\.?\s+(?:m\.\s+)?({_WORD}{{2,20}}?)\.?\s+(\d{{1,2}})(?:\.| d\.)?"
)
_YEAR_DAY = re.compile(rf"(\d{{4}})\.\s?gada\s+(\d{{1,2}})\.\s+({_WORD}{{2,20}}?)(?=[\s,.]|\Z)\.?")
_WEEKDAY = re.compile(rf"{_WORD}{{1,16}}(?:-{_WORD}{{1,8}})?\.?,?\s+(?:den\s+)?")
_WEEKDAY_LATE = re.compile(rf",?\s?(?:{date_words.WEEKDAY_AFTER})\Z", re.IGNORECASE)
_CLOCK_FIRST = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?),?\s+(?=\S)")
_ASCTIME = re.compile(
    r"(?:\w{3} )?(\w{3}) {1,2}(\d{1,2}) (\d{1,2}:\d{2}:\d{2}) (?:\w{3,4} )?(\d{4})\Z"
)


def fold(text: str) -> str:
    """One spelling for spaces and compatibility forms; digits of every script become 0-9."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(
        str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char
        for char in text
    )
    text = text.translate(_DIRECTION).replace("−", "-").replace("’", "'").replace("،", ",")
    return _SPACES.sub(" ", text).strip()


def month_of(word: str, *, dotted: bool = False) -> int | None:
    """1 to 12 for a month's name or its usual short form; `dotted`: a dot followed the day."""
    word = word.lower().rstrip(".").removeprefix("d'")
    if dotted and word in date_words.DOTTED:
        return date_words.DOTTED[word]
    # Hebrew writes "in" as a letter before the month.
    return date_words.MONTHS.get(word) or date_words.MONTHS.get(word.removeprefix("ב"))


def order_of(texts: Iterable[str]) -> Order:
    """What the numeric dates of a whole file say about day and month."""
    order = Order.UNKNOWN
    for text in texts:
        found = _NUMERIC.match(fold(text))
        if found is None:
            continue
        if found[2] == "." or int(found[1]) > 12:
            return Order.DAY_FIRST
        if int(found[3]) > 12:
            order = Order.MONTH_FIRST
    return order


def ambiguous(text: str) -> bool:
    """Whether `text` begins with a date that reads two ways."""
    found = _NUMERIC.match(fold(text))
    return (
        found is not None
        and found[2] != "."
        and int(found[1]) <= 12
        and int(found[3]) <= 12
        and found[1] != found[3]
    )


def parse_time(text: str) -> tuple[time, tzinfo | None, str] | None:
    """A time of day with what it says about its zone; None when it is no time."""
    text = fold(text)
    if len(text) > 60 or (found := _TIME.match(text)) is None:
        return None
    hour, minute, second = int(found["h"]), int(found["m"] or 0), int(found["s"] or 0)
    before = (found["pre"] or "").strip().lower()
    if before.rstrip(".") in date_words.CLOCK:
        before = ""
    after = (found["half"] or "").strip()
    half, word = _split_half(after)
    if before and (half is not None or (half := _half_of(before)) is None):
        return None
    if found["m"] is None and half is None:
        return None  # a bare number is no time
    if half is not None:
        if hour > 12 and half == "am":
            return None
        if half == "pm" and hour < 12:
            hour += 12
        elif half == "am" and hour == 12:
            hour = 0
    try:
        clock = time(hour, minute, min(second, 59))
    except ValueError:
        return None
    if found["off"]:
        if (zone := zones.offset(found["off"])) is None:
            return None
        return clock, zone, ""
    if word:
        zone = zones.offset(word) or zones.named(word)
        if zone is None and not re.fullmatch(r"[A-Z]{2,5}", word):
            return None
        return clock, zone, "" if zone else word
    return clock, None, ""


def _half_of(word: str) -> str | None:
    word = word.lower().replace(".", "").replace(" ", "").replace("\u200c", "")
    return "am" if word in date_words.AM else "pm" if word in date_words.PM else None


def _split_half(after: str) -> tuple[str | None, str]:
    """What half of the day `after` says, and what is left: "PM NZST", "Uhr CET", "CET", "p. m."."""
    if not after or (half := _half_of(after)) is not None:
        return (half, "") if after else (None, "")
    words = after.split(" ")
    if words[0].lower().rstrip(".") in date_words.CLOCK:
        return None, " ".join(words[1:])
    for cut in range(len(words) - 1, 0, -1):
        if (half := _half_of(" ".join(words[:cut]))) is not None:
            return half, " ".join(words[cut:])
    return None, after


def _day(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _leading_date(text: str, order: Order, year: int | None) -> tuple[date, str] | None:
    for pattern in (_ISO, _ASIAN, _COMPACT):
        if found := pattern.match(text):
            parts = [int(part) for part in found.groups() if part.isdigit()]
            day = _day(parts[0], parts[1], parts[2])
            return (day, text[found.end() :]) if day else None
    if found := _ISO_MONTH.match(text):
        day = _day(int(found[1]), int(found[2]), 1)
        return (day, text[found.end() :]) if day else None
    if found := _NUMERIC.match(text):
        first, second, full = int(found[1]), int(found[3]), int(found[4])
        if len(found[4]) == 2:
            full += 1900 if full >= 70 else 2000
        day_first = found[2] == "." or first > 12 or order is Order.DAY_FIRST
        if second > 12:
            day_first = False
        day = _day(full, second, first) if day_first else _day(full, first, second)
        return (day, text[found.end() :]) if day else None
    if found := _VIETNAMESE.match(text):
        day = _day(int(found[3]), int(found[2]), int(found[1]))
        return (day, text[found.end() :]) if day else None
    return _date_in_words(text, year)


def _date_in_words(text: str, year: int | None) -> tuple[date, str] | None:
    """A leading date whose month is a word; every shape is tried, since a word decides."""
    found = _DAY_MONTH.match(text)
    if found and (month := month_of(found[3], dotted=found[2] == ".")):
        full = _common_era(int(found[4]), found[3]) if found[4] else year
        if full and (day := _day(full, month, int(found[1]))):
            return day, text[found.end() :]
    if (found := _MONTH_DAY.match(text)) and (month := month_of(found[1])):
        full = int(found[3]) if found[3] else year
        if full and (day := _day(full, month, int(found[2]))):
            return day, text[found.end() :]
    for pattern, where in ((_YEAR_MONTH, (2, 3)), (_YEAR_DAY, (3, 2))):
        if (found := pattern.match(text)) and (month := month_of(found[where[0]])):
            day = _day(int(found[1]), month, int(found[where[1]]))
            return (day, text[found.end() :]) if day else None
    return None


def _common_era(year: int, month: str) -> int:
    """Thai phones count years from the Buddha: 2567 is 2024."""
    return (
        year - 543 if year > 2400 and any("\u0e00" <= char <= "\u0e7f" for char in month) else year
    )


def parse_stamp(
    text: str, *, order: Order = Order.UNKNOWN, year: int | None = None, day: date | None = None
) -> Stamp | None:
    """The moment that `text` is, whole, or None.

    `year` completes dates without one (old Daylio); `day` allows a bare time (folder journals).
    """
    text = fold(text)
    if not text or len(text) > 120:
        return None
    if day is not None and (bare := parse_time(text)) is not None:
        return Stamp(day, *bare)
    if swap := _ASCTIME.match(text):
        return parse_stamp(f"{swap[2]} {swap[1]} {swap[4]} {swap[3]}")
    if early := _CLOCK_FIRST.match(text):
        later, first = (
            parse_stamp(text[early.end() :], order=order, year=year),
            parse_time(early[1]),
        )
        return Stamp(later.day, *first) if later and later.clock is None and first else None
    found = _leading_date(text, order, year)
    if found is None:
        for weekday in _weekdays(text):
            if (found := _leading_date(text[weekday:], order, year)) is not None:
                break
    if found is None:
        return None
    when, rest = found
    rest = _WEEKDAY_LATE.sub("", rest)
    if (packed := _COMPACT_TIME.match(rest)) and packed.end() == len(rest):
        rest = ":".join(part for part in packed.groups() if part)
    rest = re.sub(rf"\A{_JOIN}", "", rest, count=1, flags=re.IGNORECASE).strip()
    if not rest:
        return Stamp(when, None)
    if bracket := re.fullmatch(r"(.*?)\[([A-Za-z_/+\-0-9]+)\]", rest):  # ...01:00[Europe/Paris]
        inner = parse_time(bracket[1])
        if inner is None:
            return None
        return Stamp(when, inner[0], zones.named(bracket[2]) or inner[1])
    if rest[0].isalpha() and (tail := re.search(r"\s(\d{4})\Z", rest)) and not year:
        rest = rest[: tail.start()]
    clock = parse_time(rest)
    if clock is None and (swap := _DATE_STRING.match(text)):
        return _javascript(swap)
    if clock is None:
        return None
    return Stamp(when, *clock)


def _weekdays(text: str) -> Iterator[int]:
    """Where the text may go on after a weekday: one word, or two ("Thứ Hai, ")."""
    end = 0
    for _ in range(2):
        found = _WEEKDAY.match(text, end)
        if found is None:
            return
        end = found.end()
        yield end


_DATE_STRING = re.compile(
    r"(?:\w{3} )?(\w{3}) (\d{1,2}) (\d{4}) (\d{1,2}:\d{2}:\d{2}) (GMT[+\-]\d{4})(?: \(.{1,60}\))?\Z"
)


def _javascript(found: re.Match[str]) -> Stamp | None:
    """`Sun Apr 28 2024 12:56:55 GMT+0200 (…)`, as old exports print dates."""
    month, clock = month_of(found[1]), parse_time(found[4])
    day = _day(int(found[3]), month, int(found[2])) if month else None
    return Stamp(day, clock[0], zones.offset(found[5])) if day and clock else None


def parse_instant(text: str) -> datetime | None:
    """An ISO instant (`2024-01-15T09:30:00.000Z`) or JavaScript date; None if no zone is in it."""
    stamp = parse_stamp(text)
    if stamp is None or stamp.clock is None or stamp.zone is None:
        return None
    return stamp.naive().replace(tzinfo=stamp.zone)


def from_epoch(value: float, unit: float) -> datetime | None:
    """The instant `value` units of `unit` seconds after 1970, if it is a date at all."""
    try:
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value * unit)
    except (OverflowError, ValueError):
        return None
    return when if FIRST_YEAR <= when.year <= LAST_YEAR else None
