"""Messages as lines: a pure function from a `MessageView` to a `Text` of a given width.

Nothing is parsed: what people wrote is shown letter by letter, never as markup of any kind. A
folded message shows its note and its length and nothing else, not even in answers that point at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from havenclient.circles.content import Kind
from havenclient.circles.kinds import KIND_WORDS, source_words
from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.circles.base import clock_time, size_words
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from textual.widget import Widget

    from havenclient.circles.views import MessageView

NAME = 9
MAX_LINES = 24
"""Lines of one message in the list; enter shows the whole of it."""
STATES = {
    "held": "held",
    "waiting": "waits, no relay yet",
    "sending": "on its way",
    "stale": "on its way",
    "sent": "✓ sent",
    "refused": "refused",
}


@dataclass(frozen=True, slots=True)
class Ink:
    plain: Style
    quiet: Style
    name: Style
    mine: Style
    lamp: Style
    warn: Style

    @classmethod
    def of(cls, widget: Widget) -> Ink:
        """The colours of messages in the theme in force."""
        return cls(
            plain=style(widget, "foreground"),
            quiet=style(widget, "quiet"),
            name=style(widget, "bright-line", bold=True),
            mine=style(widget, "foreground", bold=True),
            lamp=style(widget, "lamp"),
            warn=style(widget, "warning"),
        )


class Drawer:
    """Draws for one width. Wrapping needs a console only to measure with."""

    def __init__(self, ink: Ink, width: int, known: Mapping[int, MessageView]) -> None:
        self._ink = ink
        self._width = max(30, width)
        self._known = known
        self._console = Console(width=self._width, color_system=None, file=StringIO())
        self._lead = NAME + 2 + 5 + 2

    def draw(self, view: MessageView, *, whole: bool = False) -> Text:
        ink = self._ink
        if view.kind == "line":
            return self._aside(f"· {safe_text(view.text)}", ink.quiet)
        if view.kind == "quarantine":
            who = safe_line(view.sender) or "somebody"
            said = f"Something from {who} can't be shown: {safe_line(view.text, limit=120)}."
            return self._aside("┆ " + said, ink.quiet)
        parts: list[Text] = []
        if view.reply_to is not None:
            parts.append(Text(self._answers(view.reply_to), ink.quiet))
        if view.deleted:
            parts.append(Text("(taken back)", ink.quiet))
        elif view.folded:
            parts.append(self._folded(view))
        else:
            parts += self._opened(view)
        for reaction in view.reactions:
            names = ", ".join(safe_line(name, limit=20) for name in reaction.names)
            parts.append(Text(f"· {safe_line(reaction.word)}: {names}", ink.lamp))
        return self._laid(view, parts, whole=whole)

    # --- parts ------------------------------------------------------------------------------------

    def _folded(self, view: MessageView) -> Text:
        count = "1 line" if view.lines == 1 else f"{view.lines} lines"
        text = Text("▸ ", self._ink.lamp)
        text.append(safe_line(view.folded_because, limit=200), self._ink.lamp)
        if view.waits:
            return text
        return text.append(f"   {count}, hidden, space shows", self._ink.quiet)

    def _opened(self, view: MessageView) -> list[Text]:
        ink = self._ink
        parts = []
        if view.note is not None:
            parts.append(Text(f"▾ content note: {safe_line(view.note)}", ink.lamp))
        body = Text("(edited) " if view.edited else "", ink.quiet)
        if view.unnamed:
            via = safe_line(view.sender, limit=20)
            parts.append(Text(f"someone here asks, through {via}", ink.quiet))
        elif view.talk:
            body.append(f"{KIND_WORDS[Kind(view.talk)]}: ", ink.quiet)
        body.append(safe_text(view.text), ink.plain)
        if body.plain:
            parts.append(body)
        if view.source:
            words = safe_line(source_words(view.source, view.source_link), limit=300)
            parts.append(Text(f"source: {words}   c checks this", ink.quiet))
        for one in view.attachments:
            words = f"file: {safe_line(one.name, limit=60)}, {size_words(one.size)}   o fetches it"
            parts.append(Text(words, ink.lamp))
        return parts

    def _answers(self, no: int) -> str:
        target = self._known.get(no)
        if target is None or target.deleted or target.kind != "message":
            return "↳ answers an earlier message"
        who = _who(target, 20)
        if target.note is not None or target.folded:
            return f"↳ answers {who}, {clock_time(target.at)}"
        marks = self._marks(target)
        room = max(12, self._width - self._lead - 32 - cell_len(marks))
        words = safe_text(target.text, limit=room, multiline=False)
        return f"↳ {who}: {marks}{words}"

    def _marks(self, view: MessageView) -> str:
        """Advice keeps its source wherever it is quoted."""
        if view.talk != Kind.ADVICE:
            return ""
        source = safe_line(source_words(view.source, view.source_link), limit=40)
        return f"({KIND_WORDS[Kind.ADVICE]}, {source}) " if source else ""

    def _aside(self, words: str, look: Style) -> Text:
        out = Text(no_wrap=True)
        for line in self._wrapped(Text(words, look), self._width - 12):
            out.append("      ").append_text(line).append("\n")
        return out

    # --- layout -----------------------------------------------------------------------------------

    def _laid(self, view: MessageView, parts: list[Text], *, whole: bool) -> Text:
        ink = self._ink
        state = self._state(view)
        room = self._width - self._lead - (cell_len(state) + 2 if state else 0)
        lines: list[Text] = []
        for part in parts:
            lines += self._wrapped(part, max(16, room))
        hidden = len(lines) - MAX_LINES
        if hidden > 0 and not whole:
            lines = lines[:MAX_LINES]
            lines.append(Text(f"… {hidden} more lines, enter shows them", ink.quiet))
        who = _who(view, 60)
        out = Text(no_wrap=True)
        mine = view.mine and not view.unnamed
        out.append(_fit(who, NAME), ink.mine if mine else ink.name)
        out.append(f"  {clock_time(view.at)}  ", ink.quiet)
        for index, line in enumerate(lines):
            if index:
                out.append(" " * self._lead)
            out.append_text(line)
            if index == 0 and state:
                gap = self._width - self._lead - line.cell_len - cell_len(state) - 1
                look = ink.warn if view.state in ("refused", "held") else ink.quiet
                out.append(" " * max(1, gap)).append(state, look)
            out.append("\n")
        if view.state == "refused" and view.reason:
            out.append(" " * self._lead).append(safe_line(view.reason, limit=120), ink.warn)
            out.append("\n")
        return out

    def _state(self, view: MessageView) -> str:
        return STATES.get(view.state, safe_line(view.state)) if view.mine else ""

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        lines: list[Text] = []
        for line in text.split("\n", allow_blank=True):
            if line.cell_len <= width and "\t" not in line.plain:
                lines.append(line)
            else:
                lines += line.wrap(self._console, width, tab_size=4)
        for line in lines:
            line.rstrip()
        return lines


def rule(words: str, width: int, look: Style) -> Text:
    """`──────── Today ────────`, as wide as the list."""
    side = max(2, (width - cell_len(words) - 2) // 2)
    return Text(f"{'─' * side} {words} {'─' * side}\n", look, no_wrap=True)


def _who(view: MessageView, limit: int) -> str:
    if view.unnamed:
        return "someone"
    return "you" if view.mine else safe_line(view.sender, limit=limit)


def _fit(words: str, width: int) -> str:
    """A name in a column: cut by cells, not by characters."""
    text = Text(words)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text.plain
