"""A screen with an editor whose words are kept as an encrypted draft every few seconds.

The draft is written only while something changed since the last one, and goes away when the words
were sealed or are empty again. A lock asks `pending_draft` for what is newer than the kept one.
"""

from __future__ import annotations

import os
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from havenclient import external_editor
from havenclient.errors import HavenError
from havenclient.external_editor import Lent
from havenclient.journal import Draft
from havenclient.ui.screens.base import HavenScreen, PaletteItem
from havenclient.ui.widgets.dialogs import Ask
from havenclient.ui.widgets.editor import Editor
from havenclient.ui.widgets.how import HowPanel


class DraftingScreen(HavenScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "other_editor", "Another editor", id="editor.other", show=False),
    ]

    def __init__(self, draft_key: str) -> None:
        super().__init__()
        self.draft_key = draft_key
        self._dirty = False
        self._kept_at: float | None = None
        self._sealed_at: float | None = None

    @property
    def editor(self) -> Editor:
        return self.query_one(Editor)

    @property
    def how(self) -> HowPanel:
        return self.query_one(HowPanel)

    def begin_drafting(self) -> None:
        """Called by the screen once it is mounted."""
        self.set_interval(self.haven.settings.writing.autosave_seconds, self.keep_draft)
        self.set_interval(1.0, self._tell_status)
        self.call_after_refresh(self._tell_status)  # at once, not a second later

    def touched(self) -> None:
        self._dirty = True

    def on_text_area_changed(self) -> None:
        self.touched()
        self.editor_changed()

    def on_how_panel_changed(self) -> None:
        self.touched()

    def editor_changed(self) -> None:
        """For the screen: redraw counts."""

    def current_draft(self) -> Draft:
        return Draft(
            key=self.draft_key,
            body=self.editor.text,
            saved_at=self.haven.launch.clock.now(),
            mood=self.how.mood,
            tags=self.how.tags,
            note=self.how.note,
        )

    @property
    def _nothing_there(self) -> bool:
        return not self.editor.text.strip() and self.how.mood is None and not self.how.tags

    def pending_draft(self) -> Draft | None:
        return self.current_draft() if self._dirty and self.is_mounted else None

    def keep_draft(self) -> None:
        session = self.haven.session
        if not self._dirty or session is None or session.read_only:
            return
        self._dirty = False
        draft, drop = self.current_draft(), self._nothing_there

        def keep(_: None) -> None:
            self._kept_at = None if drop else self.haven.launch.clock.monotonic()

        self.haven.ask(
            lambda journal: journal.drop_draft(draft.key) if drop else journal.save_draft(draft),
            keep,
            group=f"draft {draft.key}",
            failed=self._not_kept,
        )

    def _not_kept(self, error: HavenError) -> None:
        self._dirty = True
        self.haven.say_error(error)

    # --- another program -------------------------------------------------------------------------

    def action_other_editor(self) -> None:
        """Lend the words to the person's own editor, if that is allowed and safe."""
        session, haven = self.haven.session, self.haven
        if session is None or session.read_only:
            haven.say("This journal is open read-only.")
            return
        try:
            lent = external_editor.find(
                haven.settings.writing, os.environ, haven.launch.places.runtime
            )
        except HavenError as refusal:
            haven.say_error(refusal)
            return
        if not lent.keeps_copies:
            self._lend(lent)
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self._lend(lent)

        text = f"{lent.name} is known to keep copies of the files that it opens, unencrypted."
        answers = (("no", "write here instead"), ("yes", "open it anyway"))
        self.app.push_screen(Ask("Another editor", text, answers), answered)

    def _lend(self, lent: Lent) -> None:
        before = self.editor.text
        self.keep_draft()
        try:
            after = self.haven.lend_terminal(partial(external_editor.change, lent, before))
        except HavenError as trouble:
            self.haven.say_error(trouble)
            return
        if after == before.rstrip("\n"):
            self.haven.say("Nothing was changed in the other editor.")
            return
        self.editor.load(after)
        self.touched()
        self.editor_changed()
        self.keep_draft()
        self.haven.say("Your words are back from the other editor. ^s seals them.")

    def palette(self) -> list[PaletteItem]:
        about = "In the program you named, if that is allowed (ctrl+r)"
        return [("Write in another editor", about, self.action_other_editor)]

    def _tell_status(self) -> None:
        now = self.haven.launch.clock.monotonic()
        fact = ""
        if self._dirty and self._kept_at is None:
            fact = "writing"
        elif self._kept_at is not None:
            fact = f"draft kept {ago(now - self._kept_at)}"
        elif self._sealed_at is not None:
            fact = f"sealed {ago(now - self._sealed_at)}"
        if self.haven.session is not None and self.haven.session.read_only:
            fact = "read-only: another Haven has this journal open"
        self.status(fact)


def ago(seconds: float) -> str:
    if seconds < 2:
        return "just now"
    if seconds < 90:
        return f"{int(seconds)} s ago"
    return f"{int(seconds // 60)} min ago"
