"""`haven new`, `quick`, `edit`: words in. Standard input is content; questions go to the terminal.

A text on the command line stays in the shell's history, so `new` without text opens a small editor,
and the first text given as an argument gets one hint about it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from havenclient.cli import render
from havenclient.cli.options import (
    date_option,
    id_argument,
    journal_option,
    json_option,
    moment,
    mood_option,
    note_option,
    pass_session,
    pick,
    tag,
    tag_there_is,
)
from havenclient.cli.session import Session
from havenclient.cli.terminal import stdin_is_terminal, text_from_argument, text_from_stdin
from havenclient.errors import UsageError

if TYPE_CHECKING:
    from havenclient.cli.editor import Keep
    from havenclient.journal import Journal
    from havenclient.journal.records import Entry

tag_option = click.option("-t", "--tag", multiple=True, metavar="TAG", help="Repeatable.")
editor_option = click.option("--editor", is_flag=True, help="Write in another program, if allowed.")
inline_option = click.option("--inline", is_flag=True, help="Write here, in plain lines.")


@click.command()
@click.argument("words", nargs=-1, metavar="[TEXT|-]")
@mood_option
@tag_option
@note_option
@date_option
@journal_option
@click.option("--star", is_flag=True, help="Mark it with a star.")
@click.option("--prompt", "question", is_flag=True, help="Begin with a question.")
@click.option("--template", metavar="NAME", help="Begin with a template.")
@inline_option
@editor_option
@json_option
@pass_session
def new(
    session: Session,
    words: tuple[str, ...],
    mood: int | None,
    tag: tuple[str, ...],
    note: str | None,
    when: str | None,
    journal_name: str | None,
    star: bool,
    question: bool,
    template: str | None,
    inline: bool,
    editor: bool,
    as_json: bool,
) -> None:
    """Write an entry. Prints its id.

    Without TEXT a small editor opens; - or a pipe reads standard input.
    """
    from havenclient.journal.clean import clean_note

    if words and (inline or editor or template):
        raise UsageError("give a text or an editor, not both")
    written_at = moment(when, session) if when else None
    tags = _tags(tag)
    with session.journal(adding=bool(words)) as journal:
        # What can be wrong is looked at before the words are read: a pipe gives them once.
        into = journal.writing_into(journal_name or _default_journal(session, journal))
        note = clean_note(text_from_argument(note)) if note else None
        draft_key = f"new:cli-{os.getpid()}"
        prompt_id = _question(session, journal) if question else None
        body = _text(
            session,
            words,
            begin=_template(journal, template) if template else "",
            editor=editor,
            inline=inline,
            keep=_keeper(session, journal, draft_key, mood=mood, tags=tags, note=note),
        )
        if not body.strip():
            journal.drop_draft(draft_key)
            raise UsageError("there is nothing to save", "`haven new -` reads standard input")
        entry = journal.add(
            body,
            mood=mood,
            tags=tags,
            note=note,
            journal=into,
            written_at=written_at,
            starred=star,
        )
        journal.drop_draft(draft_key)
        if prompt_id is not None:
            journal.prompt_taken(prompt_id)
    _saved(session, entry, as_json=as_json)
    if words and words != ("-",):
        hint_about_history(session)


@click.command()
@click.argument("words", nargs=-1, metavar="[TEXT|-]")
@pass_session
def quick(session: Session, words: tuple[str, ...]) -> None:
    """Add a note without the passphrase.

    It is sealed so that only your unlocked journal can read it, and filed at the next unlock, or at
    once by a Haven that is open.
    """
    from havenclient.errors import NotFound
    from havenclient.vault import exists
    from havenclient.vault import quick as sealing

    if not exists(session.paths):
        raise NotFound("there is no vault yet", "`haven init` makes one")
    text = _text(session, words)
    if not text.strip():
        raise UsageError("there is nothing to save", "`haven quick -` reads standard input")
    sealing.seal(session.paths, text.encode("utf-8"), clock=session.clock, random=session.random)
    session.out.say("haven: sealed; it is filed at the next unlock")
    if words and words != ("-",):
        hint_about_history(session)


@click.command()
@id_argument
@click.argument("words", nargs=-1, metavar="[TEXT|-]")
@click.option("--append", is_flag=True, help="Add the text at the end.")
@click.option("-m", "--mood", metavar="1-5", help='A mood, or "none".')
@click.option("-t", "--tag", multiple=True, metavar="TAG", help="Add a tag; repeatable.")
@click.option("--untag", multiple=True, metavar="TAG", help="Take a tag away; repeatable.")
@click.option("--note", metavar="WORDS", help='A content note; "" takes it away.')
@date_option
@inline_option
@editor_option
@json_option
@pass_session
def edit(
    session: Session,
    entry_id: str,
    words: tuple[str, ...],
    append: bool,
    mood: str | None,
    tag: tuple[str, ...],
    untag: tuple[str, ...],
    note: str | None,
    when: str | None,
    inline: bool,
    editor: bool,
    as_json: bool,
) -> None:
    """Change an entry. Earlier versions stay: `haven history ID`.

    With options only, the text stays as it is. With TEXT, - or a pipe the text is replaced.
    """
    changes: dict[str, Any] = {}
    if mood is not None:
        changes["mood"] = _mood(mood)
    if note is not None:
        changes["note"] = text_from_argument(note) or None
    if when is not None:
        changes["written_at"] = moment(when, session)
    adding, taking = (
        _tags(tag),
        {tag_there_is(part).casefold() for one in untag for part in one.split(",") if part.strip()},
    )
    only_facts = bool(changes or adding or taking) and not (words or append or inline or editor)
    with session.journal() as journal:
        entry = journal.get(pick(journal, entry_id))
        if adding or taking:
            have = {one.casefold() for one in entry.tags}
            tags = [*entry.tags, *(one for one in adding if one.casefold() not in have)]
            changes["tags"] = tuple(one for one in tags if one.casefold() not in taking)
        if not only_facts:
            key = f"entry:{entry.id}"
            body = _changed(session, journal, entry, words, append=append, editor=editor, key=key)
            if body is None:
                journal.drop_draft(key)
                session.out.say("haven: left as it was")
                return
            if not body.strip():
                raise UsageError("the text would be empty", "`haven rm ID` puts it into the bin")
            changes["body"] = body
        changed = journal.edit(entry.id, **changes)
        journal.drop_draft(f"entry:{entry.id}")
    if changed.version == entry.version:
        session.out.say("haven: nothing was different")
    _saved(session, changed, as_json=as_json)


def _changed(
    session: Session,
    journal: Journal,
    entry: Entry,
    words: tuple[str, ...],
    *,
    append: bool,
    editor: bool,
    key: str,
) -> str | None:
    from havenclient.cli import editor as editing

    if editor:
        return editing.other_program(session, entry.body)
    if not words and stdin_is_terminal() and not append:
        if session.options.no_input:
            raise UsageError("there is no text", "`haven edit ID -` reads standard input")
        return editing.change_lines(
            entry.body,
            session.out.say,
            session.out.line,
            _keeper(session, journal, key, mood=entry.mood, tags=entry.tags, note=entry.note),
        )
    text = _text(session, words)
    return f"{entry.body}\n\n{text}" if append else text


def _text(
    session: Session,
    words: tuple[str, ...],
    *,
    begin: str = "",
    editor: bool = False,
    inline: bool = False,
    keep: Keep | None = None,
) -> str:
    """The words given, piped, or written now."""
    if words and words != ("-",):
        return text_from_argument(" ".join(words))
    if not editor and (words == ("-",) or not stdin_is_terminal()):
        return text_from_stdin()
    from havenclient.cli import editor as editing

    if editor:
        return editing.other_program(session, begin)
    if session.options.no_input and not inline:
        raise UsageError("there is no text", "- reads standard input")
    if begin:
        return editing.change_lines(begin, session.out.say, session.out.line, keep) or ""
    return editing.write_lines(session.out.say, keep)


def _keeper(
    session: Session,
    journal: Journal,
    key: str,
    *,
    mood: int | None,
    tags: tuple[str, ...],
    note: str | None,
) -> Keep:
    """Saves the draft while lines come in, at most once every few seconds."""
    from havenclient.journal.records import Draft

    last = -1e9

    def keep(text: str, *, now: bool = False) -> None:
        nonlocal last
        at = session.clock.monotonic()
        if not now and at - last < session.settings.writing.autosave_seconds:
            return
        last = at
        journal.save_draft(Draft(key, text, session.clock.now(), mood, tags, note))

    return keep


def _question(session: Session, journal: Journal) -> str:
    offer = journal.offer_prompts(quiet=False)
    session.out.say(offer.first.text)
    return offer.first.id


def _template(journal: Journal, name: str) -> str:
    for one in journal.templates():
        if one.name.casefold() == name.casefold():
            return one.body
    names = ", ".join(one.name for one in journal.templates())
    raise UsageError("there is no template of that name", f"there are: {names}")


def _default_journal(session: Session, journal: Journal) -> str | None:
    """None lets the journal choose; a name in the settings that doesn't exist is no reason to
    lose an entry."""
    name = session.settings.writing.default_journal
    if name == "journal" or any(one.name == name for one in journal.journals()):
        return name if name != "journal" else None
    session.out.warn("the journal named in writing.default_journal does not exist; used journal")
    return None


def _tags(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag(part) for one in given for part in one.split(",") if part.strip())


def _mood(text: str) -> int | None:
    if text.casefold() in ("none", "-", ""):
        return None
    if text not in ("1", "2", "3", "4", "5"):
        raise UsageError('--mood takes a number from 1 to 5, or "none"')
    return int(text)


def _saved(session: Session, entry: Entry, *, as_json: bool) -> None:
    if as_json:
        session.out.json("entry", **render.entry_json(entry, reveal=True))
    else:
        session.out.line(entry.id)
        session.out.say(f"haven: saved, {render.plural(entry.words, 'word')}")


def hint_about_history(session: Session) -> None:
    """Once on a computer: a text on the command line stays in the shell's history."""
    from contextlib import suppress

    from havenclient.paths import private_folder

    mark = session.places.state / "history-hint"
    if mark.exists():
        return
    session.out.hint(
        "the shell's history keeps that text; `haven new` alone, or `haven new -`, leaves none"
    )
    with suppress(OSError):
        private_folder(session.places.state)
        mark.touch(mode=0o600)
