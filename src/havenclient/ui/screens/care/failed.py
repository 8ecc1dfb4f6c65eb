"""A help line that did not work: it comes last from then on, and a note about it may be written.

Which lines somebody tried tells that she needed them, so it is kept in the vault alone: while Haven
is locked or covered the list has its usual order, and only the note can be made. Nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from havenclient.care import helplines
from havenclient.ui.numbers import Numbers
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.care.base import ask_care
from havenclient.ui.screens.care.plan import ask_file
from havenclient.ui.widgets.dialogs import Ask

LOCKED = "What did not work for you before is kept in the journal; unlocked, it comes last here."


def ask_which(
    screen: HavenScreen,
    found: Numbers,
    unanswered: Collection[str],
    done: Callable[[], None],
) -> None:
    """Ask for the line and what to do; `done` is called when the order has changed."""
    haven = screen.haven

    def keep(name: str, works: bool) -> None:
        ask_care(
            haven,
            lambda care: (
                care.boundaries.works_again(name) if works else care.boundaries.did_not_work(name)
            ),
            lambda _: done(),
        )

    def told(name: str, what: str | None) -> None:
        if what in ("last", "both"):
            keep(name, works=False)
        elif what == "again":
            keep(name, works=True)
        if what in ("note", "both"):
            words = helplines.did_not_work(helplines.service(name))
            text = "It names the line and nothing about you. Haven sends nothing. To which file?"
            ask_file(screen, "A note that you may send", text, "haven-line.txt", lambda _: words)

    def chosen(name: str | None) -> None:
        if name is None:
            return
        ways: list[tuple[str, str]] = [("note", "Write a note that I may send")]
        text = LOCKED
        if haven.may_show:
            text = "It comes last then, on this computer only."
            ways = [("last", "Put it last"), ("both", "Put it last, and write a note"), *ways]
            if name in unanswered:
                ways.insert(0, ("again", "It works again"))
        screen.app.push_screen(
            Ask("It did not work", text, tuple(ways)), lambda what: told(name, what)
        )

    lines = tuple((line.id, f"{line.name}  {line.dial}") for line in found.lines)
    screen.app.push_screen(Ask("Which line?", "Nothing is sent.", lines), chosen)
