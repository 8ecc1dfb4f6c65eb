"""`haven list`, `show`, `search`, `on-this-day`: reading, with content notes folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from havenclient.cli import render
from havenclient.cli.options import (
    day,
    filters,
    ids_argument,
    json_option,
    jsonl_option,
    local_now,
    narrowed,
    pass_session,
    pick,
    show_notes_option,
)
from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument, text_from_stdin
from havenclient.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from havenclient.journal import Journal
    from havenclient.journal.records import Page, Query, Summary

limit_option = click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N",
    help="At most so many.",
)  # fmt: skip
cursor_option = click.option("--cursor", metavar="TEXT", help="Go on where --json said `next`.")


def reveals(session: Session, show_notes: bool) -> bool:
    return show_notes or session.settings.look.show_notes


def _found(
    session: Session,
    journal: Journal,
    query: Query,
    limit: int,
    cursor: str | None,
    show_notes: bool,
) -> Page:
    page = journal.find(query, limit=limit, cursor=cursor, count=True, reveal=show_notes)
    # The settings cost a start 8 ms, and only entries with a content note need to ask them.
    if not show_notes and any(row.note for row in page.rows) and reveals(session, show_notes):
        page = journal.find(query, limit=limit, cursor=cursor, count=True, reveal=True)
    return page


@click.command("list")
@limit_option
@cursor_option
@filters
@show_notes_option
@json_option
@jsonl_option
@pass_session
def list_(
    session: Session,
    limit: int,
    cursor: str | None,
    chosen: dict[str, Any],
    show_notes: bool,
    as_json: bool,
    as_lines: bool,
) -> None:
    """Entries, newest first, one a line."""
    from havenclient.journal.records import Query

    query = narrowed(Query(), chosen, local_now(session))
    with session.journal(reading=True) as journal:
        page = _found(session, journal, query, limit, cursor, show_notes)
    print_page(session, page, as_json=as_json, as_lines=as_lines)
    if not page.rows and not (as_json or as_lines):
        everything = query == Query()
        session.out.say(
            "No entries here. `haven new` writes one." if everything else "No entries match."
        )


@click.command()
@click.argument("words", nargs=-1, metavar="QUERY...")
@limit_option
@cursor_option
@filters
@click.option("--rank", is_flag=True, help="Best match first, not newest.")
@click.option("--count", is_flag=True, help="Only how many.")
@show_notes_option
@json_option
@jsonl_option
@pass_session
def search(
    session: Session,
    words: tuple[str, ...],
    limit: int,
    cursor: str | None,
    chosen: dict[str, Any],
    rank: bool,
    count: bool,
    show_notes: bool,
    as_json: bool,
    as_lines: bool,
) -> None:
    """Find entries. Words, "phrases", tag:family, mood:>=3, after:2026-01 …

    The beginning of the last word is enough. `haven help search` explains all of it. A single -
    reads the query from standard input, so that it leaves no trace in the shell's history. Nothing
    found: exit code 1.
    """
    query = _asked_for(session, words, chosen, rank=rank)
    with session.journal(reading=True) as journal:
        if count:
            number = journal.count(query)
            if as_json or as_lines:
                session.out.json("count", count=number)
            else:
                session.out.line(str(number))
            if not number:
                raise click.exceptions.Exit(ExitCode.FAILED)
            return
        page = _found(session, journal, query, limit, cursor, show_notes)
    print_page(session, page, as_json=as_json, as_lines=as_lines, excerpts=bool(query.words))
    if not page.rows:
        if not (as_json or as_lines):
            session.out.say("Nothing found.")
        raise click.exceptions.Exit(ExitCode.FAILED)


def _asked_for(
    session: Session, words: tuple[str, ...], chosen: dict[str, Any], *, rank: bool
) -> Query:
    from dataclasses import replace

    from havenclient.journal.query import parse
    from havenclient.journal.records import Order

    if words == ("-",):
        text = text_from_stdin()
    else:
        # A word that holds spaces was quoted in the shell and is meant as a phrase.
        text = " ".join(_requoted(text_from_argument(word)) for word in words)
    now = local_now(session)
    query = narrowed(parse(text, today=now.date()), chosen, now)
    if query == type(query)():
        raise UsageError("there is nothing to look for", "`haven help search` has examples")
    if rank:
        query = replace(query, order=Order.RANK)
    return query


def _requoted(word: str) -> str:
    if " " in word and '"' not in word and ":" not in word:
        return f'"{word}"'
    return word


def print_page(
    session: Session, page: Page, *, as_json: bool, as_lines: bool, excerpts: bool = False
) -> None:
    out = session.out
    if as_json:
        rows = [render.summary_json(row) for row in page.rows]
        out.json("entries", entries=rows, next=page.next, total=page.total)
        return
    if as_lines:
        for row in page.rows:
            out.json_line("entry", **render.summary_json(row))
        return
    print_rows(session, page.rows, excerpts=excerpts)
    if page.next is not None:
        of = f" of {page.total}" if page.total is not None else ""
        out.say(f"{len(page.rows)}{of} shown; --limit shows more.")


def print_rows(session: Session, rows: tuple[Summary, ...], *, excerpts: bool = False) -> None:
    names = render.short_ids([row.id for row in rows])
    for row in rows:
        session.out.line(render.summary_line(row, names[row.id]))
        if excerpts and row.excerpt:
            session.out.line("    " + " ".join(row.excerpt.split()))


@click.command()
@ids_argument
@show_notes_option
@click.option("--raw", is_flag=True, help="Only the text, exactly; not on a terminal.")
@json_option
@jsonl_option
@pass_session
def show(
    session: Session,
    ids: tuple[str, ...],
    show_notes: bool,
    raw: bool,
    as_json: bool,
    as_lines: bool,
) -> None:
    """Read entries whole. ID is an id, its beginning, `last`, or @3 for the third newest."""
    out = session.out
    if raw and out.on_terminal:
        raise UsageError(
            "--raw is for pipes and files", "a stored text could act on the terminal as it is"
        )
    with session.journal(reading=True) as journal:
        entries = [journal.get(pick(journal, one)) for one in ids]
    reveal = reveals(session, show_notes)
    if as_json:
        out.json("entries", entries=[render.entry_json(one, reveal=reveal) for one in entries])
        return
    for number, entry in enumerate(entries):
        if as_lines:
            out.json_line("entry", **render.entry_json(entry, reveal=reveal))
        elif raw:
            out.exact(entry.body + "\n")
        else:
            if number:
                out.line()
            for line in render.entry_lines(entry, reveal=reveal):
                out.line(line)


@click.command("on-this-day")
@click.argument("when", required=False, metavar="[DAY]")
@show_notes_option
@json_option
@jsonl_option
@pass_session
def on_this_day(
    session: Session, when: str | None, show_notes: bool, as_json: bool, as_lines: bool
) -> None:
    """Entries of this day (or DAY) in earlier years."""
    now = local_now(session)
    asked = day(when, now) if when else now.date()
    with session.journal(reading=True) as journal:
        rows = tuple(journal.on_this_day(asked, reveal=reveals(session, show_notes)))
    if as_json:
        entries = [render.summary_json(row) for row in rows]
        session.out.json("on-this-day", day=asked.isoformat(), entries=entries)
    elif as_lines:
        for row in rows:
            session.out.json_line("entry", **render.summary_json(row))
    elif rows:
        print_rows(session, rows)
    else:
        session.out.say("Nothing on this day in earlier years.")
