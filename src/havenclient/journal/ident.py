"""Names and places of entries: random ids, and slots that put rows in the order of time.

An id is 26 characters of Crockford base32, all of them random: a prefix of six tells a hundred
thousand entries apart, and an id says nothing about when it was made.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from havenclient.errors import UsageError
from havenclient.seams import Random

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 26
PREFIX_LENGTH = 6
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", "-": None})

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (arithmetic on wall time; the offset is kept apart)
_MICROSECOND = timedelta(microseconds=1)
_YEAR_ONE = 62_135_596_800 + 86_400
"""Seconds from 0001-01-01 to 1970 and a day for offsets: slots are never negative."""


def new_id(random: Random) -> str:
    value = int.from_bytes(random.token(17))
    return "".join(ALPHABET[(value >> 5 * index) & 31] for index in range(ID_LENGTH))


def read_id(text: str) -> str:
    """An id or prefix as a person typed it, in its one spelling (`UsageError`)."""
    wanted = text.strip().upper().translate(_READ_AS)
    if len(wanted) < PREFIX_LENGTH:
        raise UsageError("an id needs at least six characters", "`haven list` shows them")
    if len(wanted) > ID_LENGTH or set(wanted) - set(ALPHABET):
        raise UsageError("that is not an id", "`haven list` shows them")
    return wanted


def microseconds(moment: datetime) -> tuple[int, int]:
    """(microseconds since 1970 in UTC, offset in seconds) of an aware datetime.

    Pure arithmetic, so that years 1 and 9999 work in every zone.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise UsageError("a time needs a zone")
    whole = round(offset.total_seconds())
    return (moment.replace(tzinfo=None) - _EPOCH) // _MICROSECOND - whole * 1_000_000, whole


def moment(utc_us: int, offset: int = 0) -> datetime:
    """The inverse of `microseconds`."""
    naive = _EPOCH + timedelta(microseconds=utc_us + offset * 1_000_000)
    return naive.replace(tzinfo=timezone(timedelta(seconds=offset)) if offset else UTC)


def first_slot(utc_us: int) -> int:
    """The slot of a moment; the row takes it or the next free one."""
    return utc_us // 1_000_000 + _YEAR_ONE


def day_slots(first: int, last: int) -> tuple[int, int]:
    """A span of slots sure to hold the entries of days `first` to `last` (ordinals).

    Two days wider on both sides: zones reach 15 hours, and crowded seconds push rows onwards.
    """
    return (first - 2) * 86_400, (last + 4) * 86_400
