"""The vault's few ways to change a folder, each durable before it returns.

Every change of a name in the vault's folder goes through here (write, replace, remove), so that
the order of steps in `rotate.py` and `header.py` is the order on the disk, and so that the crash
tests can stop the process before each of them (`step` is their handle; it does nothing in the
product).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from havenclient.errors import Damaged, DiskFull, NotFound, StorageError

PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def step(name: str) -> None:
    """A point between two changes on disk. Replaced by the crash tests."""


def disk_full() -> DiskFull:
    return DiskFull(
        "the disk is full; what was saved before stays saved",
        "make some room, then try again",
    )


@contextlib.contextmanager
def mapped(what: str) -> Iterator[None]:
    """OSErrors become Haven's errors. `what` is a fixed phrase ("the journal's folder")."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full() from error
        if isinstance(error, FileNotFoundError):
            raise NotFound(f"{what} is not there") from error
        if isinstance(error, PermissionError):
            raise StorageError(f"{what} can't be used: permission denied") from error
        reason = os.strerror(error.errno) if error.errno else "unknown reason"
        raise StorageError(f"{what} can't be used: {reason.lower()}") from error


def private_folder(path: Path) -> None:
    path.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE_DIR)


def open_private(path: Path, flags: int) -> int:
    """A descriptor on a 0600 file; never follows a link somebody planted."""
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)


def flush(descriptor: int) -> None:
    """fsync, and on macOS what fsync only promises there: the drive's own cache as well."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        with contextlib.suppress(OSError):  # not every file system there knows it
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """All of `data` or the old file, whatever happens: temp, fsync, rename, fsync folder. Without
    `lasting` a power cut right after it may bring the old file back, whole."""
    temporary = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    try:
        descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            flush(stream.fileno())
        replace(temporary, path, lasting=lasting)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def replace(source: Path, target: Path, *, lasting: bool = True) -> None:
    """Rename over `target`, durable. The one atomic switch that everything here rests on."""
    step(f"before replace {target.name}")
    source.replace(target)
    if lasting:
        sync_folder(target.parent)


def remove(path: Path) -> bool:
    """Unlink, durable. False if it was not there."""
    step(f"before remove {path.name}")
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


def read_small(path: Path, limit: int) -> bytes:
    """The whole file, or Damaged if it is larger than Haven ever writes it (cap before work)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise Damaged(f"the file {path.name} is damaged: it is larger than Haven ever writes it")
    return data
