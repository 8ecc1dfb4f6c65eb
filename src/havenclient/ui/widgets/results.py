"""The list of entries: two lines each, over pages. More come when the cursor nears the end."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.message import Message
from textual.widgets.option_list import Option

from havenclient.journal import Summary
from havenclient.text import safe_line, safe_text
from havenclient.ui.styles import style
from havenclient.ui.widgets.choices import Choices

NEAR_THE_END = 8


class Results(Choices):
    """Rows are entry ids; the screen feeds pages and hears `MoreWanted`."""

    HELP = (
        "Your entries, newest first. j k or arrows move, enter reads, / searches.\n"
        "An entry with a content note stays folded until you open it."
    )

    class MoreWanted(Message):
        pass

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="panel one-line", markup=False)
        self.rows: dict[str, Summary] = {}
        self.more = False

    def start(
        self, rows: Iterable[Summary], *, more: bool, empty: str, wanted: str | None = None
    ) -> None:
        """A new first page. The cursor goes to `wanted`, or nowhere if that is not on it."""
        self.clear_options()
        self.rows.clear()
        self.append(rows, more=more)
        if self.rows and (wanted is None or wanted in self.rows):
            self.highlighted = self.get_option_index(wanted) if wanted else 0
        if not self.rows:
            self.add_option(Option(Text(empty, style(self, "quiet")), disabled=True))

    def append(self, rows: Iterable[Summary], *, more: bool) -> None:
        self.more = more
        fresh = [row for row in rows if row.id not in self.rows]
        self.rows.update((row.id, row) for row in fresh)
        self.add_options(Option(self._prompt(row), id=row.id) for row in fresh)

    @property
    def current(self) -> Summary | None:
        if self.highlighted is None or not self.rows:
            return None
        return self.rows.get(self.get_option_at_index(self.highlighted).id or "")

    def neighbour(self, entry_id: str) -> str | None:
        """The row below that one, or above the last one."""
        ids = list(self.rows)
        if entry_id not in ids:
            return None
        at = ids.index(entry_id)
        return next(iter(ids[at + 1 : at + 2] or ids[max(0, at - 1) : at]), None)

    def select(self, entry_id: str) -> bool:
        if entry_id not in self.rows:
            return False
        self.highlighted = self.get_option_index(entry_id)
        return True

    def on_option_list_option_highlighted(self) -> None:
        at = self.highlighted
        if self.more and at is not None and at >= self.option_count - NEAR_THE_END:
            self.more = False
            self.post_message(self.MoreWanted())

    def _prompt(self, row: Summary) -> Text:
        quiet, lamp = style(self, "quiet"), style(self, "lamp")
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{row.written_at:%d %b %Y}  ", quiet)
        line.append(f"{row.mood or '·'}  ", lamp)
        if row.starred:
            line.append("* ", lamp)
        if row.note and not row.title:
            line.append(f"(content note: {safe_line(row.note)})", style(self, "quiet", italic=True))
            line.append("\n    folded; enter opens it", quiet)
        else:
            line.append(safe_line(row.title) or "(no title)", style(self, "foreground", bold=True))
            line.append("\n    ")
            line.append_text(self._excerpt(row))
        line.append("\n")
        return line

    def _excerpt(self, row: Summary) -> Text:
        shown = Text(row.excerpt, style(self, "quiet"), no_wrap=True, overflow="ellipsis")
        hit = style(self, "hit-text", on="hit-background", bold=True, underline=True)
        for start, end in row.hits:
            shown.stylize(hit, start, end)
        flat = Text(no_wrap=True, overflow="ellipsis")
        for piece in shown.split("\n"):
            flat.append_text(piece).append(" ")
        if safe_text(flat.plain) != flat.plain:  # marks would move the hits: show without them
            return Text(safe_text(row.excerpt, multiline=False), style(self, "quiet"))
        return flat

    def action_first(self) -> None:
        self.highlighted = 0 if self.rows else None

    def action_last(self) -> None:
        if self.rows:
            self.highlighted = self.option_count - 1
