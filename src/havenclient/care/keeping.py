"""What a person keeps about her limits: choices, own lists, visits, pauses, the read-later shelf.

Owns the tables care_choice, care_word, care_visit, care_pause, care_later and care_unanswered.
Nothing of them ever leaves the vault. Circles and posts are named by opaque texts that the front
end gives; no text of a post is stored here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from havenclient import topics
from havenclient.care import boundaries
from havenclient.care.boundaries import Feeling, Limits
from havenclient.care.seams import Database, micros, moment
from havenclient.errors import UsageError
from havenclient.seams import Clock
from havenclient.text import safe_line

MAX_WORD = 200
MAX_WORDS = 100
"""Of a kind: each is looked for in every message that is shown."""
TOPIC, NAME = "topic", "name"


@dataclass(frozen=True, slots=True)
class Pause:
    circle: str
    since: datetime
    until: datetime | None
    told: bool


@dataclass(frozen=True, slots=True)
class Visit:
    no: int
    circle: str
    began: datetime
    read_seconds: int
    feeling: Feeling | None


class Boundaries:
    """The person's limits and what they need to be kept."""

    def __init__(self, db: Database, clock: Clock, beginning: Limits | None = None) -> None:
        """`beginning`: where limits stand that were never changed here
        (`boundaries.beginning(settings.boundaries)`; without it, the domain's defaults)."""
        self._db = db
        self._clock = clock
        self._beginning = beginning or Limits()

    # --- choices ----------------------------------------------------------------------------------

    def limits(self) -> Limits:
        """What is in force now."""
        now = micros(self._clock.now())
        stored: dict[str, str] = {}
        rows = self._db.execute("SELECT name, value, since FROM care_choice ORDER BY since")
        for name, value, since in rows:
            if since <= now:
                stored[name.removesuffix(".next")] = value
        known = {field.name for field in fields(Limits)}
        given: dict[str, Any] = {
            name: boundaries.parse(name, value) for name, value in stored.items() if name in known
        }
        return replace(self._beginning, **given)

    def set(self, name: str, text: str) -> datetime | None:
        """Change a limit. The moment from which it holds if it has to wait, else None."""
        value = boundaries.parse(name, text)
        now = self._clock.now()
        limits = self.limits()
        old = getattr(limits, name)
        waits = limits.wait and boundaries.loosens(name, old, value)
        at = now + boundaries.WAIT if waits else now
        with self._db.transaction():
            self._db.execute("DELETE FROM care_choice WHERE name = ?", (f"{name}.next",))
            # The value in force is written down too, so that an older waiting one is settled.
            self._put(name, old, now)
            self._put(f"{name}.next" if waits else name, value, at)
        return at if waits else None

    def waiting(self) -> dict[str, tuple[str, datetime]]:
        """Changes that wait: name to (value, from when)."""
        now = micros(self._clock.now())
        rows = self._db.execute(
            "SELECT name, value, since FROM care_choice WHERE since > ? ORDER BY name", (now,)
        )
        return {name.removesuffix(".next"): (value, moment(since)) for name, value, since in rows}

    def _put(self, name: str, value: str | int | bool, at: datetime) -> None:
        self._db.execute(
            "INSERT INTO care_choice(name, value, since) VALUES (?, ?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value, since = excluded.since",
            (name, boundaries.shown(value), micros(at)),
        )

    # --- small facts ------------------------------------------------------------------------------

    def fact(self, name: str) -> str:
        """A small thing to remember, such as a tip that was shown; "" if never."""
        row = self._db.one("SELECT value FROM care_choice WHERE name = ?", (f"fact:{name}",))
        return row[0] if row else ""

    def remember(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO care_choice(name, value, since) VALUES (?, ?, ?)",
            (f"fact:{name}", value, micros(self._clock.now())),
        )

    def tip(self, name: str) -> bool:
        """Whether this tip should be shown: once for each person, until `forget_tips`."""
        if self.fact(f"tip:{name}"):
            return False
        self.remember(f"tip:{name}", "shown")
        return True

    def tips_shown(self) -> frozenset[str]:
        """Names of the tips that were shown."""
        rows = self._db.execute("SELECT name FROM care_choice WHERE name GLOB 'fact:tip:*'")
        return frozenset(name.removeprefix("fact:tip:") for (name,) in rows)

    def forget_tips(self) -> None:
        self._db.execute("DELETE FROM care_choice WHERE name GLOB 'fact:tip:*'")

    # --- own lists --------------------------------------------------------------------------------

    def words(self, kind: str) -> tuple[str, ...]:
        rows = self._db.execute("SELECT text FROM care_word WHERE kind = ? ORDER BY key", (kind,))
        return tuple(text for (text,) in rows)

    def add_word(self, kind: str, text: str) -> None:
        text = safe_line(" ".join(text.split()), limit=MAX_WORD + 1)
        if not text or len(text) > MAX_WORD:
            raise UsageError("a word for the list has 1 to 200 characters")
        if not topics.findable(text):
            raise UsageError("a word for the list has letters or numbers")
        if len(self.words(kind)) >= MAX_WORDS:
            raise UsageError(f"the list holds {MAX_WORDS} words at most")
        self._db.execute(
            "INSERT OR REPLACE INTO care_word(kind, key, text) VALUES (?, ?, ?)",
            (kind, topics.key(text), text),
        )

    def drop_word(self, kind: str, text: str) -> bool:
        """Whether it was there."""
        where = (kind, topics.key(text))
        found = self._db.one("SELECT 1 FROM care_word WHERE kind = ? AND key = ?", where)
        self._db.execute("DELETE FROM care_word WHERE kind = ? AND key = ?", where)
        return found is not None

    def folded(self, *texts: str | None) -> str | None:
        """The topic of mine that one of `texts` holds, or None."""
        return next(iter(topics.matching(self.words(TOPIC), *texts)), None)

    # --- visits -----------------------------------------------------------------------------------

    def begin_visit(self, circle: str) -> int:
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO care_visit(circle, began_at) VALUES (?, ?)",
                (circle, micros(self._clock.now())),
            )
            row = self._db.one("SELECT max(no) FROM care_visit")
        assert row is not None
        return int(row[0])

    def was_reading(self, visit: int, seconds: int) -> None:
        """Seconds of reading posts, added to the visit (writing and help don't count)."""
        self._db.execute(
            "UPDATE care_visit SET read_seconds = read_seconds + ? WHERE no = ?",
            (max(0, seconds), visit),
        )

    def forget_visit(self, visit: int) -> None:
        """A look that was no visit (nothing was read, nothing noted)."""
        self._db.execute(
            "DELETE FROM care_visit WHERE no = ? AND read_seconds = 0 AND feeling IS NULL", (visit,)
        )

    def feel(self, visit: int, feeling: Feeling) -> None:
        """Lighter, same or heavier; the first answer of a visit stays the only one asked for."""
        self._db.execute("UPDATE care_visit SET feeling = ? WHERE no = ?", (int(feeling), visit))

    def minutes_read(self, day: date) -> float:
        """Circle reading on this day, in the computer's zone."""
        begin = datetime(day.year, day.month, day.day).astimezone()
        end = (begin + timedelta(days=1, hours=2)).replace(hour=0, minute=0)
        row = self._db.one(
            "SELECT coalesce(sum(read_seconds), 0) FROM care_visit"
            " WHERE began_at >= ? AND began_at < ?",
            (micros(begin), micros(end)),
        )
        assert row is not None
        return float(row[0]) / 60

    def visits(self, *, limit: int = 100) -> tuple[Visit, ...]:
        """Newest last."""
        rows = self._db.execute(
            "SELECT no, circle, began_at, read_seconds, feeling FROM care_visit"
            " ORDER BY began_at DESC, no DESC LIMIT ?",
            (limit,),
        )
        found = [
            Visit(no, circle, moment(at), seconds, None if feeling is None else Feeling(feeling))
            for no, circle, at, seconds, feeling in rows
        ]
        return tuple(reversed(found))

    def feelings(self, *, limit: int = 100) -> tuple[Feeling, ...]:
        """Of the visits that have one, newest last."""
        return tuple(one.feeling for one in self.visits(limit=limit) if one.feeling is not None)

    # --- pauses -----------------------------------------------------------------------------------

    def pause(self, circle: str, until: datetime | None, *, told: bool = False) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO care_pause(circle, since, until, told) VALUES (?, ?, ?, ?)",
            (
                circle,
                micros(self._clock.now()),
                None if until is None else micros(until),
                int(told),
            ),
        )

    def paused(self, circle: str) -> Pause | None:
        """The pause in force, if any."""
        return next((one for one in self.pauses() if one.circle == circle), None)

    def rested(self) -> frozenset[str]:
        """Circles whose pause has run out and that nobody came back to since (`unpause`)."""
        now = micros(self._clock.now())
        rows = self._db.execute("SELECT circle FROM care_pause WHERE until <= ?", (now,))
        return frozenset(circle for (circle,) in rows)

    def unpause(self, circle: str) -> None:
        self._db.execute("DELETE FROM care_pause WHERE circle = ?", (circle,))

    def pauses(self) -> tuple[Pause, ...]:
        return tuple(self._pauses())

    def _pauses(self) -> Iterator[Pause]:
        now = micros(self._clock.now())
        for circle, since, until, told in self._db.execute(
            "SELECT circle, since, until, told FROM care_pause"
            " WHERE until IS NULL OR until > ? ORDER BY circle",
            (now,),
        ):
            yield Pause(circle, moment(since), None if until is None else moment(until), bool(told))

    # --- the read-later shelf ---------------------------------------------------------------------

    def keep_for_later(self, circle: str, post: str) -> None:
        """Put a post on the shelf by name; its fold and its text stay where they are."""
        self._db.execute(
            "INSERT OR IGNORE INTO care_later(circle, post, kept_at) VALUES (?, ?, ?)",
            (circle, post, micros(self._clock.now())),
        )

    def later(self, circle: str = "") -> tuple[tuple[str, str], ...]:
        """(circle, post), oldest first; of one circle if named."""
        rows = self._db.execute(
            "SELECT circle, post FROM care_later WHERE ? IN ('', circle) ORDER BY kept_at",
            (circle,),
        )
        return tuple((one, post) for one, post in rows)

    def drop_later(self, circle: str, post: str) -> None:
        self._db.execute("DELETE FROM care_later WHERE circle = ? AND post = ?", (circle, post))

    # --- lines that did not work ------------------------------------------------------------------

    def did_not_work(self, service: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO care_unanswered(service, at) VALUES (?, ?)",
            (service, micros(self._clock.now())),
        )

    def works_again(self, service: str) -> None:
        self._db.execute("DELETE FROM care_unanswered WHERE service = ?", (service,))

    def unanswered(self) -> frozenset[str]:
        return frozenset(one for (one,) in self._db.execute("SELECT service FROM care_unanswered"))
