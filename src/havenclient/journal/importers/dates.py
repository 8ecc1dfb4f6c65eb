"""Dates and times in the ways that journals write them, in the languages that they are set to.

Theory of operation: a text is folded (compatibility forms, no-break spaces, digits of any script),
then taken apart from the left: an optional weekday, one date form, an optional time with an
optional half-of-day word, an optional zone. Everything must be used up: "[12 eggs]" is no date.
The order of day and month in `03/04/2019` can't be told from one date; `Order` carries what the
whole file showed, and the caller remarks on it when nothing did.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum

from havenclient.journal.importers import zones

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


# Month names by prefix, lower case without dots: the first letters that tell them apart. One table
# for all languages; where two languages disagree about a word (none here do) it would be left out.
_MONTHS: dict[str, int] = {}
for _number, _words in enumerate(
    (
        "jan gen ene янв stycz styczeń stycznia ιαν ocak oca tammi led sausis januar janvier enero",
        "feb fév fev фев lut lutego φεβ şubat şub helmi úno únor února fevr févr febrero",
        "mar mär maa mrt мар marz μαρ μάρ mart maalis bře březen března mars märz maart",
        "apr avr abr апр kwi kwietnia απρ nisan nis huhti dub duben dubna april avril abril",
        "may mai mag maj mei май мая maja μαϊ μάι mayıs touko kvě květen května mayo maio maggio",
        "jun jui giu июн cze czerwca ιουν ιούν haziran haz kesä čvn červen června giugno",
        "jul lug июл lip lipca ιουλ ιούλ temmuz tem heinä čvc červenec července julio juil luglio",
        "aug aoû ago авг sie sierpnia αυγ αύγ ağustos ağu elo srp srpen srpna août agosto aout",
        "sep set сен wrz września σεπ eylül eyl syys zář září sept septiembre settembre",
        "oct okt ott out окт paź października οκτ ekim eki loka říj říjen října octubre ottobre",
        "nov ноя lis listopada νοε νοέ kasım kas marras listopadu noviembre novembre",
        "dec dez dic déc дек gru grudnia δεκ aralık ara joulu pro prosinec prosince diciembre",
    ),
    start=1,
):
    for _word in _words.split():
        _MONTHS[unicodedata.normalize("NFKC", _word)] = _number

_AM = {
    "am", "a", "vorm", "vormittags", "morning", "午前", "上午", "오전", "凌晨", "早上", "清晨",
    "ص", "πμ", "sa", "öö", "de", "dop", "ap", "du matin", "matin", "i fm", "fm", "пп", "дп",
    "sáng", "पूर्वाह्न", "am.",
}  # fmt: skip
_PM = {
    "pm", "p", "nachm", "nachmittags", "午後", "下午", "오후", "晚上", "傍晚", "中午", "م", "μμ",
    "ch", "ös", "du", "odp", "ip", "de l'après-midi", "après-midi", "du soir", "soir", "i em",
    "em", "abends", "chiều", "अपराह्न",
}  # fmt: skip

_SPACES = re.compile(r"[\s\u200e\u200f\u202f]+")
_TIME = re.compile(
    r"(?P<pre>[^\W\d_]{1,12}\s*)?(?P<h>\d{1,2})(?:[:.h](?P<m>\d{2})(?:[:.](?P<s>\d{2})"
    r"(?:[.,]\d{1,9})?)?)?\s*(?P<half>[^\W\d_][^\d+\-]{0,15})?"
    r"(?P<off>(?:UTC|GMT)?\s?[+\-]\d{1,2}:?(?:\d{2})?)?(?P<tail>\s?\([^)]{1,40}\))?\Z",
    re.IGNORECASE,
)
_JOIN = r"(?:\s*,?\s*(?:T|at|um|à|às|a las|alle|kl\.?|om|o|v|klo|-)?\s*)"
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_ISO_MONTH = re.compile(r"(\d{4})-(\d{2})(?![\d-])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?")
_NUMERIC = re.compile(r"(\d{1,2})([./\-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)\.?")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º|ª)?\.?[\s\-]+(?:de\s+)?([^\W\d_]{3,12})\.?,?"
    r"(?:[\s\-]+(?:de\s+|del\s+)?(\d{4}))?(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{4})(?!\d))?", re.IGNORECASE
)
_WEEKDAY = re.compile(r"[^\W\d_]{2,14}\.?,?\s+")


def fold(text: str) -> str:
    """One spelling for spaces and compatibility forms; digits of every script become 0-9."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(
        str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char
        for char in text
    )
    return _SPACES.sub(" ", text.replace("−", "-")).strip()


def month_of(word: str) -> int | None:
    """1 to 12 for a month's name or its usual short form."""
    word = word.lower().rstrip(".")
    if (found := _MONTHS.get(word)) is not None:
        return found
    for size in (5, 4, 3):
        if len(word) > size and (found := _MONTHS.get(word[:size])) is not None:
            return found
    return None


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
    word = word.lower().replace(".", "").replace(" ", "") if len(word) < 8 else word.lower()
    return "am" if word in _AM else "pm" if word in _PM else None


def _split_half(after: str) -> tuple[str | None, str]:
    """("pm", "NZST") for "PM NZST"; (None, "CET") for "CET"; ("pm", "") for "p. m."."""
    if not after:
        return None, ""
    if (half := _half_of(after)) is not None:
        return half, ""
    low = after.lower()
    if low in _AM or low in _PM:
        return ("am" if low in _AM else "pm"), ""
    first, _, rest = after.rpartition(" ")
    if first and (half := _half_of(first)) is not None:
        return half, rest
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
    if found := _DAY_MONTH.match(text):
        month, full_year = month_of(found[2]), int(found[3]) if found[3] else year
        if month and full_year and (day := _day(full_year, month, int(found[1]))):
            return day, text[found.end() :]
    if found := _MONTH_DAY.match(text):
        month, full_year = month_of(found[1]), int(found[3]) if found[3] else year
        if month and full_year and (day := _day(full_year, month, int(found[2]))):
            return day, text[found.end() :]
    return None


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
    found = _leading_date(text, order, year)
    if found is None and (weekday := _WEEKDAY.match(text)):
        found = _leading_date(text[weekday.end() :], order, year)
    if found is None:
        return None
    when, rest = found
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
