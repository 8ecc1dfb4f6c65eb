"""Moving a circle to another relay, or after one that moved: the questions on the relay screen.

Which circle, what is wished, which address; then one wish. What a move is stands in
`circles/moving.py`; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from havenclient.text import safe_line
from havenclient.ui.widgets.dialogs import Ask, AskLine

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.ui.screens.circles.base import CircleScreen

TO = (
    "The new relay's address. It gets a fresh log there; everybody goes along by themselves,\n"
    "and what was said stays. Files that were sent stay on the old relay."
)
GONE = (
    "The new relay's address. Tell it to the others on any way: it is all that they need. Words\n"
    "that only the old relay had are said again by those who wrote them."
)
ALSO = "Relays where everybody looks when this one is gone, in this order, with spaces between."
FOLLOW = "The address that somebody of the circle told you. Haven looks there for 30 days."
SURE = "Whoever can still reach the old relay will be told nothing there. Type move to go on."


@dataclass(frozen=True, slots=True)
class Movable:
    """A circle as these questions need it."""

    id: str
    name: str
    relay: str
    is_host: bool
    others: tuple[str, ...]
    moving: bool


def movable(circles: Circles) -> list[Movable]:
    """Circles that can move. Runs in a job thread."""
    found = []
    for view in circles.all():
        if view.standing.value in ("active", "read-only", "leaving") and view.people:
            others = circles.moving.others(view.id)
            under_way = circles.moving.under_way(view.id)
            found.append(Movable(view.id, view.name, view.relay, view.is_host, others, under_way))
    return found


def ask_which(screen: CircleScreen[Any], circles: list[Movable]) -> None:
    if len(circles) == 1:
        _ask_what(screen, circles[0])
        return

    def chosen(answer: str | None) -> None:
        for one in circles:
            if one.id == answer:
                _ask_what(screen, one)

    names = tuple((one.id, safe_line(one.name, limit=60)) for one in circles)
    screen.app.push_screen(Ask("Move", "Which circle is it about?", names), chosen)


def _ask_what(screen: CircleScreen[Any], one: Movable) -> None:
    if not one.is_host:
        _ask_where(screen, one, "follow")
        return
    answers = [
        ("to", "everybody goes to another relay"),
        ("gone", "the relay is gone for good: go on without it"),
        ("also", "name relays to look at when this one is gone"),
        ("follow", "another host has moved it: look at an address"),
    ]
    if one.moving:
        answers = [("stay", "take the move back"), *answers]
    text = f"{safe_line(one.name, limit=60)} is on {safe_line(one.relay, limit=80)}."

    def chosen(answer: str | None) -> None:
        if answer == "stay":
            _wish(screen, lambda circles: circles.moving.stay(one.id), "It stays where it is.")
        elif answer is not None:
            _ask_where(screen, one, answer)

    screen.app.push_screen(Ask("Move", text, tuple(answers)), chosen)


def _ask_where(screen: CircleScreen[Any], one: Movable, what: str) -> None:
    def given(address: str | None) -> None:
        if address is None or not address.strip():
            return
        match what:
            case "to":
                _wish(
                    screen,
                    lambda circles: circles.moving.move(one.id, address),
                    "Saved. It happens when both relays have answered.",
                )
            case "gone":
                _ask_sure(screen, one, address)
            case "also":
                _wish(
                    screen,
                    lambda circles: circles.moving.also(one.id, address.split()),
                    "Everybody will know where to look.",
                )
            case _:
                _wish(
                    screen,
                    lambda circles: circles.moving.look_at(one.id, address),
                    "Haven looks there now, and again with every round.",
                )

    text = {"to": TO, "gone": GONE, "also": ALSO}.get(what, FOLLOW)
    value = " ".join(one.others) if what == "also" else "https://"
    screen.app.push_screen(AskLine("Move", text, value=value), given)


def _ask_sure(screen: CircleScreen[Any], one: Movable, address: str) -> None:
    def sure(word: str | None) -> None:
        if word is not None:
            _wish(
                screen,
                lambda circles: circles.moving.move(one.id, address, gone=True),
                "Saved. Tell the others the address.",
            )

    screen.app.push_screen(AskLine("Move", SURE, must_equal="move"), sure)


def _wish(screen: CircleScreen[Any], deed: Callable[[Circles], object], said: str) -> None:
    screen.desk.wish(deed, lambda _: screen.haven.say(said), group="move")


__all__ = ["Movable", "ask_which", "movable"]
