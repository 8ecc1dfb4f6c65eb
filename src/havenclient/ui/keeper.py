"""Hiding and forgetting: cover, lock, and everything that leads to them.

Theory of operation. Cover puts an opaque modal on top of whatever is shown; keys and text stay in
memory. Lock forgets: it keeps the drafts, closes the vault, blanks every text field, undo history
and clipboard, and ends the app with `Outcome.LOCK`, upon which `running.run` replaces the process
(the one wipe that Python can honestly do). What leads there: a key, time without a key, a computer
that slept, `haven lock` from elsewhere (a file), SIGTERM and SIGHUP (keep, close and end).
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input

from havenclient.ui.screens.cover import CoverScreen
from havenclient.ui.workbench import Outcome, Workbench

if TYPE_CHECKING:
    from havenclient.journal import Draft


class Keeper(Workbench):
    @property
    def covered(self) -> bool:
        return any(isinstance(screen, CoverScreen) for screen in self.screen_stack)

    @property
    def _onboarding(self) -> bool:
        # Asked for every key bar: who never began the first steps need not load them.
        steps = sys.modules.get("havenclient.ui.screens.onboarding")
        return steps is not None and any(
            isinstance(screen, steps.OnboardingScreen) for screen in self.screen_stack
        )

    @property
    def _may_cover(self) -> bool:
        """Also while locked, over everything but the question for the passphrase: a page about help
        tells who looks over a shoulder something about the person who reads it."""
        return self.session is not None or self._onboarding or len(self.screen_stack) > 1

    # --- the clock -------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self.guard.touch()
        await super().on_event(event)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if self.settings.look.reduced_motion and hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

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

    def once_a_day(self) -> None:
        """The daily copy and the end of what rested in the bin: at each unlock, and hourly for a
        Haven that stays open over night. Nobody waits for it."""
        session = self.session
        if session is None or session.read_only or self.jobs.has("daily"):
            return
        self.jobs.start(session.once_a_day, self._day_done, group="daily")

    def _day_done(self, gone: int) -> None:
        if gone:
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
        if not self.covered and self._may_cover:
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
        from havenclient.ui.widgets.editor import Editor

        for stack in self._screen_stacks.values():
            for screen in stack:
                for editor in screen.query(Editor):
                    editor.blank()
                for field in screen.query(Input):
                    with field.prevent(Input.Changed):
                        field.value = ""
        self.tell_screens("blank")
