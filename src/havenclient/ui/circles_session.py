"""Circles as the screens see them: one desk for an open session.

Screens ask questions (`Desk.ask`), wish changes (`Desk.wish`) and let something be fetched
(`Desk.carry`); all run in job threads. The desk also owns `Live`, the threads that listen and send:
they begin only when there is a circle or an invite here and the person is not offline, and they are
told to stop before the vault closes. What they notice comes back into the app's own thread and is
handed to every screen as `circles_changed`; after a lock it is dropped unread.

The person's own limits are asked for in one place for all screens of the room: `own_time.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from havenclient.errors import HavenError, LockedError
from havenclient.ui import own_limits
from havenclient.ui.own_time import OwnTime

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class Round:
    """One line of the relay screen's log: no names, no text."""

    at: datetime
    sent: int
    received: int
    trouble: str


class Desk(OwnTime):
    """Lives from the first look at circles until the lock. Belongs to the app's thread, except
    where a method says otherwise."""

    def __init__(self, haven: Haven, session: Session, vault: Vault) -> None:
        from havenclient.circles.service import Circles

        super().__init__(haven, session, vault)
        self._vault = vault
        self.circles: Circles = Circles(vault, clock=haven.launch.clock, random=haven.launch.random)
        self._live: Live | None = None
        self.offline = vault.meta(_OFFLINE) == "1"
        self.rounds: deque[Round] = deque(maxlen=ROUNDS_KEPT)
        self.checked_at: datetime | None = None
        self.trouble = ""

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

    def after_quiet(self) -> None:
        """Words that an earlier Haven held for the night, without a moment of their own."""
        if not self.quiet_now and self._vault.meta(_QUIET_HOLD) == "1":
            self._vault.set_meta(_QUIET_HOLD, "0")
            self.wish(lambda circles: circles.release(), group="release")


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
