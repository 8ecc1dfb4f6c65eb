"""Writing in the terminal: a small editor made of plain lines, and another program if allowed.

The line editor needs no cursor and no alternate screen, so it works with a screen reader, over a
slow link and in TERM=dumb. What is typed is handed to `keep` line by line, which saves the draft.

Another program (vim, nano …) is off until writing.external_editor says otherwise, and gets its
file only in memory-backed storage, because a deleted file on a disk is not gone
(vault-and-journal.md §4.7).
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from havenclient.errors import HavenError, InputRejected, SafetyRefusal, UsageError
from havenclient.paths import private_folder

if TYPE_CHECKING:
    from havenclient.cli.session import Session
Read = Callable[[str], str | None]
"""Prompt in, one line out; None at the end of input."""


class Keep(Protocol):
    """Saves the draft. `now` means at once, because no more lines will come."""

    def __call__(self, text: str, *, now: bool = False) -> None: ...


# Flags with which known editors leave nothing elsewhere: no swap, backup, undo or history file.
# `-c` runs after the person's own vimrc, which might have switched them on again.
_VIM = ["-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile noswapfile nomodeline"]
_EMACS = (
    "(setq make-backup-files nil auto-save-default nil create-lockfiles nil "
    "auto-save-list-file-prefix nil)"
)
_FLAGS: dict[str, list[str]] = {
    "vim": _VIM,
    "nvim": _VIM,
    "nano": ["-R"],
    "emacs": ["-nw", "-Q", "--eval", _EMACS],
    "micro": ["-backup", "false", "-savehistory", "false", "-savecursor", "false"],
}
_KEEPS_COPIES = frozenset({"code", "codium", "subl", "atom", "zed", "gedit", "kate"})
_MEMORY_BACKED = frozenset({"tmpfs", "ramfs"})


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
    settings = session.settings.writing
    if not settings.external_editor:
        raise SafetyRefusal(
            "another program as editor is not allowed yet",
            "it may keep copies; `haven config set writing.external_editor true` allows it",
        )
    command = _command(
        settings.editor or session.env.get("VISUAL", "") or session.env.get("EDITOR", "")
    )
    name = _program(command[0])
    if name in _KEEPS_COPIES:
        session.out.warn(f"{name} is known to keep copies of files that it opened")
    folder = memory_folder(session)
    clear_old(folder)
    place = folder / f"edit-{os.getpid()}"
    place.mkdir(mode=0o700)
    # A neutral name: editors and terminals show it.
    file = place / "text.md"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(text.encode("utf-8") + b"\n")
        ended = subprocess.run([*command, str(file)], check=False)  # noqa: S603 - the person's own
        if ended.returncode != 0:
            raise HavenError("the editor ended with an error; nothing was changed")
        raw = file.read_bytes()
        if len(raw) > 16 * 1024 * 1024:
            raise InputRejected("the text is longer than 16 MiB")
        return raw.decode("utf-8").replace("\r\n", "\n").rstrip("\n")
    except UnicodeDecodeError:
        raise InputRejected("the editor wrote a file that is not UTF-8") from None
    except OSError as bad:
        raise HavenError(
            "the editor could not be used", (bad.strerror or "is it installed?").lower()
        ) from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _command(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise UsageError("no editor is named", "`haven config set writing.editor nano` names one")
    return [words[0], *_FLAGS.get(_program(words[0]), []), *words[1:]]


def _program(word: str) -> str:
    """`vi` is often a link to `vim.tiny`: what it really is, without what follows a point."""
    found = shutil.which(word)
    return Path(found or word).resolve().name.partition(".")[0]


def memory_folder(session: Session) -> Path:
    """Our folder in the session's runtime directory, if that lives in memory and is ours."""
    refusal = SafetyRefusal(
        "there is no memory-backed folder for another program's file",
        "write here instead: --inline, or open `haven`",
    )
    runtime = session.places.runtime
    if runtime is None:
        raise refusal
    with suppress(OSError):
        private_folder(runtime)
        found = runtime.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        if ours and not found.st_mode & 0o077 and filesystem(runtime) in _MEMORY_BACKED:
            return runtime
    raise refusal


def clear_old(folder: Path) -> None:
    """Remove what a killed editor run left behind."""
    for old in folder.glob("edit-*"):
        number = old.name.partition("-")[2]
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            shutil.rmtree(old, ignore_errors=True)


def filesystem(path: Path) -> str:
    """The type of the file system that holds `path` ("tmpfs", "ext4" …); "" if unknown."""
    best, kind = "", ""
    with suppress(OSError), Path("/proc/self/mounts").open(encoding="utf-8") as mounts:
        real = str(path.resolve())
        for line in mounts:
            parts = line.split()
            if len(parts) < 3:
                continue
            point = parts[1].replace("\\040", " ")
            inside = real == point or real.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, parts[2]
    return kind
