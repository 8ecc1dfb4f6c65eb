"""Another program (vim, nano …) as editor: whether it may, where its file lies, what it is told.

Off until writing.external_editor says otherwise. The text is a plain file while the program runs,
so it lies only in memory-backed storage that is ours alone: a deleted file on a disk is not gone
(vault-and-journal.md §4.7). Known programs get the flags with which they leave nothing elsewhere.
Never: a file anywhere else, words in a file's name, in the arguments or in an error.

Both front ends use it: `find` refuses before anything is written, `change` runs the program.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.errors import HavenError, InputRejected, SafetyRefusal, UsageError
from havenclient.paths import private_folder

if TYPE_CHECKING:
    from havenclient.config.schema import Writing

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
_MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Lent:
    """A program that may have the text, and the folder in memory for its file."""

    command: tuple[str, ...]
    folder: Path
    name: str
    """What the program really is, without its folder."""

    @property
    def keeps_copies(self) -> bool:
        return self.name in _KEEPS_COPIES


def find(writing: Writing, env: Mapping[str, str], runtime: Path | None) -> Lent:
    """The person's program. `SafetyRefusal` where it may not run, `UsageError` if none is named."""
    if not writing.external_editor:
        raise SafetyRefusal(
            "another program as editor is not allowed yet",
            "it may keep copies; `haven config set writing.external_editor true` allows it",
        )
    command = _command(writing.editor or env.get("VISUAL", "") or env.get("EDITOR", ""))
    return Lent(command, memory_folder(runtime), _program(command[0]))


def change(lent: Lent, text: str) -> str:
    """`text` after the program ended. The file is gone afterwards, whatever happened."""
    clear_old(lent.folder)
    place = lent.folder / f"edit-{os.getpid()}"
    try:
        place.mkdir(mode=0o700)
        # A neutral name: editors and terminals show it.
        file = place / "text.md"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(text.encode("utf-8") + b"\n")
        with _interrupts_are_the_programs():
            ended = subprocess.run([*lent.command, str(file)], check=False)  # noqa: S603 - theirs
        if ended.returncode != 0:
            raise HavenError("the editor ended with an error; nothing was changed")
        with file.open("rb") as changed:
            raw = changed.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
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


@contextmanager
def _interrupts_are_the_programs() -> Iterator[None]:
    """^c in the program reaches us too, and would leave its file behind a stopped Haven. Not
    SIG_IGN: that would be inherited by the program."""
    try:
        before = signal.signal(signal.SIGINT, lambda *_: None)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _command(text: str) -> tuple[str, ...]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise UsageError("no editor is named", "`haven config set writing.editor nano` names one")
    return (words[0], *_FLAGS.get(_program(words[0]), []), *words[1:])


def _program(word: str) -> str:
    """`vi` is often a link to `vim.tiny`: what it really is, without what follows a point."""
    found = shutil.which(word)
    return Path(found or word).resolve().name.partition(".")[0]


def memory_folder(runtime: Path | None) -> Path:
    """Our folder in the session's runtime directory, if that lives in memory and is ours."""
    refusal = SafetyRefusal(
        "there is no memory-backed folder for another program's file",
        "write without one: on the screen, or with --inline",
    )
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
