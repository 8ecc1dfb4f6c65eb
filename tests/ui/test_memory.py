"""After a lock the words and the passphrase are gone from the process's memory.

The real program runs in a terminal of its own (a pty). The scan reads /proc/PID/mem, which Haven
forbids to other programs of the same person (it is not dumpable); root may, so this needs root.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.ui.house import PASSPHRASE, furnish, launch

WORDS = "heron lantern marker of this very test"
needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can read Haven's memory"
)


class Terminal:
    def __init__(self, home: Path, more: Mapping[str, str]) -> None:
        self.pid, self.handle = pty.fork()
        if self.pid == 0:
            environment = {
                "HAVEN_HOME": str(home),
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "TEXTUAL_LOG": str(home / "keys.log"),
                **more,
            }
            os.execve(sys.executable, [sys.executable, "-P", "-m", "havenclient"], environment)
        ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.seen = ""

    def wait_for(self, pattern: str, seconds: float = 30) -> None:
        """Until the screen's output since the last wait has `pattern`."""
        end = time.monotonic() + seconds
        fresh = ""
        while time.monotonic() < end:
            ready, _, _ = select.select([self.handle], [], [], 0.2)
            if ready:
                try:
                    fresh += os.read(self.handle, 65536).decode("utf-8", "replace")
                except OSError:
                    break
            if re.search(pattern, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", fresh)):
                self.seen += fresh
                return
        raise AssertionError(f"the screen never showed {pattern!r}")

    def ended(self, seconds: float = 30) -> int:
        """The exit code. Reads on meanwhile: a terminal that nobody reads blocks its program."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.handle], [], [], 0.1)[0]:
                with suppress(OSError):
                    os.read(self.handle, 65536)
        raise AssertionError("the process did not end")

    def type(self, text: str) -> None:
        os.write(self.handle, text.encode())

    def copies(self, *markers: str) -> int:
        """How often any marker stands in the process's memory (as UTF-8 or as UCS-2/4)."""
        wanted = [m.encode(code) for m in markers for code in ("utf-8", "utf-16-le", "utf-32-le")]
        found = 0
        maps = Path(f"/proc/{self.pid}/maps").read_text().splitlines()
        with Path(f"/proc/{self.pid}/mem").open("rb", buffering=0) as memory:
            for line in maps:
                span, flags = line.split()[:2]
                if "r" not in flags or "[v" in line:
                    continue
                start, stop = (int(part, 16) for part in span.split("-"))
                with suppress(OSError, OverflowError):
                    memory.seek(start)
                    piece = memory.read(stop - start)
                    found += sum(piece.count(one) for one in wanted)
        return found


@contextmanager
def running(home: Path, more: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    terminal = Terminal(home, more or {})
    try:
        yield terminal
    finally:
        with suppress(ProcessLookupError):
            os.kill(terminal.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(terminal.pid, 0)
        os.close(terminal.handle)


@needs_root
def test_a_lock_leaves_no_word_and_no_passphrase_in_memory(tmp_path: Path) -> None:
    home = tmp_path / "home"
    furnish(launch(home), filled=False)
    with running(home) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE + "\r")
        terminal.wait_for("How is it now")
        terminal.type(WORDS)
        terminal.wait_for("very test|7 words")
        assert terminal.copies(WORDS, PASSPHRASE) > 0, "the scan must be able to see something"
        before = Path(f"/proc/{terminal.pid}/cmdline").read_bytes()
        terminal.type("\x0c")  # ctrl+l
        terminal.wait_for("Locked. The keys")
        after = Path(f"/proc/{terminal.pid}/cmdline").read_bytes()
        assert before != after and b"--locked" in after, "the same process id, another program"
        assert terminal.copies(WORDS, PASSPHRASE) == 0
        assert terminal.copies(WORDS[:20], PASSPHRASE[:12]) == 0
        terminal.type(PASSPHRASE + "\r")
        terminal.wait_for("very test")  # the draft came back
        terminal.type("\x11")  # ctrl+q
        assert terminal.ended() == 0
    assert "\x1b]2;notes\x07" in terminal.seen
    left = [path for path in home.rglob("*") if path.is_file()]
    assert not any(WORDS.encode() in path.read_bytes() for path in left)
    assert not (home / "keys.log").exists()


@needs_root
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_keeps_the_draft_and_ends_the_process(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    home = tmp_path / "home"
    where = launch(home)
    furnish(where, filled=False)
    with running(home) as terminal:
        terminal.wait_for("Passphrase")
        terminal.type(PASSPHRASE + "\r")
        terminal.wait_for("How is it now")
        terminal.type(WORDS)
        terminal.wait_for("very test|7 words")
        os.kill(terminal.pid, number)
        assert terminal.ended() == code
    from havenclient import vault
    from havenclient.journal import Journal

    opened = vault.unlock(where.paths, vault.Passphrase(PASSPHRASE), state_dir=where.places.state)
    draft = Journal(opened).draft("new")
    opened.close()
    assert draft is not None and draft.body == WORDS
