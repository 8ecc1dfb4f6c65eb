"""How entries are sorted: tags, and several journals in one vault."""

from __future__ import annotations

from dataclasses import replace

from havenclient.errors import NotFound, UsageError
from havenclient.journal.clean import clean_name, clean_tags, name_key
from havenclient.journal.core import Core
from havenclient.journal.records import DEFAULT_JOURNAL, JournalInfo


class Shelves(Core):
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

    def rename_tag(self, old: str, new: str) -> int:
        """Give a tag another name in every entry, hidden journals included; how many have it.

        Each of these entries gets a version, all of them or none; earlier versions keep the old
        name. Where an entry has both, one stays. The bin is left as it is. `NotFound` when no entry
        has the tag.
        """
        found = clean_tags([new])
        if not found:
            raise UsageError("a tag needs a name")
        name, key, now_us = found[0], name_key(old), self._now_us()
        with self._db.transaction():
            if key == name_key(name):  # only how it is written
                self._db.execute("UPDATE tag SET name = ? WHERE key = ?", (name, key))
            ids = [
                str(entry_id)
                for (entry_id,) in self._db.execute(
                    "SELECT e.id FROM tag g JOIN entry_tag t ON t.tag = g.no"
                    " JOIN entry e ON e.slot = t.slot"
                    " WHERE g.key = ? AND e.binned_at IS NULL",
                    (key,),
                )
            ]
            for entry_id in ids:
                row = self._store.row(entry_id)
                tags = clean_tags(name if name_key(tag) == key else tag for tag in row.fields.tags)
                fields = replace(row.fields, tags=tags)
                if fields != row.fields:
                    self._store.update(row, fields, now_us=now_us, origin="edit")
            if not ids:
                raise NotFound("no entry has that tag", "`haven tags` shows those there are")
        return len(ids)

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

    def writing_into(self, name: str | None) -> str:
        """The name of the journal that `add` would write into; `UsageError` when there is none.

        For who asks for words next: a wrong name is said before they are typed, not after.
        """
        if name is None or name_key(name) == name_key(DEFAULT_JOURNAL):
            return DEFAULT_JOURNAL
        if self._journal_row(name) is None:
            raise UsageError("there is no journal of that name", "`haven journals` names them")
        return name

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

    def _journal_row(self, name: str) -> int | None:
        row = self._db.one("SELECT no FROM journal WHERE key = ?", (name_key(name),))
        return None if row is None else int(row[0])

    def _journal_info(self, name: str) -> JournalInfo:
        key = name_key(name)
        return next(info for info in self.journals() if name_key(info.name) == key)
