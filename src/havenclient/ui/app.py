"""The App: modes, keys and the way between rooms.

Until a session is open there is one mode, "locked". Opening one enters the rooms (`rooms.py`),
which are modes. The layers below it: `workbench.py` (jobs, one sentence at a time) and `keeper.py`
(cover, lock). The three promises (F2, F9, ^l) are priority bindings of the App, which Textual looks
at before any modal's own keys; `check_action` decides what works while nothing may be shown.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from havenclient import hygiene
from havenclient.errors import UsageError
from havenclient.ui import keymap, rooms, theme
from havenclient.ui.keeper import Keeper
from havenclient.ui.launch import Launch
from havenclient.ui.screens.cover import SMALLEST, TooSmallScreen
from havenclient.ui.session import Session, has_vault
from havenclient.ui.stylesheet import CalmStylesheet
from havenclient.ui.workbench import Outcome

if TYPE_CHECKING:
    from havenclient.config import Settings

__all__ = ["HavenApp", "Outcome"]

# What the lock screen needs, and what is read while the person types (`warm_up`): reading styles is
# half of what Haven would add to the start of an empty app. Then all at once, not room by room.
FIRST_STYLES: list[str | PurePath] = ["haven.tcss", "screens/unlock.tcss"]
LATER_STYLES = [
    *(
        f"screens/{name}.tcss"
        for name in (
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
            "care/care",
            "circles/circles",
            "circles/norms",
        )
    ),
]
# What works while nothing may be shown: hiding, leaving, help. Everything else waits.
_WHILE_HIDDEN = frozenset(
    {
        "safety",
        "library",
        "too_much",
        "cover",
        "lock",
        "leave",
        "hide_and_suspend",
        "nothing",
        "focus_next",
        "focus_previous",
    }
)


class HavenApp(Keeper):
    TITLE = "notes"
    """Neutral: window titles are seen by others and kept by window managers."""
    DEFAULT_MODE = "locked"
    """The first picture is the lock screen: no empty one is made, laid out and drawn before it."""
    CSS_PATH = FIRST_STYLES
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False  # selecting on the screen would copy past the clipboard rules
    ESCAPE_TO_MINIMIZE = False
    CLOSE_TIMEOUT = 1.0
    BINDINGS: ClassVar[list[BindingType]] = list(keymap.GLOBAL)
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, launch: Launch) -> None:
        super().__init__(launch)
        self.crashed = False
        self.crash_place = ""
        self.keymap_problem = ""
        self.wanted_entry: str | None = None
        self.wanted_search: str | None = None
        for name in theme.OWN:
            self.register_theme(theme.load(name))
        self.theme = theme.chosen(self.settings.look.theme)
        # After the theme: with other variables everything would be read twice.
        self.stylesheet = CalmStylesheet(variables=self.get_css_variables())
        self._warm = False
        if self.settings.look.reduced_motion:
            self.animation_level = "none"
        self.add_mode(self.DEFAULT_MODE, self._first_screen)
        for room in rooms.ROOMS:
            self.add_mode(room.name, room.make)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(theme.FALLBACK_VARIABLES)

    # --- start -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.write_to_terminal("\x1b[22;0t\x1b]2;notes\x07")
        self._load_keymap()
        self._listen_to_signals()
        self.set_interval(0.5, self._tick)
        self.set_interval(3600, self.once_a_day)
        # A moment later, so that the first picture is whole (cursor, key bar) and typing is heard.
        self.set_timer(0.3, self.warm_up)

    def _first_screen(self) -> Screen[None]:
        if has_vault(self.launch):
            from havenclient.ui.screens.unlock import UnlockScreen

            return UnlockScreen()
        from havenclient.ui.screens.onboarding import OnboardingScreen

        self.warm_up()
        return OnboardingScreen()

    def warm_up(self) -> None:
        """Everything that the lock screen didn't need: 0.3 s after it is there, or at once for who
        is quicker (F1, F2, the journal opened). Idempotent."""
        if self._warm:
            return
        self._warm = True
        from havenclient.care import pack

        pack.look_in(self.launch.places.data)
        here = Path(__file__).parent
        self.stylesheet.read_all([here / name for name in LATER_STYLES])
        self.stylesheet.parse()
        from havenclient.ui.screens import safety  # noqa: F401 (help must not wait for a disk)

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
        self.warm_up()
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
        self.once_a_day()
        from havenclient.ui import circles_session

        circles_session.begin(self)

    def _switch_to(self, mode: str, *, forget: str = "") -> None:
        async def switch() -> None:
            await self.switch_mode(mode)
            if forget:
                await self.remove_mode(forget)

        self.call_next(switch)

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
            return self._may_cover
        return action in _WHILE_HIDDEN or (action == "help" and not self.covered)

    # --- other global actions --------------------------------------------------------------------

    def action_safety(self) -> None:
        from havenclient.ui.screens.safety import SafetyScreen

        self.warm_up()
        if isinstance(self.screen, SafetyScreen):
            self.pop_screen()
        else:
            self.push_screen(SafetyScreen())

    def action_library(self) -> None:
        from havenclient.ui.screens.care.library import LibraryScreen

        self.warm_up()
        if not isinstance(self.screen, LibraryScreen):
            self.push_screen(LibraryScreen())

    def action_too_much(self) -> None:
        from havenclient.ui.screens.care.player import TooMuchScreen

        self.warm_up()
        if not isinstance(self.screen, TooMuchScreen):
            self.push_screen(TooMuchScreen())

    def action_help(self) -> None:
        from havenclient.ui.screens.helps import HelpScreen

        self.warm_up()
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.focused, self.screen))

    def action_palette(self) -> None:
        from textual.command import CommandPalette

        if self.may_show and not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="What would you like to do?"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        from havenclient.ui import commands

        yield from commands.offered(self, screen)

    def action_go(self, name: str) -> None:
        if rooms.find(name) is None:
            self.say(rooms.MISSING.get(name, "That room is not in this build."))
        elif name == "circles" and not self.settings.look.circles:
            self.say(rooms.JOURNAL_ONLY)
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
        if event.size.width >= SMALLEST[0] and event.size.height >= SMALLEST[1]:
            return
        from havenclient.ui.screens.safety import SafetyScreen

        if not isinstance(self.screen, TooSmallScreen | SafetyScreen):
            self.push_screen(TooSmallScreen())

    def copy_to_clipboard(self, text: str) -> None:
        self.clips.copy(text)

    def _handle_exception(self, error: Exception) -> None:
        """Textual would print local variables (entry text, keys). Haven prints one sentence."""
        self.crashed = True
        self.crash_place = self.crash_place or hygiene.place(error)
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        with suppress(Exception):
            self._forget()
        self._close_messages_no_wait()
