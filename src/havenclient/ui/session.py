"""The open journal as the screens see it: one object, one lock, one way to close.

Screens ask questions (`Session.ask(lambda journal: …)`); they run in job threads, one at a time,
because the database has one connection. Nothing else of the vault reaches a screen, and no SQL or
cryptography is known here either: this is the door, not the room.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

from havenclient.errors import HavenError, LockedError, StorageError
from havenclient.vault.work import Stopped

if TYPE_CHECKING:
    from pathlib import Path

    from havenclient.journal import Draft, Journal
    from havenclient.ui.launch import Launch
    from havenclient.vault import SlotInfo, Vault, Work

T = TypeVar("T")


class Closing(Protocol):
    def close(self) -> None: ...


class Session:
    """From a passphrase to a lock. After `close` every question is a `LockedError`."""

    def __init__(self, vault: Vault, launch: Launch, *, by_recovery: bool = False) -> None:
        self._vault: Vault | None = vault
        from havenclient.journal import Journal

        self._journal: Journal | None = Journal(vault, clock=launch.clock, random=launch.random)
        self._lock = threading.RLock()
        self.inbox: Path = vault.paths.inbox
        self.notices: tuple[str, ...] = tuple(notice.message for notice in vault.notices)
        self.read_only: bool = vault.read_only
        self.beside: dict[str, Closing] = {}
        """What lives as long as the session (circles and their threads); closed before it."""
        self.by_recovery = by_recovery
        """Opened with the recovery code: a new passphrase may be set without the old one."""

    @property
    def open(self) -> bool:
        return self._vault is not None

    def ask(self, question: Callable[[Journal], T]) -> T:
        """Run one question; called from job threads, one after the other."""
        with self._lock:
            if self._journal is None:
                raise LockedError("the journal is locked")
            return question(self._journal)

    def ask_vault(self, question: Callable[[Vault], T]) -> T:
        """The same for the few things that are the vault's: keys, snapshots, backup."""
        with self._lock:
            if self._vault is None:
                raise LockedError("the journal is locked")
            return question(self._vault)

    def interrupt(self) -> None:
        """Let a running search end now; its result is not wanted any more."""
        if self._vault is not None:
            self._vault.db.interrupt()

    def once_a_day(self, work: Work) -> int:
        """The daily copy, if it is due, and what has rested in the bin for 30 days; returns how
        many entries went. Two questions, so that a draft need not wait for both."""
        from havenclient.journal import Query

        if self.read_only or self.ask(lambda journal: journal.count(Query())) == 0:
            return 0
        try:
            self.ask_vault(lambda vault: _copy_if_due(vault, work))
        except Stopped:
            raise
        except HavenError as trouble:
            raise StorageError(
                f"the daily copy of the journal could not be made: {trouble.message}"
            ) from trouble
        return self.ask(lambda journal: journal.purge_expired())

    def slots(self) -> list[SlotInfo]:
        return self.ask_vault(lambda vault: vault.slots())

    def close(self, drafts: list[Draft], *, patience: float = 2.0) -> None:
        """Keep the drafts, close the vault, forget both. Never raises: a lock must not fail.

        If a thread still holds the lock after `patience` seconds its query is interrupted; the
        draft that was kept a few seconds ago is then the newest one.
        """
        for part in self.beside.values():
            with suppress(Exception):
                part.close()
        self.beside.clear()
        got = self._lock.acquire(timeout=patience)
        if not got:
            self.interrupt()
            got = self._lock.acquire(timeout=patience)
        try:
            vault, journal = self._vault, self._journal
            self._vault = self._journal = None
            if vault is None or journal is None:
                return
            if not vault.read_only:
                for draft in drafts:
                    with suppress(HavenError):
                        journal.save_draft(draft)
            with suppress(HavenError):
                vault.close()
        finally:
            if got:
                self._lock.release()


def _copy_if_due(vault: Vault, work: Work) -> None:
    if vault.snapshots.due():
        vault.snapshots.take("daily", work=work)


# --- what happens before there is a session -------------------------------------------------------


def has_vault(launch: Launch) -> bool:
    from havenclient import vault

    return vault.exists(launch.paths)


def open_with_passphrase(launch: Launch, passphrase: str, work: Work) -> Session:
    from havenclient import vault

    opened = vault.unlock(
        launch.paths,
        vault.Passphrase(passphrase),
        state_dir=launch.places.state,
        clock=launch.clock,
        random=launch.random,
        work=work,
    )
    return Session(opened, launch)


def open_with_recovery(launch: Launch, code: str, work: Work) -> Session:
    from havenclient import vault

    opened = vault.unlock(
        launch.paths,
        vault.RecoveryCode(code),
        state_dir=launch.places.state,
        clock=launch.clock,
        random=launch.random,
        work=work,
    )
    return Session(opened, launch, by_recovery=True)


def create(launch: Launch, passphrase: str, work: Work) -> tuple[Session, str]:
    """A new vault; returns the session and the recovery code, which is shown once."""
    from havenclient import vault
    from havenclient.paths import private_folder

    private_folder(launch.paths.root.parent)
    made, code = vault.create(
        launch.paths,
        passphrase,
        state_dir=launch.places.state,
        kdf=launch.kdf,
        clock=launch.clock,
        random=launch.random,
        work=work,
    )
    return Session(made, launch), code


# --- how long a key takes on this computer --------------------------------------------------------

Opening = Callable[["Work"], Session]
Then = Callable[["str | None"], None]

_SECONDS_FILE = "unlock-seconds"


def expected_seconds(launch: Launch) -> float:
    """What the last unlock took here, for the bar; one second when unknown."""
    try:
        return min(60.0, max(0.1, float((launch.places.state / _SECONDS_FILE).read_text("ascii"))))
    except (OSError, ValueError):
        return 1.0


def remember_seconds(launch: Launch, seconds: float) -> None:
    from havenclient.paths import replace_file

    with suppress(OSError):
        replace_file(launch.places.state / _SECONDS_FILE, f"{seconds:.2f}\n".encode("ascii"))
