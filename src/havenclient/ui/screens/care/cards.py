"""Coping cards: what helped, mine and others', without anybody's name. They stay when I leave."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from havenclient.care.shelf import Card
from havenclient.text import safe_text
from havenclient.ui.screens.care.lists import ListScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import AskLine


class CardsScreen(ListScreen):
    HEADING = "Coping cards"
    TITLE_OF_LIST = "What helped"
    HINT = "Kept here only, without names. In a conversation K keeps one."
    HELP = (
        "a adds a card of your own, enter writes a remark beside the chosen one, del takes it\n"
        "off the shelf. Cards from a circle have no name on them and stay when you leave it."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Remark"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="cards.add"),
        Binding("delete", "drop", "Take off", id="cards.drop"),
        Binding("escape", "back", "Back", id="cards.back"),
    ]

    def load(self) -> None:
        self.care(lambda care: care.shelf.cards(), self._show)

    def _show(self, cards: tuple[Card, ...]) -> None:
        self._cards = {one.no: one for one in cards}
        rows = [(one.no, self._row(one)) for one in reversed(cards)]
        self.fill([("Newest first" if rows else "No card yet; a adds one.", rows)])

    def _row(self, one: Card) -> Text:
        quiet = style(self, "quiet")
        row = Text(_indented(one.what))
        facts = (("when", one.at), ("worked for", one.worked), ("source", one.source))
        for name, words in (*facts, ("my remark", one.note)):
            if words:
                row.append(f"\n    {name}: {_indented(words)}", quiet)
        return row.append("\n")

    def on_option_list_option_selected(self) -> None:
        number = self.chosen
        if number is None:
            return

        def given(words: str | None) -> None:
            if words is not None:
                self.care(lambda care: care.shelf.remark(number, words), lambda _: self.load())

        value = safe_text(self._cards[number].note, multiline=False)
        self.app.push_screen(
            AskLine("My remark", "In your own words, or nothing.", value=value), given
        )

    def action_add(self) -> None:
        def when(what: str, at: str | None) -> None:
            if at is not None:
                self.care(
                    lambda care: care.shelf.keep(what, at=at, worked="me"), lambda _: self.load()
                )

        def what(words: str | None) -> None:
            if words and words.strip():
                text = "When does it help? Or nothing."
                self.app.push_screen(AskLine("When", text), lambda at: when(words, at))

        self.app.push_screen(AskLine("A card", "What helps?"), what)

    def action_drop(self) -> None:
        number = self.chosen
        if number is not None:
            self.care(lambda care: care.shelf.drop(number), lambda _: self.load())

    def blank(self) -> None:
        self._cards = {}


def _indented(words: str) -> str:
    return safe_text(words).replace("\n", "\n    ")
