"""Haven's one tree of errors: what a person reads, what a script gets, and what to do next.

Every error that may reach a person is a `HavenError`. Its message is one plain sentence in lower
case without a full stop (the front ends add `haven: error:`), its hints say what to do next, and
its exit code is part of the command line's contract. A message never holds a person's words, a
secret or a file's contents; names of files that the person gave are allowed.

Foreign exceptions are mapped to this tree where they enter (the border of a room), never above.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum


class ExitCode(IntEnum):
    """The command line's exit codes (an API; `docs/cli.md`)."""

    OK = 0
    FAILED = 1
    """What was asked for failed: nothing found, a comparison said different."""
    USAGE = 2
    NETWORK = 3
    """Relay or network; trying again may help."""
    LOCKED = 4
    """Locked, or the passphrase is wrong."""
    STORAGE = 5
    """Storage is damaged, full or in use."""
    REFUSED = 6
    """Refused for safety."""
    INTERRUPTED = 130


class HavenError(Exception):
    """Root of everything that Haven says when something did not work."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints


class NotFound(HavenError):
    """Nothing answers to what was asked for."""


class UsageError(HavenError):
    """The request itself can't be understood: options, dates, settings."""

    exit_code = ExitCode.USAGE


class InputRejected(UsageError):
    """A file or bytes from outside were refused before anything was changed (remote fault)."""


class NetworkError(HavenError):
    """The relay or the network did not do its part; nothing is lost and it may be tried again."""

    exit_code = ExitCode.NETWORK


class LockedError(HavenError):
    """The vault is locked and no way in was given."""

    exit_code = ExitCode.LOCKED


class WrongPassphrase(LockedError):
    """No key slot opened with what was given (decided by the slot's AEAD tag alone)."""


class StorageError(HavenError):
    """The disk, the files or the database."""

    exit_code = ExitCode.STORAGE


class Damaged(StorageError):
    """Bytes are not what Haven wrote: damage or tampering. Never used for a wrong passphrase."""


class InUse(StorageError):
    """Another Haven holds the vault."""

    since: datetime | None = None
    """Since when, where that is known: a command holds it for a second, a screen for an evening."""


class DiskFull(StorageError):
    """No room. What was saved before stays saved."""


class TooNew(StorageError):
    """Written by a newer Haven."""


class SafetyRefusal(HavenError):
    """Haven will not do this because it would put the person at risk."""

    exit_code = ExitCode.REFUSED
