"""One run of the command line: its options, and the vault opened on demand.

Owns the order in which ways in are tried (given file or descriptor, agent, keyring, question) and
what happens when another Haven holds the vault. Secrets pass through here and are not kept.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from havenclient.cli.output import Output
from havenclient.errors import HavenError, InUse, LockedError, NotFound, UsageError, WrongPassphrase

if TYPE_CHECKING:
    from havenclient.config import Settings
    from havenclient.hygiene import Secret
    from havenclient.journal import Journal
    from havenclient.paths import Places
    from havenclient.seams import Clock, Random
    from havenclient.vault import Vault, VaultPaths, Way, Work

Screens = Callable[["Session"], int]
"""Opens the full screen and gives the exit code; handed in by `__main__`, for cli and ui don't know
each other."""

TRIES = 3
"""Questions for the passphrase before giving up."""
PATIENCE = 10.0
"""Seconds that a command waits for one that holds the vault. Commands hold it for about a second
(the stretching), so three at once from a script all come in; who held it for longer than this is a
screen that stays open, and is not waited for."""
_LOOK_AGAIN = 0.05


class Options(NamedTuple):
    """The global options."""

    journal: Path | None = None
    config: Path | None = None
    plain: bool = False
    no_color: bool = False
    no_input: bool = False
    no_mouse: bool = False
    quiet: bool = False
    debug: bool = False
    offline: bool = False
    passphrase_file: Path | None = None
    passphrase_fd: int | None = None
    locked: bool = False

    def again(self) -> tuple[str, ...]:
        """The options that the process taking this one's place after a lock gets. Not the
        passphrase's: a locked Haven asks."""
        words: list[str] = []
        for name, value in (("--journal", self.journal), ("--config", self.config)):
            if value is not None:
                words += [name, str(value.absolute())]
        for name in ("plain", "no_color", "no_input", "no_mouse", "quiet", "debug", "offline"):
            if getattr(self, name):
                words.append("--" + name.replace("_", "-"))
        return tuple(words)

    @classmethod
    def given(cls, **raw: Any) -> Options:
        from havenclient.paths import typed_path

        for name in ("journal", "config", "passphrase_file"):
            if raw[name] is not None:
                if not raw[name]:
                    raise UsageError(f"--{name.replace('_', '-')} needs a path")
                raw[name] = typed_path(raw[name])
        number = raw["passphrase_fd"]
        if number is not None:
            if not (number.isascii() and number.isdigit() and len(number) < 6):
                raise UsageError("--passphrase-fd takes the number of an open descriptor")
            if raw["passphrase_file"] is not None:
                raise UsageError("give --passphrase-file or --passphrase-fd, not both")
            raw["passphrase_fd"] = int(number)
        return cls(**raw)


