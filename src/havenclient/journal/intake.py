"""What comes in from outside: notes of `haven quick`, and imports. Each exactly once.

Exactly once means: the note's name (or the import's source and id) is written in the same
transaction as the entry. A crash before the commit leaves the file where it was; a crash after it
leaves a file whose name is known, and the next filing only removes it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from havenclient.errors import HavenError, UsageError
from havenclient.journal import ident
from havenclient.journal.attachments import Attachments
from havenclient.journal.clean import (
    MAX_BODY,
    clean_body,
    clean_mood,
    clean_note,
    clean_tags,
    clean_text,
    name_key,
)
from havenclient.journal.imported import ImportedEntry, ImportPlan, ImportRemark, ImportResult
from havenclient.journal.records import DEFAULT_JOURNAL
from havenclient.journal.seams import NoWork, Work
from havenclient.journal.store import Fields, Store

if TYPE_CHECKING:
    from havenclient.vault import Vault


OWN = "haven"
"""The source of entries that a Haven exported."""


class Intake:
    def __init__(self, store: Store, attachments: Attachments, vault: Vault) -> None:
        self._store = store
        self._db = store.db
        self._attachments = attachments
        self._vault = vault

    def file_quick(self, now_us: int, zone_name: str | None) -> int:
        from havenclient.vault import quick

        filed = 0
        for item in quick.pending(self._vault):
            with self._db.transaction():
                known = self._db.one("SELECT 1 FROM quick_filed WHERE name = ?", (item.name,))
                if known is None:
                    written_us, offset = ident.microseconds(item.sealed_at.astimezone())
                    text = item.payload.decode("utf-8", "replace")
                    fields = Fields(
                        body=clean_body(text[:MAX_BODY]),
                        mood=None,
                        tags=(),
                        note=None,
                        written_us=written_us,
                        offset=offset,
                        zone=zone_name,
                        starred=False,
                        journal=self._store.journal_no(DEFAULT_JOURNAL, now_us),
                    )
                    self._store.insert(fields, now_us=now_us, origin="quick")
                    self._db.execute(
                        "INSERT INTO quick_filed(name, filed_at) VALUES (?, ?)",
                        (item.name, now_us),
                    )
                    filed += 1
                # The file goes when its entry is on the disk. If it can't, its name is known.
                self._db.after_commit(partial(quick.discard, self._vault, item.name))
        return filed

    def import_plan(self, plan: ImportPlan, now_us: int, work: Work | None) -> ImportResult:
        work = work or NoWork()
        added = already = skipped = 0
        remarks = list(plan.warnings)
        if any(not self._known(entry) for entry in plan.entries):
            self._vault.snapshots.take("import", work=NoWork())
        # Oldest first: rows, index and time then grow in one direction.
        order = sorted(range(len(plan.entries)), key=lambda i: plan.entries[i].written_at)
        sealed: list[str] = []
        try:
            with self._db.transaction():
                for done, index in enumerate(order):
                    if done % 25 == 0:
                        work.step(done, len(order), "importing")
                    entry = plan.entries[index]
                    if self._known(entry):
                        already += 1
                        continue
                    try:
                        with self._db.transaction():
                            sealed += self._add(entry, now_us, remarks, index)
                        added += 1
                    except UsageError as problem:
                        remarks.append(ImportRemark(f"entry {index + 1}", problem.message))
                        skipped += 1
                work.step(len(order), len(order), "importing")
        finally:
            # Sealed files whose rows were undone, with one entry or with the whole import.
            self._vault.blobs.drop_unnamed(sealed)
        if added:
            self._vault.checkpoint_seen("import")
        return ImportResult(added, already, skipped, tuple(remarks))

    def _known(self, entry: ImportedEntry) -> bool:
        # Haven's own export names entries by the ids that they have here (in the bin, too).
        if entry.source == OWN and self._db.one(
            "SELECT 1 FROM entry WHERE id = ?", (entry.source_id,)
        ):
            return True
        return (
            self._db.one(
                "SELECT 1 FROM import_record WHERE source = ? AND source_id = ?",
                (clean_text(entry.source), clean_text(entry.source_id)),
            )
            is not None
        )

    def _add(
        self, entry: ImportedEntry, now_us: int, remarks: list[ImportRemark], index: int
    ) -> list[str]:
        """The ids of the blobs that were sealed."""
        written_us, offset = ident.microseconds(entry.written_at)
        fields = Fields(
            body=clean_body(entry.body),
            mood=clean_mood(entry.mood),
            tags=clean_tags(entry.tags),
            note=clean_note(entry.note),
            written_us=written_us,
            offset=offset,
            zone=entry.zone,
            starred=entry.starred,
            journal=self._journal(entry.journal, now_us),
        )
        entry_id = self._store.insert(fields, now_us=now_us, origin="import").id
        self._db.execute(
            "INSERT INTO import_record(source, source_id, entry, raw) VALUES (?, ?, ?, ?)",
            (
                clean_text(entry.source),
                clean_text(entry.source_id),
                entry_id,
                clean_text(entry.raw),
            ),
        )
        return self._attach(entry, entry_id, now_us, remarks, index)

    def _journal(self, name: str | None, now_us: int) -> int:
        wanted = name or DEFAULT_JOURNAL
        row = self._db.one("SELECT no FROM journal WHERE key = ?", (name_key(wanted),))
        if row is not None:
            return int(row[0])
        return self._store.make_journal(wanted, hidden=False, now_us=now_us)

    def _attach(
        self,
        entry: ImportedEntry,
        entry_id: str,
        now_us: int,
        remarks: list[ImportRemark],
        index: int,
    ) -> list[str]:
        from havenclient.journal.importers.tree import open_attachment

        sealed = []
        for file in entry.attachments:
            try:
                with open_attachment(file) as stream:
                    made = self._attachments.attach(
                        entry_id, file.name, stream, file.media_type, now_us=now_us
                    )
                sealed.append(made.blob_id)
            except (HavenError, OSError) as problem:
                if isinstance(problem, HavenError) and not isinstance(problem, UsageError):
                    raise
                remarks.append(
                    ImportRemark(f"entry {index + 1}", "an attachment could not be read")
                )
        return sealed
