"""The four tips: each once for a person, as a quiet line where it matters, and never again.

`tip(self, "limits")` is all that a screen has to call, as often as it likes. What was shown is kept
in the vault; the library's page "Four tips" and `haven care tips --again` show them anew.
"""

from __future__ import annotations

from functools import partial

from havenclient.care import library
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.care.base import ask_care
from havenclient.ui.widgets.bars import QuietLine

PATIENCE = 3.0
"""Seconds after which it looks again whether the quiet line is free."""


def tip(screen: HavenScreen, name: str, *, after: float = 0.0, where: str = "") -> None:
    """Say the tip of this name if it never was. `after`: seconds in which another line is read
    first; `where`: the key that does it here, if it is another than the tip says."""
    if after:
        screen.set_timer(after, partial(tip, screen, name, where=where))
        return
    if not _free(screen):
        screen.set_timer(PATIENCE, partial(tip, screen, name, where=where))
        return
    haven = screen.haven
    if haven.may_show and haven.session is not None and not haven.session.read_only:
        ask_care(haven, lambda care: care.boundaries.tip(name), partial(_told, screen, name, where))


def _free(screen: HavenScreen) -> bool:
    """It hides nothing: this screen is the one that is seen, and its line says nothing."""
    return screen.is_current and not any(line.sentence for line in screen.query(QuietLine))


def _told(screen: HavenScreen, name: str, where: str, first: bool) -> None:
    if not first or not screen.haven.may_show or not screen.is_attached:
        return
    if _free(screen):
        screen.haven.say(library.tip(name, where=where or "screen"))
    else:  # somebody spoke, or went on, while the vault was asked
        screen.set_timer(PATIENCE, partial(_told, screen, name, where, first))
