"""Theme variables as Rich styles, for widgets that draw their own lines.

One place knows how a name of the theme becomes a colour, also under the ansi themes, where a
variable is a colour of the terminal and not a number.
"""

from __future__ import annotations

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.widget import Widget


def style(
    widget: Widget,
    name: str = "",
    *,
    on: str = "",
    bold: bool = False,
    italic: bool = False,
    underline: bool = False,
    reverse: bool = False,
) -> Style:
    """The style for theme variable `name` (foreground) on `on` (background)."""
    return Style(
        color=_colour(widget, name) if name else None,
        bgcolor=_colour(widget, on) if on else None,
        bold=bold or None,
        italic=italic or None,
        underline=underline or None,
        reverse=reverse or None,
    )


def _colour(widget: Widget, name: str) -> RichColor | None:
    value = widget.app.theme_variables.get(name, "")
    if not value:
        return None
    return Color.parse(value).rich_color
