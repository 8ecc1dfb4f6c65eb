"""`haven move`, `star`, `rm`, `bin`, `unbin`, `history`, `restore-version`, `tags`, `journals`."""

from __future__ import annotations

import click

from havenclient.cli import render
from havenclient.cli.commands.read import print_page, reveals
from havenclient.cli.options import (
    id_argument,
    ids_argument,
    json_option,
    jsonl_option,
    pass_session,
    pick,
    show_notes_option,
    tag,
    tag_there_is,
    yes_option,
)
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_word
from havenclient.errors import NotFound, UsageError
from havenclient.text import safe_line


@click.command()
@ids_argument
@click.option("--to", "name", required=True, metavar="NAME", help="The journal to put them into.")
@pass_session
def move(session: Session, ids: tuple[str, ...], name: str) -> None:
    """Put entries into another journal."""
    with session.journal() as journal:
        entries = [journal.get(pick(journal, one)) for one in ids]
        for entry in entries:
            journal.edit(entry.id, journal=name)
    session.out.say(f"haven: {render.plural(len(entries), 'entry', 'entries')} moved")


@click.command()
@ids_argument
@click.option("--off", is_flag=True, help="Take the star away.")
@pass_session
def star(session: Session, ids: tuple[str, ...], off: bool) -> None:
    """Mark entries with a star."""
    with session.journal() as journal:
        for entry in [journal.get(pick(journal, one)) for one in ids]:
            journal.edit(entry.id, starred=not off)
    session.out.say("haven: done")


@click.command()
@ids_argument
@click.option("--now", is_flag=True, help="Delete for ever, with all versions. Asks.")
@yes_option
@pass_session
def rm(session: Session, ids: tuple[str, ...], now: bool, yes: bool) -> None:
    """Put entries into the bin, where they stay for 30 days."""
    with session.journal() as journal:
        # All ids are looked up before anything is touched: a typing mistake in the third must not
        # leave the first two deleted.
        entries = [journal.get(pick(journal, one)) for one in ids]
        count = render.plural(len(entries), "entry", "entries")
        if now:
            if not yes:
                ask_word(
                    f"{count} with all versions and files will be deleted for ever.\n"
                    "Backups, snapshots and other copies keep them.",
                    "delete",
                    no_input=session.options.no_input,
                )
            for entry in entries:
                journal.purge(entry.id)
            session.out.say(f"haven: {count} deleted for ever; backups and snapshots keep them")
            return
        for entry in entries:
            journal.bin(entry.id)
    them = "it" if len(entries) == 1 else "them"
    session.out.say(f"haven: {count} put into the bin; `haven unbin ID` takes {them} out")


@click.command("bin")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=50, metavar="N")
@click.option("--empty", is_flag=True, help="Delete what has been there for more than 30 days.")
@show_notes_option
@json_option
@jsonl_option
@pass_session
def bin_(
    session: Session, limit: int, empty: bool, show_notes: bool, as_json: bool, as_lines: bool
) -> None:
    """What is in the bin."""
    from havenclient.journal.records import Query

    if empty:
        with session.journal() as journal:
            gone = journal.purge_expired()
        session.out.say(f"haven: {render.plural(gone, 'entry', 'entries')} deleted for ever")
        return
    with session.journal(reading=True) as journal:
        page = journal.find(
            Query(binned=True), limit=limit, count=True, reveal=reveals(session, show_notes)
        )
    print_page(session, page, as_json=as_json, as_lines=as_lines)
    if not page.rows and not (as_json or as_lines):
        session.out.say("The bin is empty.")


@click.command()
@ids_argument
@pass_session
def unbin(session: Session, ids: tuple[str, ...]) -> None:
    """Take entries back out of the bin."""
    with session.journal() as journal:
        for entry in [journal.get(one) for one in ids]:
            journal.unbin(entry.id)
    session.out.say(f"haven: {render.plural(len(ids), 'entry', 'entries')} back in the journal")


