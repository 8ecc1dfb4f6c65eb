"""The App: modes, global keys, lock and cover, and the routing of job results. Nothing else.

Theory of operation. Until a session is open there is one mode, "locked". Opening a session enters
the rooms (`rooms.py`), which are modes. Cover puts an opaque modal on top of whatever is shown;
keys and text stay in memory. Lock forgets: it keeps the draft, closes the vault, blanks every text
field, and ends the app with `Outcome.LOCK`, upon which `launch.run` replaces the process. The three
promises (F2, F9, ^l) are priority bindings of the App, which Textual looks at before any modal's
own keys.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from havenclient.errors import HavenError, UsageError
from havenclient.ui import circles_session, commands, keymap, rooms, theme
from havenclient.ui.clipboard import Clipboard
from havenclient.ui.guard import Guard
from havenclient.ui.jobs import JobEnded, JobMoved, Jobs, JobWork
from havenclient.ui.launch import Launch
from havenclient.ui.screens.cover import CoverScreen, TooSmallScreen
from havenclient.ui.screens.helps import HelpScreen
from havenclient.ui.screens.safety import SafetyScreen
from havenclient.ui.session import Session, has_vault
from havenclient.ui.stylesheet import CalmStylesheet
from havenclient.ui.widgets.bars import QuietLine, WorkLine
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.config import Settings
    from havenclient.journal import Draft, Journal

T = TypeVar("T")

SMALLEST = (60, 18)
# All at once: a stylesheet that comes later makes Textual read all of them and style every widget
# again (0.2 s on the way to each room).
STYLESHEETS: list[str | PurePath] = [
    "haven.tcss",
    *(
        f"screens/{name}.tcss"
        for name in (
            "unlock",
            "onboarding",
            "today",
            "edit",
            "journal",
            "history",
            "calendar",
            "filters",
            "insights",
            "settings",
            "safety",
            "circles/circles",
        )
    ),
]
# What works while nothing may be shown: hiding, leaving, help. Everything else waits.
_WHILE_HIDDEN = frozenset(
    {
        "safety",
        "cover",
        "lock",
        "leave",
        "hide_and_suspend",
        "nothing",
        "focus_next",
        "focus_previous",
    }
)


class Outcome(Enum):
    QUIT = "quit"
    LOCK = "lock"


class HavenApp(App[Outcome]):
    TITLE = "notes"
    """Neutral: window titles are seen by others and kept by window managers."""
    CSS_PATH = STYLESHEETS
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False  # selecting on the screen would copy past the clipboard rules
    ESCAPE_TO_MINIMIZE = False
    CLOSE_TIMEOUT = 1.0
    BINDINGS: ClassVar[list[BindingType]] = list(keymap.GLOBAL)
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, launch: Launch) -> None:
        super().__init__()
        self.stylesheet = CalmStylesheet(variables=self.get_css_variables())
        self.launch = launch
        self.settings = launch.settings
        self.session: Session | None = None
        self.jobs = Jobs(self)
        self.guard = Guard(launch.clock)
        self.clips = Clipboard(self)
        self.crashed = False
        self.keymap_problem = ""
        self.wanted_entry: str | None = None
        self.wanted_search: str | None = None
        self._said_timer: Any = None
        self._works = itertools.count()
        for name in theme.OWN:
            self.register_theme(theme.load(name))
        self.theme = theme.chosen(self.settings.look.theme)
        if self.settings.look.reduced_motion:
            self.animation_level = "none"
        for room in rooms.ROOMS:
            self.add_mode(room.name, room.make)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(theme.FALLBACK_VARIABLES)

    # --- start -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._write_to_terminal("\x1b[22;0t\x1b]2;notes\x07")
        self._load_keymap()
        self._listen_to_signals()
        self.set_interval(0.5, self._tick)
        self.add_mode("locked", self._first_screen)
        self.switch_mode("locked")

    def _first_screen(self) -> Screen[None]:
        from havenclient.ui.screens.onboarding import OnboardingScreen
        from havenclient.ui.screens.unlock import UnlockScreen

        if has_vault(self.launch):
            return UnlockScreen()
        return OnboardingScreen()

    def _load_keymap(self) -> None:
        given = self.settings.keys.keymap
        if not given:
            return
        path = self.launch.places.config / given  # an absolute path stays itself
        try:
            self.set_keymap(keymap.load(path, keymap.known_ids()))
        except UsageError as error:
            self.keymap_problem = f"Your keymap was not used: {error.message}."

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Not in a thread (tests) and not on Windows; the idle lock still works there.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._told_to_end, number)

    # --- a session opens -------------------------------------------------------------------------

    def opened(self, session: Session) -> None:
        """An unlocked journal: the rooms appear and the lock screen goes."""
        self.session = session
        with suppress(OSError):
            (self.launch.paths.root / "lock-request").unlink(missing_ok=True)
        self.guard.touch()
        self.guard.begin_visit()
        self._switch_to(rooms.ROOMS[0].name, forget="locked")
        notices = [self.keymap_problem, *session.notices]
        if session.by_recovery:
            notices.append("Opened with the recovery code. Settings (F10) sets a new passphrase.")
        for sentence in notices:
            if sentence:
                self.call_after_refresh(self.say, sentence)
        self._file_quick()
        circles_session.begin(self)

    def _switch_to(self, mode: str, *, forget: str = "") -> None:
        async def switch() -> None:
            await self.switch_mode(mode)
            if forget:
                await self.remove_mode(forget)

        self.call_next(switch)

    @property
    def covered(self) -> bool:
        return any(isinstance(screen, CoverScreen) for screen in self.screen_stack)

    @property
    def may_show(self) -> bool:
        """Whether rooms and commands are offered: open, not covered, past the first steps."""
        return self.session is not None and self.current_mode != "locked" and not self.covered

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self.may_show:
            return True
        if action == "lock":
            return self.session is not None
        if action == "cover":
            return self.session is not None or self._onboarding
        return action in _WHILE_HIDDEN or (action == "help" and not self.covered)

    @property
    def _onboarding(self) -> bool:
        from havenclient.ui.screens.onboarding import OnboardingScreen

        return any(isinstance(screen, OnboardingScreen) for screen in self.screen_stack)

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

    # --- the clock -------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self.guard.touch()
        await super().on_event(event)

    def _tick(self) -> None:
        verdict = self.guard.look()
        if self.session is None:
            return
        locking = self.settings.locking
        idle = verdict.idle_seconds
        if verdict.slept or self._lock_requested() or idle >= locking.lock_after_minutes * 60:
            self.action_lock()
        elif locking.cover_after_seconds and idle >= locking.cover_after_seconds:
            self.cover()
        else:
            self._file_quick()

    def _lock_requested(self) -> bool:
        return (self.launch.paths.root / "lock-request").exists()

    def _file_quick(self) -> None:
        """`haven quick` seals into the inbox without a passphrase; an open Haven files at once."""
        session = self.session
        if session is None or session.read_only or self.jobs.has("quick"):
            return
        try:
            waiting = any(session.inbox.iterdir())
        except OSError:
            return
        if waiting:
            self.ask(lambda journal: journal.file_quick(), self._quick_filed, group="quick")

    def _quick_filed(self, count: int) -> None:
        if count:
            words = "One quick note was" if count == 1 else f"{count} quick notes were"
            self.say(f"{words} filed into your journal.")
            self.entries_changed()

    def entries_changed(self) -> None:
        """Tell every room that what it shows may be old."""
        self.tell_screens("entries_changed")

    def tell_screens(self, what: str, *facts: object) -> None:
        """Call the method `what` of every screen that has one."""
        for stack in list(self._screen_stacks.values()):
            for screen in list(stack):
                hear = getattr(screen, what, None)
                if hear is not None:
                    hear(*facts)

    # --- cover and lock --------------------------------------------------------------------------

    def on_app_blur(self) -> None:
        if self.settings.locking.cover_on_blur:
            self.cover()

    def cover(self) -> None:
        if not self.covered and (self.session is not None or self._onboarding):
            self.clear_notifications()
            self._close_palette()
            self.push_screen(CoverScreen())

    def _close_palette(self) -> None:
        from textual.command import CommandPalette

        if isinstance(self.screen, CommandPalette):
            self.pop_screen()

    def action_cover(self) -> None:
        self.cover()

    def action_lock(self) -> None:
        self._forget()
        self.exit(Outcome.LOCK)

    def action_leave(self) -> None:
        self._forget()
        self.exit(Outcome.QUIT)

    def action_hide_and_suspend(self) -> None:
        self.cover()
        self.call_after_refresh(self.action_suspend_process)

    def _told_to_end(self, number: int) -> None:
        self._forget()
        if number == signal.SIGHUP:
            os._exit(128 + number)  # the terminal is gone: nothing to restore, nowhere to write
        self.exit(Outcome.QUIT, return_code=128 + number)

    def _forget(self) -> None:
        """Everything a lock does before the process goes: keep drafts, close, blank."""
        session, self.session = self.session, None
        drafts = self._drafts()
        self.jobs.stop_all(1.0)
        if session is not None:
            session.close(drafts)
        self.clips.forget()
        self.clear_notifications()
        self._blank()

    def _drafts(self) -> list[Draft]:
        found: list[Draft] = []
        for stack in self._screen_stacks.values():
            for screen in stack:
                pending = getattr(screen, "pending_draft", None)
                draft = pending() if pending is not None else None
                if draft is not None:
                    found.append(draft)
        return found

    def _blank(self) -> None:
        from textual.widgets import Input

        for stack in self._screen_stacks.values():
            for screen in stack:
                for editor in screen.query(Editor):
                    editor.blank()
                for field in screen.query(Input):
                    with field.prevent(Input.Changed):
                        field.value = ""

    # --- other global actions --------------------------------------------------------------------

    def action_safety(self) -> None:
        if isinstance(self.screen, SafetyScreen):
            self.pop_screen()
        else:
            self.push_screen(SafetyScreen())

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.focused, self.screen))

    def action_palette(self) -> None:
        from textual.command import CommandPalette

        if self.may_show and not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="What would you like to do?"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield from commands.offered(self, screen)

    def action_go(self, name: str) -> None:
        if rooms.find(name) is None:
            self.say(rooms.MISSING.get(name, "That room is not in this build."))
        elif self.current_mode != name:
            self._switch_to(name)

    def show_entry(self, entry_id: str) -> None:
        """Open one entry in the Journal room, wherever the wish came from."""
        self.wanted_entry = entry_id
        if self.current_mode != "journal":
            self._switch_to("journal")
        else:
            self.entries_changed()

    def search_for(self, text: str) -> None:
        """Open the Journal room with this search."""
        self.wanted_search = text
        if self.current_mode != "journal":
            self._switch_to("journal")
        else:
            self.entries_changed()

    def action_settings(self, page: str = "") -> None:
        from havenclient.ui.screens.settings import SettingsScreen

        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen(page))

    def change_settings(self, settings: Settings) -> None:
        """Settings in force from now on; what can be seen at once is seen at once."""
        self.settings = settings
        self.theme = theme.chosen(settings.look.theme)
        self.animation_level = "none" if settings.look.reduced_motion else "full"

    def action_jump(self) -> None:
        from havenclient.ui.screens.jump import JumpScreen, targets

        found = targets(self.screen)
        if found:
            self.push_screen(JumpScreen(found))

    def action_nothing(self) -> None:
        """^c without a selection: a habit that must not end anything."""

    # --- terminal --------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        if small and not isinstance(self.screen, TooSmallScreen | SafetyScreen):
            self.push_screen(TooSmallScreen())

    def _write_to_terminal(self, text: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(text)

    def copy_to_clipboard(self, text: str) -> None:
        self.clips.copy(text)

    def _handle_exception(self, error: Exception) -> None:
        """Textual would print local variables (entry text, keys). Haven prints one sentence."""
        self.crashed = True
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        with suppress(Exception):
            self._forget()
        self._close_messages_no_wait()
