"""What can be done with the entry that is shown: edit, tag, star, bin, copy, attach, save.

A mixin of the Journal screen, apart so that each file stays small. Plain copies (export of one
entry, an attachment saved) always ask and say where they lie.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.errors import HavenError, NotFound, StorageError
from havenclient.journal import Entry, Journal
from havenclient.new_file import new_file, write_new_file
from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.flows import begin
from havenclient.ui.jobs import JobWork
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.journals_page import move
from havenclient.ui.session import Session
from havenclient.ui.widgets.dialogs import Ask, AskLine
from havenclient.ui.widgets.how import parse_tags, write_tags

if TYPE_CHECKING:
    from havenclient.journal.records import Attachment

_CHUNK = 1 << 20


class EntryActions(HavenScreen):
    @property
    def shown_entry(self) -> Entry | None:
        raise NotImplementedError

    @property
    def chosen_id(self) -> str | None:
        """The entry that the cursor is on, also while it is folded."""
        raise NotImplementedError

    @property
    def in_bin(self) -> bool:
        """Whether what is shown is the bin."""
        raise NotImplementedError

    def leave(self, entry_id: str) -> None:
        """The entry goes from the list: its neighbour is shown next."""
        raise NotImplementedError

    def ask_journal(self, question: Callable[[Journal], Entry], say: str) -> None:
        raise NotImplementedError

    _thrown: tuple[str, ...] = ()
    """What went to the bin from here, for a person who wants it back at once."""

    def _entry_or_say(self) -> Entry | None:
        if self.shown_entry is None:
            self.haven.say("Choose an entry first; a folded one opens with h.")
        return self.shown_entry

    def action_edit(self) -> None:
        from havenclient.ui.screens.edit import EditScreen

        if (entry := self._entry_or_say()) is not None:
            self.app.push_screen(EditScreen(entry))

    def action_share(self) -> None:
        from havenclient.ui.screens.circles.share import ShareScreen

        if (entry := self._entry_or_say()) is not None:
            self.app.push_screen(ShareScreen(entry))

    def action_versions(self) -> None:
        from havenclient.ui.screens.history import HistoryScreen

        if (entry := self._entry_or_say()) is not None:
            self.app.push_screen(HistoryScreen(entry.id))

    def action_tags(self) -> None:
        if (entry := self._entry_or_say()) is None:
            return
        entry_id = entry.id

        def given(text: str | None) -> None:
            if text is not None and text != shown:
                tags = parse_tags(text)
                self.ask_journal(lambda journal: journal.edit(entry_id, tags=tags), "Tags kept.")

        shown = write_tags(entry.tags)
        how = 'With or without #, apart by blanks; "road trip" is one.'
        self.app.push_screen(AskLine("Tags", how, value=shown), given)

    def action_move(self) -> None:
        if (entry := self._entry_or_say()) is not None:
            begin(self, lambda flow: move(flow, entry))

    def action_star(self) -> None:
        if (entry := self._entry_or_say()) is not None:
            entry_id, starred = entry.id, not entry.starred
            say = "Starred. is:starred finds it." if starred else "No star any more."
            self.ask_journal(lambda journal: journal.edit(entry_id, starred=starred), say)

    # --- bin -------------------------------------------------------------------------------------

    def action_bin(self) -> None:
        if (entry_id := self.chosen_id) is None:
            self.haven.say("Choose an entry first.")
            return
        if not self.in_bin:
            say = "In the bin for 30 days. u puts it back, b shows the bin."
            self.ask_journal(lambda journal: journal.bin(entry_id), say)
            self._thrown = (*self._thrown, entry_id)
            self.leave(entry_id)
            self.refresh_bindings()
            return

        def sure(word: str | None) -> None:
            if word is not None:

                def purge(journal: Journal) -> Entry:
                    entry = journal.get(entry_id)
                    journal.purge(entry_id)
                    return entry

                self.ask_journal(purge, "Gone, with all its versions. Backups may still hold it.")

        text = (
            "Delete this entry for ever, with all versions and attachments?\n"
            "Backups and exports keep what they have. Type delete to do it."
        )
        self.app.push_screen(AskLine("Delete for ever", text, must_equal="delete"), sure)

    def action_unbin(self) -> None:
        """In the bin: the chosen one. Outside: what went there last, one after the other."""
        entry_id = self.chosen_id if self.in_bin else self._thrown[-1] if self._thrown else None
        if entry_id is None:
            self.haven.say("Choose an entry first.")
            return
        self._thrown = tuple(one for one in self._thrown if one != entry_id)
        if not self.in_bin:
            self.haven.wanted_entry = entry_id
        self.ask_journal(lambda journal: journal.unbin(entry_id), "Back in the journal.")
        self.refresh_bindings()

    # --- plain copies ----------------------------------------------------------------------------

    def action_copy(self) -> None:
        if (entry := self._entry_or_say()) is None:
            return
        rules = self.haven.settings.clipboard
        where = (
            f"The terminal's clipboard gets it; it is overwritten after "
            f"{rules.clear_after_seconds} seconds. A clipboard manager may keep its own copy."
            if rules.allow
            else "It stays inside Haven (paste with ctrl+v). Settings, Clipboard allows more."
        )

        def answered(answer: str | None) -> None:
            if answer == "copy":
                self.haven.copy_to_clipboard(entry.body)

        answers = (("copy", "copy the text"), ("no", "don't"))
        self.app.push_screen(Ask("Copy this entry", where, answers), answered)

    def action_export_one(self) -> None:
        if (entry := self._entry_or_say()) is None:
            return

        def given(path: str | None) -> None:
            if path and path.strip():
                self._write_plain(typed_path(path.strip()), entry.body.encode("utf-8"))

        text = "This writes the entry as plain, readable text. To which file?"
        name = f"{entry.written_at:%Y-%m-%d-%H%M}.md"
        self.app.push_screen(AskLine("Export this entry", text, value=name), given)

    def _write_plain(self, path: Path, content: bytes) -> None:
        try:
            write_new_file(path, content)
        except HavenError as error:
            self.haven.say_error(error)
        else:
            self.haven.say(f"Written in plain text to {safe_line(str(path), limit=80)}")

    # --- attachments -----------------------------------------------------------------------------

    def action_attach(self) -> None:
        if (entry := self._entry_or_say()) is None:
            return
        entry_id = entry.id

        def given(path: str | None) -> None:
            if not path or not path.strip():
                return
            file = typed_path(path.strip())
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"

            def attach(session: Session, work: JobWork) -> Attachment:
                try:
                    stream = file.open("rb")
                except FileNotFoundError:
                    raise NotFound("there is no such file") from None
                except OSError as error:
                    raise StorageError(f"that file can't be read: {error.strerror}") from None
                with stream:
                    return session.ask(
                        lambda journal: journal.attach(entry_id, file.name, stream, kind, work=work)
                    )

            self.haven.work("Sealing the file", attach, self._attached)

        text = "Which file? A sealed copy goes into the journal; the file itself stays where it is."
        self.app.push_screen(AskLine("Attach a file", text), given)

    def _attached(self, attachment: Attachment) -> None:
        self.haven.entries_changed()
        self.haven.say(f"{safe_line(attachment.name)} is sealed to this entry.")

    def action_save_attachment(self) -> None:
        self._pick_attachment("Save an attachment", self._ask_where)

    def _pick_attachment(self, title: str, then: Callable[[Attachment], None]) -> None:
        if (entry := self._entry_or_say()) is None:
            return
        if not entry.attachments:
            self.haven.say("This entry has no attachments. a attaches a file.")
            return
        by_id = {one.blob_id: one for one in entry.attachments}

        def chosen(blob_id: str | None) -> None:
            if blob_id in by_id:
                then(by_id[blob_id])

        answers = tuple((one.blob_id, safe_line(one.name)) for one in entry.attachments)
        self.app.push_screen(Ask(title, "Which one?", answers), chosen)

    def action_detach(self) -> None:
        if (entry := self._entry_or_say()) is not None:
            self._pick_attachment("Remove an attachment", partial(self._take_away, entry))

    def _take_away(self, entry: Entry, one: Attachment) -> None:
        name = safe_line(one.name)

        def sure(answer: str | None) -> None:
            if answer == "yes":

                def detach(journal: Journal) -> Entry:
                    journal.detach(entry.id, one.blob_id)
                    return entry

                self.ask_journal(detach, f"{name} is taken away; it goes for good in 30 days.")

        text = f"Take {name} away from this entry? Save it first (o) if there is no other copy."
        answers = (("yes", "take it away"), ("no", "keep it"))
        self.app.push_screen(Ask("Remove an attachment", text, answers), sure)

    def _ask_where(self, one: Attachment) -> None:
        def given(path: str | None) -> None:
            if not path or not path.strip():
                return
            target = typed_path(path.strip())

            def save(session: Session, work: JobWork) -> Path:
                _copy_out(session, one, target, work)
                return target

            self.haven.work(
                "Writing the file",
                save,
                lambda done: self.haven.say(
                    f"Written, unsealed, to {safe_line(str(done), limit=80)}"
                ),
            )

        text = "This writes the file unsealed, for every program to read. To which path?"
        self.app.push_screen(AskLine("Save an attachment", text, value=safe_line(one.name)), given)


def _copy_out(session: Session, one: Attachment, target: Path, work: JobWork) -> None:
    """Stream an attachment into a new file; a stop or damage leaves no part of it behind."""
    with (
        session.ask(lambda journal: journal.read_attachment(one.blob_id)) as source,
        new_file(target) as out,
    ):
        done = 0
        while piece := source.read(_CHUNK):
            out.write(piece)
            done += len(piece)
            work.step(done, one.size, "")
