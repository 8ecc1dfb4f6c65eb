"""`haven attach`, `detach`, `attachment list | export`: files of an entry, streamed both ways."""

from __future__ import annotations

import mimetypes
import os
import shutil
from pathlib import Path

import click

from havenclient.cli import render
from havenclient.cli.options import id_argument, json_option, pass_session, pick
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_yes, stdout_is_terminal
from havenclient.errors import NotFound, SafetyRefusal, StorageError, UsageError
from havenclient.journal.records import Attachment, Entry
from havenclient.new_file import new_file
from havenclient.text import safe_line


@click.command()
@id_argument
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@json_option
@pass_session
def attach(session: Session, entry_id: str, files: tuple[str, ...], as_json: bool) -> None:
    """Put files with an entry, encrypted. The files themselves stay where they are."""
    added: list[Attachment] = []
    with session.journal() as journal:
        entry = journal.get(pick(journal, entry_id))
        for name in files:
            path = Path(name)
            try:
                with path.open("rb") as stream:
                    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                    work = session.work("Encrypting")
                    added.append(journal.attach(entry.id, path.name, stream, kind, work=work))
            except OSError as bad:
                raise StorageError(
                    "a file can't be read", (bad.strerror or "check its path").lower()
                ) from None
    if as_json:
        rows = [render.attachment_json(one) for one in added]
        session.out.json("attachments", attachments=rows)
        return
    for one in added:
        session.out.line(f"{one.blob_id}  {safe_line(one.name)}  {render.size(one.size)}")
    session.out.say("haven: attached; the files on the disk are still there, unencrypted")


@click.command()
@id_argument
@click.argument("file")
@pass_session
def detach(session: Session, entry_id: str, file: str) -> None:
    """Take a file away from an entry. FILE is its id, the beginning of it, or its name."""
    with session.journal() as journal:
        entry = journal.get(pick(journal, entry_id))
        journal.detach(entry.id, _one_of(entry, file).blob_id)
    session.out.say("haven: taken away; it can't be seen any more and goes for good in 30 days")


@click.group()
def attachment() -> None:
    """The files of an entry."""


@attachment.command("list")
@id_argument
@json_option
@pass_session
def list_(session: Session, entry_id: str, as_json: bool) -> None:
    """The files of an entry."""
    with session.journal(reading=True) as journal:
        entry = journal.get(pick(journal, entry_id))
    if as_json:
        rows = [render.attachment_json(one) for one in entry.attachments]
        session.out.json("attachments", attachments=rows)
        return
    for one in entry.attachments:
        session.out.line(f"{one.blob_id}  {safe_line(one.name)}  {render.size(one.size)}")
    if not entry.attachments:
        session.out.say("No files.")


@attachment.command()
@id_argument
@click.argument("file")
@click.argument("target", metavar="PATH|-")
@click.option("--yes", is_flag=True, help="Don't ask; for scripts.")
@pass_session
def export(session: Session, entry_id: str, file: str, target: str, yes: bool) -> None:
    """Write a file out, unencrypted. - is standard output. An existing file is never replaced."""
    to_stdout = target == "-"
    if to_stdout and stdout_is_terminal():
        raise UsageError("a file is not written to a terminal", "send it into a pipe or a file")
    path = Path(target)
    with session.journal(reading=True) as journal:
        entry = journal.get(pick(journal, entry_id))
        found = _one_of(entry, file)
        if path.is_dir():
            # The stored name may come from an import: only its last part, and never a hidden file.
            last = safe_line(found.name).replace("\\", "/").rpartition("/")[2].lstrip(".")
            path = path / (last or "file")
        if not (to_stdout or yes):
            question = f"This writes the file unencrypted to {path}. Go on?"
            if not ask_yes(question, no_input=session.options.no_input):
                raise SafetyRefusal("nothing was written")
        with journal.read_attachment(found.blob_id) as stream:
            if to_stdout:
                with os.fdopen(os.dup(1), "wb") as out:
                    shutil.copyfileobj(stream, out)
                return
            with new_file(path) as out:
                shutil.copyfileobj(stream, out)
    session.out.say(f"haven: written, unencrypted, to {path}")


def _one_of(entry: Entry, word: str) -> Attachment:
    by_id = [one for one in entry.attachments if one.blob_id.startswith(word.casefold())]
    found = by_id if by_id and len(word) >= 4 else []
    found = found or [one for one in entry.attachments if one.name == word]
    if not found:
        raise NotFound("the entry has no such file", "`haven attachment list ID` shows them")
    if len(found) > 1:
        raise UsageError("several files answer to that", "give the id of one")
    return found[0]
