"""Exporters: a journal as plain files that other programs read. What they write is plaintext.

Owns the promise that an export is whole or not there: everything is built beside the target under
a name that begins with a dot, and renamed at the end; nothing that exists is ever written over.
Front ends ask twice before they call this and say afterwards where the files lie.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.errors import UsageError
from havenclient.journal.exporters import jrnl_out, lines_out, markdown_out
from havenclient.journal.exporters.target import ExportResult, new_file, new_folder
from havenclient.journal.records import Query
from havenclient.journal.seams import NoWork, Work
from havenclient.seams import Clock, SystemClock

if TYPE_CHECKING:
    from havenclient.journal.service import Journal

__all__ = ["FORMATS", "ExportResult", "export"]

FORMATS = {
    "markdown": "a folder of Markdown files with front matter, attachments beside them",
    "jsonl": "a folder with haven.jsonl (every version of every entry) and the attachments",
    "jrnl": "one file in jrnl's JSON format (newest versions, no attachments)",
}
"""Name -> words for people. `md` is understood as `markdown`, `jsonl` as `json-lines`."""

_ALIASES = {"md": "markdown", "json-lines": "jsonl", "haven": "jsonl", "jrnl-json": "jrnl"}


def export(
    journal: Journal,
    format: str,  # noqa: A002 (the seam's name)
    target: Path,
    *,
    query: Query | None = None,
    work: Work | None = None,
    clock: Clock | None = None,
) -> ExportResult:
    """Write what `query` asks for (everything outside the bin and hidden journals) to `target`.

    `target` must not exist (an empty folder is taken for the folder formats). UsageError if it
    does, StorageError or DiskFull for the disk, `Stopped` from `work`; then nothing is left.
    """
    name = _ALIASES.get(format, format)
    work, clock = work or NoWork(), clock or SystemClock()
    if name == "markdown":
        with new_folder(target) as folder:
            return markdown_out.write(journal, folder, query=query, work=work)
    if name == "jsonl":
        with new_folder(target) as folder:
            return lines_out.write(journal, folder, query=query, work=work, clock=clock)
    if name == "jrnl":
        with new_file(target) as file:
            return jrnl_out.write(journal, file, query=query, work=work)
    raise UsageError("there is no such export format", f"known: {', '.join(FORMATS)}")
