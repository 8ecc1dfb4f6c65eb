"""Entries as rows: the only place that writes them, and keeps rows, tags and index together.

Every public method that writes expects to run inside `db.transaction()`. The rules it keeps:

* a version is written once and never changed; `entry.head` points to the newest;
* an entry outside the bin is in the index and in `entry_tag`; one in the bin is in neither;
* the index is contentless: to take a document out, exactly the text that went in must be given.
  That text is a function of the head version and the entry's row (`_document`), and of
  `FOLD_VERSION`; when the latter changes the index is made anew before anything else is written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from havenclient.errors import NotFound, UsageError
from havenclient.journal import ident
from havenclient.journal.clean import clean_name, name_key
from havenclient.journal.excerpt import title_of
from havenclient.journal.normalise import FOLD_VERSION, META, count_words, fold
from havenclient.journal.records import DEFAULT_JOURNAL, Attachment, Entry, Version
from havenclient.journal.seams import Database, NoWork, Work
from havenclient.seams import Random

_VERSION = (
    "v.number, v.saved_at, v.origin, v.written_at, v.utc_offset, v.zone, v.mood, v.starred, v.note,"
    " v.tags, v.words, v.title, v.body"
)
_HEAD = f"SELECT e.slot, e.id, e.journal, e.files, e.binned_at, j.name, {_VERSION}"
_FROM = " FROM entry e JOIN version v ON v.no = e.head JOIN journal j ON j.no = e.journal"


@dataclass(frozen=True, slots=True)
class Fields:
    """What a person decides about an entry."""

    body: str
    mood: int | None
    tags: tuple[str, ...]
    note: str | None
    written_us: int
    offset: int
    zone: str | None
    starred: bool
    journal: int


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as stored: where it is, and its newest version."""

    slot: int
    id: str
    journal_name: str
    number: int
    saved_us: int
    origin: str
    words: int
    title: str
    files: int
    binned_us: int | None
    fields: Fields


# --- rows ----------------------------------------------------------------------------------------


