"""What every library must hold to, the program's own and one from a pack: sources, dates, labels.

Every item has a source, a date that is not in the future and an evidence label; no service is
shown with low confidence, without a source, with a short code written as an international number,
or with a pair that is known to be wrong. Looks at the files themselves, not at the code that reads
them, so that a fault in that code can't hide one in the data.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

EVIDENCE = {"tested", "part of tested care", "widely taught", "values"}
EXERCISES = 17
# Numbers that public lists file under the wrong place or that are closed (domain collection).
WRONG_PAIRS = {
    ("IT", "199284284"),
    ("BG", "888888888"),
    ("NL", "09000113"),
    ("SG", "18002214444"),
    ("CA", "18334564566"),
}
_SHORT = 6
"""Digits up to which a number is a short code, which no country code reaches."""


def problems(texts: Mapping[str, str], today: date) -> list[str]:
    """Everything that is wrong with these data files (name to text), as sentences."""
    found: list[str] = []
    for name, key in (("pages.toml", "page"), ("exercises.toml", "exercise")):
        whole = tomllib.loads(texts[name])
        for one in whole[key]:
            found += _item(one, whole, f"{name}: {one.get('id', '?')}", today)
        ids = [one.get("id") for one in whole[key]]
        if len(set(ids)) != len(ids):
            found.append(f"{name}: an id stands twice")
        if key == "exercise" and len(ids) != EXERCISES:
            found.append(f"{name}: {len(ids)} exercises, not {EXERCISES}")
    found += _helplines(json.loads(texts["helplines.json"]), today)
    if "words.toml" in texts:
        words = tomllib.loads(texts["words.toml"])
        found += _item(words | {"id": "words"}, words, "words.toml", today)
    if "instruments.json" in texts:
        found += _instruments(json.loads(texts["instruments.json"]), today)
    return found


def _item(one: dict[str, Any], whole: dict[str, Any], where: str, today: date) -> Iterator[str]:
    if not str(one.get("source", "")).strip():
        yield f"{where}: no source"
    if one.get("evidence") not in EVIDENCE:
        yield f"{where}: no evidence label"
    yield from _dated(one.get("date", whole.get("date")), where, today)
    if int(one.get("year", 0)) > today.year:
        yield f"{where}: a source of the future"


def _dated(text: Any, where: str, today: date) -> Iterator[str]:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        yield f"{where}: no date"
        return
    if day > today:
        yield f"{where}: a date in the future"


def _instruments(whole: dict[str, Any], today: date) -> Iterator[str]:
    for one in whole["instruments"]:
        where = f"instruments.json: {one.get('id', '?')}"
        if one.get("id") in ("who5", "swemwbs", "wemwbs"):
            yield f"{where}: its licence does not allow shipping it"
        if not one.get("sources") or not one.get("licence"):
            yield f"{where}: no source or no licence line"
        if one.get("evidence") not in EVIDENCE:
            yield f"{where}: no evidence label"
        yield from _dated(one.get("date"), where, today)


def _helplines(whole: dict[str, Any], today: date) -> Iterator[str]:
    yield from _dated(whole.get("date"), "helplines.json", today)
    if not whole.get("evidence"):
        yield "helplines.json: no evidence label"
    seen: set[str] = set()
    for iso, country in whole["countries"].items():
        if not country.get("emergency") and not country["services"]:
            yield f"helplines.json: {iso}: nothing to show"
        if emergency := country.get("emergency"):
            where = f"helplines.json: {iso} emergency"
            if emergency.get("confidence") != "high":
                yield f"{where}: only numbers with confidence high are shipped"
            yield from _sourced(emergency, whole["sources"], where, today)
            for role in ("general", "ambulance", "police", "fire"):
                for number in emergency.get(role, ()):
                    yield from _number(number, "", iso, where)
        for one in country["services"]:
            where = f"helplines.json: {one.get('id', '?')}"
            if one.get("id") in seen:
                yield f"{where}: stands twice"
            seen.add(one.get("id", ""))
            if one.get("ship") is not True or one.get("confidence") not in ("high", "medium"):
                yield f"{where}: is not to be shipped"
            yield from _sourced(one, whole["sources"], where, today)
            for contact in one["contacts"]:
                dial, intl = contact.get("dial", ""), contact.get("intl") or ""
                yield from _number(dial, intl, iso, where)


def _sourced(
    one: dict[str, Any], sources: dict[str, Any], where: str, today: date
) -> Iterator[str]:
    named = one.get("sources") or []
    if not [name for name in named if name != "A"]:
        yield f"{where}: no source"
    for name in named:
        if name not in sources:
            yield f"{where}: an unknown source"
        elif int(sources[name]["year"]) > today.year:
            yield f"{where}: a source of the future"
    if not 1990 <= int(one.get("source_year") or 0) <= today.year:
        yield f"{where}: no source year, or one of the future"
    if one.get("last_verified"):
        yield from _dated(one["last_verified"], where, today)


def _number(dial: str, intl: str, iso: str, where: str) -> Iterator[str]:
    digits = re.sub(r"\D", "", dial)
    if dial.startswith("+") and len(digits) <= _SHORT:
        yield f"{where}: a short code with +"
    if intl and len(digits) <= _SHORT:
        yield f"{where}: a short code with an international form"
    if (iso, digits) in WRONG_PAIRS:
        yield f"{where}: a number that is known to be wrong here"
