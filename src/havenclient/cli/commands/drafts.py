"""`haven draft list | show | recover | drop`: words that were typed and not saved."""

from __future__ import annotations

import click

from havenclient.cli import render
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.errors import NotFound


@click.group()
def draft() -> None:
    """Words that were typed and not saved: a crash or a closed window loses none."""


@draft.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Drafts, newest first: key, when, how much."""
    with session.journal(reading=True) as journal:
        drafts = journal.drafts()
    if as_json:
        rows = [
            {
                "key": one.key,
                "saved_at": one.saved_at.isoformat(),
                "words": len(one.body.split()),
                "note": one.note,
            }
            for one in drafts
        ]
        session.out.json("drafts", drafts=rows)
        return
    for one in drafts:
        words = render.plural(len(one.body.split()), "word")
        session.out.line(f"{one.key}  {one.saved_at.astimezone():%Y-%m-%d %H:%M}  {words}")
    if not drafts:
        session.out.say("No drafts: everything is saved.")


@draft.command()
@click.argument("key")
@pass_session
def show(session: Session, key: str) -> None:
    """Print the words of a draft."""
    with session.journal(reading=True) as journal:
        found = journal.draft(key)
    if found is None:
        raise NotFound("there is no draft of that key", "`haven draft list` shows them")
    session.out.text(found.body)


@draft.command()
@click.argument("key")
@pass_session
def recover(session: Session, key: str) -> None:
    """Save a draft: as a new entry, or as the newest version of the entry that it belongs to."""
    with session.journal() as journal:
        found = journal.draft(key)
        if found is None:
            raise NotFound("there is no draft of that key", "`haven draft list` shows them")
        facts = {"mood": found.mood, "tags": found.tags, "note": found.note}
        if key.startswith("entry:"):
            entry = journal.edit(key.removeprefix("entry:"), body=found.body, **facts)  # type: ignore[arg-type]
        else:
            entry = journal.add(found.body, **facts)  # type: ignore[arg-type]
        journal.drop_draft(key)
    session.out.line(entry.id)
    session.out.say("haven: saved")


@draft.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Don't ask; for scripts.")
@pass_session
def drop(session: Session, key: str, yes: bool) -> None:
    """Forget a draft."""
    from havenclient.cli.terminal import ask_word

    with session.journal() as journal:
        if journal.draft(key) is None:
            raise NotFound("there is no draft of that key", "`haven draft list` shows them")
        if not yes:
            ask_word("These words are then gone.", "drop", no_input=session.options.no_input)
        journal.drop_draft(key)
    session.out.say("haven: dropped")