class Store:
    def __init__(self, db: Database, random: Random) -> None:
        self.db = db
        self._random = random

    # journals and tags

    def journal_no(self, name: str, now_us: int) -> int:
        """The number of a journal; the default one is made when it is first needed."""
        key = name_key(name)
        row = self.db.one("SELECT no FROM journal WHERE key = ?", (key,))
        if row is not None:
            return int(row[0])
        if key != name_key(DEFAULT_JOURNAL):
            raise UsageError("there is no journal of that name", "`haven journals` names them")
        return self.make_journal(DEFAULT_JOURNAL, hidden=False, now_us=now_us)

    def journal_name(self, number: int) -> str:
        row = self.db.one("SELECT name FROM journal WHERE no = ?", (number,))
        assert row is not None
        return str(row[0])

    def make_journal(self, name: str, *, hidden: bool, now_us: int) -> int:
        shown = clean_name(name, "journal")
        row = self.db.one(
            "INSERT INTO journal(name, key, hidden, created_at) VALUES (?, ?, ?, ?) RETURNING no",
            (shown, name_key(shown), int(hidden), now_us),
        )
        assert row is not None
        return int(row[0])

    def tag_no(self, name: str) -> int | None:
        row = self.db.one("SELECT no FROM tag WHERE key = ?", (name_key(name),))
        return None if row is None else int(row[0])

    # reading

    def row(self, entry_id: str) -> Row:
        """By whole id or unique prefix."""
        wanted = ident.read_id(entry_id)
        found = list(
            self.db.execute(
                f"{_HEAD}{_FROM} WHERE e.id >= ? AND e.id < ? LIMIT 2",
                (wanted, wanted + "~"),
            )
        )
        if not found:
            raise NotFound("there is no entry with that id", "`haven list` shows the ids")
        if len(found) > 1:
            raise UsageError("several entries have ids that begin so", "give more of the id")
        return _row(found[0])

    def rows_of(self, slots: Sequence[int]) -> list[Row]:
        marks = ",".join("?" * len(slots))
        found = self.db.execute(f"{_HEAD}{_FROM} WHERE e.slot IN ({marks})", slots)
        by_slot = {row[0]: _row(row) for row in found}
        return [by_slot[slot] for slot in slots]

    def entry(self, row: Row) -> Entry:
        fields = row.fields
        return Entry(
            id=row.id,
            version=row.number,
            journal=row.journal_name,
            written_at=ident.moment(fields.written_us, fields.offset),
            zone=fields.zone,
            saved_at=ident.moment(row.saved_us),
            title=row.title,
            body=fields.body,
            mood=fields.mood,
            tags=fields.tags,
            note=fields.note,
            starred=fields.starred,
            words=row.words,
            attachments=self.attachments(row.id) if row.files else (),
            binned_at=None if row.binned_us is None else ident.moment(row.binned_us),
        )

    def attachments(self, entry_id: str) -> tuple[Attachment, ...]:
        found = self.db.execute(
            "SELECT blob_id, name, media_type, size, sha256 FROM attachment"
            " WHERE entry = ? AND detached_at IS NULL ORDER BY added_at, rowid",
            (entry_id,),
        )
        return tuple(Attachment(*row) for row in found)

    def versions(self, entry_id: str) -> list[Version]:
        """Newest first."""
        found = self.db.execute(
            f"SELECT {_VERSION}, j.name, coalesce(i.raw, '') FROM version v"  # noqa: S608
            " JOIN journal j ON j.no = v.journal"
            " LEFT JOIN import_record i ON i.entry = v.entry AND v.number = 1"
            " WHERE v.entry = ? ORDER BY v.number DESC",
            (entry_id,),
        )
        return [_version(entry_id, row) for row in found]

    # writing

    def insert(self, fields: Fields, *, now_us: int, origin: str) -> Row:
        """A new entry."""
        entry_id = ident.new_id(self._random)
        head, words, title = self._write_version(entry_id, 1, fields, now_us, origin)
        slot = self._write_entry(entry_id, head, fields, words, files=0)
        self._index(slot, fields, files=0)
        return Row(
            slot=slot,
            id=entry_id,
            journal_name=self.journal_name(fields.journal),
            number=1,
            saved_us=now_us,
            origin=origin,
            words=words,
            title=title,
            files=0,
            binned_us=None,
            fields=fields,
        )

    def update(self, row: Row, fields: Fields, *, now_us: int, origin: str) -> None:
        """A new version of an entry that is not in the bin."""
        number = row.number + 1
        head, words, _ = self._write_version(row.id, number, fields, now_us, origin)
        self._unindex(row)
        self.db.execute("DELETE FROM entry WHERE slot = ?", (row.slot,))
        moved = ident.first_slot(fields.written_us) != ident.first_slot(row.fields.written_us)
        wanted = None if moved else row.slot
        slot = self._write_entry(row.id, head, fields, words, files=row.files, slot=wanted)
        self._index(slot, fields, files=row.files)

    def bin(self, row: Row, now_us: int) -> None:
        self._unindex(row)
        self.db.execute("UPDATE entry SET binned_at = ? WHERE slot = ?", (now_us, row.slot))

    def unbin(self, row: Row) -> None:
        self.db.execute("UPDATE entry SET binned_at = NULL WHERE slot = ?", (row.slot,))
        self._index(row.slot, row.fields, files=row.files)

    def recount_files(self, row: Row) -> None:
        found = self.db.one(
            "SELECT count(*) FROM attachment WHERE entry = ? AND detached_at IS NULL", (row.id,)
        )
        files = int(found[0]) if found else 0
        if row.binned_us is None and bool(files) != bool(row.files):
            self._unindex(row)
            self._index(row.slot, row.fields, files=files)
        self.db.execute("UPDATE entry SET files = ? WHERE slot = ?", (files, row.slot))

    def purge(self, row: Row) -> list[str]:
        """Everything of an entry goes; returns the blobs that nothing refers to any more.

        `forget_words` must follow in the same transaction.
        """
        if row.binned_us is None:
            self._unindex(row)
        blobs = [
            str(found[0])
            for found in self.db.execute("SELECT blob_id FROM attachment WHERE entry=?", (row.id,))
        ]
        for table in ("version", "attachment", "import_record"):
            self.db.execute(f"DELETE FROM {table} WHERE entry = ?", (row.id,))  # noqa: S608
        self.db.execute("DELETE FROM draft WHERE key = ?", (f"entry:{row.id}",))
        self.db.execute("DELETE FROM entry WHERE slot = ?", (row.slot,))
        return blobs

    def _write_version(
        self, entry_id: str, number: int, fields: Fields, now_us: int, origin: str
    ) -> tuple[int, int, str]:
        """(its number in the table, words, title)"""
        words, title = count_words(fields.body), title_of(fields.body)
        row = self.db.one(
            "INSERT INTO version(entry, number, saved_at, origin, journal, written_at, utc_offset,"
            " zone, mood, starred, note, tags, words, title, body)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING no",
            (
                entry_id,
                number,
                now_us,
                origin,
                fields.journal,
                fields.written_us,
                fields.offset,
                fields.zone,
                fields.mood,
                int(fields.starred),
                fields.note,
                json.dumps(fields.tags, ensure_ascii=False) if fields.tags else "[]",
                words,
                title,
                fields.body,
            ),
        )
        assert row is not None
        return int(row[0]), words, title

    def _write_entry(
        self,
        entry_id: str,
        head: int,
        fields: Fields,
        words: int,
        *,
        files: int,
        slot: int | None = None,
    ) -> int:
        """The entry's row in the slot of its second, or in the first free one after; which."""
        wanted = ident.first_slot(fields.written_us) if slot is None else slot
        day = ident.moment(fields.written_us, fields.offset).toordinal()
        values = (
            entry_id,
            head,
            fields.journal,
            day,
            fields.mood,
            words,
            int(fields.starred),
            int(fields.note is not None),
            files,
        )
        columns = "(slot, id, head, journal, day, mood, words, starred, noted, files)"
        row = self.db.one(
            f"INSERT INTO entry{columns} VALUES (?,?,?,?,?,?,?,?,?,?)"  # noqa: S608
            " ON CONFLICT(slot) DO NOTHING RETURNING slot",
            (wanted, *values),
        )
        if row is not None:
            return wanted
        row = self.db.one(
            f"INSERT INTO entry{columns} SELECT e.slot + 1,?,?,?,?,?,?,?,?,? FROM entry e"  # noqa: S608
            " WHERE e.slot >= ? AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.slot = e.slot + 1)"
            " ORDER BY e.slot LIMIT 1 RETURNING slot",
            (*values, wanted),
        )
        assert row is not None
        return int(row[0])

    # the index

    def _tag_numbers(self, tags: Sequence[str]) -> list[int]:
        """The numbers of these tags, which are made as needed."""
        keys = {name_key(tag): tag for tag in tags}
        marks = ",".join("?" * len(keys))
        found = dict(
            self.db.execute(f"SELECT key, no FROM tag WHERE key IN ({marks})", list(keys))  # noqa: S608
            if keys
            else ()
        )
        for key, tag in keys.items():
            if key not in found:
                row = self.db.one(
                    "INSERT INTO tag(name, key) VALUES (?, ?) RETURNING no", (tag, key)
                )
                assert row is not None
                found[key] = row[0]
        return [int(number) for number in found.values()]

    def _index(self, slot: int, fields: Fields, *, files: int) -> None:
        numbers = self._tag_numbers(fields.tags)
        if numbers:
            self.db.executemany(
                "INSERT OR IGNORE INTO entry_tag(tag, slot) VALUES (?, ?)",
                [(number, slot) for number in numbers],
            )
        self.db.execute(
            "INSERT INTO entry_words(rowid, words) VALUES (?, ?)",
            (slot, _document(fields, numbers, files=files)),
        )

    def _unindex(self, row: Row) -> None:
        numbers = self._tag_numbers(row.fields.tags)
        self.db.execute(
            "INSERT INTO entry_words(entry_words, rowid, words) VALUES ('delete', ?, ?)",
            (row.slot, _document(row.fields, numbers, files=row.files)),
        )
        for number in numbers:
            self.db.execute("DELETE FROM entry_tag WHERE tag = ? AND slot = ?", (number, row.slot))
            self.db.execute(  # a tag that nothing carries leaves no trace
                "DELETE FROM tag WHERE no = ? AND NOT EXISTS"
                " (SELECT 1 FROM entry_tag WHERE tag = ?)",
                (number, number),
            )

    def forget_words(self) -> None:
        """After a purge: merge the index into one, so that no trace of deleted words is left."""
        self.db.execute("INSERT INTO entry_words(entry_words) VALUES ('optimize')")

    def index_is_current(self) -> bool:
        row = self.db.one("SELECT value FROM search_state WHERE key = 'fold'")
        return row is not None and bool(row[0] == FOLD_VERSION)

    def rebuild_index(self, work: Work | None = None) -> int:
        """Index and tags made anew from the newest versions; returns how many are in."""
        work = work or NoWork()
        self.db.execute("INSERT INTO entry_words(entry_words) VALUES ('delete-all')")
        self.db.execute("DELETE FROM entry_tag")
        self.db.execute("DELETE FROM tag")
        found = self.db.execute("SELECT slot FROM entry WHERE binned_at IS NULL ORDER BY slot")
        slots = [int(row[0]) for row in found]
        for start in range(0, len(slots), 200):
            work.step(start, len(slots), "making the search index")
            for row in self.rows_of(slots[start : start + 200]):
                self._index(row.slot, row.fields, files=row.files)
        self.db.execute(
            "INSERT OR REPLACE INTO search_state(key, value) VALUES ('fold', ?)", (FOLD_VERSION,)
        )
        return len(slots)


