"""Time zones as foreign files name them, and the one guess that is allowed: the caller's zone."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]{0,31}(?:/[A-Za-z0-9_+\-]{1,31}){0,3}\Z")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+\-−])(\d{1,2}):?(\d{2})?\Z", re.IGNORECASE)

# Abbreviations that mean one offset wherever they are used. CST, IST, BST, AST, SST and others
# mean several and are left to the caller's zone.
_ABBREVIATIONS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "CET": 60, "MEZ": 60, "CEST": 120,
    "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
    "JST": 540, "KST": 540, "HKT": 480, "AWST": 480, "ACST": 570, "ACDT": 630, "AEST": 600,
    "AEDT": 660, "NZST": 720, "NZDT": 780, "SAST": 120, "BRT": -180, "ART": -180,
}  # fmt: skip


def named(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, or None; converters leave backslashes (`Etc\\/GMT`) in it."""
    name = name.replace("\\", "").strip()
    if not _NAME.match(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, a folder of the database, odd names
        return None


def offset(text: str) -> tzinfo | None:
    """`+02:00`, `GMT+0200`, `UTC-5`, `Z` and unmistakable abbreviations; else None."""
    text = text.strip()
    if (minutes := _ABBREVIATIONS.get(text.upper())) is not None:
        return timezone(timedelta(minutes=minutes))
    found = _OFFSET.match(text)
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 14 or minutes > 59:  # no place on Earth is further from Greenwich than +14:00
        return None
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(delta if found[1] == "+" else -delta)


def of_computer() -> ZoneInfo | None:
    """This computer's zone by name, if it can be told."""
    if zone := named(os.environ.get("TZ", "").lstrip(":")):
        return zone
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        return None
    _, found, name = target.partition("zoneinfo/")
    return named(name) if found else None


def says(zone: tzinfo, when: datetime, abbreviation: str) -> bool:
    """Whether `zone` itself uses `abbreviation` on that date."""
    try:
        return (when.replace(tzinfo=zone).tzname() or "").upper() == abbreviation.upper()
    except (ValueError, OverflowError):
        return False
