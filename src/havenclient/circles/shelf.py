"""What a person kept for later, as it may be shown: folded like in every other view.

The shelf itself (names of posts only) lies with care; here a name becomes a message again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from havenclient.circles import unread
from havenclient.errors import NotFound

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import MessageView


@dataclass(frozen=True, slots=True)
class Kept:
    circle: str
    ident: str
    name: str
    """Of the circle; empty where it is gone."""
    view: MessageView | None


def shelf(circles: Circles, kept: tuple[tuple[str, str], ...]) -> list[Kept]:
    """What lies on the shelf as it may be shown: folded like everywhere."""
    found: list[Kept] = []
    for circle, ident in kept:
        name, view = "", None
        try:
            name = circles.get(circle).name
            row = unread.row_of(circles.book, circle, ident)
            view = None if row is None else circles.message(circle, row)
        except (NotFound, ValueError):
            pass
        found.append(Kept(circle, ident, name, view))
    return found