def _document(fields: Fields, tags: Sequence[int], *, files: int) -> str:
    """What the index holds of an entry: its folded words, and Haven's own behind `META`."""
    own = [f"j{fields.journal}", *(f"t{number}" for number in sorted(set(tags)))]
    if fields.mood is not None:
        own.append(f"m{fields.mood}")
    if fields.starred:
        own.append("s")
    if fields.note is not None:
        own.append("n")
    if files:
        own.append("a")
    return fold(fields.body) + "".join(f" {META}{word}" for word in own)


def _row(row: tuple[Any, ...]) -> Row:
    slot, entry_id, journal, files, binned, journal_name, *version = row
    number, saved, origin, written, offset, zone, mood, starred, note, tags, words, title, body = (
        version
    )
    return Row(
        slot=slot,
        id=entry_id,
        journal_name=journal_name,
        number=number,
        saved_us=saved,
        origin=origin,
        words=words,
        title=title,
        files=files,
        binned_us=binned,
        fields=Fields(
            body=body,
            mood=mood,
            tags=tuple(json.loads(tags)),
            note=note,
            written_us=written,
            offset=offset,
            zone=zone,
            starred=bool(starred),
            journal=journal,
        ),
    )


def _version(entry_id: str, row: tuple[Any, ...]) -> Version:
    number, saved, origin, written, offset, zone, mood, starred, note, tags, words, title, body = (
        row[:13]
    )
    return Version(
        entry_id=entry_id,
        number=number,
        saved_at=ident.moment(saved),
        title=title,
        body=body,
        mood=mood,
        tags=tuple(json.loads(tags)),
        note=note,
        words=words,
        origin=origin,
        journal=row[13],
        written_at=ident.moment(written, offset),
        zone=zone,
        starred=bool(starred),
        raw=row[14],
    )


def with_time(fields: Fields, moment: datetime) -> Fields:
    us, offset = ident.microseconds(moment)
    return replace(fields, written_us=us, offset=offset)
