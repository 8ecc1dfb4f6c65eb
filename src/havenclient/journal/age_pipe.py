"""age as a pipe: write plaintext in, or read plaintext out, without a whole file in memory.

pyrage wants to drive (it reads from one file and writes to another until the end), and so does
`tarfile`. So pyrage runs in a thread of its own with an operating system pipe between them; the
database stays with the thread that called.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyrage

from havenclient.errors import Damaged, HavenError, WrongPassphrase


class _Thread(threading.Thread):
    def __init__(self, act: Any) -> None:
        super().__init__(name="haven-age", daemon=True)
        self._act = act
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._act()
        except BaseException as error:
            self.error = error


@contextlib.contextmanager
def encrypting(out: BinaryIO, recipients: Sequence[Any]) -> Iterator[BinaryIO]:
    """A stream whose bytes land in `out`, encrypted. Errors of `out` (OSError) come out here."""
    read_end, write_end = os.pipe()

    def act() -> None:
        with os.fdopen(read_end, "rb") as source:
            pyrage.encrypt_io(source, out, list(recipients))

    thread = _Thread(act)
    thread.start()
    try:
        with os.fdopen(write_end, "wb", 1 << 16) as plain:
            yield plain
    except BrokenPipeError:
        pass  # the other side ended first; its reason is told below
    finally:
        thread.join()
    if thread.error is not None:
        if isinstance(thread.error, OSError | HavenError):
            raise thread.error
        raise Damaged("the backup could not be encrypted") from None


@contextlib.contextmanager
def decrypting(source: BinaryIO, identities: Sequence[Any]) -> Iterator[BinaryIO]:
    """The plaintext of `source` as a stream. WrongPassphrase-like for a key that doesn't fit,
    Damaged for everything else; what was read before damage shows is genuine but not the whole."""
    read_end, write_end = os.pipe()

    def act() -> None:
        with os.fdopen(write_end, "wb", 1 << 16) as sink:
            pyrage.decrypt_io(source, sink, list(identities))

    thread = _Thread(act)
    thread.start()
    problem: BaseException | None = None
    plain = os.fdopen(read_end, "rb", 1 << 16)
    try:
        yield plain
    except BaseException as raised:
        problem = raised
    # Closing our end stops a decryption that nobody reads any more.
    plain.close()
    thread.join()
    error = thread.error
    if error is not None and not (isinstance(error, BrokenPipeError) and problem is not None):
        if isinstance(error, pyrage.DecryptError) and "matching keys" in str(error):
            raise WrongPassphrase("this key doesn't open this backup") from None
        if not isinstance(error, BrokenPipeError):
            raise Damaged("the backup is damaged or cut short") from None
    if problem is not None:
        raise problem
