"""What every room's screen has: the top line, its body, the quiet lines, the key bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from havenclient.errors import HavenError
from havenclient.ui import rooms
from havenclient.ui.widgets.bars import KeyBar, QuietLine, TopBar, WorkLine

if TYPE_CHECKING:
    from havenclient.journal import Draft
    from havenclient.ui.haven import Haven

PaletteItem = tuple[str, str, Callable[[], object]]


class HavenScreen(Screen[None]):
    """A whole screen. `ROOM` marks it in the top line; others give a `HEADING`."""

    ROOM = ""
    HEADING = ""
    HELP = ""
    LEFT: tuple[tuple[str, str], ...] = ()
    """Keys that a focused field takes for itself (enter), said first in the key bar."""
    RIGHT: tuple[tuple[str, str], ...] = (("f2", "Safety"), ("ctrl+p", "Palette"))

    @property
    def haven(self) -> Haven:
        return cast("Haven", self.app)

    def compose(self) -> ComposeResult:
        modes = rooms.labels(circles=self.haven.settings.look.circles) if self.ROOM else ()
        yield TopBar(self.ROOM, modes, self.HEADING)
        with Vertical(id="body"):
            yield from self.body()
        with Vertical(id="lines"):
            yield QuietLine()
            yield WorkLine()
        yield KeyBar(self.RIGHT, self.LEFT)

    def body(self) -> ComposeResult:
        yield from ()

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.refresh_bindings)  # a mode was entered: other keys work now

    def status(self, *facts: str) -> None:
        """The facts at the right of the top line; the planned time comes last by itself."""
        self.query_one(TopBar).status = (*facts, *self._planned())

    def _planned(self) -> Iterator[str]:
        from havenclient.ui.own_limits import own

        minutes = own(self.haven).visit
        if minutes and self.haven.session is not None:
            yield f"{int(self.haven.guard.visit_minutes())} of {minutes} min"

    def pending_draft(self) -> Draft | None:
        """Words that are not kept yet, for a lock."""
        return None

    def entries_changed(self) -> None:
        """Something in the journal changed elsewhere."""

    def palette(self) -> list[PaletteItem]:
        return []


def local_now(screen: HavenScreen) -> datetime:
    """The person's present: the injected clock, in the computer's zone."""
    return screen.haven.launch.clock.now().astimezone()


def today(screen: HavenScreen) -> date:
    return local_now(screen).date()


def long_date(day: date) -> str:
    """`Sunday 22 November 2026`"""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """`22 Nov 2026`"""
    return f"{day:%d %b %Y}"


def in_words(error: HavenError) -> str:
    """An error as a sentence with its hints below it."""
    return "\n".join([error.message[:1].upper() + error.message[1:] + ".", *error.hints])
