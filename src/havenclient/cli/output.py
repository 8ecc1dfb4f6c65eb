"""What a command prints: data to stdout, everything else to stderr, and nothing that can act on a
terminal.

Every text goes through `safe_text` here; JSON goes out with all but ASCII escaped, which keeps it
lossless for scripts and harmless on a screen. One fact a line; no table is wider than two columns.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

from havenclient.errors import HavenError
from havenclient.text import safe_text

JSON_VERSION = 1
"""Raised when a key changes its meaning or goes away; new keys don't raise it."""


class Output:
    """The two streams of a command."""

    def __init__(
        self, *, quiet: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.quiet = quiet
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self.overlay: Callable[[], None] | None = None
        """Takes a progress line off the screen; called before anything else is printed."""

    def settle(self) -> None:
        if self.overlay is not None:
            self.overlay()

    def line(self, text: str = "") -> None:
        """Data for a person."""
        self.settle()
        self._out.write(safe_text(text) + "\n")

    def text(self, text: str) -> None:
        """A text of many lines; each is made safe on its own, so that no length cuts the whole."""
        for line in text.split("\n"):
            self.line(line)

    def exact(self, text: str) -> None:
        """Data as it is; only for pipes and files, never for a terminal."""
        assert not self._out.isatty()
        self.settle()
        self._out.write(text)

    def pair(self, name: str, value: object) -> None:
        """One fact a line."""
        self.line(f"{name}: {value}")

    def json(self, kind: str, **content: Any) -> None:
        """One object. `kind` and `version` say what it is."""
        self.settle()
        head: dict[str, Any] = {"kind": kind, "version": JSON_VERSION}
        self._out.write(json.dumps(head | content, indent=2, default=str) + "\n")

    def json_line(self, kind: str, **content: Any) -> None:
        self.settle()
        head: dict[str, Any] = {"kind": kind, "version": JSON_VERSION}
        self._out.write(json.dumps(head | content, default=str) + "\n")

    def say(self, text: str) -> None:
        """A remark for the person; --quiet drops it."""
        if not self.quiet:
            self._error_line(text)

    def warn(self, text: str) -> None:
        """A remark that --quiet does not drop."""
        self._error_line(f"haven: note: {text}")

    def error(self, error: HavenError) -> None:
        self._error_line(f"haven: error: {error.message}")
        for hint in error.hints:
            self._error_line(f"haven: hint: {hint}")

    def hint(self, text: str) -> None:
        if not self.quiet:
            self._error_line(f"haven: hint: {text}")

    @property
    def on_terminal(self) -> bool:
        return self._out.isatty()

    def flush(self) -> None:
        self.settle()
        self._out.flush()

    def _error_line(self, text: str) -> None:
        self.settle()
        self._out.flush()
        self._err.write(safe_text(text) + "\n")
        self._err.flush()


def prepare_streams() -> None:
    """UTF-8 or marks instead of an exception, whatever the locale says; a stream that the caller
    closed (`>&-`) goes nowhere, as asked."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
