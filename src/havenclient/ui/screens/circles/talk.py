"""The window onto a conversation: about a hundred messages in one list widget.

Theory of operation. The vault holds thousands of messages, the widget holds one *page* of them: the
newest `WINDOW` before a cursor (`before`, None at the newest end). Moving up at the first row asks
for the page that begins half a window earlier and remembers where to come back to; moving down at
the last row goes back. So going through 5,000 messages costs the same at every place, and looking
again after a change is the same question once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from havenclient.ui.screens.base import long_date
from havenclient.ui.screens.circles.base import since_words
from havenclient.ui.screens.circles.drawing import Drawer, Ink, rule
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView

WINDOW = 100
EMPTY = "Nothing was said here yet.\n\nn goes to the writing field. Nobody sees you writing."
ALL_WAITS = "What was said waits.\n\nn goes to the writing field. Nobody sees you writing."


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page as it is to be shown."""

    views: Sequence[MessageView]
    at_newest: bool
    at_oldest: bool
    new_from: int | None
    """Row of the first message that is new since the person last looked."""
    new_since: int | None
    """Unix seconds of the last message before it."""
    held: bool = False
    """Whether more was said, which waits."""


class Talk(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("G", "newest", "Newest", show=False, id="talk.newest"),
    ]
    HELP = (
        "What was said, oldest first. Arrows or j k move, G goes to the newest, space shows a\n"
        "folded message, enter the whole of a long one. r answers, . gives a word of support,\n"
        "q quotes it, c checks what it says, K keeps it as a card without a name. e rewords and\n"
        "del takes back what you wrote, o fetches a file, n goes on writing."
    )

    class OlderWanted(Message):
        pass

    class NewerWanted(Message):
        pass

    class NewestWanted(Message):
        pass

    def __init__(self) -> None:
        super().__init__(id="talk", classes="panel", markup=False)
        self.leaf = Leaf((), True, True, None, None)  # noqa: FBT003
        self.today: date | None = None
        self._by_no: dict[int, MessageView] = {}
        self._drawn_width = 0
        self._asked = False

    @property
    def current(self) -> MessageView | None:
        at = self.highlighted
        if at is None or at >= self.option_count:
            return None
        return self._by_no.get(int(self.get_option_at_index(at).id or "0"))

    def set_leaf(self, leaf: Leaf, *, wanted: int | None = None) -> None:
        """Show a page. The cursor goes to `wanted`, stays where it was, or goes to the end."""
        before = self.current
        was_last = self.highlighted is None or self._is_last(self.highlighted)
        self.leaf = leaf
        self._by_no = {view.no: view for view in leaf.views}
        target = wanted if wanted in self._by_no else None
        if target is None and before is not None and not (was_last and leaf.at_newest):
            target = before.no if before.no in self._by_no else None
        self._asked = False
        self._draw(target)

    def _is_last(self, at: int) -> bool:
        return all(self.get_option_at_index(n).disabled for n in range(at + 1, self.option_count))

    def forget(self) -> None:
        self.leaf = Leaf((), True, True, None, None)  # noqa: FBT003
        self._by_no = {}
        self.clear_options()

    def redraw(self) -> None:
        current = self.current
        self._draw(None if current is None else current.no)

    def on_resize(self, _: events.Resize) -> None:
        if self.highlighted is not None and self._is_last(self.highlighted):
            self.scroll_end(animate=False)  # a line above the writing field came or went
        if self._text_width != self._drawn_width:
            self.redraw()

    @property
    def _text_width(self) -> int:
        room = self.scrollable_content_region.width
        return max(30, room if self.show_vertical_scrollbar else room - 1)  # it will come

    def _draw(self, target: int | None) -> None:
        width = self._drawn_width = self._text_width
        drawer = self.drawer(width)
        quiet = style(self, "quiet")
        options: list[Option] = []
        place: int | None = None
        day: date | None = None
        if self.leaf.at_oldest and self.leaf.views:
            options.append(Option(rule("the beginning", width, quiet), disabled=True))
        for view in self.leaf.views:
            this_day = datetime.fromtimestamp(view.at, UTC).astimezone().date()
            if this_day != day:
                day = this_day
                options.append(Option(rule(self._day_words(day), width, quiet), disabled=True))
            if view.no == self.leaf.new_from:
                since = self.leaf.new_since
                words = "new" if since is None else f"new since {since_words(since, self.today)}"
                options.append(Option(rule(words, width, style(self, "lamp")), disabled=True))
            if view.no == target:
                place = len(options)
            drawn = drawer.draw(view)
            options.append(Option(drawn, id=str(view.no)))
        if not options:
            options.append(
                Option(Text(ALL_WAITS if self.leaf.held else EMPTY, quiet), disabled=True)
            )
        self.clear_options()
        self.add_options(options)
        if self.leaf.views:
            self.highlighted = len(options) - 1 if place is None else place
        if place is None:
            self.scroll_end(animate=False)

    def _day_words(self, day: date) -> str:
        return "Today" if day == self.today else long_date(day)

    def drawer(self, width: int) -> Drawer:
        return Drawer(Ink.of(self), width, self._by_no)

    # --- beyond the window ------------------------------------------------------------------------

    def action_cursor_up(self) -> None:
        if self._at_first() and not self.leaf.at_oldest:
            self._want(self.OlderWanted())
        elif not self._at_first():
            super().action_cursor_up()

    def action_cursor_down(self) -> None:
        at_end = self.highlighted is not None and self._is_last(self.highlighted)
        if at_end and not self.leaf.at_newest:
            self._want(self.NewerWanted())
        elif not at_end:
            super().action_cursor_down()

    def action_page_up(self) -> None:
        if self._at_first():
            self.action_cursor_up()
        else:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        if self.highlighted is not None and self._is_last(self.highlighted):
            self.action_cursor_down()
        else:
            super().action_page_down()  # type: ignore[no-untyped-call]

    def action_newest(self) -> None:
        if self.leaf.at_newest:
            self.action_last()
        else:
            self._want(self.NewestWanted())

    def _at_first(self) -> bool:
        at = self.highlighted
        return at is None or all(self.get_option_at_index(n).disabled for n in range(at))

    def _want(self, what: Message) -> None:
        if not self._asked:
            self._asked = True
            self.post_message(what)
