"""Progress of long work to stderr: nothing under a second, then one line.

On a terminal the line is rewritten; with --plain a new one comes every five seconds. Into a file
or a log nothing goes: what a script gets must not depend on how fast the computer was.
Ctrl-C stops at the next step; work is written so that stopping loses nothing.
"""

from __future__ import annotations

import sys
import time

from havenclient.cli.output import Output

_AFTER = 1.0
_EVERY = 0.2
_EVERY_PLAIN = 5.0


class Progress:
    """`havenclient.vault.Work` for a terminal."""

    def __init__(self, out: Output, label: str, *, plain: bool) -> None:
        self._out = out
        self._label = label
        self._shown = not out.quiet and sys.stderr.isatty()
        self._rewrites = not plain
        self._next = time.monotonic() + (_AFTER if self._rewrites else _EVERY_PLAIN)
        self._width = 0
        out.overlay = self.clear

    def step(self, done: int, total: int | None, label: str) -> None:
        finished = total is not None and done >= total
        if finished:
            self.clear()
            return
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + (_EVERY if self._rewrites else _EVERY_PLAIN)
        text = f"{label or self._label}: "
        text += f"{done} of {total}, {100 * done // total} %" if total else str(done)
        if not self._rewrites:
            self._out.say(text)
            return
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def clear(self) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
