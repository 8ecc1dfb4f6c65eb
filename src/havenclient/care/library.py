"""The offline library: pages and exercises, each with its source, its date and its evidence label.

Owns reading the data files and finding an item in them. They come with the program or from a pack
that was looked at when it was installed (`pack`, `renewal`); `gate` holds every item to a source.
Never here: a vault, a network, or any words of a person.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from havenclient.care import pack
from havenclient.care.pack import Shelf
from havenclient.errors import NotFound

T = TypeVar("T", bound="Exercise | Page")

EVIDENCE = ("tested", "part of tested care", "widely taught", "values")
"""The labels, strongest first; the last is for what people agreed on rather than measured."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where words come from."""

    source: str
    url: str
    date: date
    """When the words were written or last gone through."""
    evidence: str

    def lines(self) -> Iterator[str]:
        yield f"Evidence: {self.evidence}"
        yield f"Source: {self.source}" + (f", {self.url}" if self.url else "")
        yield f"Text of {self.date.day} {self.date:%B %Y}"


@dataclass(frozen=True, slots=True)
class Page:
    id: str
    title: str
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Beat:
    """One word for some seconds: "in" for 4."""

    word: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Exercise:
    id: str
    title: str
    length: str
    """How long it takes, in words."""
    about: str
    """What is known, in one or two sentences."""
    steps: tuple[str, ...]
    caution: str
    origin: Origin
    beats: tuple[Beat, ...] = ()
    """Empty: at the person's own pace."""
    gentle: tuple[Beat, ...] = ()
    gentle_first: bool = False
    seconds: int = 0
    """About how long; whole rounds are kept. 0: `rounds` counts."""
    rounds: int = 1
    gentle_rounds: int = 0
    hard_moment: bool = False
    in_quiet_hours: bool = True
    """Whether it may be started in quiet hours (deep writing is not)."""
    sessions: int = 1
    hours_between: int = 0
    then: str = ""
    """The exercise that follows."""
    after: str = ""

    @property
    def paced(self) -> bool:
        return bool(self.beats)


@cache
def _read(name: str, shelf: Shelf) -> dict[str, Any]:
    return tomllib.loads(shelf.text(name))


def raw(name: str) -> dict[str, Any]:
    """A data file of the library that is shown."""
    return _read(name, pack.shelf())


def origin_of(item: Mapping[str, Any], whole: Mapping[str, Any]) -> Origin:
    day = date.fromisoformat(item.get("date", whole["date"]))
    return Origin(item["source"], item.get("url", ""), day, item["evidence"])


def pages(shelf: Shelf | None = None) -> tuple[Page, ...]:
    """All pages, of the library that is shown unless another is given."""
    return _pages(shelf or pack.shelf())


@cache
def _pages(shelf: Shelf) -> tuple[Page, ...]:
    whole = _read("pages.toml", shelf)
    return tuple(
        Page(one["id"], one["title"], one["text"].strip("\n"), origin_of(one, whole))
        for one in whole["page"]
    )


def exercises(shelf: Shelf | None = None) -> tuple[Exercise, ...]:
    """All exercises, of the library that is shown unless another is given."""
    return _exercises(shelf or pack.shelf())


@cache
def _exercises(shelf: Shelf) -> tuple[Exercise, ...]:
    whole = _read("exercises.toml", shelf)
    return tuple(_exercise(one, whole) for one in whole["exercise"])


def _exercise(one: Mapping[str, Any], whole: Mapping[str, Any]) -> Exercise:
    plain = {
        name: one[name]
        for name in (
            *("id", "title", "length", "about", "caution", "gentle_first", "seconds", "rounds"),
            *("gentle_rounds", "hard_moment", "in_quiet_hours", "sessions", "hours_between"),
            *("then", "after"),
        )
        if name in one
    }
    return Exercise(
        **plain,
        steps=tuple(one["steps"]),
        origin=origin_of(one, whole),
        beats=tuple(Beat(word, seconds) for word, seconds in one.get("beats", ())),
        gentle=tuple(Beat(word, seconds) for word, seconds in one.get("gentle", ())),
    )


def for_a_hard_moment() -> tuple[Exercise, ...]:
    """The short list: what can be done now, without reading much."""
    return tuple(one for one in exercises() if one.hard_moment)


def page(name: str) -> Page:
    return _find(name, {one.id: one for one in pages()}, "page")


def exercise(name: str) -> Exercise:
    return _find(name, {one.id: one for one in exercises()}, "exercise")


def item(name: str) -> Page | Exercise:
    known: dict[str, Page | Exercise] = {one.id: one for one in pages()}
    known |= {one.id: one for one in exercises()}
    return _find(name, known, "page or exercise")


def search(words: str) -> tuple[Page | Exercise, ...]:
    """Items that hold every one of `words`; titles first. For "check this"."""
    wanted = words.casefold().split()
    found: list[tuple[bool, Page | Exercise]] = []
    items: tuple[Page | Exercise, ...] = (*pages(), *exercises())
    for one in items:
        body = one.text if isinstance(one, Page) else " ".join((one.about, *one.steps, one.caution))
        whole = f"{one.id} {one.title} {body}".casefold()
        if wanted and all(word in whole for word in wanted):
            found.append((not any(word in one.title.casefold() for word in wanted), one))
    return tuple(one for _, one in sorted(found, key=lambda pair: pair[0]))


def _find(name: str, known: Mapping[str, T], kind: str) -> T:
    wanted = name.strip().casefold()
    for key in (wanted.replace("-", "_"), wanted.replace("_", "-")):
        if key in known:
            return known[key]
    # By a word of its title too: "breathing" is what comes to mind on a bad evening, not an id.
    holding = [key for key, one in known.items() if wanted and wanted in one.title.casefold()]
    if len(holding) == 1:
        return known[holding[0]]
    if holding:
        hints = [f"{key}: {known[key].title}" for key in holding[:4]]
        raise NotFound(f"more than one {kind} is called like that", *hints)
    near = get_close_matches(wanted, known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else "`haven care list` shows what there is"
    raise NotFound(f"there is no {kind} of that name", hint)


@cache
def said(name: str, **values: str) -> str:
    """The words for a set moment (`data/words.toml`), such as a while in a circle."""
    text: str = raw("words.toml")["said"][name]
    return text.format(**values)


def tips() -> tuple[str, ...]:
    """Names of the four tips, in the order of their page."""
    return tuple(raw("words.toml")["tips"])


def tip(name: str, *, where: str = "screen") -> str:
    """A tip and where it leads: on the `screen`, by a `command`, or what is given in words."""
    one = raw("words.toml")["tips"][name]
    return f"{one['text']} ({one.get(where, where)})."


def choices(name: str) -> tuple[str, ...]:
    return tuple(raw("words.toml")["choices"][name])
