"""Circles as the screens see them: one desk for an open session.

Screens ask questions (`Desk.ask`), wish changes (`Desk.wish`) and let something be fetched
(`Desk.carry`); all run in job threads. The desk also owns `Live`, the threads that listen and send:
they begin only when there is a circle or an invite here and the person is not offline, and they are
told to stop before the vault closes. What they notice comes back into the app's own thread and is
handed to every screen as `circles_changed`; after a lock it is dropped unread.

The person's own limits are asked for here too (`limits`, `visits`, `pauses`), in one place for all
screens of the room. They only ever decide what waits; no wish of hers is refused for them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from havenclient.care import boundaries
from havenclient.care.library import said
from havenclient.errors import HavenError, LockedError
from havenclient.ui import own_limits
from havenclient.ui.visits import Parting, Visit, Visits, parting

if TYPE_CHECKING:
    from havenclient.care.boundaries import Feeling, Limits
    from havenclient.care.keeping import Boundaries, Pause
    from havenclient.circles.service import Circles
    from havenclient.sync.client import Route
    from havenclient.sync.engine import Engine
    from havenclient.sync.live import Changed, Live
    from havenclient.ui.haven import Haven
    from havenclient.ui.session import Session
    from havenclient.vault import Vault

T = TypeVar("T")

_OFFLINE, _QUIET_HOLD = "circles_offline", "circles_quiet_hold"
ROUNDS_KEPT = 40
KEEP_EVERY = 30.0
"""Seconds of reading after which they are kept, so that a lock forgets little."""
NOTICES = {"once": 1, "twice": 2}


@dataclass(frozen=True, slots=True)
class Round:
    """One line of the relay screen's log: no names, no text."""

    at: datetime
    sent: int
    received: int
    trouble: str


