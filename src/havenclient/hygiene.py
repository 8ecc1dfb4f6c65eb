"""What a Haven process does before anything else, and how it takes in secrets.

Owns: no core files, no reading of this process by others, private files, crash output that says
nothing, and secrets read from a terminal, a private file or an inherited descriptor. Never: a
secret in argv, environment, a message or a repr.

What each measure is for (vault-and-journal.md §4.7, where the measurements are):

* RLIMIT_CORE 0 and PR_SET_DUMPABLE 0: a crash leaves no image of memory, and another process of
  the same user can no longer open /proc/PID/mem or /proc/PID/environ. exec resets the second, so
  it is set again at each start.
* TEXTUAL*: TEXTUAL_LOG writes every key typed, passphrases too, to a file; TEXTUAL_DEVTOOLS sends
  the screen to a socket. They are dropped before anything imports textual.
* excepthook: a traceback shows source lines and messages of foreign exceptions, which may hold
  words or keys. A person gets one fixed sentence; `--debug` adds where, never values.
* unraisablehook: what is raised inside a callback of a C library can't go on, and Python prints it
  with the library's arguments: seen once, when a signal came while a row was bound, with a key in
  it. Nothing is printed, and a wish to stop is asked again a moment later.
* readv: a passphrase read into a bytearray is one copy that can be zeroed; `input` and `getpass`
  leave two that can't. The str that the KDF takes from it lives briefly and is dropped.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from havenclient.errors import HavenError, LockedError, SafetyRefusal, StorageError, UsageError

if TYPE_CHECKING:
    import socket

MAX_SECRET = 4096
"""Bytes. A passphrase is a sentence, not a file."""

CRASH = (
    "haven: error: something inside Haven went wrong, and it stopped\n"
    "haven: hint: what was saved is safe; `haven --debug …` says where it happened, without content"
)


class _Lost(Protocol):
    """What the hooks of sys and of threading are given, as far as it is used."""

    @property
    def exc_type(self) -> type[BaseException]: ...
    @property
    def exc_value(self) -> BaseException | None: ...


_PR_SET_DUMPABLE = 4
_debug = False


def harden() -> None:
    """Everything above, once, at the very start of a process. Idempotent; never raises."""
    os.umask(0o077)
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]
    sys.excepthook = excepthook
    sys.unraisablehook = unraisablehook
    threading.excepthook = unraisablehook
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def show_places_of_crashes() -> None:
    """`--debug`: from here on a crash says where it happened (files and lines, never values)."""
    global _debug
    _debug = True


def excepthook(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """The last resort for what no front end caught."""
    if issubclass(kind, KeyboardInterrupt):
        _say("haven: stopped")
        return
    if isinstance(error, HavenError):
        _say(
            "\n".join(
                [f"haven: error: {error.message}", *(f"haven: hint: {h}" for h in error.hints)]
            )
        )
        return
    _say(CRASH)
    if _debug:
        _say(where(error))


def unraisablehook(lost: _Lost) -> None:
    """For what can't be raised where it happened (a C callback, a destructor, a thread)."""
    if _debug and lost.exc_value is not None:
        _say(where(lost.exc_value))
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _stop_again()


def _stop_again() -> None:
    """The signal that wished to stop was swallowed by C code; it comes again when that is over."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    # Only the main thread may; elsewhere nobody was asked to stop. Not there on Windows.
    with suppress(ValueError, AttributeError):
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, 0.001)


def place(error: BaseException) -> str:
    """Where a crash happened, for a front end that catches it itself; "" without `--debug`."""
    return where(error) if _debug else ""


def where(error: BaseException) -> str:
    """Files, lines and names of functions of a traceback, and the type of the exception. Neither
    its message nor any value: both may hold a person's words."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        trace = current.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            lines.append(f"  {code.co_filename}:{trace.tb_lineno} in {code.co_name}")
            trace = trace.tb_next
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


