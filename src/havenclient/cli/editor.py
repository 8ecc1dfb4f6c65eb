"""Writing in the terminal: a small editor made of plain lines, and another program if allowed.

The line editor needs no cursor and no alternate screen, so it works with a screen reader, over a
slow link and in TERM=dumb. What is typed is handed to `keep` line by line, which saves the draft.

Another program (vim, nano …) is `havenclient.external_editor`; here it is only asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from havenclient import external_editor

if TYPE_CHECKING:
    from havenclient.cli.session import Session

Read = Callable[[str], str | None]
"""Prompt in, one line out; None at the end of input."""


class Keep(Protocol):
    """Saves the draft. `now` means at once, because no more lines will come."""

    def __call__(self, text: str, *, now: bool = False) -> None: ...


# --- plain lines ---------------------------------------------------------------------------------


def write_lines(
    say: Callable[[str], None], keep: Keep | None = None, read: Read | None = None
) -> str:
    """Read lines from the terminal until Ctrl-D. `keep` gets all of it after each line."""
    read = read or read_line
    say("Write. Enter ends a line, Ctrl-D on an empty line ends the text, Ctrl-C stops.")
    lines: list[str] = []
    try:
        while (line := read("")) is not None:
            lines.append(line)
            if keep is not None:
                keep("\n".join(lines))
    except BaseException:
        if keep is not None and lines:
            keep("\n".join(lines), now=True)
            say("\nhaven: kept as a draft; `haven draft list` shows it")
        raise
    return "\n".join(lines).strip("\n")


def change_lines(
    text: str,
    say: Callable[[str], None],
    show: Callable[[str], None],
    keep: Keep | None = None,
    read: Read | None = None,
) -> str | None:
    """Change a text by numbered lines. None when the person leaves without a change."""
    read = read or read_line
    lines = text.split("\n")
    _number(lines, show)
    say("p shows, a adds at the end, i N inserts before, c N changes, d N deletes a line,")
    say("w saves, q leaves it as it was.")
    while True:
        answer = read("edit: ")
        verb, _, rest = (answer if answer is not None else "q").strip().partition(" ")
        number = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 7 else 0
        known = 1 <= number <= len(lines)
        match verb.casefold():
            case "w":
                return "\n".join(lines)
            case "q":
                return None
            case "p":
                _number(lines, show)
                continue
            case "a":
                lines += (more := write_lines(say, None, read).split("\n"))
                say(f"{len(more)} added")
            case "i" if known:
                lines[number - 1 : number - 1] = write_lines(say, None, read).split("\n")
            case "c" if known:
                changed = read(f"{number}: ")
                if changed is not None:
                    lines[number - 1] = changed
            case "d" if known:
                del lines[number - 1]
            case "i" | "c" | "d":
                say(f"which line? 1 to {len(lines)}")
                continue
            case "":
                continue
            case _:
                say("p, a, i N, c N, d N, w or q")
                continue
        if keep is not None:
            keep("\n".join(lines))


def _number(lines: Sequence[str], show: Callable[[str], None]) -> None:
    for at, line in enumerate(lines, 1):
        show(f"{at}: {line}")


def read_line(prompt: str) -> str | None:
    """One line from standard input, which is a terminal here; None at its end."""
    if prompt:
        sys.stderr.write(prompt)
        sys.stderr.flush()
    raw = sys.stdin.buffer.readline()
    if not raw:
        return None
    return raw.decode("utf-8", "replace").rstrip("\r\n")


# --- another program -----------------------------------------------------------------------------


def other_program(session: Session, text: str) -> str:
    """`text` after the person's own editor changed it. SafetyRefusal where that isn't safe."""
    lent = external_editor.find(session.settings.writing, session.env, session.places.runtime)
    if lent.keeps_copies:
        session.out.warn(f"{lent.name} is known to keep copies of files that it opened")
    return external_editor.change(lent, text)
