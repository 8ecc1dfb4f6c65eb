"""A list that moves with j and k too, and keeps its place when another thing has the focus."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class Rows(OptionList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
    ]

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="panel one-line", markup=False)

    @property
    def current_id(self) -> str | None:
        at = self.highlighted
        if at is None or at >= self.option_count:
            return None
        return self.get_option_at_index(at).id

    def go_to(self, wanted: str | None) -> None:
        """To the row of that id, or to the first one."""
        ids = [self.get_option_at_index(n).id for n in range(self.option_count)]
        if ids and not self.get_option_at_index(0).disabled:
            self.highlighted = ids.index(wanted) if wanted in ids else 0
