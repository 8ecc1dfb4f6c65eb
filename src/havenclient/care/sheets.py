"""A sheet of paper: the plan, the map or the ticked questions as text, Markdown or HTML to print.

Pure. HTML is complete in itself (no script, no font, no address is loaded) and every text of the
person is escaped; Markdown escapes what would turn into markup.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from havenclient.errors import UsageError
from havenclient.text import safe_text

FORMATS = ("text", "markdown", "html")


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    """(heading, lines)"""

    def written(self, form: str) -> str:
        """The sheet in one of FORMATS; ends in a line feed."""
        if form == "text":
            return self._text()
        if form == "markdown":
            return self._markdown()
        if form == "html":
            return self._html()
        raise UsageError("a sheet is written as " + ", ".join(FORMATS))

    def _text(self) -> str:
        out = [self.title, "=" * len(self.title)]
        for heading, lines in self.parts:
            out += ["", heading, *(f"  - {safe_text(line)}" for line in lines)]
        return "\n".join(out) + "\n"

    def _markdown(self) -> str:
        out = [f"# {self.title}"]
        for heading, lines in self.parts:
            out += ["", f"## {heading}", "", *(f"- {_plain(line)}" for line in lines)]
        return "\n".join(out) + "\n"

    def _html(self) -> str:
        body = []
        for heading, lines in self.parts:
            items = "".join(f"<li>{html.escape(safe_text(line))}</li>" for line in lines)
            body.append(f"<section><h2>{html.escape(heading)}</h2><ul>{items}</ul></section>")
        title = html.escape(self.title)
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'\">"
            f"<title>{title}</title><style>{_STYLE}</style></head>\n"
            f"<body><h1>{title}</h1>\n" + "\n".join(body) + "\n</body></html>\n"
        )


def _plain(line: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#+!|~-])", r"\\\1", safe_text(line, multiline=False))


# Black on white, room to write, no part torn over two pages.
_STYLE = (
    "body{font:12pt/1.5 Georgia,serif;color:#000;background:#fff;max-width:42em;margin:2em auto;"
    "padding:0 1em}h1{font-size:18pt}h2{font-size:13pt;margin:1.4em 0 .3em}li{margin:.3em 0;"
    "white-space:pre-wrap}section{break-inside:avoid}@page{margin:2cm}"
    "@media print{body{margin:0;max-width:none}}"
)
