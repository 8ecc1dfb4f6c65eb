"""The scenes that are photographed and compared: how to get to each screen by keys alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from textual.pilot import Pilot
from textual.widgets import OptionList

from havenclient.config import Settings
from havenclient.ui.app import HavenApp, Outcome
from tests.ui.house import settle, write

Play = Callable[[HavenApp, Pilot[Outcome]], Awaitable[None]]

ENTRY = """# Slow evening

Walked home along the river. The lamps were on already and
somebody played the piano behind an open window.

**What helped**

- walking first
- writing down three things to say
"""


@dataclass(frozen=True)
class Scene:
    name: str
    play: Play
    vault: bool = True
    filled: bool = True
    unlocked: bool = True
    settings: Settings | None = None


async def nothing(app: HavenApp, pilot: Pilot[Outcome]) -> None:
    await pilot.pause()


def keys(*pressed: str) -> Play:
    async def play(app: HavenApp, pilot: Pilot[Outcome]) -> None:
        for key in pressed:
            await pilot.press(key)
            await settle(pilot)

    return play


def library(name: str, *pressed: str) -> Play:
    """The library at one of its items, by name: its order may change."""

    async def play(app: HavenApp, pilot: Pilot[Outcome]) -> None:
        await keys("f2", "l")(app, pilot)
        options = app.screen.query_one("#library-list", OptionList)
        options.highlighted = options.get_option_index(name)
        await settle(pilot)
        await keys(*pressed)(app, pilot)

    return play


async def wrong(app: HavenApp, pilot: Pilot[Outcome]) -> None:
    await write(pilot, "not this one")
    await pilot.press("enter")
    await settle(pilot)


async def writing(app: HavenApp, pilot: Pilot[Outcome]) -> None:
    from havenclient.ui.widgets.editor import Editor

    app.screen.query_one(Editor).insert(ENTRY)
    await pilot.pause()


async def search(app: HavenApp, pilot: Pilot[Outcome]) -> None:
    await pilot.press("f4")
    await settle(pilot)
    await pilot.press("slash")
    await write(pilot, "river mood:>=3")
    await settle(pilot)


_GB = replace(Settings(), safety=replace(Settings().safety, country="GB"))
_PLANNED = replace(_GB, boundaries=replace(Settings().boundaries, session_minutes=40))

SCENES: list[Scene] = [
    Scene("unlock", nothing, filled=False, unlocked=False),
    Scene("unlock-wrong", wrong, filled=False, unlocked=False),
    Scene("welcome", nothing, vault=False, unlocked=False),
    Scene("today-empty", nothing, filled=False),
    Scene("today", writing, settings=_PLANNED),
    Scene("journal", keys("f4")),
    Scene("journal-search", search),
    Scene("calendar", keys("f4", "c")),
    Scene("history", keys("f4", "v")),
    Scene("edit", keys("f4", "e")),
    Scene("filters", keys("f4", "f")),
    Scene("insights", keys("f6")),
    Scene("insights-table", keys("f6", "t")),
    Scene("settings", keys("f10", "down", "down", "down", "enter")),
    Scene("settings-keys", keys("f10", *["down"] * 7)),
    Scene("safety", keys("f2"), settings=_GB),
    Scene("library", keys("f2", "l")),
    Scene("library-exercise", library("long_out"), settings=_GB),
    Scene("player", keys("f2", "1", "space")),
    Scene("too-much", keys("f8")),
    Scene("check", library("phq9", "enter")),
    Scene("plan", keys("f2", "4")),
    Scene("support-map", keys("f2", "5")),
    Scene("ask-list", library("own:ask", "enter")),
    Scene("limits", library("own:limits", "enter")),
    Scene("safety-locked", keys("f2"), unlocked=False, settings=_GB),
    Scene("library-page", library("can-and-cannot"), filled=False),
    Scene("cover", keys("f9")),
    Scene("palette", keys("f4", "ctrl+p")),
    Scene("help", keys("f1")),
    Scene("jump", keys("ctrl+o")),
]
