"""Long lines for reading: broken between words at a terminal, whole everywhere else.

A terminal breaks a long line in the middle of a word. A pipe, a file and a plain terminal (where a
screen reader reads) get one line a thought, as everywhere in the command line.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.cli.session import Session

WIDEST = 100
"""Columns that a line is comfortable to read in, however wide the window is."""
_HEAD = re.compile(r"\s*(?:\d+\.? +)?")


def read_out(session: Session, text: str) -> None:
    """Write `text`; what wraps stays behind its number or its indent."""
    if not session.out.on_terminal or session.plain:
        session.out.text(text)
        return
    width = min(WIDEST, shutil.get_terminal_size().columns - 1)
    for line in text.split("\n"):
        session.out.text(broken(line, width))


def broken(line: str, width: int) -> str:
    """`line` in as many lines as it needs; words, addresses too, stay whole."""
    head = _HEAD.match(line)
    indent = " " * (len(head[0]) if head else 0)
    if len(line) <= width or width < len(indent) + 20:
        return line
    return "\n".join(
        textwrap.wrap(
            line,
            width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
    )
