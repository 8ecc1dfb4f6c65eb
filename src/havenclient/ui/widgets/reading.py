"""Markdown to read: an entry's text as lines that can do nothing.

Built from CommonMark tokens, without HTML. Links and pictures become words (no address is ever a
thing to click, nothing is fetched), markup of the terminal was taken out by `safe_text` before, and
no string is read as Rich or Textual markup. One renderable for a whole entry: thousands of lines
cost no widgets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from havenclient.text import safe_text

_PARSER = MarkdownIt("commonmark", {"html": False})
MAX_SHOWN = 150_000
"""Characters of one entry that are drawn; the editor still has all of them."""


@dataclass(frozen=True, slots=True)
class Look:
    plain: Style
    quiet: Style
    bright: Style
    lamp: Style
    hit: Style


class LeftBar:
    """A quotation: its lines behind a bar."""

    def __init__(self, child: RenderableType, style: Style) -> None:
        self._child, self._style = child, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=max(1, options.max_width - 2))
        for line in console.render_lines(self._child, inner, pad=False):
            yield Segment("│ ", self._style)
            yield from line
            yield Segment.line()


def page(body: str, look: Look, hits: Sequence[str] = ()) -> Group:
    """An entry's body as one renderable; words in `hits` are marked."""
    text = safe_text(body, limit=MAX_SHOWN)
    tokens = _PARSER.parse(text)
    blocks = list(_spaced(_Reader(look, hits).blocks(iter(tokens))))
    return Group(*blocks)


def _spaced(blocks: Iterator[RenderableType]) -> Iterator[RenderableType]:
    for index, block in enumerate(blocks):
        if index:
            yield Text("")
        yield block


class _Reader:
    def __init__(self, look: Look, hits: Sequence[str]) -> None:
        self._look = look
        self._hits = [hit for hit in hits if hit.strip()]

    def blocks(self, tokens: Iterator[Token], until: str = "") -> Iterator[RenderableType]:
        for token in tokens:
            kind = token.type
            if kind == until:
                return
            if kind == "heading_open":
                yield from self._heading(token.tag, next(tokens))
            elif kind == "inline":
                yield self._marked(self._inline(token))
            elif kind in ("fence", "code_block"):
                code = Text(token.content.rstrip("\n"), self._look.quiet)
                yield Padding(self._marked(code), (0, 0, 0, 2))
            elif kind == "blockquote_open":
                inner = list(_spaced(self.blocks(tokens, "blockquote_close")))
                yield LeftBar(Group(*inner), self._look.quiet)
            elif kind in ("bullet_list_open", "ordered_list_open"):
                yield self._list(tokens, token)
            elif kind == "hr":
                yield Text("─" * 24, self._look.quiet)

    def _heading(self, tag: str, inline: Token) -> Iterator[RenderableType]:
        title = self._inline(inline)
        title.stylize(self._look.bright)
        if tag == "h1":
            rule = Text("─" * min(60, title.cell_len), self._look.quiet)
            yield Group(self._marked(title), rule)
        else:
            yield self._marked(title)

    def _list(self, tokens: Iterator[Token], opening: Token) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True, width=4 if opening.type.startswith("ordered") else 2)
        table.add_column(ratio=1)
        closing = opening.type.replace("_open", "_close")
        number = int(opening.attrs.get("start", 1) or 1)
        for token in tokens:
            if token.type == closing:
                break
            if token.type == "list_item_open":
                mark = f"{number}." if opening.type.startswith("ordered") else " •"
                number += 1
                content = Group(*self.blocks(tokens, "list_item_close"))
                table.add_row(Text(mark, self._look.lamp), content)
        return table

    def _inline(self, token: Token) -> Text:
        text = Text()
        bold = italic = 0
        links: list[tuple[int, str]] = []
        for child in token.children or []:
            style = self._look.plain + Style(bold=bool(bold) or None, italic=bool(italic) or None)
            kind = child.type
            if kind in ("text", "html_inline"):
                text.append(child.content, style)
            elif kind in ("softbreak", "hardbreak"):
                text.append("\n")
            elif kind == "code_inline":
                text.append(child.content, self._look.lamp)
            elif kind == "strong_open":
                bold += 1
            elif kind == "strong_close":
                bold -= 1
            elif kind == "em_open":
                italic += 1
            elif kind == "em_close":
                italic -= 1
            elif kind == "link_open":
                links.append((len(text), str(child.attrs.get("href", ""))))
            elif kind == "link_close" and links:
                start, address = links.pop()
                if text.plain[start:] != address:
                    text.append(f" ({safe_text(address, limit=300)})", self._look.quiet)
            elif kind == "image":
                text.append(f"[picture: {child.content or 'without words'}]", self._look.quiet)
        return text

    def _marked(self, text: Text) -> Text:
        if self._hits:
            text.highlight_words(self._hits, self._look.hit, case_sensitive=False)
        return text
