"""Limits where they meet a circle: one small line, and the ways to rest, keep for later, be off.

A limit here is a promise that a person made to herself. It speaks once, on one line, names the key
that goes on, and never closes, counts for others or comments on what she chooses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.widgets import Static

from havenclient.care import boundaries
from havenclient.care.boundaries import PauseLength
from havenclient.care.library import said
from havenclient.text import safe_line
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import Ask

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.unread import Unread
    from havenclient.circles.views import MessageView
    from havenclient.ui.screens.circles.base import CircleScreen

LENGTHS = {
    "1d": PauseLength.DAY,
    "3d": PauseLength.THREE_DAYS,
    "1w": PauseLength.WEEK,
    "open": PauseLength.OPEN,
}
DAYS_OFF = {"today": 1, "3d": 3, "1w": 7, "2w": 14}


class LimitLine(Static):
    """One sentence and its keys; on two rows where one is too narrow. Never takes the focus."""

    DEFAULT_CSS = "LimitLine { height: auto; max-height: 3; padding: 0 2; display: none; }"

    def __init__(self) -> None:
        super().__init__(id="limit-line", markup=False)
        self.sentence, self.keys = "", ""

    def say(self, sentence: str, keys: str = "") -> None:
        if (sentence, keys) == (self.sentence, self.keys):
            return
        self.sentence, self.keys = sentence, keys
        self.display = bool(sentence)
        self._draw()

    def on_resize(self, _: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        text = Text(self.sentence, style(self, "foreground"))
        if self.keys:
            room = self.size.width or self.app.size.width - 4
            fits = cell_len(self.sentence) + cell_len(self.keys) + 3 <= room
            text.append("   " if fits else "\n").append(self.keys, style(self, "bright-line"))
        self.update(text)


# --- resting from a circle ------------------------------------------------------------------------


def rest_from(screen: CircleScreen[Any], circle: str, name: str) -> None:
    """Asked for by the person: how long, and whether the circle is told. Silent by default."""
    shown = safe_line(name, limit=40)

    def how_long(answer: str | None) -> None:
        if answer not in LENGTHS:
            return
        until = boundaries.pause_until(LENGTHS[answer], screen.desk.now)
        sentence = boundaries.pause_sentence(until)

        def tell(answer: str | None) -> None:
            if answer is not None:
                keep(told=answer == "yes")

        def keep(*, told: bool) -> None:
            def rest(circles: Circles) -> None:
                if told:
                    from havenclient.circles import held
                    from havenclient.circles.service import Words

                    held.say(circles, circle, Words(sentence), moment=screen.desk.held_until())
                screen.desk.kept.pause(circle, until, told=told)

            screen.desk.open_no_more(circle)
            screen.desk.wish(rest, lambda _: screen.haven.say(sentence), group="rest")

        question = "They would read:\n\n    " + sentence
        answers = (("no", "keep it to myself"), ("yes", "tell the circle"))
        screen.app.push_screen(Ask("Tell the circle?", question, answers), tell)

    text = (
        "Nothing of it is shown as new, and nothing piles up. It goes on being fetched, so that "
        "nothing is lost. You can come back at any moment."
    )
    answers = tuple((key, length.value) for key, length in LENGTHS.items())
    screen.app.push_screen(Ask(f"Rest from {shown}", text, (*answers, ("no", "not now"))), how_long)


def come_back(screen: CircleScreen[Any], circle: str) -> None:
    """Ends the rest, and says in words what was there meanwhile."""

    def back(circles: Circles) -> Unread:
        from havenclient.circles import unread

        screen.desk.kept.unpause(circle)
        return unread.look(circles.book, circle)

    screen.desk.wish(
        back, lambda found: screen.haven.say(f"Back. {back_words(found)}"), group="rest"
    )


def back_words(found: Unread) -> str:
    """ "5 posts, 1 to you." """
    if not found.rows:
        return "Nothing was said meanwhile."
    return boundaries.return_summary(len(found.rows), len(found.to_me)) + "."


# --- the read-later shelf -------------------------------------------------------------------------


def keep_for_later(screen: CircleScreen[Any], circle: str, view: MessageView | None) -> None:
    """On the shelf by name; its fold and its words stay where they are."""
    if view is None or view.kind != "message" or view.deleted or not view.id:
        screen.haven.say("Choose a message first.")
        return
    ident = view.id
    screen.desk.ask(
        lambda _: screen.desk.kept.keep_for_later(circle, ident),
        lambda _: screen.haven.say(said("later"), "the list of circles, then  l  shows them"),
        group="later",
    )


# --- a helper's days off --------------------------------------------------------------------------


def days_off(screen: CircleScreen[Any], circle: str) -> None:
    """For hosts and helpers: a day off is seen by the circle, so that nobody waits in vain."""

    def chosen(answer: str | None) -> None:
        if answer is None or answer == "no":
            return
        days = DAYS_OFF.get(answer, 0)

        def tell(circles: Circles) -> str:
            from havenclient.circles import days_off as off

            return off.take_off(circles, circle, days)

        screen.desk.wish(tell, screen.wished, group="days off")

    answers = (
        ("today", "today"),
        ("3d", "three days"),
        ("1w", "a week"),
        ("2w", "two weeks"),
        ("back", "I am here again"),
        ("no", "not now"),
    )
    text = "The circle sees that you are off and who is here. Nobody is told why."
    screen.app.push_screen(Ask("Days off", text, answers), chosen)
