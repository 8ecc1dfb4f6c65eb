"""Other programs' markup into Markdown: HTML pieces, txt2tags (RedNotebook), Day One's escapes.

Never drops words: what isn't understood stays as it is.
"""

from __future__ import annotations

import re
from html import unescape

_INLINE = {
    "b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "strike": "~~", "del": "~~",
    "code": "`", "mark": "==",
}  # fmt: skip
_BLOCKS = {"p", "div", "ul", "ol", "section", "article", "table", "tr", "header", "footer", "dl"}
_SILENT = {"script", "style", "head", "title", "template"}


MAX_HTML = 512 * 1024
"""Characters; more than any note that a rich editor made."""


_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,15})((?:[\s/][^<>]{0,4000})?)>")
_ATTRIBUTE = re.compile(
    r"([A-Za-z-]{1,40})(?:\s{0,4}=\s{0,4}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?"
)


class _Html:
    """Walks over tags by one bounded pattern: the standard parser is quadratic on hostile markup
    (200,000 times `<` took minutes), and notes hold little more than `<b>`, `<br>` and lists."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._lists: list[int | None] = []
        self._links: list[str] = []
        self._silent = 0

    def _line(self, count: int = 1) -> None:
        if self.out:
            self.out.append("\n" * count)

    def feed(self, html: str) -> None:
        html, end = _without_comments(html), 0
        for found in _TAG.finditer(html):
            self.handle_data(unescape(html[end : found.start()]))
            end = found.end()
            tag = found[2].lower()
            if found[1]:
                self.handle_endtag(tag)
            else:
                attributes = [
                    (name.lower(), unescape(a or b or c))
                    for name, a, b, c in _ATTRIBUTE.findall(found[3])
                ]
                self.handle_starttag(tag, attributes)
        self.handle_data(unescape(html[end:]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        values = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag in _INLINE:
            self.out.append(_INLINE[tag])
        elif tag == "br":
            self.out.append("\n")
        elif tag == "hr":
            self.out.append("\n\n---\n\n")
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._line(2)
            self.out.append("#" * int(tag[1]) + " ")
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
            self._line()
        elif tag == "li":
            self._line()
            depth = "  " * max(0, min(len(self._lists), 8) - 1)
            number = self._lists[-1] if self._lists else None
            self.out.append(depth + ("- " if number is None else f"{number}. "))
            if number is not None:
                self._lists[-1] = number + 1
        elif tag == "blockquote":
            self.out.append("\n\n> ")
        elif tag == "pre":
            self.out.append("\n```\n")
        elif tag == "a":
            self._links.append(values.get("href", ""))
            self.out.append("[")
        elif tag == "img":
            self.out.append(f"![{values.get('alt', '')}]({values.get('src', '')})")
        elif tag == "input" and values.get("type") == "checkbox":
            self.out.append("[x] " if "checked" in values else "[ ] ")
        elif tag in _BLOCKS:
            self._line(2 if tag == "p" else 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _INLINE:
            self.out.append(_INLINE[tag])
        elif tag in ("ul", "ol"):
            if self._lists:
                self._lists.pop()
            self._line()
        elif tag == "pre":
            self.out.append("\n```\n")
        elif tag == "a":
            target = self._links.pop() if self._links else ""
            self.out.append(f"]({target})")
        elif tag in _BLOCKS or tag in ("h1", "h2", "h3", "h4", "h5", "h6", "blockquote"):
            self._line(2 if tag != "div" else 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.out.append(data)


def _without_comments(html: str) -> str:
    out, at = [], 0
    while (begin := html.find("<!--", at)) >= 0 and (end := html.find("-->", begin + 4)) >= 0:
        out.append(html[at:begin])
        at = end + 3
    return "".join(out) + html[at:]


def html_to_markdown(html: str) -> str:
    """Markdown for a piece of HTML; plain text passes nearly unchanged."""
    if len(html) > MAX_HTML:
        return html
    parser = _Html()
    parser.feed(html)
    text = "".join(parser.out).replace("\xa0", " ")
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"(\*\*|~~|==)\1", "", text)  # `<b></b>` leaves an empty pair
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def looks_like_html(text: str) -> bool:
    return re.search(r"<(?:/?(?:b|i|u|s|p|br|div|li|ul|ol|h[1-6]|strong|em|a|span)\b[^<>]{0,200})>",
                     text[:20_000], re.IGNORECASE) is not None  # fmt: skip


_URL = re.compile(r"(?:https?|ftp|file|mailto):[^\s\]\"']+")
_T2T = (
    (re.compile(r"(?<![\w/:])//(?=\S)([^\n]{1,2000}?)(?<=\S)//(?![\w/])"), r"*\1*"),
    (re.compile(r"(?<![\w_])__(?=\S)([^\n]{1,2000}?)(?<=\S)__(?![\w_])"), r"<u>\1</u>"),
    (re.compile(r"(?<![\w-])--(?=[^\s-])([^\n]{1,2000}?)(?<=[^\s-])--(?![\w-])"), r"~~\1~~"),
    (re.compile(r"``(?=\S)([^\n`]{1,2000}?)(?<=\S)``"), r"`\1`"),
)
_HEADING = re.compile(
    r"^(\s*)(={1,5}|\+{1,5})(?=[^=+\s]|\s+[^=+\s])\s*(.+?)\s*\2(?:\[[\w-]*\])?\s*$"
)
_PICTURE = re.compile(r'\[""([^"\n]{1,2000})""(\.[A-Za-z0-9]{1,8})(?:\?\d{1,5})?\]')
_LINK = re.compile(r'\[([^\[\]"\n]{1,500}?)\s+""([^"\n]{1,2000})""\]')
_BARE_LINK = re.compile(r"\[([^\[\]\"\n]{1,500}?)\s+((?:https?|ftp|file|mailto):[^\s\]]+)\]")
_HTML_TAGS = re.compile(r"</?u>")


def txt2tags_to_markdown(text: str) -> str:
    """RedNotebook's markup as Markdown; `//` within an address is left alone."""
    out: list[str] = []
    verbatim = False
    for line in text.split("\n"):
        if line.strip() == "```":
            verbatim = not verbatim
            out.append(line)
            continue
        out.append(line if verbatim else _t2t_line(line))
    return "\n".join(out)


