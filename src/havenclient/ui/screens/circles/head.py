"""The head of a circle: who helps, what is claimed, and that nobody professional watches (S20).

It stands over every conversation and does not scroll away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from havenclient.text import safe_line
from havenclient.ui.circles_session import desk
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.circles.service import Circles


class HeadLine(Static):
    def __init__(self, circle: str) -> None:
        super().__init__(id="circle-head", classes="circle-head", markup=False)
        self._circle = circle

    def look(self) -> None:
        """Ask again who helps: a role was given, a claim ran out."""
        screen = self.screen
        if isinstance(screen, HavenScreen) and screen.haven.session is not None:
            desk(screen.haven).ask(
                self._question, self._tell, group=f"head {id(self)}", failed=lambda _: None
            )

    def _question(self, circles: Circles) -> tuple[str, str]:
        from havenclient.care import boundaries
        from havenclient.circles import days_off, order, sunset

        if not order.present(circles, self._circle):
            return "", ""
        _, circle = circles.moderating.here(self._circle)
        ends = sunset.notice(circle, circles.book.now()).partition(". ")[0]
        off = boundaries.who_is_on(*days_off.who(circles, self._circle))
        below = [one for one in (off, *order.calls(circles, self._circle), ends) if one]
        return circles.moderating.who_helps(self._circle), " · ".join(below)

    def _tell(self, words: tuple[str, str]) -> None:
        if not self.is_mounted:
            return
        head, below = (safe_line(one, limit=600) for one in words)
        text = Text(head, style(self, "quiet"))
        if below:
            text.append("\n" + below[:1].upper() + below[1:], style(self, "lamp"))
        self.update(text)
        self.display = bool(head)
