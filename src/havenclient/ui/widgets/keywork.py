"""The bar while a key is made from a passphrase. Key stretching has no steps, so the bar follows
the time that it took last on this computer; it waits near the end rather than pretend."""

from __future__ import annotations

import time

from rich.text import Text
from textual.timer import Timer
from textual.widget import Widget

from havenclient.ui.styles import style


class KeyWork(Widget):
    DEFAULT_CSS = "KeyWork { height: 1; } "
    BAR = 21

    def __init__(self, verb: str = "Unwrapping your key") -> None:
        super().__init__()
        self._verb = verb
        self._began = 0.0
        self._expected = 1.0
        self._timer: Timer | None = None

    def begin(self, expected_seconds: float) -> None:
        self._began, self._expected = time.monotonic(), max(0.05, expected_seconds)
        self.end()
        self._began = time.monotonic()
        still = self.app.animation_level == "none"
        self._timer = self.set_interval(1.0 if still else 0.1, self.refresh)
        self.refresh()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()

    def render(self) -> Text:
        if self._timer is None:
            return Text("")
        line = Text(justify="center", no_wrap=True)
        line.append(f"{self._verb}  ", style(self, "foreground"))
        if self.app.animation_level != "none":
            share = min(0.95, (time.monotonic() - self._began) / self._expected)
            full = round(share * self.BAR)
            line.append("█" * full, style(self, "bright-line"))
            line.append("░" * (self.BAR - full), style(self, "line"))
            line.append("  ")
        line.append(f"about {max(1, round(self._expected))} s   esc stops", style(self, "quiet"))
        return line
