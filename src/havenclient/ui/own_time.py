"""A person's own time in circles: her limits as they stand now, and what a visit makes of them.

The base of the desk. Everything here only ever decides what waits or what one small line says; no
wish of hers is refused for it. Numbers go into the vault (care.keeping) and nowhere else.

`_look` runs in the job threads, with the vault at hand, after every question that a screen asks;
what it found is read by screens in the app's thread without waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from havenclient.care import boundaries
from havenclient.care.library import said
from havenclient.errors import HavenError
from havenclient.ui import own_limits
from havenclient.ui.visits import Parting, Visit, Visits, parting

if TYPE_CHECKING:
    from havenclient.care.boundaries import Feeling, Limits
    from havenclient.care.keeping import Boundaries, Pause
    from havenclient.circles.service import Circles
    from havenclient.sync.live import Changed
    from havenclient.ui.haven import Haven
    from havenclient.ui.session import Session
    from havenclient.vault import Vault

T = TypeVar("T")

KEEP_EVERY = 30.0
"""Seconds of reading after which they are kept, so that a lock forgets little."""
NOTICES = {"once": 1, "twice": 2}


class OwnTime:
    def __init__(self, haven: Haven, session: Session, vault: Vault) -> None:
        self._haven = haven
        self._session = session
        self._kept = own_limits.keeper(haven, vault)
        self._own = own_limits.beside(haven, session)
        self.pauses: dict[str, Pause] = {}
        """In force, by circle."""
        self.rested: frozenset[str] = frozenset()
        """Circles whose rest has ended and that were not looked at since."""
        self.visits = Visits()
        self.parting: Parting | None = None
        self._read_today = 0.0
        self._more_today: tuple[str, int] = ("", 0)
        self._anyway: dict[str, datetime] = {}
        self._look()

    def ask(
        self,
        question: Callable[[Circles], T],
        done: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None:
        raise NotImplementedError

    # --- gentle boundaries ------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self._haven.launch.clock.now().astimezone()

    @property
    def limits(self) -> Limits:
        """What the person chose, as it is in force."""
        return self._own.limits

    @property
    def kept(self) -> Boundaries:
        """The vault's own; ask it inside a question only."""
        return self._kept

    def _look(self) -> None:
        """With the vault at hand: limits, pauses and minutes as they are now."""
        self._own.look(self._kept)
        self.pauses = {one.circle: one for one in self._kept.pauses()}
        self.rested = self._kept.rested()
        self._read_today = self._kept.minutes_read(self.now.date())

    @property
    def quiet_now(self) -> bool:
        return boundaries.is_quiet(self.limits.quiet_hours, self.now)

    @property
    def quiet_until(self) -> str:
        """`07:00`, or nothing outside quiet hours."""
        return self.limits.quiet_hours.partition("-")[2] if self.quiet_now else ""

    def quiet_began(self) -> int | None:
        """Unix seconds of this quiet time's beginning: what came since waits."""
        began = boundaries.quiet_since(self.limits.quiet_hours, self.now)
        return None if began is None else int(began.timestamp())

    def held_until(self) -> int | None:
        """Unix seconds from which held words go out; None: now."""
        ends = boundaries.held_until(self.limits, self.now)
        return None if ends is None else int(ends.timestamp())

    # --- before a circle opens --------------------------------------------------------------------

    def question_before(self, circle: str) -> str:
        """The sentence that costs one more key before this circle opens; "" for none."""
        if self.opened_late(circle):
            return ""
        if circle in self.pauses:
            return boundaries.pause_sentence(self.pauses[circle].until)
        return boundaries.opening_question(self.limits, self.now)

    def opened_late(self, circle: str) -> bool:
        """She opened it in quiet hours, knowingly: nothing waits for the morning then."""
        return circle in self._anyway and self._anyway[circle] > self.now

    def open_anyway(self, circle: str) -> None:
        """One key is enough for the rest of this hour (or night)."""
        ends = boundaries.quiet_until(self.limits.quiet_hours, self.now)
        self._anyway[circle] = ends or self.now + timedelta(hours=1)

    def open_no_more(self, circle: str) -> None:
        """She rests from it now: the key that opened it before is asked for again."""
        self._anyway.pop(circle, None)

    # --- a visit ----------------------------------------------------------------------------------

    def enter(self, circle: str) -> Visit:
        self.parting = None
        return self.visits.enter(circle, self._haven.launch.clock.monotonic())

    def spent_minutes(self) -> float:
        """Minutes of reading in circles today."""
        return self._read_today + self.visits.unsaved() / 60

    def spend(self, seconds: float, circle: str) -> None:
        """Time passed reading a conversation. Kept now and then, and when it is left."""
        visit = self.visits.enter(circle, self._haven.launch.clock.monotonic())
        visit.seconds += seconds
        visit.unsaved += seconds
        if visit.unsaved >= KEEP_EVERY:
            self.keep_visit(visit)

    def keep_visit(self, visit: Visit) -> None:
        if self._session.read_only or visit.unsaved < 1:
            return
        seconds, visit.unsaved = round(visit.unsaved), 0.0

        def keep(_: Circles) -> None:
            self._numbered(visit)
            assert visit.no is not None
            self._kept.was_reading(visit.no, seconds)

        self.ask(keep, lambda _: None, group=f"visit {visit.circle} {visit.seconds}")

    def _numbered(self, visit: Visit) -> int:
        if visit.no is None:
            visit.no = self._kept.begin_visit(visit.circle)
        return visit.no

    def leave(self, circle: str, name: str) -> None:
        """A conversation was left: what may be offered now, shown by the list of circles."""
        visit = self.visits.of(circle)
        if visit is None:
            return
        self.keep_visit(visit)
        self.parting = parting(visit, self.limits, name)
        visit.heavy = False  # putting it down is offered once for it

    def feel(self, feeling: Feeling, done: Callable[[list[Feeling]], None]) -> None:
        """Lighter, same or heavier after the visit that was just left."""
        visit = None if self.parting is None else self.visits.of(self.parting.circle)
        if visit is None or self._session.read_only:
            return
        visit.asked = True

        def keep(_: Circles) -> list[Feeling]:
            self._kept.feel(self._numbered(visit), feeling)
            return list(self._kept.feelings(limit=5))

        self.ask(keep, done, group="feel")

    # --- the caps ---------------------------------------------------------------------------------

    @property
    def _today(self) -> str:
        return self.now.date().isoformat()

    @property
    def minutes_up(self) -> bool:
        """Whether the day's minutes of reading are used up: new posts wait, all else is open."""
        day, more = self._more_today
        more = more if day == self._today else 0
        minutes = self.spent_minutes()
        found = boundaries.reading(self.limits, "post", minutes, more=more)
        return found is boundaries.Reading.LATER

    def read_on(self, visit: Visit) -> datetime | None:
        """The one key at a cap. The moment from which the rest comes if she chose to wait."""
        if self.limits.wait and visit.opens is None:
            visit.opens = self.now + boundaries.WAIT
        if visit.opens is not None and self.now < visit.opens:
            return visit.opens
        visit.opens = None
        if self.minutes_up:
            day, more = self._more_today
            spare = self.spent_minutes() - self.limits.reading_cap
            needed = int(spare // boundaries.MORE_MINUTES) + 1
            self._more_today = (self._today, max(needed, more + 1 if day == self._today else 1))
        else:
            visit.more += 1
        return None

    # --- notices ----------------------------------------------------------------------------------

    def _notice(self, changed: Changed) -> None:
        """Once or twice a day, if the person chose that: one sentence without content or count,
        never in quiet hours, never for a circle that she rests from."""
        most = NOTICES.get(self.limits.notices, 0)
        if not most or not changed.received or changed.circle is None or self.quiet_now:
            return
        no = changed.circle

        def due(circles: Circles) -> bool:
            ident = circles.book.id_of(no).hex()
            day, _, said_before = self._kept.fact("notice").partition(" ")
            count = int(said_before or 0) if day == self._today else 0
            if ident in self.pauses or count >= most or not circles.get(ident).new:
                return False
            self._kept.remember("notice", f"{self._today} {count + 1}")
            return True

        def told(yes: bool) -> None:
            if yes and self._haven.session is self._session:
                self._haven.say(said("notice"))

        self.ask(due, told, group="notice", failed=lambda _: None)
