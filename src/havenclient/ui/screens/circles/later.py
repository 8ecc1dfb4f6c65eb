"""The read-later shelf: posts that a person put aside, by name, with their folds.

A row shows what every other view of a folded post shows: why it is folded, and nothing of it.
Opening goes to the message in its conversation; what is gone there is taken off with one key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.circles.shelf import Kept, shelf
from havenclient.text import safe_line, safe_text
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, moment
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.circles.service import Circles

EMPTY = "Nothing is kept here.\n\nl on a message keeps it for later, with its fold."


class LaterScreen(CircleScreen[list[Kept]]):
    HELP = (
        "What you kept for later, oldest first. enter opens it where it was said;\n"
        "x takes it off the shelf. Nobody sees what you keep."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Open"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "drop", "Take off", id="later.drop"),
        Binding("escape", "back", "Back", id="later.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[Kept] = []

    def body(self) -> ComposeResult:
        with Vertical(id="later-main"):
            rows = Rows("later-list")
            rows.border_title, rows.border_subtitle = "Kept for later", "enter opens · x takes off"
            yield explain(rows, self.HELP)
            yield Static(id="later-hint", classes="quiet", markup=False)

    def on_mount(self) -> None:
        self.query_one(Rows).focus()

    def question(self, circles: Circles) -> list[Kept]:
        return shelf(circles, self.desk.kept.later())

    def show(self, answer: list[Kept]) -> None:
        self._kept = answer
        rows = self.query_one(Rows)
        wanted = rows.current_id
        rows.clear_options()
        rows.add_options(Option(self._row(one), id=one.ident) for one in answer)
        if not answer:
            rows.add_option(Option(Text(EMPTY, style(self, "foreground")), disabled=True))
        rows.go_to(wanted)
        self.refresh_bindings()

    def _row(self, one: Kept) -> Text:
        quiet = style(self, "quiet")
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{safe_line(one.name, limit=26):<28}", style(self, "foreground", bold=True))
        if one.view is None or one.view.deleted:
            return line.append("\n    It is no longer there (x takes it off).\n", quiet)
        who = "you" if one.view.mine else safe_line(one.view.sender, limit=20)
        line.append(f"{who}, {moment(one.view.at)}\n    ", quiet)
        if one.view.folded:
            line.append("▸ " + safe_line(one.view.folded_because, limit=120), style(self, "lamp"))
        else:
            line.append(safe_text(one.view.text, limit=160, multiline=False))
        return line.append("\n")

    @property
    def current(self) -> Kept | None:
        wanted = self.query_one(Rows).current_id if self.is_mounted else None
        return next((one for one in self._kept if one.ident == wanted), None)

    def blank(self) -> None:
        super().blank()
        self._kept = []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.current is not None if action == "drop" else True

    def action_drop(self) -> None:
        if (one := self.current) is not None:
            self.desk.wish(
                lambda _: self.desk.kept.drop_later(one.circle, one.ident),
                lambda _: self.haven.say("Off the shelf."),
                group="later",
            )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        one = self.current
        if one is None or one.view is None:
            return
        circle, no = one.circle, one.view.no

        def place(circles: Circles) -> int | None:
            from havenclient.circles import unread
            from havenclient.ui.screens.circles.talk import WINDOW

            return unread.page_end(circles.book, circle, no, after=WINDOW // 2)

        def opened(before: int | None) -> None:
            from havenclient.ui.screens.circles.conversation import ConversationScreen

            self.app.push_screen(ConversationScreen(circle, at=(no, before)))

        self.desk.ask(place, opened, group="later place")
