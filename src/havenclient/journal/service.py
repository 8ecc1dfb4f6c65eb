"""The journal as one object: everything a front end may ask for, in the words of a person.

`Journal` holds an unlocked vault, a clock and a source of chance, and no state of its own: every
call is one read or one transaction. The rules live in the modules that it calls (`store` for
writing, `search`, `calendar`, `insights`, `prompts`, `intake`); nothing here draws, prints or
opens a file by name. By topic: entries, bin, history and files here; `drafts`, `looking` back,
`shelves` (tags, journals) and `offering` (templates, questions) beside, all on `core`. Modules that
few calls need are imported by those calls: `haven list` and `haven new` are started for a moment
only, and feel every import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from havenclient.errors import NotFound, UsageError
from havenclient.journal import ident
from havenclient.journal.clean import (
    clean_body,
    clean_mood,
    clean_note,
    clean_tags,
    clean_text,
)
from havenclient.journal.drafts import Drafts
from havenclient.journal.here import local_zone_name
from havenclient.journal.looking import Looking
from havenclient.journal.offering import Offering
from havenclient.journal.records import (
    BIN_DAYS,
    DEFAULT_JOURNAL,
    KEEP,
    Attachment,
    Entry,
    Keep,
    Order,
    Page,
    Query,
    Version,
)
from havenclient.journal.shelves import Shelves
from havenclient.journal.store import Fields, Row, with_time

if TYPE_CHECKING:
    from havenclient.journal.imported import ImportPlan, ImportResult
    from havenclient.vault import Work

DAY_US = 86_400 * 1_000_000


class Journal(Drafts, Looking, Shelves, Offering):
    """A person's journal in an unlocked vault.

    Ids may be given whole or as a unique prefix of at least six characters (`NotFound`,
    `UsageError` for an ambiguous or too short one). All datetimes are aware.
    """

    # --- entries ---------------------------------------------------------------------------------

    def add(
        self,
        body: str,
        *,
        mood: int | None = None,
        tags: Iterable[str] = (),
        note: str | None = None,
        journal: str | None = None,
        written_at: datetime | None = None,
        zone: str | None = None,
        starred: bool = False,
        origin: str = "edit",
    ) -> Entry:
        """Keep a new entry; it is on disk when this returns.

        `written_at` None means now, in this computer's zone. `journal` None means "journal" (the
        default one, made when first needed); another name must exist (`create_journal`).
        `UsageError`: mood outside 1..5, a naive `written_at`, an unknown journal.
        """
        moment, zone = (
            (self._clock.now().astimezone(), zone or local_zone_name())
            if written_at is None
            else (written_at, zone)
        )
        written_us, offset = ident.microseconds(moment)
        now_us = self._now_us()
        with self._db.transaction():
            fields = Fields(
                body=clean_body(body),
                mood=clean_mood(mood),
                tags=clean_tags(tags),
                note=clean_note(note),
                written_us=written_us,
                offset=offset,
                zone=None if zone is None else clean_text(zone),
                starred=starred,
                journal=self._store.journal_no(journal or DEFAULT_JOURNAL, now_us),
            )
            row = self._store.insert(fields, now_us=now_us, origin=origin)
        return self._store.entry(row)

    def edit(
        self,
        entry_id: str,
        *,
        body: str | Keep = KEEP,
        mood: int | Keep | None = KEEP,
        tags: Iterable[str] | Keep = KEEP,
        note: str | Keep | None = KEEP,
        written_at: datetime | Keep = KEEP,
        zone: str | Keep | None = KEEP,
        starred: bool | Keep = KEEP,
        journal: str | Keep = KEEP,
    ) -> Entry:
        """A new version of an entry; the old one stays in the history.

        When nothing is different no version is made and the entry comes back as it is.
        """
        now_us = self._now_us()
        with self._db.transaction():
            row = self._live_row(entry_id)
            old = row.fields
            fields = replace(
                old,
                body=old.body if body is KEEP else clean_body(body),
                mood=old.mood if mood is KEEP else clean_mood(mood),
                tags=old.tags if tags is KEEP else clean_tags(tags),
                note=old.note if note is KEEP else clean_note(note),
                zone=old.zone if zone is KEEP else clean_text(zone) if zone else None,
                starred=old.starred if starred is KEEP else starred,
                journal=(
                    old.journal if journal is KEEP else self._store.journal_no(journal, now_us)
                ),
            )
            if written_at is not KEEP:
                fields = with_time(fields, written_at)
            if fields != old:
                self._store.update(row, fields, now_us=now_us, origin="edit")
            return self.get(row.id)

    def get(self, entry_id: str) -> Entry:
        """The newest version, whole; also of an entry in the bin (`binned_at` says so)."""
        return self._store.entry(self._store.row(entry_id))

    def find(
        self,
        query: Query,
        *,
        limit: int = 50,
        cursor: str | None = None,
        count: bool = False,
        reveal: bool = False,
    ) -> Page:
        """One page of what `query` asks for, newest first unless it says otherwise.

        An entry with a content note comes with empty title and excerpt unless `reveal`.
        `count=True` fills `total` (one pass over all matches), except while the last word is a
        single letter still being typed: `count()` tells even that.
        """
        return self._finder.page(query, limit=limit, cursor=cursor, count=count, reveal=reveal)

    def count(self, query: Query) -> int:
        """How many entries answer to `query`."""
        return self._finder.count(query)

    # --- bin and history -------------------------------------------------------------------------

    def bin(self, entry_id: str) -> Entry:
        """Put an entry into the bin for 30 days: out of lists and search, not yet gone."""
        with self._db.transaction():
            row = self._store.row(entry_id)
            if row.binned_us is None:
                self._store.bin(row, self._now_us())
            return self.get(row.id)

    def unbin(self, entry_id: str) -> Entry:
        with self._db.transaction():
            row = self._store.row(entry_id)
            if row.binned_us is not None:
                self._store.unbin(row)
            return self.get(row.id)

    def purge(self, entry_id: str) -> None:
        """Delete an entry for ever: all versions, its attachments, its words in the index."""
        with self._db.transaction():
            self._purge([self._store.row(entry_id)])
        # An older copy would bring back what was to be gone: it must be noticed as older.
        self._vault.checkpoint_seen("purge")

    def purge_expired(self) -> int:
        """Purge what has been in the bin for more than 30 days; returns how many entries went."""
        before = self._now_us() - BIN_DAYS * DAY_US
        with self._db.transaction():
            expired = self._db.execute("SELECT id FROM entry WHERE binned_at <= ?", (before,))
            rows = [self._store.row(str(found[0])) for found in expired]
            self._purge(rows)
            self._attachments.drop_detached(before)
            self._attachments.sweep(self._now_us() - DAY_US)
        return len(rows)

    def history(self, entry_id: str) -> list[Version]:
        """All versions, newest first."""
        return self._store.versions(self._store.row(entry_id).id)

    def restore_version(self, entry_id: str, number: int) -> Entry:
        """Version `number` becomes the newest again, as a new version; none is lost."""
        with self._db.transaction():
            row = self._live_row(entry_id)
            version = next((v for v in self._store.versions(row.id) if v.number == number), None)
            if version is None:
                raise NotFound("this entry has no version of that number")
            fields = with_time(
                replace(
                    row.fields,
                    body=version.body,
                    mood=version.mood,
                    tags=version.tags,
                    note=version.note,
                    zone=version.zone,
                    starred=version.starred,
                ),
                version.written_at,
            )
            if fields != row.fields:
                self._store.update(row, fields, now_us=self._now_us(), origin="restore")
            return self.get(row.id)

    def iter_versions(self, query: Query | None = None) -> Iterator[tuple[Entry, list[Version]]]:
        """For export: each matching entry, oldest first, with its versions (oldest first)."""
        slots = self._finder.slots(replace(query or Query(), order=Order.OLDEST))
        for start in range(0, len(slots), 100):
            for row in self._store.rows_of(slots[start : start + 100]):
                yield self._store.entry(row), self._store.versions(row.id)[::-1]

    # --- attachments -----------------------------------------------------------------------------

    def attach(
        self,
        entry_id: str,
        name: str,
        stream: BinaryIO,
        media_type: str = "application/octet-stream",
        *,
        work: Work | None = None,
    ) -> Attachment:
        """Seal a file to an entry; streamed, never whole in memory."""
        return self._attachments.attach(
            entry_id, name, stream, media_type, now_us=self._now_us(), work=work
        )

    def read_attachment(self, blob_id: str) -> BinaryIO:
        """The plain bytes as a stream; each block is verified as it is read (`Damaged`)."""
        return self._attachments.read(blob_id)

    def detach(self, entry_id: str, blob_id: str) -> None:
        """Take a file off an entry; its bytes rest for 30 days like a binned entry."""
        self._attachments.detach(entry_id, blob_id, now_us=self._now_us())

    # --- what comes in ---------------------------------------------------------------------------

    def file_quick(self) -> int:
        """File what `haven quick` sealed, oldest first, each exactly once; returns how many."""
        if not any(self._vault.paths.inbox.glob("*.quick")):
            return 0
        from havenclient.journal.intake import Intake

        intake = Intake(self._store, self._attachments, self._vault)
        return intake.file_quick(self._now_us(), local_zone_name())

    def import_plan(self, plan: ImportPlan, *, work: Work | None = None) -> ImportResult:
        """Commit an import: one transaction, a snapshot before, nothing twice.

        An entry whose (source, source_id) is known already is counted as `already_there`. When
        `work` stops it or anything fails, nothing of the plan is in the journal.
        """
        from havenclient.journal.intake import Intake

        intake = Intake(self._store, self._attachments, self._vault)
        return intake.import_plan(plan, self._now_us(), work)

    # --- parts -----------------------------------------------------------------------------------

    def _live_row(self, entry_id: str) -> Row:
        row = self._store.row(entry_id)
        if row.binned_us is not None:
            raise UsageError("this entry is in the bin", "take it out of the bin to change it")
        return row

    def _purge(self, rows: list[Row]) -> None:
        for row in rows:
            # Their keys go with this transaction; the sealed files once it is on the disk.
            self._attachments.delete_blobs(self._store.purge(row))
        if rows:
            self._store.forget_words()
