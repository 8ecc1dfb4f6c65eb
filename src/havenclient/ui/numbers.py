"""Emergency numbers and help lines for the Safety screen, from one small packaged file.

The only door to them: `for_country`. When `havenclient.care` brings the full library, this module
becomes a call to it and no screen changes. Works without a vault and without a network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    dial: str
    hours: str
    note: str
    year: int
    """Year of the newest source; no person has called the number."""


@dataclass(frozen=True, slots=True)
class Numbers:
    iso: str
    country: str
    emergency: tuple[tuple[str, str], ...]
    """(what for, numbers)"""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    dated: str
    said: str
    directory: str


@cache
def _data() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("data", "first_numbers.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def origin() -> Origin:
    data = _data()
    return Origin(data["dated"], data["said"], data["directory"]["url"])


def countries() -> list[tuple[str, str]]:
    """(iso, name), by name."""
    return sorted(
        ((iso, c["name"]) for iso, c in _data()["countries"].items()), key=lambda pair: pair[1]
    )


def for_country(iso: str) -> Numbers | None:
    raw = _data()["countries"].get(iso)
    if raw is None:
        return None
    emergency: dict[str, str] = {}
    words = {"general": "emergency", "ambulance": "ambulance", "police": "police", "fire": "fire"}
    for kind, numbers in raw.get("emergency", {}).items():
        emergency[words[kind]] = " or ".join(numbers)
    everything = set(raw.get("emergency", {}).get("general", ()))
    for kind, numbers in raw.get("emergency", {}).items():
        if kind != "general" and set(numbers) <= everything:
            del emergency[words[kind]]  # the number for everything is said once
    lines = tuple(
        Line(one["name"], one["dial"], one["hours"], one["note"], int(one["year"]))
        for one in raw.get("lines", ())
    )
    return Numbers(iso, raw["name"], tuple(emergency.items()), lines)


def guess_country(chosen: str, env: Mapping[str, str]) -> str:
    """The setting, else the computer's region (`LANG=en_GB.UTF-8`), else nothing."""
    if chosen:
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        found = re.match(r"[a-z]{2,3}_([A-Z]{2})", env.get(name, ""))
        if found:
            return found.group(1)
    return ""