class Session:
    """What a command gets: options, output, surroundings, and the vault when it asks for it."""

    def __init__(
        self,
        options: Options,
        *,
        env: Mapping[str, str] | None = None,
        out: Output | None = None,
    ) -> None:
        self.options = options
        self.env = os.environ if env is None else env
        self.out = out or Output(quiet=options.quiet)
        self._vault: Vault | None = None

    # --- surroundings ---------------------------------------------------------------------------

    @cached_property
    def places(self) -> Places:
        from havenclient.paths import Places

        return Places.default(self.env)

    @property
    def settings_file(self) -> Path:
        return self.options.config or self.places.settings_file

    @cached_property
    def settings(self) -> Settings:
        from havenclient import config

        settings = config.load(self.settings_file, self.env)
        for problem in settings.problems:
            self.out.warn(problem)
        return settings

    @cached_property
    def paths(self) -> VaultPaths:
        from havenclient.vault import VaultPaths

        return VaultPaths(self.root)

    @property
    def root(self) -> Path:
        """The vault's folder."""
        return (self.options.journal or self.places.vault).absolute()

    @cached_property
    def clock(self) -> Clock:
        from havenclient.seams import SystemClock

        return SystemClock()

    @cached_property
    def random(self) -> Random:
        from havenclient.seams import SystemRandom

        return SystemRandom()

    @property
    def plain(self) -> bool:
        """No cursor tricks: asked for, or the terminal can't."""
        return (
            self.options.plain
            or self.env.get("TERM") == "dumb"
            or self.env.get("HAVEN_PLAIN", "") not in ("", "0")
        )

    def work(self, label: str) -> Work:
        from havenclient.cli.progress import Progress

        return Progress(self.out, label, plain=self.plain)

    # --- secrets --------------------------------------------------------------------------------

    def given_secret(self) -> Secret | None:
        """What --passphrase-file or --passphrase-fd hold."""
        from havenclient import hygiene

        if self.options.passphrase_file is not None:
            return hygiene.secret_from_file(self.options.passphrase_file)
        if self.options.passphrase_fd is not None:
            return hygiene.secret_from_descriptor(self.options.passphrase_fd)
        return None

    def ask_secret(self, prompt: str) -> Secret:
        from havenclient import hygiene

        if self.options.no_input:
            raise LockedError(
                "a passphrase is needed, and --no-input was given",
                "--passphrase-file FILE or --passphrase-fd N gives it",
            )
        return hygiene.ask_secret(prompt)

    # --- the vault ------------------------------------------------------------------------------

    def unlocked(
        self, *, read_only: bool = False, reading: bool = False, quiet: bool = False
    ) -> Vault:
        """The open vault of this run. `reading` commands fall back to read-only while another
        Haven holds it; `quiet` ones write nothing unless something waits to be written."""
        if self._vault is None:
            from havenclient.vault import exists

            if not exists(self.paths):
                raise NotFound(
                    "there is no vault yet",
                    "`haven init` makes one; --journal PATH names another folder",
                )
            try:
                self._vault = self._unlock(
                    read_only=read_only, quiet=quiet, patient=not (reading or read_only)
                )
            except InUse as held:
                if not reading or read_only:
                    raise InUse(
                        held.message,
                        *held.hints,
                        "`haven quick` adds a note while it is open",
                    ) from None
                self._vault = self._unlock(read_only=True)
            self._tell_notices(self._vault)
        return self._vault

    def open_with(self, way: Way) -> Vault:
        """The vault opened in one given way, for commands about keys."""
        if self._vault is None:
            self._vault = self._attempt(way, read_only=False)
            self._tell_notices(self._vault)
        return self._vault

    @contextmanager
    def stretching(self) -> Iterator[None]:
        """The second in which a passphrase becomes a key, with its progress line."""
        self.work("Unlocking").step(0, 2, "deriving the key")
        try:
            yield
        finally:
            self.out.settle()

    def _tell_notices(self, vault: Vault) -> None:
        for notice in vault.notices:
            if notice.kind == "recovery" and not self._may_remind():
                continue
            self.out.warn(notice.message)
            for hint in notice.hints:
                self.out.hint(hint)

    def _may_remind(self) -> bool:
        """A reminder is for a person, not for the log of a nightly script, and once a day."""
        if not sys.stderr.isatty():
            return False
        mark = self.places.state / "reminded"
        today = self.clock.now().astimezone().date().isoformat()
        with suppress(OSError):
            if mark.exists() and mark.read_text("ascii") == today:
                return False
            mark.write_text(today, "ascii")
        return True

    def _attempt(
        self, way: Way, *, read_only: bool, quiet: bool = False, patient: bool = False
    ) -> Vault:
        from havenclient import vault

        def attempt() -> Vault:
            return vault.unlock(
                self.paths,
                way,
                state_dir=self.places.state,
                read_only=read_only,
                quiet=_search_is_current if quiet else None,
                clock=self.clock,
                random=self.random,
                work=self.work("Unlocking"),
            )

        try:
            return self._patiently(attempt) if patient else attempt()
        finally:
            self.out.settle()

    def _patiently(self, attempt: Callable[[], Vault]) -> Vault:
        """Words that came through a pipe are gone if their command gives up at once."""
        import time

        for left in reversed(range(int(PATIENCE / _LOOK_AGAIN))):
            try:
                return attempt()
            except InUse as held:
                now = self.clock.now()
                brief = held.since is None or abs((now - held.since).total_seconds()) < PATIENCE
                if not (left and brief):
                    raise
                time.sleep(_LOOK_AGAIN)
        raise AssertionError

    def _unlock(self, *, read_only: bool, quiet: bool = False, patient: bool = False) -> Vault:
        from havenclient import vault

        def attempt(way: Way) -> Vault:
            return self._attempt(way, read_only=read_only, quiet=quiet, patient=patient)

        if (given := self._given) is not None:
            return attempt(vault.Passphrase(given.text()))
        from havenclient.cli import agent

        if (kept := agent.kept(self)) is not None:
            try:
                return attempt(kept)
            except WrongPassphrase:  # it was changed since
                agent.forget(self)
        if self.settings.locking.use_keyring:
            try:
                return attempt(vault.KeyringSlot())
            except LockedError as closed:
                self.out.say(f"haven: note: the keyring did not open it ({closed.message})")
        for left in reversed(range(TRIES)):
            secret = self.ask_secret("Passphrase: ")
            try:
                opened = attempt(vault.Passphrase(secret.text()))
            except WrongPassphrase as wrong:
                secret.wipe()
                if not left:
                    raise
                self.out.say(f"haven: {wrong.message}; try again, or Ctrl-C")
            except InUse:
                self._given = secret  # asked once is enough
                raise
            else:
                secret.wipe()
                return opened
        raise AssertionError

    @cached_property
    def _given(self) -> Secret | None:
        return self.given_secret()

    @contextmanager
    def journal(
        self, *, reading: bool = False, quiet: bool | None = None, adding: bool = False
    ) -> Iterator[Journal]:
        """The journal, with notes left by `haven quick` filed first. `quiet` is what `reading` is
        unless said otherwise; who only adds (`adding`) may leave a small log behind."""
        from havenclient.journal import Journal

        vault = self.unlocked(reading=reading, quiet=reading if quiet is None else quiet)
        journal = Journal(vault, clock=self.clock, random=self.random)
        if not vault.read_only:
            filed = journal.file_quick()
            if filed:
                self.out.say(f"haven: {filed} quick {'note' if filed == 1 else 'notes'} filed")
        tidy = not adding
        try:
            yield journal
            if not (reading or vault.read_only):
                tidy = self._once_a_day(vault, journal) or tidy
        finally:
            self.close(tidy=tidy)

    def _once_a_day(self, vault: Vault, journal: Journal) -> bool:
        """After the day's first change: the daily snapshot, and what has rested in the bin for 30
        days goes; True if this was it. The change itself is safe by now, so trouble here is a note,
        not a failure."""
        due = False
        try:
            due = vault.snapshots.due()
            if due:
                vault.snapshots.take("daily", work=self.work("Copying"))
                journal.purge_expired()
        except HavenError as trouble:
            self.out.warn(f"the daily snapshot could not be taken: {trouble.message}")
        return due

    @property
    def vault_is_closed(self) -> bool:
        return self._vault is None

    def close(self, *, tidy: bool = True) -> None:
        """Close the vault if it is open, and drop what was given. Idempotent."""
        opened, self._vault = self._vault, None
        if opened is not None:
            opened.close(tidy=tidy)
        given = self.__dict__.pop("_given", None)
        if given is not None:
            given.wipe()


def _search_is_current(vault: Vault) -> bool:
    from havenclient.journal import Journal

    return Journal(vault).search_is_current()
