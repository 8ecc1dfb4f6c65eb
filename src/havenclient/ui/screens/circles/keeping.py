"""What a person carries away from a message: a check, a card, a quotation. All of it stays hers.

A mixin of the conversation's screen. What is folded was not read, so nothing is carried away from
it before it was opened. A card has no name on it; a quotation keeps kind and source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.circles.kinds import quote
from havenclient.ui.screens.circles.base import Answer
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.deeds import MessageDeeds
from havenclient.ui.widgets.dialogs import AskLine

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView


class Keeping(MessageDeeds[Answer]):
    def _read_message(self) -> MessageView | None:
        """The chosen message, if its words are on the screen."""
        view = self._message()
        if view is None:
            return None
        if view.folded:
            self.haven.say("It is folded. space shows it; then this key works.")
            return None
        if not view.text:
            self.haven.say("There are no words in that message.")
            return None
        self.haven.say("")
        return view

    def action_check(self) -> None:
        if (view := self._read_message()) is not None:
            from havenclient.ui.screens.circles.check_this import CheckThis

            self.app.push_screen(CheckThis(view, self.get_selected_text() or ""))

    def action_keep(self) -> None:
        if (view := self._read_message()) is None:
            return
        no = view.no

        def given(note: str | None) -> None:
            if note is not None:
                self.desk.ask(
                    lambda circles: circles.keep_card(self.circle, no, note=note),
                    lambda _: self.haven.say("Kept without a name.", "F2, then l: Coping cards"),
                    group="keep",
                )

        text = "It is kept here, without anybody's name. Words of your own beside it, or none:"
        self.app.push_screen(AskLine("Keep this as a card", text), given)

    def action_quote(self) -> None:
        if (view := self._read_message()) is None or self.editing is not None:
            return
        composer = self.query_one(Composer)
        if composer.read_only:
            return
        words = quote(view) + "\n\n"
        before = composer.text
        if before.strip():
            words = "\n\n" + words if not before.endswith("\n") else words
        composer.load(before + words)
        composer.focus()
