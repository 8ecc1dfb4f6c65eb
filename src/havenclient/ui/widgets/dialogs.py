"""Small modal questions: choose, type a line, type a word to be sure. `esc` is always "no"."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from havenclient.ui.explain import flowed
from havenclient.ui.widgets.bars import KeyBar
from havenclient.ui.widgets.choices import Choices


class Ask(ModalScreen[str | None]):
    """A sentence and a few answers; returns the id of the answer, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "Back", id="ask.no"),
    ]
    HELP = "Choose with the arrows and enter. esc goes back; nothing is changed."

    def __init__(self, title: str, text: str, answers: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._title, self._text, self._answers = title, text, answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel dialog") as box:
            box.border_title = self._title
            yield Static(flowed(self._text), markup=False, classes="dialog-text")
            yield Choices(
                *(Option(_plain(label), id=name) for name, label in self._answers),
                markup=False,
                classes="dialog-answers",
            )
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_no(self) -> None:
        self.dismiss(None)


class Line(Input):
    def _on_paste(self, event: events.Paste) -> None:  # Input's own follows, and takes one line
        """A link that a mail program broke, words that stood in rows: all of it is one line."""
        if not self.password:
            event.text = " ".join(event.text.split())


class AskLine(ModalScreen[str | None]):
    """A sentence and one line to type. With `must_equal`, only that very word counts as yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "no", "Back", id="ask.no"),
    ]
    HELP = "Type and press enter. esc goes back; nothing is changed."

    def __init__(
        self,
        title: str,
        text: str,
        *,
        value: str = "",
        placeholder: str = "",
        password: bool = False,
        must_equal: str | None = None,
    ) -> None:
        super().__init__()
        self._title, self._text, self._value = title, text, value
        self._placeholder, self._password, self._must_equal = placeholder, password, must_equal

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel dialog") as box:
            box.border_title = self._title
            yield Static(flowed(self._text), markup=False, classes="dialog-text")
            yield Line(
                self._value,
                placeholder=self._placeholder,
                password=self._password,
                select_on_focus=False,
                classes="plain-input",
            )
        yield KeyBar((("f2", "Safety"),))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._must_equal is not None and event.value.strip() != self._must_equal:
            self.query_one(".dialog-text", Static).update(
                f"{flowed(self._text)}\n\nThat was another word. Nothing was changed."
            )
            return
        value = event.value
        event.input.value = ""
        self.dismiss(value)

    def action_no(self) -> None:
        self.query_one(Input).value = ""
        self.dismiss(None)


def _plain(label: str) -> str:
    return label
