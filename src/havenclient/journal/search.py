"""Finding entries, newest first, without ever sorting or ranking a hundred thousand of them.

Theory of operation. An index document's number is its entry's slot, and slots are in the order of
time; FTS5 walks documents downwards from any number. So "newest first" is the walk itself, stopped
after one page. Tags, moods, journals, stars, notes and attachments are words of the index too
(`store._document`), so a filter is one more list to intersect, not a row to fetch and refuse.

One thing is dear: a short prefix. "e*" makes FTS5 merge the lists of every word that begins with e
before it gives the first row (70 ms at 100,000 entries). But a prefix that is common is common
among the newest entries as well: so the newest `LOOK_FIRST` candidates are read and compared in
Python, and FTS5 is asked only when these don't fill the page. Rare prefixes are cheap for FTS5.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from havenclient.errors import UsageError
from havenclient.journal import ident
from havenclient.journal.clean import name_key
from havenclient.journal.excerpt import Hits, beginning
from havenclient.journal.normalise import META, fold, phrase, takes_prefix, terms
from havenclient.journal.records import Order, Page, Query, Summary
from havenclient.journal.store import Store
from havenclient.topics import matching

LOOK_FIRST = 300
MAX_WORDS = 64
MAX_LIMIT = 10_000

SUMMARY = (
    "e.slot, e.id, j.name, v.written_at, v.utc_offset, v.title, v.mood, v.tags, v.note, v.starred,"
    " v.words, e.files"
)
JOINS = " JOIN version v ON v.no = e.head JOIN journal j ON j.no = e.journal"


@dataclass(frozen=True, slots=True)
class Plan:
    """A query in the index's terms."""

    words: tuple[str, ...]
    """One FTS5 phrase for each asked word."""
    open_last: bool
    """The last of `words` is a prefix."""
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    where: str
    """What only the row knows (exact days, the bin), as SQL on `e`."""
    params: tuple[Any, ...]
    slots: tuple[int, int] | None
    nothing: bool = False
    """An unknown tag or journal: no entry can answer."""

    @property
    def costly_to_count(self) -> bool:
        """A one-letter prefix is in nearly every entry: counting takes 0.1 s at 100,000."""
        return self.open_last and len(self.words[-1]) == len('"x" *')

    def expression(self, *, leave_last: bool = False) -> str:
        positive = (*(self.words[:-1] if leave_last else self.words), *self.wanted)
        text = " AND ".join(positive)
        return f"({text})" + "".join(f" NOT {no}" for no in self.unwanted) if positive else ""


