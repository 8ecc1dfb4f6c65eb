"""The reading styles of the theme in force."""

from __future__ import annotations

from textual.screen import Screen
from textual.widget import Widget

from havenclient.ui.styles import style
from havenclient.ui.widgets.reading import Look


def look_of(widget: Widget | Screen[None]) -> Look:
    return Look(
        plain=style(widget, "foreground"),
        quiet=style(widget, "quiet"),
        bright=style(widget, "bright-line", bold=True),
        lamp=style(widget, "lamp"),
        hit=style(widget, "hit-text", on="hit-background", bold=True, underline=True),
    )