@click.command()
@id_argument
@click.option("--version", "number", type=click.IntRange(1), metavar="N", help="Show this one.")
@show_notes_option
@json_option
@pass_session
def history(
    session: Session, entry_id: str, number: int | None, show_notes: bool, as_json: bool
) -> None:
    """Earlier versions of an entry, newest first."""
    with session.journal(reading=True) as journal:
        versions = journal.history(pick(journal, entry_id))
    reveal = reveals(session, show_notes)
    if number is not None:
        versions = [one for one in versions if one.number == number]
        if not versions:
            raise NotFound("the entry has no version of that number")
    if as_json:
        rows = [render.version_json(one, reveal=reveal) for one in versions]
        session.out.json("versions", versions=rows)
        return
    for one in versions:
        folded = one.note is not None and not reveal
        title = f"(content note: {safe_line(one.note or '')})" if folded else safe_line(one.title)
        words = render.plural(one.words, "word")
        line = f"{one.number}  {one.saved_at.astimezone():%Y-%m-%d %H:%M}  {one.origin}  {words}"
        session.out.line(f"{line}  {title}".rstrip())
        if number is not None:
            session.out.line()
            session.out.text("(folded; --show-notes shows it)" if folded else one.body)


@click.command("restore-version")
@id_argument
@click.argument("number", type=click.IntRange(1), metavar="N")
@pass_session
def restore_version(session: Session, entry_id: str, number: int) -> None:
    """Make version N the newest again. No version is lost."""
    with session.journal() as journal:
        entry = journal.restore_version(pick(journal, entry_id), number)
    session.out.line(entry.id)
    session.out.say(f"haven: version {number} is the newest again, as version {entry.version}")


@click.command()
@click.option("--rename", nargs=2, metavar="OLD NEW", help="Give a tag another name everywhere.")
@json_option
@pass_session
def tags(session: Session, rename: tuple[str, str] | None, as_json: bool) -> None:
    """Tags and how many entries have each, most used first."""
    with session.journal(reading=rename is None) as journal:
        if rename is not None:
            count = journal.rename_tag(tag_there_is(rename[0]), tag(rename[1]))
            entries = render.plural(count, "entry", "entries")
            session.out.say(f"haven: {entries} changed; earlier versions keep the old name")
        found = journal.tags()
    if as_json:
        session.out.json("tags", tags=[{"tag": name, "entries": count} for name, count in found])
        return
    for name, count in found:
        session.out.line(f"{safe_line(name)}: {count}")
    if not found:
        session.out.say("No tags yet.")


@click.command()
@click.option("--new", "new_name", metavar="NAME", help="Make a journal.")
@click.option("--hidden", is_flag=True, help="With --new: leave it out of lists and search.")
@click.option("--rename", nargs=2, metavar="OLD NEW", help="Give a journal another name.")
@click.option("--hide", metavar="NAME", help="Leave it out of lists and search.")
@click.option("--unhide", metavar="NAME", help="Show it again.")
@json_option
@pass_session
def journals(
    session: Session,
    new_name: str | None,
    hidden: bool,
    rename: tuple[str, str] | None,
    hide: str | None,
    unhide: str | None,
    as_json: bool,
) -> None:
    """The journals in this vault."""
    wishes = [wish for wish in (new_name, rename, hide, unhide) if wish is not None]
    if len(wishes) > 1:
        raise UsageError("one change at a time")
    with session.journal(reading=not wishes) as journal:
        if new_name is not None:
            journal.create_journal(new_name, hidden=hidden)
        elif rename is not None:
            journal.change_journal(rename[0], rename=rename[1])
        elif hide is not None or unhide is not None:
            journal.change_journal(hide or unhide or "", hidden=hide is not None)
        found = journal.journals()
    if as_json:
        rows = [{"name": one.name, "entries": one.entries, "hidden": one.hidden} for one in found]
        session.out.json("journals", journals=rows)
        return
    for one in found:
        count = render.plural(one.entries, "entry", "entries")
        session.out.line(f"{safe_line(one.name)}: {count}" + (", hidden" if one.hidden else ""))
