"""The person's own limits, for screens: read from the vault, never from the settings file.

Screens draw in the app's thread and may not wait for the database there, so what is in force is
kept beside the session and read anew by every job of the circles room, by the limits screen after a
change, and at unlocking. Until the first reading, limits stand where they begin (`beginning`).

Never: a limit that is kept here only, or one that closes something.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from havenclient.care.boundaries import Limits, beginning

if TYPE_CHECKING:
    from havenclient.care.keeping import Boundaries
    from havenclient.ui.haven import Haven
    from havenclient.ui.session import Session
    from havenclient.vault import Vault


class OwnLimits:
    """Lives as long as the session. `limits` is replaced whole, from any thread."""

    def __init__(self, begins: Limits) -> None:
        self.limits = begins
        self._begins = begins
        self.known = False
        """Whether the vault was asked yet."""

    def look(self, kept: Boundaries) -> Limits:
        """In a job thread: what is in force now."""
        self.limits, self.known = kept.limits(), True
        return self.limits

    def close(self) -> None:
        self.limits = self._begins


def beside(haven: Haven, session: Session) -> OwnLimits:
    made = session.beside.get("limits")
    if made is None:
        made = session.beside["limits"] = OwnLimits(beginning(haven.settings.boundaries))
    return cast("OwnLimits", made)


def own(haven: Haven) -> Limits:
    """What is in force, as far as is known by now. Never waits."""
    if haven.session is None:
        return beginning(haven.settings.boundaries)
    return beside(haven, haven.session).limits


def keeper(haven: Haven, vault: Vault) -> Boundaries:
    """The vault's own, which begin where this person's settings say."""
    from havenclient.care.keeping import Boundaries

    begins = beginning(haven.settings.boundaries)
    return Boundaries(vault.db, haven.launch.clock, begins)


def learn(haven: Haven) -> None:
    """Ask the vault in a thread; what depends on it hears `limits_changed`."""
    session = haven.session
    if session is None:
        return
    mine = beside(haven, session)
    before = mine.limits

    def told(now: Limits) -> None:
        if now != before:
            haven.tell_screens("limits_changed")

    haven.jobs.start(
        lambda _: session.ask_vault(lambda vault: mine.look(keeper(haven, vault))),
        told,
        group="limits",
        failed=lambda _: None,
    )


def set_own(haven: Haven, wishes: Iterable[tuple[str, str]]) -> None:
    """Several at once, waiting for it: for the first steps, when nothing else runs. Raises
    UsageError for what is no limit, and keeps none of them then."""
    from havenclient.care.boundaries import parse

    wanted = [(name, text, parse(name, text)) for name, text in wishes]
    session = haven.session
    if session is None:
        return
    mine = beside(haven, session)

    def keep(vault: Vault) -> None:
        kept = keeper(haven, vault)
        for name, text, value in wanted:
            if getattr(kept.limits(), name) != value:
                kept.set(name, text)
        mine.look(kept)

    session.ask_vault(keep)