def _say(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


# --- secrets -------------------------------------------------------------------------------------


class Secret:
    """A passphrase or code on its way in. `text()` hands it over; `wipe()` zeroes this copy."""

    __slots__ = ("_bytes",)

    def __init__(self, raw: bytearray) -> None:
        self._bytes = raw

    def text(self) -> str:
        """As str, for the vault. UsageError if it isn't UTF-8 or is empty."""
        try:
            text = self._bytes.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError("the passphrase is not valid UTF-8 text") from None
        if not text:
            raise LockedError("the passphrase is empty")
        return text

    def same_as(self, other: Secret) -> bool:
        return self._bytes == other._bytes

    def __len__(self) -> int:
        return len(self._bytes)

    def write_to(self, descriptor: int) -> None:
        """Hand it to a process of our own through a pipe (a secret is smaller than its buffer)."""
        os.writev(descriptor, [self._bytes])

    def send_to(self, line: socket.socket) -> None:
        line.sendall(self._bytes)

    def keep_out_of_swap(self) -> None:
        """mlock its pages, for a secret that lives for minutes. Where it isn't allowed (a limit of
        the system), it goes without."""
        import ctypes

        with suppress(OSError, AttributeError, BufferError):
            place = (ctypes.c_char * len(self._bytes)).from_buffer(self._bytes)
            ctypes.CDLL(None).mlock(
                ctypes.c_void_p(ctypes.addressof(place)), ctypes.c_size_t(len(self._bytes))
            )

    def wipe(self) -> None:
        self._bytes[:] = bytes(len(self._bytes))

    def __repr__(self) -> str:
        return "Secret(…)"


def has_terminal() -> bool:
    """Is there a terminal to ask on?"""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def ask_secret(prompt: str) -> Secret:
    """Ask on the terminal itself (/dev/tty) without echo, whatever stdin and stdout are."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise LockedError(
            "a passphrase is needed and there is no terminal to ask on",
            "--passphrase-file FILE or --passphrase-fd N gives it without a terminal",
        ) from None
    import termios

    try:
        before = termios.tcgetattr(terminal)
        quiet = termios.tcgetattr(terminal)
        quiet[3] &= ~termios.ECHO
        os.write(terminal, prompt.encode())
        # TCSAFLUSH drops what was typed before the prompt stood there: it was meant for elsewhere.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet)
        try:
            secret = _read_line(terminal, stops_at_end=True)
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
            os.write(terminal, b"\n")
        return secret
    finally:
        os.close(terminal)


def secret_from_file(path: Path) -> Secret:
    """First line of a file that only its owner can read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as bad:
        raise StorageError(
            "the passphrase file can't be opened", (bad.strerror or "check its path").lower()
        ) from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise SafetyRefusal(
                "the passphrase file is not a regular file",
                "for a pipe or process substitution use --passphrase-fd",
            )
        if found.st_mode & 0o077 or found.st_uid not in (os.geteuid(), 0):
            raise SafetyRefusal(
                "the passphrase file can be read or changed by others", "chmod 600 on it helps"
            )
        return _read_line(handle)
    finally:
        os.close(handle)


def secret_from_descriptor(number: int) -> Secret:
    """First line from an inherited descriptor. Read byte by byte, so that with 0 (stdin) the rest
    stays there as content."""
    try:
        return _read_line(number)
    except OSError:
        raise UsageError("--passphrase-fd names no open descriptor") from None


def _read_line(handle: int, *, stops_at_end: bool = False) -> Secret:
    """Up to a line feed or the end. One copy only: the pages that readv fills are the secret's."""
    raw = bytearray(MAX_SECRET + 2)
    one = bytearray(1)
    size = 0
    try:
        while True:
            if os.readv(handle, [one]) == 0:
                if stops_at_end and size == 0:
                    raise KeyboardInterrupt
                break
            if one[0] == 0x0A:
                break
            if size > MAX_SECRET:
                raise UsageError("the passphrase is longer than 4096 bytes")
            raw[size] = one[0]
            size += 1
        if size and raw[size - 1] == 0x0D:
            size -= 1
        kept = bytearray(memoryview(raw)[:size])
        return Secret(kept)
    finally:
        raw[:] = bytes(len(raw))
        one[0] = 0
