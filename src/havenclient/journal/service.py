"""The journal as one object: everything a front end may ask for, in the words of a person.

`Journal` holds an unlocked vault, a clock and a source of chance, and no state of its own: every
call is one read or one transaction. The rules live in the modules that it calls (`store` for
writing, `search`, `calendar`, `insights`, `prompts`, `intake`); nothing here draws, prints or
opens a file by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO

from havenclient.journal.records import (
    KEEP,
    Attachment,
    DayCell,
    Draft,
    Entry,
    ImportPlan,
    ImportResult,
    Insights,
    JournalInfo,
    Keep,
    Page,
    PromptOffer,
    Query,
    Summary,
    Template,
    Version,
)
from havenclient.seams import Clock, Random, SystemClock, SystemRandom

if TYPE_CHECKING:
    from havenclient.vault import Vault, Work


class Journal:
    """A person's journal in an unlocked vault.

    Ids may be given whole or as a unique prefix of at least six characters (`NotFound`,
    `UsageError` for an ambiguous or too short one). All datetimes are aware.
    """

    def __init__(
        self, vault: Vault, *, clock: Clock | None = None, random: Random | None = None
    ) -> None:
        self._vault = vault
        self._clock = clock or SystemClock()
        self._random = random or SystemRandom()

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
        raise NotImplementedError

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
        raise NotImplementedError

    def get(self, entry_id: str) -> Entry:
        """The newest version, whole; also of an entry in the bin (`binned_at` says so)."""
        raise NotImplementedError

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
        `count=True` fills `total` (costs one pass over all matches).
        """
        raise NotImplementedError

    def count(self, query: Query) -> int:
        """How many entries answer to `query`."""
        raise NotImplementedError

    # --- bin and history -------------------------------------------------------------------------

    def bin(self, entry_id: str) -> Entry:
        """Put an entry into the bin for 30 days: out of lists and search, not yet gone."""
        raise NotImplementedError

    def unbin(self, entry_id: str) -> Entry:
        raise NotImplementedError

    def purge(self, entry_id: str) -> None:
        """Delete an entry for ever: all versions, its attachments, its words in the index."""
        raise NotImplementedError

    def purge_expired(self) -> int:
        """Purge what has been in the bin for more than 30 days; returns how many entries went."""
        raise NotImplementedError

    def history(self, entry_id: str) -> list[Version]:
        """All versions, newest first."""
        raise NotImplementedError

    def restore_version(self, entry_id: str, number: int) -> Entry:
        """Version `number` becomes the newest again, as a new version; none is lost."""
        raise NotImplementedError

    def iter_versions(self, query: Query | None = None) -> Iterator[tuple[Entry, list[Version]]]:
        """For export: each matching entry, oldest first, with its versions (oldest first)."""
        raise NotImplementedError

    # --- drafts ----------------------------------------------------------------------------------

    def save_draft(self, draft: Draft) -> None:
        """Keep unsaved words; the same key overwrites."""
        raise NotImplementedError

    def draft(self, key: str) -> Draft | None:
        raise NotImplementedError

    def drafts(self) -> list[Draft]:
        """Newest first."""
        raise NotImplementedError

    def drop_draft(self, key: str) -> None:
        raise NotImplementedError

    # --- looking back ----------------------------------------------------------------------------

    def on_this_day(self, day: date, *, reveal: bool = False) -> list[Summary]:
        """Entries of the same day in earlier years, newest first (29 February on leap days)."""
        raise NotImplementedError

    def day(self, day: date, *, reveal: bool = False) -> list[Summary]:
        """The entries of one day, oldest first."""
        raise NotImplementedError

    def month(self, year: int, month: int) -> list[DayCell]:
        """Every day of the month."""
        raise NotImplementedError

    def year(self, year: int) -> list[DayCell]:
        """Every day of the year."""
        raise NotImplementedError

    def span(self, first: date, last: date) -> list[DayCell]:
        """Every day from first to last, both inclusive (at most 3,700 days: `UsageError`)."""
        raise NotImplementedError

    def insights(self, first: date, last: date) -> Insights:
        raise NotImplementedError

    # --- tags and journals -----------------------------------------------------------------------

    def tags(self) -> list[tuple[str, int]]:
        """(tag as first written, entries), most used first; bin and hidden journals don't count."""
        raise NotImplementedError

    def journals(self, *, hidden: bool = True) -> list[JournalInfo]:
        """All journals by name; `hidden=False` leaves the hidden ones out."""
        raise NotImplementedError

    def create_journal(self, name: str, hidden: bool = False) -> JournalInfo:
        """`UsageError` when there is one of that name (case doesn't matter)."""
        raise NotImplementedError

    def change_journal(
        self, name: str, *, rename: str | None = None, hidden: bool | None = None
    ) -> JournalInfo:
        raise NotImplementedError

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
        raise NotImplementedError

    def read_attachment(self, blob_id: str) -> BinaryIO:
        """The plain bytes as a stream; each block is verified as it is read (`Damaged`)."""
        raise NotImplementedError

    def detach(self, entry_id: str, blob_id: str) -> None:
        """Take a file off an entry; its bytes rest for 30 days like a binned entry."""
        raise NotImplementedError

    # --- templates and prompts -------------------------------------------------------------------

    def templates(self) -> list[Template]:
        """Built-in ones first, then own ones by name."""
        raise NotImplementedError

    def save_template(self, name: str, body: str) -> Template:
        """Keep an own template; the same name overwrites an own one (`UsageError`: built-in)."""
        raise NotImplementedError

    def drop_template(self, name: str) -> None:
        raise NotImplementedError

    def offer_prompts(self, *, quiet: bool) -> PromptOffer:
        """One question and two others. `quiet`: within quiet hours (then no deep ones)."""
        raise NotImplementedError

    def prompt_taken(self, prompt_id: str) -> None:
        """The person wrote to this prompt."""
        raise NotImplementedError

    def prompt_skipped(self, prompt_id: str) -> None:
        """Not this one: it rests for 30 days."""
        raise NotImplementedError

    # --- what comes in ---------------------------------------------------------------------------

    def file_quick(self) -> int:
        """File what `haven quick` sealed, oldest first, each exactly once; returns how many."""
        raise NotImplementedError

    def import_plan(self, plan: ImportPlan, *, work: Work | None = None) -> ImportResult:
        """Commit an import: one transaction, a snapshot before, nothing twice.

        An entry whose (source, source_id) is known already is counted as `already_there`. When
        `work` stops it or anything fails, nothing of the plan is in the journal.
        """
        raise NotImplementedError

    # --- the index -------------------------------------------------------------------------------

    def rebuild_search(self, *, work: Work | None = None) -> int:
        """Make the search index anew from the entries; returns how many are in it."""
        raise NotImplementedError
