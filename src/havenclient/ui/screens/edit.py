"""Edit one entry: the same field and panel as Today, over what is there already.

Saving makes a new version; the old one stays in the history. Leaving without saving keeps a draft,
which comes back when the entry is edited again.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from havenclient.journal import Draft, Entry, Journal
from havenclient.ui.screens.base import long_date
from havenclient.ui.screens.drafting import DraftingScreen
from havenclient.ui.widgets.editor import Editor
from havenclient.ui.widgets.how import HowPanel


class EditScreen(DraftingScreen):
    ROOM = "journal"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "seal", "Save", id="edit.save"),
        Binding("ctrl+t", "note", "Note", id="edit.note", show=False),
        Binding("escape", "back", "Back", id="edit.back"),
    ]

    def __init__(self, entry: Entry) -> None:
        super().__init__(f"entry:{entry.id}")
        self._entry = entry

    def body(self) -> ComposeResult:
        with Horizontal(id="edit-main"):
            yield Editor(id="editor")
            with Vertical(id="edit-side"):
                yield HowPanel()

    def on_mount(self) -> None:
        editor = self.editor
        editor.add_class("panel")
        written = self._entry.written_at
        editor.border_title = f"Editing · {long_date(written.date())} {written:%H:%M}"
        self._load(self._entry.body, self._entry.mood, self._entry.tags, self._entry.note)
        self.begin_drafting()
        key = self.draft_key
        self.haven.ask(lambda journal: journal.draft(key), self._restore, group="draft load")
        self.haven.ask(
            lambda journal: [tag for tag, _ in journal.tags()[:200]],
            lambda tags: self.how.know_tags(tags),
            group="known tags",
        )
        editor.focus()

    def _load(self, body: str, mood: int | None, tags: tuple[str, ...], note: str | None) -> None:
        with self.prevent(Editor.Changed, HowPanel.Changed):
            marked = self.editor.load(body)
            self.how.load(mood, tags, note)
        self._dirty = False
        self.editor_changed()
        if marked:
            self.haven.say("This text holds invisible characters; they are shown as marks.")

    def _restore(self, draft: Draft | None) -> None:
        if draft is not None:
            self._load(draft.body, draft.mood, draft.tags, draft.note)
            self.haven.say("An unsaved draft of this entry is back.")

    def editor_changed(self) -> None:
        words = self.editor.word_count
        self.editor.border_subtitle = "1 word" if words == 1 else f"{words} words"

    def action_note(self) -> None:
        self.query_one("#note").focus()

    def action_seal(self) -> None:
        body, mood, tags, note = self.editor.text, self.how.mood, self.how.tags, self.how.note
        entry_id, key = self._entry.id, self.draft_key

        def save(journal: Journal) -> Entry:
            saved = journal.edit(entry_id, body=body, mood=mood, tags=tags, note=note)
            journal.drop_draft(key)
            return saved

        self.haven.ask(save, self._saved, group="seal")

    def _saved(self, entry: Entry) -> None:
        with self.prevent(Editor.Changed):
            self.editor.blank()
        self._dirty = False
        self.app.pop_screen()
        self.haven.entries_changed()
        self.haven.say(f"Saved as version {entry.version}. Earlier versions stay: v shows them.")

    def action_back(self) -> None:
        if self.haven.stop_work():
            return
        kept = self._dirty or self._kept_at is not None
        self.keep_draft()
        self.app.pop_screen()
        if kept:
            self.haven.say("Kept as a draft. e brings it back.")
