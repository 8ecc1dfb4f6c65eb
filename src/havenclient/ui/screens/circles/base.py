"""What every screen of the circles room has: the desk, the facts of the top line, one way to look.

A screen says what it needs in `question` (run in a job thread) and draws the answer in `show`; both
happen again whenever something changed. Texts of other people come from `circles.views`, where they
are safe already, and go through `safe_line`/`safe_text` once more on their way into a `Text`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from rich.text import Text
from textual.widgets import OptionList, Static

from havenclient.errors import HavenError, NotFound
from havenclient.text import safe_line
from havenclient.ui.circles_session import Desk, desk
from havenclient.ui.screens.base import HavenScreen, in_words
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, PersonView

Answer = TypeVar("Answer")

ASK_AGAIN = 8.0
"""Seconds; a round for doors and mailboxes otherwise comes once a minute (`sync.live`)."""


class CircleScreen(HavenScreen, Generic[Answer]):
    ROOM = "circles"

    def on_mount(self) -> None:
        self.reload()

    @property
    def desk(self) -> Desk:
        return desk(self.haven)

    def question(self, circles: Circles) -> Answer:
        """What this screen shows. Runs in a job thread: touch no widget."""
        raise NotImplementedError

    def show(self, answer: Answer) -> None:
        raise NotImplementedError

    def reload(self) -> None:
        if self.haven.session is not None:
            self.desk.ask(
                self.question, self._show, group=f"look {id(self)}", failed=self.look_failed
            )

    def _show(self, answer: Answer) -> None:
        if not self.is_mounted:
            # The answer was quicker than the screen: it would stay empty on a busy computer. What
            # is called later waits in the screen's own queue, which begins when it is mounted.
            self.call_later(self._show, answer)
        elif self.is_attached:
            self.show(answer)
            self.tell_facts()
            self.refresh_bindings()

    def look_failed(self, error: HavenError) -> None:
        if isinstance(error, NotFound):
            if self.app.screen is not self:
                return  # nobody looks at it any more
            self.action_back()  # what was shown is gone
        self.haven.say_error(error)

    def wait_here(self) -> None:
        """For screens before which somebody waits for an answer: the relay is asked more often."""
        self.set_interval(ASK_AGAIN, self._ask_again)

    def _ask_again(self) -> None:
        if self.haven.session is not None and self.app.screen is self:
            self.desk.keep_in_touch()

    def own_facts(self) -> tuple[str, ...]:
        """Facts for the top line, before those about the relay."""
        return ()

    def tell_facts(self) -> None:
        most = self.desk.limits.reading_cap
        minutes = (f"{int(self.desk.spent_minutes())} of {most} min here today",) if most else ()
        self.status(*self.own_facts(), *self.desk.facts(), *minutes)

    def circles_changed(self, _circle: int | None) -> None:
        if self.is_mounted:
            self.reload()

    def on_screen_resume(self) -> None:  # Textual calls every class's own handler
        if self.is_mounted:
            self.reload()

    def action_back(self) -> None:
        if (
            not self.haven.stop_work()
            and self.app.screen is self
            and len(self.app.screen_stack) > 1
        ):
            self.app.pop_screen()

    def blank(self) -> None:
        """For the lock: nothing that was shown stays in a widget."""
        for text in self.query(Static):
            text.update("")
        for rows in self.query(OptionList):
            rows.clear_options()

    def wished(self, sentence: str) -> None:
        """Something was saved; where there is no relay it goes out later."""
        later = " It goes out when the relay is on again (g, then o)." if self.desk.offline else ""
        self.haven.say(sentence + later)


class Page:
    """A pane's text, line by line."""

    def __init__(self, screen: HavenScreen) -> None:
        self._screen = screen
        self.text = Text()

    def line(self, words: str = "", look: str = "foreground", *, bold: bool = False) -> Page:
        self.text.append(words + "\n", style(self._screen, look, bold=bold))
        return self

    def head(self, words: str) -> Page:
        if self.text.plain:
            self.line()
        return self.line(words, "bright-line", bold=True)

    def pair(self, name: str, words: str, look: str = "foreground") -> Page:
        self.text.append(f"{name:<16}", style(self._screen, "quiet"))
        return self.line(words, look)


def moment(at: int) -> str:
    """`22 Nov 21:40`"""
    when = datetime.fromtimestamp(at, UTC).astimezone()
    return f"{when.day} {when:%b %H:%M}"


def since_words(at: int, today: date | None) -> str:
    """`10:20`, or with its day where that was another one."""
    when = datetime.fromtimestamp(at, UTC).astimezone()
    return f"{when:%H:%M}" if when.date() == today else moment(at)


def clock_time(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%H:%M}"


def people_words(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def size_words(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1024:.0f} KiB" if size < 1_000_000 else f"{size / 1_048_576:.1f} MiB"


def to_check(people: list[PersonView]) -> list[PersonView]:
    """Whose safety words nobody compared yet, or who came back with a new key."""
    return [one for one in people if not one.me and (one.changed or not one.verified)]


def mark_of(person: PersonView) -> tuple[str, str]:
    """A person's mark in words, and its colour."""
    if person.me:
        return "you", "quiet"
    if person.doubted:
        return "! saw another history", "warning"
    if person.changed:
        return "! new key, check (v)", "warning"
    if person.verified:
        return "✓ checked", "foreground"
    return "not checked yet", "quiet"


def state_words(view: CircleView) -> str:
    """What is the matter with a circle; nothing when all is well (advice is for its own screen)."""
    return "" if view.health.startswith("All is well") else safe_line(view.health, limit=200)


__all__ = ["CircleScreen", "Page", "in_words", "mark_of", "moment"]
