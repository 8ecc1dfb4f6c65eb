"""What the App does for its screens: work beside the screen, and one sentence at a time.

A layer of the App, apart from modes and keys. Screens call `ask`, `work` and `say`; nothing else of
threads is known to them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App, SuspendNotSupported

from havenclient.errors import HavenError, SafetyRefusal
from havenclient.ui.clipboard import Clipboard
from havenclient.ui.guard import Guard
from havenclient.ui.jobs import JobEnded, JobMoved, Jobs, JobWork
from havenclient.ui.launch import Launch
from havenclient.ui.session import Session
from havenclient.ui.widgets.bars import QuietLine, WorkLine

if TYPE_CHECKING:
    from havenclient.journal import Journal

T = TypeVar("T")


class Outcome(Enum):
    QUIT = "quit"
    LOCK = "lock"


class Workbench(App[Outcome]):
    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self.launch = launch
        self.settings = launch.settings
        self.session: Session | None = None
        self.jobs = Jobs(self)
        self.guard = Guard(launch.clock)
        self.clips = Clipboard(self)
        self._said_timer: Any = None
        self._works = itertools.count()

    def write_to_terminal(self, text: str) -> None:
        """Straight to the terminal (titles, clipboard); nothing when there is none."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(text)

    # --- jobs ------------------------------------------------------------------------------------

    def ask(
        self,
        question: Callable[[Journal], T],
        done: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None:
        """Ask the journal something in a thread; `done` gets the answer if it is still wanted."""
        session = self.session
        if session is None:
            return
        self.jobs.start(lambda _: session.ask(question), done, group=group, failed=failed)

    def work(
        self,
        verb: str,
        run: Callable[[Session, JobWork], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None:
        """Long work with a line on the screen that `esc` stops."""
        session = self.session
        if session is None:
            return

        def finished(result: T) -> None:
            self._hide_work()
            done(result)

        def broke(error: HavenError) -> None:
            self._hide_work()
            (failed or self.say_error)(error)

        self._each_work_line(lambda line: line.show(verb))
        self.jobs.start(
            lambda work: run(session, work),
            finished,
            group=f"work {next(self._works)}",
            failed=broke,
            verb=verb,
            shown=True,
        )

    def on_job_moved(self, message: JobMoved) -> None:
        job = self.jobs.get(message.number)
        if job is not None and job.shown:
            self.guard.touch()  # a running import is no absence
            self._each_work_line(
                lambda line: line.show(message.verb, message.done, message.total, message.label)
            )

    def on_job_ended(self, message: JobEnded) -> None:
        self.jobs.end(message)

    def _each_work_line(self, act: Callable[[WorkLine], None]) -> None:
        for screen in self.screen_stack:
            for line in screen.query(WorkLine):
                line.moving = not self.settings.look.reduced_motion
                act(line)

    def _hide_work(self) -> None:
        self._each_work_line(WorkLine.hide)

    def stop_work(self) -> bool:
        return self.jobs.stop_shown()

    # --- another program on this terminal --------------------------------------------------------

    def lend_terminal(self, run: Callable[[], T]) -> T:
        """Leave the screen, run another program, come back. Nothing of Haven moves meanwhile (no
        timer, no lock): a screen that is drawn by two programs belongs to neither."""
        try:
            with self.suspend():
                return run()
        except SuspendNotSupported:
            raise SafetyRefusal("this terminal can't be lent to another program") from None
        finally:
            self.guard.touch()  # the person was there all the time

    # --- saying ----------------------------------------------------------------------------------

    def say(self, sentence: str, keys: str = "") -> None:
        """One sentence on the quiet line of the newest screen that has one."""
        for screen in reversed(self.screen_stack):
            for line in screen.query(QuietLine):
                line.say(sentence, keys)
                if self._said_timer is not None:
                    self._said_timer.stop()
                self._said_timer = self.set_timer(12, self._unsay)
                return

    def _unsay(self) -> None:
        for screen in self.screen_stack:
            for line in screen.query(QuietLine):
                line.say("")

    def say_error(self, error: HavenError) -> None:
        hint = f" ({error.hints[0]})" if error.hints else ""
        self.say(error.message[:1].upper() + error.message[1:] + "." + hint)
