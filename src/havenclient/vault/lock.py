"""One writer. An OS lock on the folder, so that a crash releases it and a stale file means nothing.

Two locks, both `flock` (advisory, tied to the open file, released by the kernel at any death):
* `vault.lock`, exclusive: the writer. Its text (pid, host, since) is only for the sentence that a
  second Haven shows; the lock itself is what counts.
* `vault.readers`, shared by everyone who only reads, exclusive for the instant in which
  the database *file* is replaced (rotation). SQLite finds `-wal` by path: a reader of the old
  file would, at its end, tidy away the new file's log.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Self

from havenclient.errors import InUse
from havenclient.vault.files import mapped, open_private

_LENGTH = 512


class FolderLock:
    """Held from construction until `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def writer(cls, path: Path, now: datetime) -> Self:
        with mapped("the journal's lock file"):
            descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _in_use(os.pread(descriptor, 1024, 0)) from None
            # Only for the sentence a second Haven shows: a full disk must not keep people out.
            with contextlib.suppress(OSError):
                who = {"pid": os.getpid(), "host": os.uname().nodename, "since": now.isoformat()}
                # One length for ever: cutting a file to nothing makes some file systems wait for
                # their journal (2 to 3 ms), and JSON doesn't mind spaces at its end.
                os.pwrite(descriptor, json.dumps(who).encode().ljust(_LENGTH), 0)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    @classmethod
    def shared(cls, path: Path) -> Self:
        """For a reader. On a medium that can't be written nobody rotates keys: no lock then."""
        if not os.access(path.parent, os.W_OK):
            return cls(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        return cls._readers(path, fcntl.LOCK_SH, "another Haven is changing this journal's keys")

    @classmethod
    def alone(cls, path: Path) -> Self:
        return cls._readers(path, fcntl.LOCK_EX, "another Haven is reading this journal")

    @classmethod
    def _readers(cls, path: Path, kind: int, busy: str) -> Self:
        with mapped("the journal's lock file"):
            descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InUse(busy, "close the other one, then try again") from None
        return cls(descriptor)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _in_use(text: bytes) -> InUse:
    pid: object = None
    host: object = None
    since: object = None
    try:
        who = json.loads(text)
        if isinstance(who, dict):
            pid, host, since = who.get("pid"), who.get("host"), who.get("since")
    except ValueError:
        pass  # the other Haven is just writing it
    where = ""
    begun: datetime | None = None
    if isinstance(since, str):
        with contextlib.suppress(ValueError):
            begun = datetime.fromisoformat(since)
    if isinstance(pid, int):
        where += f" (process {pid}"
        if isinstance(host, str) and host.isascii() and host.isprintable():
            where += f" on {host[:64]}"
        if begun is not None:
            where += f", since {begun:%Y-%m-%d %H:%M} UTC"
        where += ")"
    held = InUse(
        f"this journal is open in another Haven{where}",
        "use that one, lock it, or open this one to read only",
    )
    held.since = begun if begun is not None and begun.tzinfo is not None else None
    return held
