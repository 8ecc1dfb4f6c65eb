"""The rooms of the house as modes, in one table. A new room is one line here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class Room:
    name: str
    """Mode name, as in the binding `go.NAME`."""
    label: str
    screen: str
    """`module:Class`; imported when the room is entered for the first time."""

    def make(self) -> Screen[Any]:
        module, _, name = self.screen.partition(":")
        made: Screen[Any] = getattr(importlib.import_module(module), name)()
        return made


ROOMS: tuple[Room, ...] = (
    Room("today", "Today", "havenclient.ui.screens.today:TodayScreen"),
    Room("journal", "Journal", "havenclient.ui.screens.journal:JournalScreen"),
    Room("circles", "Circles", "havenclient.ui.screens.circles.overview:CirclesScreen"),
    Room("insights", "Insights", "havenclient.ui.screens.insights:InsightsScreen"),
)

MISSING: dict[str, str] = {}
JOURNAL_ONLY = "You use the journal only. Settings (F10), Look, brings circles back."


def find(name: str) -> Room | None:
    return next((room for room in ROOMS if room.name == name), None)


def shown(*, circles: bool) -> tuple[Room, ...]:
    """The rooms that are offered; who uses the journal only has one less."""
    return tuple(room for room in ROOMS if circles or room.name != "circles")


def labels(*, circles: bool) -> tuple[tuple[str, str], ...]:
    return tuple((room.name, room.label) for room in shown(circles=circles))