class Finder:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._db = store.db

    def page(
        self, query: Query, *, limit: int, cursor: str | None, count: bool, reveal: bool
    ) -> Page:
        if not 1 <= limit <= MAX_LIMIT:
            raise UsageError(f"a page has 1 to {MAX_LIMIT:,} entries")
        at = _read_cursor(cursor)
        plan = self.plan(query)
        if plan.nothing:
            return Page((), None, 0)
        if query.binned:
            slots = self._in_bin(query, plan, limit + 1, at)
        elif query.order is Order.RANK and plan.words:
            slots = self._ranked(plan, limit + 1, at or 0)
        else:
            slots = self._walk(query, plan, limit + 1, at)
        more = len(slots) > limit
        slots = slots[:limit]
        following = None
        if more:
            ranked = query.order is Order.RANK and plan.words and not query.binned
            following = str((at or 0) + limit if ranked else slots[-1])
        total = len(slots) if at is None and not more else None
        if count and total is None and not plan.costly_to_count:
            total = self.count(query)
        hits = Hits(query.words, prefix_last=query.prefix_last)
        return Page(self.summaries(slots, hits=hits, reveal=reveal), following, total)

    def count(self, query: Query) -> int:
        plan = self.plan(query)
        if plan.nothing:
            return 0
        if query.binned:
            return len(self._in_bin(query, plan, 1 << 40, None))
        _, source, where, params = self._source(plan, plan.expression())
        row = self._db.one(f"SELECT count(*) FROM {source} WHERE {where}", params)  # noqa: S608
        return int(row[0]) if row else 0

    def slots(self, query: Query) -> list[int]:
        """All answers, in the query's order; for export."""
        plan = self.plan(query)
        if plan.nothing:
            return []
        if query.binned:
            return self._in_bin(query, plan, 1 << 40, None)
        return self._walk(query, plan, 1 << 40, None)

    # --- plan ------------------------------------------------------------------------------------

    def plan(self, query: Query) -> Plan:
        if len(query.words) > MAX_WORDS:
            raise UsageError(f"a search can have at most {MAX_WORDS} words")
        asked = terms(query.words)
        open_last = bool(
            asked and query.prefix_last and fold(query.words[-1]) and takes_prefix(asked[-1][-1])
        )
        words = [phrase(tokens) for tokens in asked]
        if open_last:
            words[-1] += " *"
        wanted: list[str] = []
        unwanted: list[str] = []
        nothing = False
        for tag in query.tags:
            number = self._store.tag_no(tag)
            nothing = nothing or (number is None and not query.binned)
            wanted.append(_own(f"t{number}"))
        for tag in query.without_tags:
            number = self._store.tag_no(tag)
            if number is not None:
                unwanted.append(_own(f"t{number}"))
        if query.mood_min is not None or query.mood_max is not None:
            moods = range(query.mood_min or 1, (query.mood_max or 5) + 1)
            nothing = nothing or not moods
            wanted.append("(" + " OR ".join(_own(f"m{mood}") for mood in moods) + ")")
        for flag, word in (
            (query.starred, "s"),
            (query.has_note, "n"),
            (query.has_attachments, "a"),
        ):
            if flag is not None:
                (wanted if flag else unwanted).append(_own(word))
        where, params = ["e.binned_at IS " + ("NOT NULL" if query.binned else "NULL")], []
        rows = list(self._db.execute("SELECT no, key, hidden FROM journal"))
        if query.journal is not None:
            key = name_key(query.journal)
            number = next((row[0] for row in rows if row[1] == key), None)
            nothing = nothing or number is None
            wanted.append(_own(f"j{number}"))
            where.append("e.journal = ?")
            params.append(number)
        else:
            for number in (row[0] for row in rows if row[2]):
                unwanted.append(_own(f"j{number}"))
                where.append("e.journal <> ?")
                params.append(number)
        slots = None
        if query.after is not None or query.before is not None:
            first = query.after.toordinal() if query.after else 1
            last = query.before.toordinal() if query.before else 3_652_059
            where.append("e.day BETWEEN ? AND ?")
            params += [first, last]
            slots = ident.day_slots(first, last)
        return Plan(
            tuple(words),
            open_last,
            tuple(wanted),
            tuple(unwanted),
            " AND ".join(where),
            tuple(params),
            slots,
            nothing,
        )

    def _source(self, plan: Plan, expression: str) -> tuple[str, str, str, list[Any]]:
        """(slot column, tables, condition, parameters) that give the slots of a plan."""
        if not expression:
            where, params = plan.where, list(plan.params)
            for flag in plan.unwanted:
                condition, values = _row_flag(flag)
                where += f" AND {condition}"
                params += values
            return "e.slot", "entry e", where, params
        column, where = "entry_words.rowid", "entry_words MATCH ?"
        if plan.slots is None:
            return column, "entry_words", where, [expression]
        where += f" AND entry_words.rowid BETWEEN ? AND ? AND {plan.where}"
        tables = "entry_words CROSS JOIN entry e ON e.slot = entry_words.rowid"
        return column, tables, where, [expression, *plan.slots, *plan.params]

    def _walk(self, query: Query, plan: Plan, limit: int, at: int | None) -> list[int]:
        """The first `limit` slots beyond `at`, in the order of time."""
        oldest = query.order is Order.OLDEST
        if plan.open_last and limit <= LOOK_FIRST:
            looked = self._look_first(query, plan, limit, at, oldest=oldest)
            if looked is not None:
                return looked
        return self._slots(plan, plan.expression(), limit, at, oldest=oldest)

    def _slots(
        self, plan: Plan, expression: str, limit: int, at: int | None, *, oldest: bool
    ) -> list[int]:
        number, source, where, params = self._source(plan, expression)
        if at is not None:
            where += f" AND {number} {'>' if oldest else '<'} ?"
            params.append(at)
        sql = (
            f"SELECT {number} FROM {source} WHERE {where}"  # noqa: S608
            f" ORDER BY {number} {'ASC' if oldest else 'DESC'} LIMIT ?"
        )
        return [int(row[0]) for row in self._db.execute(sql, [*params, limit])]

    def _look_first(
        self, query: Query, plan: Plan, limit: int, at: int | None, *, oldest: bool
    ) -> list[int] | None:
        """The page if the newest candidates fill it (or are all there are), else None."""
        expression = plan.expression(leave_last=True)
        candidates = self._slots(plan, expression, LOOK_FIRST, at, oldest=oldest)
        hits = Hits(query.words[-1:], prefix_last=True)
        found: list[int] = []
        for start in range(0, len(candidates), 100):
            part = candidates[start : start + 100]
            marks = ",".join("?" * len(part))
            bodies = dict(
                self._db.execute(
                    "SELECT e.slot, v.body FROM entry e JOIN version v ON v.no = e.head"  # noqa: S608
                    f" WHERE e.slot IN ({marks})",
                    part,
                )
            )
            for slot in part:
                if hits.all_in(bodies[slot]):
                    found.append(slot)
                    if len(found) == limit:
                        return found
        return found if len(candidates) < LOOK_FIRST else None

    def _ranked(self, plan: Plan, limit: int, offset: int) -> list[int]:
        _, source, where, params = self._source(plan, plan.expression())
        sql = (
            f"SELECT entry_words.rowid FROM {source} WHERE {where}"  # noqa: S608
            " ORDER BY entry_words.rank, entry_words.rowid DESC LIMIT ? OFFSET ?"
        )
        return [int(row[0]) for row in self._db.execute(sql, [*params, limit, offset])]

    def _in_bin(self, query: Query, plan: Plan, limit: int, at: int | None) -> list[int]:
        """The bin is small and not in the index: every entry of it is compared."""
        hits = Hits(query.words, prefix_last=query.prefix_last)
        oldest = query.order is Order.OLDEST
        found: list[int] = []
        rows = self._db.execute(
            "SELECT e.slot, v.body, v.tags, v.mood, v.starred, v.note, e.files"  # noqa: S608
            f" FROM entry e JOIN version v ON v.no = e.head WHERE {plan.where}"
            f" ORDER BY e.slot {'ASC' if oldest else 'DESC'}",
            plan.params,
        )
        for slot, body, tags, mood, starred, note, files in rows:
            if at is not None and (slot <= at if oldest else slot >= at):
                continue
            keys = {name_key(tag) for tag in json.loads(tags)}
            low, high = query.mood_min, query.mood_max
            if (
                all(name_key(tag) in keys for tag in query.tags)
                and not any(name_key(tag) in keys for tag in query.without_tags)
                and ((low is None and high is None) or (mood is not None))
                and (mood is None or (low or 1) <= mood <= (high or 5))
                and query.starred in (None, bool(starred))
                and query.has_note in (None, note is not None)
                and query.has_attachments in (None, bool(files))
                and hits.all_in(body)
            ):
                found.append(slot)
                if len(found) == limit:
                    break
        return found

    # --- rows for lists --------------------------------------------------------------------------

    def summaries(
        self,
        slots: Sequence[int],
        *,
        hits: Hits | None = None,
        reveal: bool = False,
        topics: Sequence[str] = (),
    ) -> tuple[Summary, ...]:
        """`topics` fold a row as a note does: for views that nobody asked for by its words."""
        rows: dict[int, Summary] = {}
        for start in range(0, len(slots), 500):
            part = slots[start : start + 500]
            marks = ",".join("?" * len(part))
            for row in self._db.execute(
                f"SELECT {SUMMARY}, v.body FROM entry e{JOINS} WHERE e.slot IN ({marks})",  # noqa: S608
                part,
            ):
                rows[row[0]] = _summary(row[1:], hits, topics, reveal=reveal)
        return tuple(rows[slot] for slot in slots)