def _t2t_line(line: str) -> str:
    if len(line) > 100_000:
        return line
    if re.fullmatch(r"\s*(?:={20,}|-{20,}|_{20,})\s*", line):
        return "---"
    if len(line) < 2000 and (heading := _HEADING.match(line)):
        return f"{'#' * len(heading[2])} {_t2t_inline(heading[3])}"
    if numbered := re.match(r"(\s*)\+ (.*)", line):
        return f"{numbered[1]}1. {_t2t_inline(numbered[2])}"
    ending = ""
    if line.endswith("\\\\"):
        line, ending = line[:-2].rstrip(), "  "
    return _t2t_inline(line) + ending


def _t2t_inline(line: str) -> str:
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\ue000{len(kept) - 1}\ue001"

    line = line.replace("\ue000", "").replace("\ue001", "")
    line = _PICTURE.sub(lambda m: keep(f"![{_leaf(m[1])}]({_target(m[1] + m[2])})"), line)
    line = _LINK.sub(lambda m: keep(f"[{m[1]}]({_target(m[2])})"), line)
    line = _BARE_LINK.sub(lambda m: keep(f"[{m[1]}]({_target(m[2])})"), line)
    line = re.sub(r'""([^"\n]+?)""', lambda m: keep(m[1]), line)
    line = _URL.sub(lambda m: keep(m[0]), line)
    for pattern, shape in _T2T:
        line = pattern.sub(shape, line)
    return re.sub("\ue000(\\d+)\ue001", lambda m: kept[int(m[1])], line)


def _leaf(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _target(path: str) -> str:
    return f"<{path}>" if re.search(r"[\s()]", path) else path


_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~|<>])")


def unescape_dayone(text: str) -> str:
    """Day One writes `\\.`, `\\-`, `\\!` in plain prose; only those that mean nothing go.

    An escape stays where taking it away would make markup: `\\-` or `\\#` that begins a line,
    `1\\.` at a line's start, stars, underscores between spaces, brackets.
    """
    out: list[str] = []
    fenced = False
    for line in text.replace("\u200b", "").split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        out.append(line if fenced or "\\" not in line else _ESCAPE.sub(_bare, line))
    return "\n".join(out)


def _bare(found: re.Match[str]) -> str:
    # Only the neighbourhood is looked at: copying whole lines for each escape is quadratic.
    char, line, start = found[1], found.string, found.start()
    before, after = line[max(0, start - 40) : start], line[found.end() : found.end() + 1]
    if char in "-+#" and start <= 40 and not before.strip(" >"):
        return found[0]
    if char == "." and start <= 40 and before.strip(" >").isdigit():
        return found[0]
    if char == "!" and after.startswith("["):
        return found[0]
    if char == "(" and before.endswith("]"):
        return found[0]
    if char in ".-!()+#":
        return char
    if char == "_" and before[-1:].isalnum() and after[:1].isalnum():
        return char
    return found[0]
