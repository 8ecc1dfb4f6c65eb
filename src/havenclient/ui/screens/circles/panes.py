"""A list at the left, one card at the right: the shape of the screens about a circle's order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.errors import HavenError, SafetyRefusal
from havenclient.ui.explain import explain
from havenclient.ui.screens.circles.base import CircleScreen, Page
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.styles import style

Answer = TypeVar("Answer")


class TwoPanes(CircleScreen[Answer]):
    LIST = ""
    CARD = ""
    HINT = ""
    """What stands at the foot of the list."""

    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle

    def body(self) -> ComposeResult:
        with Horizontal(classes="two-main"):
            rows = Rows("two-list")
            rows.border_title, rows.border_subtitle = self.LIST, self.HINT
            yield explain(rows, self.HELP)
            with Vertical(classes="two-side"):
                with VerticalScroll(id="two-card", classes="panel") as card:
                    card.border_title = self.CARD
                    yield Static(id="two-text")
                yield from self.below()

    def below(self) -> ComposeResult:
        """Fields under the card."""
        yield from ()

    def on_mount(self) -> None:
        self.rows.focus()

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    @property
    def chosen(self) -> str:
        """Id of the row with the cursor."""
        return self.rows.current_id or "" if self.is_mounted else ""

    def look_failed(self, error: HavenError) -> None:
        if isinstance(error, SafetyRefusal) and self.app.screen is self:
            self.action_back()  # removed meanwhile: nothing here is true any more
        super().look_failed(error)

    def fill(self, options: Iterable[Option], *, empty: str = "") -> None:
        """New rows; the cursor stays where it was."""
        rows, wanted = self.rows, self.rows.current_id
        made = list(options)
        if not made:
            made = [Option(Text(empty, style(self, "quiet")), disabled=True)]
        with self.prevent(OptionList.OptionHighlighted):
            rows.clear_options()
            rows.add_options(made)
            ids = [one.id for one in made if not one.disabled]
            if ids:
                target = wanted if wanted in ids else ids[0]
                rows.highlighted = [one.id for one in made].index(target)
        self.draw()

    def draw(self) -> None:
        page = Page(self)
        self.card(page)
        self.query_one("#two-text", Static).update(page.text)

    def card(self, page: Page) -> None:
        raise NotImplementedError

    def name_card(self, words: str) -> None:
        self.query_one("#two-card").border_title = Content(words)

    def on_option_list_option_highlighted(self) -> None:
        self.draw()
        self.query_one("#two-card", VerticalScroll).scroll_home(animate=False)
        self.refresh_bindings()

    def row(self, ident: str, head: str, *below: str, look: str = "foreground") -> Option:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(head + "\n", style(self, look, bold=True))
        for one in below:
            line.append(f"    {one}\n", style(self, "quiet"))
        return Option(line, id=ident)

    def heading(self, words: str) -> Option:
        return Option(Text(words, style(self, "lamp"), no_wrap=True), disabled=True)


__all__ = ["TwoPanes"]