def _summary(
    row: tuple[Any, ...], hits: Hits | None, topics: Sequence[str], *, reveal: bool
) -> Summary:
    entry_id, journal, written, offset, title, mood, tags, note, starred, words, files, body = row
    if note is None and (found := matching(topics, title, body, tags)):
        note = f"my topic {', '.join(found)}"
    excerpt: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    if note is not None and not reveal:
        title = ""
    elif hits is None or not hits:
        excerpt = beginning(body)
    else:
        excerpt, marks = hits.excerpt(body)
    return Summary(
        id=entry_id,
        journal=journal,
        written_at=ident.moment(written, offset),
        title=title,
        excerpt=excerpt,
        hits=marks,
        mood=mood,
        tags=tuple(json.loads(tags)),
        note=note,
        starred=bool(starred),
        words=words,
        has_attachments=files > 0,
    )


def _own(word: str) -> str:
    return f'"{META}{word}"'


def _row_flag(expression: str) -> tuple[str, list[Any]]:
    """An unwanted index word as a condition on the row, for walks that don't use the index."""
    word = expression.strip('"').removeprefix(META)
    if word in ("s", "n", "a"):
        return {"s": "NOT e.starred", "n": "NOT e.noted", "a": "e.files = 0"}[word], []
    if word.startswith("t"):
        return (
            "NOT EXISTS (SELECT 1 FROM entry_tag t WHERE t.tag = ? AND t.slot = e.slot)",
            [int(word[1:])],
        )
    return "1", []  # journals are in the row's own condition already


def _read_cursor(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise UsageError("that page is not known")
    return int(cursor)
