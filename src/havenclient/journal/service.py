"""The journal as one object: everything a front end may ask for, in the words of a person.

`Journal` holds an unlocked vault, a clock and a source of chance, and no state of its own: every
call is one read or one transaction. The rules live in the modules that it calls (`store` for
writing, `search`, `calendar`, `insights`, `prompts`, `intake`); nothing here draws, prints or
opens a file by name. Modules that few calls need are imported by those calls: `haven list` and
`haven new` are started for a moment only, and feel every import.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO

from havenclient.errors import NotFound, UsageError
from havenclient.journal import ident
from havenclient.journal.attachments import Attachments
from havenclient.journal.clean import (
    clean_body,
    clean_mood,
    clean_name,
    clean_note,
    clean_tags,
    clean_text,
    name_key,
)
from havenclient.journal.here import local_zone_name
from havenclient.journal.records import (
    BIN_DAYS,
    DEFAULT_JOURNAL,
    KEEP,
    Attachment,
    Draft,
    Entry,
    JournalInfo,
    Keep,
    Order,
    Page,
    Query,
    Summary,
    Version,
)
from havenclient.journal.seams import Database
from havenclient.journal.search import Finder
from havenclient.journal.store import Fields, Row, Store, with_time
from havenclient.seams import Clock, Random, SystemClock, SystemRandom

if TYPE_CHECKING:
    from havenclient.journal.figures import DayCell, Insights
    from havenclient.journal.imported import ImportPlan, ImportResult
    from havenclient.journal.offers import PromptOffer, Template
    from havenclient.vault import Vault, Work

DAY_US = 86_400 * 1_000_000


class Journal:
    """A person's journal in an unlocked vault.

    Ids may be given whole or as a unique prefix of at least six characters (`NotFound`,
    `UsageError` for an ambiguous or too short one). All datetimes are aware.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        work: Work | None = None,
    ) -> None:
        """`work` watches the one thing that may take long here: a search index made by another
        Python's Unicode, or by an older Haven, is made anew (half a minute at 100,000 entries)."""
        self._vault = vault
        self._clock = clock or SystemClock()
        self._random = random or SystemRandom()
        self._db: Database = vault.db
        self._store = Store(self._db, self._random)
        self._finder = Finder(self._store)
        self._attachments = Attachments(self._store, vault)
        if not vault.read_only and not self._store.index_is_current():
            self.rebuild_search(work=work)

    def search_is_current(self) -> bool:
        """False where only a writer can bring the search index up to this Haven and Python."""
        return self._store.index_is_current()

    def _now_us(self) -> int:
        return ident.microseconds(self._clock.now())[0]

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

    # --- drafts ----------------------------------------------------------------------------------

    def save_draft(self, draft: Draft) -> None:
        """Keep unsaved words; the same key overwrites."""
        with self._db.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO draft(key, saved_at, mood, note, tags, body)"
                " VALUES (?,?,?,?,?,?)",
                (
                    clean_text(draft.key),
                    ident.microseconds(draft.saved_at)[0],
                    draft.mood,
                    None if draft.note is None else clean_text(draft.note),
                    json.dumps(draft.tags, ensure_ascii=True),
                    clean_body(draft.body),
                ),
            )

    def draft(self, key: str) -> Draft | None:
        return next(self._drafts("WHERE key = ?", (clean_text(key),)), None)

    def drafts(self) -> list[Draft]:
        """Newest first."""
        return list(self._drafts("ORDER BY saved_at DESC, key", ()))

    def drop_draft(self, key: str) -> None:
        self._db.execute("DELETE FROM draft WHERE key = ?", (clean_text(key),))

    # --- looking back ----------------------------------------------------------------------------

    def on_this_day(self, day: date, *, reveal: bool = False) -> list[Summary]:
        """Entries of the same day in earlier years, newest first (29 February on leap days).

        They come unasked, so the person's own topics fold them as a content note does.
        """
        from havenclient.journal import calendar

        days = calendar.same_days(self._db, day)
        slots = calendar.slots_on(self._db, days) if days else []
        rows = self._db.execute("SELECT text FROM care_word WHERE kind = 'topic'")
        topics = () if reveal else tuple(text for (text,) in rows)
        return list(self._finder.summaries(slots, reveal=reveal, topics=topics))

    def day(self, day: date, *, reveal: bool = False) -> list[Summary]:
        """The entries of one day, oldest first."""
        from havenclient.journal import calendar

        slots = calendar.slots_on(self._db, [day])
        return list(self._finder.summaries(slots[::-1], reveal=reveal))

    def month(self, year: int, month: int) -> list[DayCell]:
        """Every day of the month."""
        from havenclient.journal import calendar

        return calendar.cells(self._db, *calendar.month_span(year, month))

    def year(self, year: int) -> list[DayCell]:
        """Every day of the year."""
        from havenclient.journal import calendar

        return calendar.cells(self._db, *calendar.year_span(year))

    def span(self, first: date, last: date) -> list[DayCell]:
        """Every day from first to last, both inclusive (at most 3,700 days: `UsageError`)."""
        from havenclient.journal import calendar

        return calendar.cells(self._db, first, last)

    def insights(self, first: date, last: date) -> Insights:
        from havenclient.journal import insights

        return insights.gather(self._db, first, last)

    # --- tags and journals -----------------------------------------------------------------------

    def tags(self) -> list[tuple[str, int]]:
        """(tag as first written, entries), most used first; bin and hidden journals don't count."""
        hidden = self._db.one("SELECT count(*) FROM journal WHERE hidden")
        source = (
            "entry_tag t"
            if not hidden or not hidden[0]
            else "entry_tag t JOIN entry e ON e.slot = t.slot JOIN journal j ON j.no = e.journal"
            " AND NOT j.hidden"
        )
        found = self._db.execute(
            f"SELECT g.name, count(*) AS n FROM {source} JOIN tag g ON g.no = t.tag"  # noqa: S608
            " GROUP BY t.tag ORDER BY n DESC, g.key"
        )
        return [(str(name), int(count)) for name, count in found]

    def journals(self, *, hidden: bool = True) -> list[JournalInfo]:
        """All journals by name; `hidden=False` leaves the hidden ones out."""
        found = self._db.execute(
            "SELECT j.name, j.hidden, count(e.slot) FROM journal j"
            " LEFT JOIN entry e ON e.journal = j.no AND e.binned_at IS NULL"
            " GROUP BY j.no ORDER BY j.key"
        )
        return [
            JournalInfo(name, bool(is_hidden), count)
            for name, is_hidden, count in found
            if hidden or not is_hidden
        ]

    def create_journal(self, name: str, hidden: bool = False) -> JournalInfo:
        """`UsageError` when there is one of that name (case doesn't matter)."""
        with self._db.transaction():
            if self._journal_row(name) is not None:
                raise UsageError("there is a journal of that name already")
            self._store.make_journal(name, hidden=hidden, now_us=self._now_us())
        return self._journal_info(name)

    def change_journal(
        self, name: str, *, rename: str | None = None, hidden: bool | None = None
    ) -> JournalInfo:
        with self._db.transaction():
            number = self._journal_row(name)
            if number is None:
                raise NotFound("there is no journal of that name")
            if rename is not None:
                shown = clean_name(rename, "journal")
                if self._journal_row(shown) not in (None, number):
                    raise UsageError("there is a journal of that name already")
                self._db.execute(
                    "UPDATE journal SET name = ?, key = ? WHERE no = ?",
                    (shown, name_key(shown), number),
                )
                name = shown
            if hidden is not None:
                self._db.execute(
                    "UPDATE journal SET hidden = ? WHERE no = ?", (int(hidden), number)
                )
        return self._journal_info(name)

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

    # --- templates and prompts -------------------------------------------------------------------

    def templates(self) -> list[Template]:
        """Built-in ones first, then own ones by name."""
        from havenclient.journal import templates

        return templates.listed(self._db)

    def save_template(self, name: str, body: str) -> Template:
        """Keep an own template; the same name overwrites an own one (`UsageError`: built-in)."""
        from havenclient.journal import templates

        return templates.save(self._db, name, body)

    def drop_template(self, name: str) -> None:
        from havenclient.journal import templates

        templates.drop(self._db, name)

    def offer_prompts(self, *, quiet: bool) -> PromptOffer:
        """One question and two others. `quiet`: within quiet hours (then no deep ones)."""
        from havenclient.journal import prompts

        now = self._clock.now()
        return prompts.offer(
            prompts.all_prompts(),
            prompts.resting(self._db),
            now=now,
            deep=prompts.deep_allowed(
                now=now,
                quiet=quiet,
                since=prompts.first_saved(self._db),
                low_at=prompts.newest_low(self._db),
            ),
            random=self._random,
        )

    def prompt_taken(self, prompt_id: str) -> None:
        """The person wrote to this prompt."""
        from havenclient.journal import prompts

        prompts.rest(self._db, prompt_id, self._clock.now() + prompts.REST_TAKEN)

    def prompt_skipped(self, prompt_id: str) -> None:
        """Not this one: it rests for 30 days."""
        from havenclient.journal import prompts

        prompts.rest(self._db, prompt_id, self._clock.now() + prompts.REST_SKIPPED)

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

    # --- the index -------------------------------------------------------------------------------

    def rebuild_search(self, *, work: Work | None = None) -> int:
        """Make the search index anew from the entries; returns how many are in it."""
        with self._db.transaction():
            return self._store.rebuild_index(work)

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

    def _drafts(self, rest: str, params: tuple[str, ...]) -> Iterator[Draft]:
        found = self._db.execute(
            f"SELECT key, body, saved_at, mood, tags, note FROM draft {rest}",  # noqa: S608
            params,
        )
        for key, text, saved, mood, tags, note in found:
            yield Draft(key, text, ident.moment(saved), mood, tuple(json.loads(tags)), note)

    def _journal_row(self, name: str) -> int | None:
        row = self._db.one("SELECT no FROM journal WHERE key = ?", (name_key(name),))
        return None if row is None else int(row[0])

    def _journal_info(self, name: str) -> JournalInfo:
        key = name_key(name)
        return next(info for info in self.journals() if name_key(info.name) == key)
