"""`PlanBuilder`: what all importers share. Dates become aware, ids stable, every remark numbered.

Owns the promises of an import: a moment without a zone is read in the caller's zone, marked and
remarked, never guessed silently; the same file gives the same ids in every import, and two equal
entries in one file both stay; remarks name places ("row 12", "entry 3"), never a person's words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from havenclient.errors import InputRejected
from havenclient.journal.importers import limits, zones
from havenclient.journal.importers.dates import FIRST_YEAR, LAST_YEAR, Stamp
from havenclient.journal.importers.text import clean, exact_tags, tidy_tags, whole
from havenclient.journal.records import MOODS, ImportedEntry, ImportedFile, ImportPlan, ImportRemark


@dataclass(frozen=True, slots=True)
class When:
    """An aware moment and how sure its zone is."""

    at: datetime
    zone: str | None
    guessed: bool


class PlanBuilder:
    """Collects what one importer understands. `zone` None means the computer's own."""

    def __init__(
        self, source: str, zone: ZoneInfo | None, mood_words: dict[str, int] | None = None
    ) -> None:
        self.source = source
        self._zone: tzinfo | None = zone or zones.of_computer()
        self._zone_name = self._zone.key if isinstance(self._zone, ZoneInfo) else None
        self._mood_words = {
            word.strip().casefold(): mood
            for word, mood in (mood_words or {}).items()
            if mood in MOODS
        }
        self._entries: list[ImportedEntry] = []
        self._remarks: list[ImportRemark] = []
        self._more_remarks = 0
        self._once: set[str] = set()
        self._ids: dict[str, int] = {}
        self._unknown: dict[str, str] = {}

    # -- remarks ----------------------------------------------------------------------------------

    def remark(self, where: str, message: str) -> None:
        if len(self._remarks) < limits.MAX_REMARKS:
            self._remarks.append(ImportRemark(clean(where)[:200], message))
        else:
            self._more_remarks += 1

    def once(self, message: str, where: str = "whole file") -> None:
        """A remark that is true of the whole file is said once."""
        if message not in self._once:
            self._once.add(message)
            self.remark(where, message)

    # -- time -------------------------------------------------------------------------------------

    def moment(self, stamp: Stamp) -> When | None:
        """A stamp from the file as an aware moment."""
        if stamp.clock is None:
            self.once("some days have no time of day; noon is used for them")
        naive = stamp.naive()
        if stamp.zone is not None:
            return self._checked(
                naive.replace(tzinfo=stamp.zone),
                stamp.zone.key if isinstance(stamp.zone, ZoneInfo) else None,
                guessed=False,
            )
        if stamp.word and self._zone is not None and zones.says(self._zone, naive, stamp.word):
            return self._checked(naive.replace(tzinfo=self._zone), self._zone_name, guessed=False)
        if stamp.word:
            self.once(
                "some times name a zone by letters that mean several; the chosen zone is used"
            )
        return self.local(naive)

    def local(self, naive: datetime) -> When | None:
        """Wall time without a zone: read in the caller's zone, and said so."""
        self.once(f"the times carry no time zone; they are read as {self._zone_words()}")
        if self._zone is not None:
            return self._checked(naive.replace(tzinfo=self._zone), self._zone_name, guessed=True)
        try:
            return self._checked(naive.astimezone(), None, guessed=True)
        except (OverflowError, OSError, ValueError):
            return None

    def instant(self, at: datetime, zone: str = "") -> When | None:
        """A known instant, shown in the zone that the file names, else in the caller's."""
        if zone:
            known = zones.named(zone) or zones.offset(zone.replace("\\", ""))
            if known is not None:
                return self._shown(
                    at, known, known.key if isinstance(known, ZoneInfo) else None, guessed=False
                )
            self.once(
                "some entries name a time zone that isn't known here; the chosen zone is used"
            )
        self.once(f"times are stored in UTC; they are shown as {self._zone_words()}")
        return self._shown(at, self._zone, self._zone_name, guessed=True)

    def _shown(
        self, at: datetime, zone: tzinfo | None, name: str | None, *, guessed: bool
    ) -> When | None:
        try:
            return self._checked(at.astimezone(zone), name, guessed=guessed)
        except (OverflowError, OSError, ValueError):
            return None

    def _checked(self, at: datetime, name: str | None, *, guessed: bool) -> When | None:
        # Year 1 or 9999 in some zone has no UTC instant; nobody's journal is that old.
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            return None
        offset = at.utcoffset()
        if offset is None or abs(offset) >= timedelta(hours=24):
            return None
        return When(at, name, guessed)

    def _zone_words(self) -> str:
        return self._zone_name or "this computer's local time"

    # -- moods ------------------------------------------------------------------------------------

    def mood(self, word: str) -> int | None:
        """1 to 5 for a mood word, by the caller's answers first; unknown words are asked about."""
        word = " ".join(clean(word).split())[:80]
        if not word:
            return None
        key = word.casefold()
        if (mood := self._mood_words.get(key, DEFAULT_MOODS.get(key))) is not None:
            return mood
        if len(self._unknown) < 1000:
            self._unknown.setdefault(key, word)
        return None

    # -- entries ----------------------------------------------------------------------------------

    def entry(
        self,
        where: str,
        when: When | None,
        body: str,
        *,
        source_id: str = "",
        identity: str = "",
        tags: Sequence[str] = (),
        mood: int | None = None,
        starred: bool = False,
        note: str | None = None,
        journal: str | None = None,
        modified_at: datetime | None = None,
        attachments: Sequence[ImportedFile] = (),
        raw: str = "",
        exact: bool = False,
    ) -> bool:
        """Add one entry; False (and a remark) when it can't be taken.

        `source_id` is the foreign id. Without one, `identity` (the record as it was, without
        anything that Haven or the chosen zone added) is hashed. `exact` keeps empty lines at the
        body's ends and an empty entry, as Haven's own exports need it.
        """
        if when is None:
            self.remark(where, "its date can't be read or is out of range; it was left out")
            return False
        if len(body) > limits.MAX_BODY:
            self.remark(where, "it is longer than one entry may be; it was left out")
            return False
        if len(self._entries) >= limits.MAX_ENTRIES:
            raise InputRejected("there are more entries in it than Haven reads at once")
        body = whole(body) if exact else clean(body).strip("\n")
        if not exact and not body.strip() and not attachments and mood is None and not tags:
            self.remark(where, "it is empty; it was left out")
            return False
        if modified_at is not None and modified_at.tzinfo is None:
            modified_at = modified_at.replace(tzinfo=UTC)
        self._entries.append(
            ImportedEntry(
                source=self.source,
                source_id=self._unique(source_id, identity or f"{when.at.isoformat()}\n{body}"),
                written_at=when.at,
                zone=when.zone,
                zone_guessed=when.guessed,
                body=body,
                mood=mood if mood in MOODS else None,
                tags=exact_tags(tags) if exact else tidy_tags(list(tags)),
                starred=starred,
                note=_line(note, 200),
                journal=_line(journal, 100),
                modified_at=modified_at,
                attachments=tuple(attachments),
                raw=cut(clean(raw)),
            )
        )
        return True

    def _unique(self, foreign: str, identity: str) -> str:
        base = " ".join(clean(foreign).split())[:128]
        if not base:
            digest = hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=16)
            base = f"h:{digest.hexdigest()}"
        count = self._ids[base] = self._ids.get(base, 0) + 1
        # Real exports hold the same entry twice; the second must neither vanish nor come back at
        # the next import, so it gets a number of its own.
        return base if count == 1 else f"{base}:{count}"

    def __len__(self) -> int:
        return len(self._entries)

    def finish(self) -> ImportPlan:
        entries = tuple(sorted(self._entries, key=lambda entry: entry.written_at))
        remarks = list(self._remarks)
        if self._more_remarks:
            remarks.append(ImportRemark("whole file", f"{self._more_remarks} more remarks"))
        tags: dict[str, str] = {}
        for entry in entries:
            for tag in entry.tags:
                tags.setdefault(tag.casefold(), tag)
        return ImportPlan(
            source=self.source,
            entries=entries,
            warnings=tuple(remarks),
            unknown_moods=tuple(self._unknown.values()),
            first=entries[0].written_at if entries else None,
            last=entries[-1].written_at if entries else None,
            attachments=sum(len(entry.attachments) for entry in entries),
            tags=tuple(sorted(tags.values(), key=str.casefold)),
        )


DEFAULT_MOODS = {"rad": 5, "good": 4, "meh": 3, "bad": 2, "awful": 1}
"""Daylio's own words in English; everything else is the person's and is asked about."""


def _line(text: str | None, limit: int) -> str | None:
    """One line within what the journal keeps of a name, or None."""
    return " ".join(clean(text).split())[:limit] or None if text else None


def cut(text: str) -> str:
    return text if len(text) <= limits.MAX_RAW else text[: limits.MAX_RAW] + "…"
