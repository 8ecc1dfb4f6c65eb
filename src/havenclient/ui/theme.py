"""Haven's own two themes, and the names that every stylesheet may use.

Colours live in `themes/*.toml`; no other file names one. The variables below exist under every
theme, so that the ansi themes (which follow the terminal's own palette) need no stylesheet of
their own. Meaning never rests on a colour: a focused frame is heavy, a mood is a number.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from textual.theme import Theme

OWN = ("haven-dusk", "haven-dawn")
ANSI = ("ansi-dark", "ansi-light")
OFFERED = (*OWN, *ANSI)

# Used when a theme does not define them: the ansi themes, whose colours are the terminal's.
FALLBACK_VARIABLES: dict[str, str] = {
    "quiet": "ansi_default",
    "line": "ansi_default",
    "lamp": "ansi_yellow",
    "bright-line": "ansi_green",
    "hit-background": "ansi_yellow",
    "hit-text": "ansi_black",
    "heat-1": "ansi_default",
    "heat-2": "ansi_blue",
    "heat-3": "ansi_cyan",
    "heat-4": "ansi_green",
    "heat-5": "ansi_yellow",
}


def read(name: str) -> dict[str, Any]:
    """The packaged file of one own theme, as written."""
    text = resources.files(__package__).joinpath("themes", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def load(name: str) -> Theme:
    raw = read(name)
    return Theme(**raw)


def chosen(name: str) -> str:
    """`name` if Haven offers it, else the dark one (an old config is no reason to fail)."""
    return name if name in OFFERED else OWN[0]