class Desk:
    """Lives from the first look at circles until the lock. Belongs to the app's thread, except
    where a method says otherwise."""

    def __init__(self, haven: Haven, session: Session, vault: Vault) -> None:
        from havenclient.circles.service import Circles

        self._haven = haven
        self._session = session
        self._vault = vault
        self.circles: Circles = Circles(vault, clock=haven.launch.clock, random=haven.launch.random)
        self._live: Live | None = None
        self.offline = vault.meta(_OFFLINE) == "1"
        self.rounds: deque[Round] = deque(maxlen=ROUNDS_KEPT)
        self.checked_at: datetime | None = None
        self.trouble = ""
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

    # --- asking and wishing -----------------------------------------------------------------------

    def ask(
        self,
        question: Callable[[Circles], T],
        done: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None:
        """Look something up in a job thread; `done` gets the answer if it is still wanted."""

        def look(_vault: Vault) -> T:
            answer = question(self.circles)
            self._look()
            return answer

        self._haven.jobs.start(
            lambda _: self._session.ask_vault(look),
            done,
            group=f"circles {group}",
            failed=failed,
        )

    def wish(
        self,
        deed: Callable[[Circles], T],
        done: Callable[[T], None] | None = None,
        *,
        group: str,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None:
        """A change: saved first, then sent by the courier; every screen hears of it."""

        def saved(result: T) -> None:
            self.keep_in_touch()
            if done is not None:
                done(result)
            self._tell(None)

        self.ask(deed, saved, group=group, failed=failed)

    def carry(
        self,
        verb: str,
        run: Callable[[Engine], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[HavenError], None] | None = None,
    ) -> None:
        """Something a person waits for that needs a relay now; holds no lock of the session."""

        def with_engine(_session: Session, _work: object) -> T:
            from havenclient.sync.engine import Engine

            engine = Engine(self.circles, self.route, random=self._haven.launch.random)
            try:
                return run(engine)
            finally:
                engine.close()

        self._haven.work(verb, with_engine, done, failed=failed)

    def route(self, base: str, purpose: bytes) -> Route:
        """How to get to a relay. From any thread."""
        from havenclient.sync import routes

        return routes.route(self._vault, base, purpose)

    # --- staying in touch -------------------------------------------------------------------------

    def keep_in_touch(self) -> None:
        """Begin listening if there is anything to listen to; send at once what was written."""
        if self.offline or self._session.read_only:
            return
        if self._live is not None:
            self._live.wake()
            return
        if not (self.circles.all_names() or self.circles.holds_doors()):
            return
        from havenclient.sync.live import Live

        self._live = Live(
            self.circles, self.route, random=self._haven.launch.random, notify=self._heard
        )
        self._live.start()

    def go_offline(self, offline: bool) -> None:
        self.offline = offline
        with suppress(HavenError):
            self._vault.set_meta(_OFFLINE, "1" if offline else "0")
        if offline:
            self._stop_live()
            self.trouble = ""
        else:
            self.keep_in_touch()
        self._tell(None)

    def close(self) -> None:
        """Before the vault closes: no thread of ours begins anything new."""
        self._stop_live()

    def _stop_live(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop(0.5)

    def _heard(self, changed: Changed) -> None:
        """From the live threads."""
        self._haven.call_later(self._take, changed)

    def _take(self, changed: Changed) -> None:
        if self._haven.session is not self._session or self._live is None:
            return  # locked, or gone offline, since
        now = self._haven.launch.clock.now()
        self.checked_at = now if not changed.error else self.checked_at
        self.trouble = changed.error
        if changed.sent or changed.received or changed.error or not self.rounds:
            self.rounds.append(Round(now, changed.sent, changed.received, changed.error))
        self._notice(changed)
        self._tell(changed.circle)

    def _tell(self, circle: int | None) -> None:
        if self._haven.session is self._session:
            self._haven.tell_screens("circles_changed", circle)

    def facts(self) -> tuple[str, ...]:
        """For the top line: how it stands with the relay, in words."""
        if self.offline:
            return ("relay off",)
        if self._live is None:
            return ("relay off",)
        if self.trouble:
            return ("no relay just now",)
        if self.checked_at is None:
            return ("asking the relay",)
        ago = (self._haven.launch.clock.now() - self.checked_at).total_seconds()
        return ("relay ok", f"checked {_ago(ago)}")

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

    def quiet_ends(self) -> int | None:
        """Unix seconds from which held words go out; None: now."""
        ends = boundaries.quiet_until(self.limits.quiet_hours, self.now)
        return None if ends is None else int(ends.timestamp())

    def after_quiet(self) -> None:
        """Words that an earlier Haven held for the night, without a moment of their own."""
        if not self.quiet_now and self._vault.meta(_QUIET_HOLD) == "1":
            self._vault.set_meta(_QUIET_HOLD, "0")
            self.wish(lambda circles: circles.release(), group="release")

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
        from datetime import timedelta

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


def desk(haven: Haven) -> Desk:
    """The session's desk; made when it is asked for first. Raises LockedError."""
    session = haven.session
    if session is None:
        raise LockedError("the journal is locked")
    made = session.beside.get("circles")
    if made is None:
        made = session.ask_vault(lambda vault: Desk(haven, session, vault))
        session.beside["circles"] = made
    return cast("Desk", made)


def begin(haven: Haven) -> None:
    """After unlocking: a person who has circles or invites is in touch again. Others load nothing
    of circles, and no relay is asked."""
    own_limits.learn(haven)
    session = haven.session
    if session is None or session.read_only or not haven.settings.look.circles:
        return

    def anything(vault: Vault) -> bool:
        from havenclient.circles.here import anything_here

        if not anything_here(vault):
            return False
        import havenclient.circles.service
        import havenclient.sync.live  # noqa: F401  (here, in a thread, it delays no key)

        return True

    def found(yes: bool) -> None:
        if yes:
            made = desk(haven)
            made.after_quiet()
            made.keep_in_touch()

    haven.jobs.start(
        lambda _: session.ask_vault(anything), found, group="circles begin", failed=lambda _: None
    )


def _ago(seconds: float) -> str:
    if seconds < 90:
        return "just now"
    if seconds < 5400:
        return f"{int(seconds // 60)} min ago"
    return f"{int(seconds // 3600)} h ago"
