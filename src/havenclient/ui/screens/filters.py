"""Filters as a list, for people who don't want to learn the search words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.text import safe_line
from havenclient.ui.widgets.bars import KeyBar
from havenclient.ui.widgets.choices import Choices

FIXED = (
    ("mood:>=4", "mood 4 or 5"),
    ("mood:3", "mood 3"),
    ("mood:<=2", "mood 1 or 2"),
    ("after:7d", "the last seven days"),
    ("after:30d", "the last thirty days"),
    ("is:starred", "starred"),
    ("has:attachment", "with attachments"),
    ("note:any", "with a content note"),
    ("note:none", "without a content note"),
    ("sort:oldest", "oldest first"),
    ("sort:rank", "best match first"),
    ("is:binned", "in the bin"),
)


class FiltersScreen(ModalScreen[str | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="filters.back"),
    ]
    HELP = "Choose one; it is added to the search. Choose again to narrow further."

    def __init__(self, tags: list[tuple[str, int]]) -> None:
        super().__init__()
        self._tags = tags[:100]

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel dialog", id="filters-box") as box:
            box.border_title = "Filters"
            box.border_subtitle = "enter adds"
            yield Static("Added to what is in the search field.", classes="dialog-text quiet")
            options: list[Option | None] = [Option(text, id=word) for word, text in FIXED]
            if self._tags:
                options.append(None)
            for tag, count in self._tags:
                name = safe_line(tag)
                word = f'tag:"{name}"' if " " in name else f"tag:{name}"
                options.append(Option(f"#{name}  {count}", id=word))
            yield Choices(*options, markup=False, id="filters")
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_back(self) -> None:
        self.dismiss(None)
