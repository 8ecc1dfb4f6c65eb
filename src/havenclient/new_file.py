"""A new file where the person asked for one: only hers to read, in nobody's place, whole or gone.

For single things that leave the vault (a message's file, a sheet, a report): mode 0600 whatever the
umask, never over a file or through a link, and after a failure (a full disk, damage in what is
written, ^c) no half of it is left. The name is taken first, so what is there already is refused
before anything is written. Whole journals go out through `journal/exporters/target.py`, which
builds beside the target, because that takes long enough to be killed in the middle.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from havenclient.errors import StorageError, UsageError

_ONLY_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """A stream into the new file `target`; if the block or the last flush fails, the file goes.

    Raises `UsageError` if something has that name (a dangling link too), `StorageError` for every
    other `OSError`, also one of the block itself.
    """
    try:
        handle = os.open(target, _ONLY_NEW, 0o600)
    except FileExistsError:
        raise UsageError("there is a file of that name already; nothing was written") from None
    except OSError as error:
        raise _not_written(error) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
    except BaseException as error:
        with suppress(OSError):
            target.unlink()
        if isinstance(error, OSError):
            raise _not_written(error) from None
        raise


def write_new_file(target: Path, data: bytes) -> None:
    """`new_file` for what is in memory as a whole."""
    with new_file(target) as stream:
        stream.write(data)


def _not_written(error: OSError) -> StorageError:
    reason = (error.strerror or "unknown reason").lower()
    return StorageError(f"that file could not be written: {reason}")
