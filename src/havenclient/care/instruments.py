"""The questionnaires, as their authors published them, and Haven's own daily weather check.

Wording, answers and cuts are data (`data/instruments.json`, made by `tools/care_data.py`) and are
never changed here: a questionnaire with other words is another questionnaire. Only instruments
whose licence allows it are shipped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from havenclient.errors import NotFound

WEATHER = "haven_weather"
ITEM_9 = {"phq9": 8}
"""Index of the question about death or hurting oneself, by instrument."""
SHORTER = {"phq9": "phq8"}
"""The version without that question."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    answers: tuple[tuple[int, str], ...]
    """(value, words), in the order they are shown."""


@dataclass(frozen=True, slots=True)
class Band:
    low: int
    high: int
    name: str
    """What studies call this range."""
    text: str
    """What the screen says."""


@dataclass(frozen=True, slots=True)
class Subscale:
    name: str
    items: tuple[int, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Instrument:
    id: str
    name: str
    domain: str
    timeframe: str
    questions: tuple[Question, ...]
    extra: Question | None
    """Asked last where it belongs to the form; never scored."""
    bands: tuple[Band, ...]
    subscales: tuple[Subscale, ...]
    licence: str
    sources: tuple[str, ...]
    date: date
    evidence: str

    @property
    def highest(self) -> int:
        return sum(max(value for value, _ in one.answers) for one in self.questions)

    @property
    def scored(self) -> bool:
        return bool(self.bands)


@cache
def instruments() -> tuple[Instrument, ...]:
    """All of them, the default first."""
    text = files("havenclient.care").joinpath("data", "instruments.json").read_text("utf-8")
    return (_weather(), *map(_instrument, json.loads(text)["instruments"]))


def instrument(name: str) -> Instrument:
    wanted = name.strip().casefold().replace("-", "").replace("_", "")
    if wanted == "weather":
        wanted = WEATHER.replace("_", "")
    for one in instruments():
        if one.id.replace("_", "") == wanted:
            return one
    known = ", ".join(one.id for one in instruments())
    raise NotFound("there is no check of that name", f"there are: {known}")


def _instrument(raw: dict[str, Any]) -> Instrument:
    answers = tuple((value, words) for value, words in raw["options"])
    stem = f"{raw['stem']} " if raw.get("stem") else ""
    ending = "?" if stem else ""
    extra = None
    if "extra_item" in raw:
        options = tuple(enumerate(raw["extra_item"]["options"]))
        extra = Question(raw["extra_item"]["text"], options)
    return Instrument(
        id=raw["id"],
        name=raw["name"],
        domain=raw["domain"],
        timeframe=raw["timeframe"],
        questions=tuple(Question(f"{stem}{text}{ending}", answers) for text in raw["items"]),
        extra=extra,
        bands=tuple(
            Band(one["min"], one["max"], one["published_label"], one["screen_text"])
            for one in raw["bands"]
        ),
        subscales=_subscales(raw["subscales"]),
        licence=raw["licence"],
        sources=tuple(raw["sources"]),
        date=date.fromisoformat(raw["date"]),
        evidence=raw["evidence"],
    )


def _subscales(raw: dict[str, str]) -> tuple[Subscale, ...]:
    """ "items 1-2, 3 or more = closer look" """
    found = []
    for name, said in raw.items():
        first, last = said.removeprefix("items ").partition(",")[0].split("-")
        found.append(Subscale(name, tuple(range(int(first) - 1, int(last))), said))
    return tuple(found)


def _weather() -> Instrument:
    scale = tuple((value, str(value)) for value in range(5))
    energy = ((0, "0, none"), *scale[1:4], (4, "4, plenty"))
    near = ((0, "0, not at all"), *scale[1:4], (4, "4, very"))
    sky = tuple(enumerate(("storm", "rain", "cloud", "mixed", "clear")))
    return Instrument(
        id=WEATHER,
        name="Weather check",
        domain="how it is today",
        timeframe="today",
        questions=(
            Question("How is the weather inside today?", sky),
            Question("How much energy?", energy),
            Question("How connected do you feel?", near),
        ),
        extra=None,
        bands=(),
        subscales=(),
        licence="Haven's own words. Not a tested scale: a note to yourself, without a score.",
        sources=("Haven's own words",),
        date=date(2026, 11, 22),
        evidence="values",
    )
