"""Importers: a path in, an `ImportPlan` out. Phase one of an import, pure: nothing is written.

`detect` says what a file or folder is, `parse` reads it. Whatever the bytes are, the answer is a
plan or an `InputRejected` (a wrong passphrase is `WrongPassphrase`, a missing file `NotFound`);
nothing else comes out, and time and memory stay within `limits`. What an importer finds of
attachments is opened by `open_attachment` when the plan is committed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from havenclient.errors import InputRejected
from havenclient.journal.importers.detect import detect
from havenclient.journal.importers.formats import ALIASES, BY_NAME, FORMATS
from havenclient.journal.importers.plan import PlanBuilder
from havenclient.journal.importers.tree import open_attachment, open_tree
from havenclient.journal.records import ImportPlan

__all__ = ["FORMATS", "detect", "open_attachment", "parse"]


def parse(
    path: Path,
    format: str | None = None,  # noqa: A002 (the seam's name)
    *,
    zone: ZoneInfo | None = None,
    mood_words: dict[str, int] | None = None,
    passphrase: Callable[[], str] | None = None,
) -> ImportPlan:
    """All that Haven understands of `path`; nothing is written anywhere.

    `zone` is used for times that carry none (None: the computer's); `mood_words` maps the file's
    own mood words to 1..5 (the plan's `unknown_moods` asks for them); `passphrase` is called once
    if the file is encrypted. Raises InputRejected, NotFound or WrongPassphrase.
    """
    kind = format or detect(path)
    row = BY_NAME.get(ALIASES.get(kind, kind))
    if row is None:
        raise InputRejected("there is no such import format", f"known: {', '.join(FORMATS)}")
    builder = PlanBuilder(row.source or row.name, zone, mood_words)
    tree = open_tree(path)
    try:
        row.read(builder, tree, passphrase)
    except (OSError, MemoryError, RecursionError):
        # The last net for what a file system does under our feet (a stick pulled out).
        raise InputRejected("the file or folder can't be read to its end") from None
    return builder.finish()
