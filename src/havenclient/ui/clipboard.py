"""The clipboard's one door.

Inside Haven copying always works. The terminal's clipboard (OSC 52) gets text only when the person
allowed it in the settings; it is overwritten after some seconds and at a lock. Clipboard managers
may still keep a copy: the settings say so.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.timer import Timer

    from havenclient.config import Settings


class Terminal(Protocol):
    """The App, as far as a clipboard needs one."""

    settings: Settings
    _clipboard: str

    def say(self, sentence: str, keys: str = "") -> None: ...
    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer: ...
    def write_to_terminal(self, text: str) -> None: ...


class Clipboard:
    def __init__(self, app: Terminal) -> None:
        self._app = app
        self._timer: Timer | None = None

    def copy(self, text: str) -> None:
        app, rules = self._app, self._app.settings.clipboard
        app._clipboard = text
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not rules.allow:
            app.say("Copied inside Haven only. Settings, Clipboard allows the terminal's.")
            return
        self._send(text)
        self._timer = app.set_timer(rules.clear_after_seconds, self.forget)
        app.say(f"Copied. It is overwritten in {rules.clear_after_seconds} seconds.")

    def forget(self) -> None:
        """Overwrite what we put there; harmless when nothing was."""
        self._app._clipboard = ""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._send(" ")

    def _send(self, text: str) -> None:
        encoded = base64.b64encode(text.encode("utf-8")).decode("ascii")
        self._app.write_to_terminal(f"\x1b]52;c;{encoded}\x07")
