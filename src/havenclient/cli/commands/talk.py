"""`haven say`, `read`, `verify`, `sync`: talking, in linear text."""

from __future__ import annotations

import mimetypes
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from havenclient.care.caps import Capped
from havenclient.cli.commands.door import moment
from havenclient.cli.limits_here import before_reading, capped, sends_at
from havenclient.cli.options import (
    json_option,
    jsonl_option,
    local_now,
    note_option,
    pass_session,
    show_notes_option,
)
from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument, text_from_stdin
from havenclient.cli.together import Together, together
from havenclient.errors import ExitCode, SafetyRefusal, UsageError
from havenclient.paths import typed_path

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView

circle_argument = click.argument("name", metavar="CIRCLE")
KINDS = ("experience", "question", "what-helped", "just-listen", "advice")
SOURCES = ("mine", "read", "professional", "not-sure")


@click.command()
@circle_argument
@click.argument("text", required=False, metavar="[TEXT|-]")
@note_option
@click.option("--reply", type=int, metavar="NUMBER", help="Answers the message of that number.")
@click.option("--kind", type=click.Choice(KINDS), metavar="KIND",
              help="experience, question, what-helped, just-listen, advice.")  # fmt: skip
@click.option("--source", type=click.Choice(SOURCES), metavar="SOURCE",
              help="Where advice is from: mine, read, professional, not-sure.")  # fmt: skip
@click.option("--link", metavar="LINK", help="Where you read it.")
@click.option("--file", "attached", metavar="FILE", help="With a file, up to 8 MiB.")
@click.option("--anyway", is_flag=True, help="Send it whatever the look before sending found.")
@click.option("--hold", is_flag=True, help="Keep it back; `haven sync --release` sends it.")
@click.option("--now", is_flag=True, help="Send it now, quiet hours or not.")
@json_option
@pass_session
def say(
    session: Session,
    name: str,
    text: str | None,
    note: str | None,
    reply: int | None,
    kind: str | None,
    source: str | None,
    link: str | None,
    attached: str | None,
    hold: bool,
    now: bool,
    anyway: bool,
    as_json: bool,
) -> None:
    """Say something in a circle. - reads it from standard input.

    Before it leaves, Haven looks, on this computer only, for what could tell who you are (a mail
    address, a phone number, a name of your own list) and asks. --anyway sends it as it is.
    If you chose so, it waits for the end of your quiet hours (`haven care limits hold on`).
    """
    from havenclient.circles import held
    from havenclient.circles.content import Kind, Source
    from havenclient.circles.service import Words

    said = "" if text is None else text_from_stdin() if text == "-" else text_from_argument(text)
    said = said.strip("\n")
    if not said and attached is None:
        raise UsageError("there is nothing to say", "haven say CIRCLE - reads standard input")
    words = Words(
        text=said,
        note=note,
        kind=None if kind is None else Kind(kind),
        source=None if source is None else Source(source),
        source_link=link,
        reply_to=reply,
    )
    with together(session) as both:
        if not anyway and (doubts := _doubts(session, both, said)):
            raise SafetyRefusal(
                doubts[0][:1].lower() + doubts[0][1:].rstrip("."),
                *doubts[1:],
                "nothing was sent; --anyway sends it as it is",
            )
        if reply is not None and (hint := both.circles.reply_hint(name, reply, words.kind)):
            session.out.say(f"haven: {hint}")
        if attached is not None:
            path = typed_path(attached)
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            number = both.circles.attach(name, path.name, media_type, _content(path), words)
        else:
            until = None if now or hold else sends_at(session, both)
            number = both.circles.say(name, words, hold=hold or until is not None)
            if until is not None:
                held.until(both.circles.book, number, until)
                hold = True
                at = datetime.fromtimestamp(until, local_now(session).tzinfo)
                session.out.say(f"haven: quiet hours; it goes out at {at:%H:%M} (--now sends it)")
        if not hold:
            both.sync(name)
        view = both.circles.message(name, number)
    if as_json:
        session.out.json("message", **_as_plain(view))
    else:
        session.out.line(str(number))
        if view.state != "refused":
            session.out.say(f"haven: {view.state}")
    if view.state == "refused":
        raise SafetyRefusal(f"it was not sent: {view.reason}")


def _doubts(session: Session, both: Together, text: str) -> tuple[str, ...]:
    """What could tell who she is; a line about advice is only said, it holds nothing up."""
    from havenclient.care.service import Care

    look = Care(both.circles.book.db, session.clock).before_posting(text)
    if look.advice:
        session.out.say(f"haven: {look.advice}")
    return look.doubts


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError("that file can't be read") from error


@click.command()
@circle_argument
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True,
              metavar="N", help="At most so many.")  # fmt: skip
@click.option("--before", type=int, metavar="NUMBER", help="Older than that message.")
@click.option("--open", "chosen", type=int, multiple=True, metavar="NUMBER",
              help="Open the folded message of that number.")  # fmt: skip
@click.option("--anyway", is_flag=True, help="Also in quiet hours, or while you rest from it.")
@click.option("--more", is_flag=True, help="Past your own cap of new posts.")
@show_notes_option
@json_option
@jsonl_option
@pass_session
def read(
    session: Session,
    name: str,
    limit: int,
    before: int | None,
    chosen: tuple[int, ...],
    anyway: bool,
    more: bool,
    show_notes: bool,
    as_json: bool,
    as_lines: bool,
) -> None:
    """What was said, oldest first. Messages with a content note stay folded."""
    from havenclient.circles import folding, unread

    reveal = show_notes or session.settings.look.show_notes
    opened = folding.EVERYTHING if reveal else frozenset(chosen)
    with together(session) as both:
        if not anyway:
            before_reading(session, both, name)
        if not session.options.offline:
            both.sync(name)
        cap = Capped() if more else capped(session, both, name)
        stop = before if before is not None else cap.first
        views = both.circles.messages(name, before=stop, limit=limit, opened=opened)
        if before is None and stop is not None:
            known = {view.no for view in views}
            newest = both.circles.messages(name, limit=limit, opened=opened)
            views += [v for v in newest if v.no not in known and cap.comes_through(v)]
        if not session.unlocked().read_only:
            if cap.first is None:
                both.circles.mark_read(name)
            else:
                unread.mark_before(both.circles.book, name, cap.first)
    if as_json:
        rows = [asdict(view) for view in views]
        session.out.json("messages", messages=rows)
        return
    for view in views:
        if as_lines:
            session.out.json_line("message", **_as_plain(view))
        else:
            _show(session, view)
    if not views and not as_lines:
        session.out.say("Nothing here yet.")
    if cap.waiting and before is None:
        session.out.say(f"haven: {cap.words} (--more reads on)")


def _as_plain(view: MessageView) -> dict[str, Any]:
    """`what`: message, line or quarantine (`kind` says what the whole object is)."""
    plain = asdict(view)
    return {"what": plain.pop("kind")} | plain


def _show(session: Session, view: MessageView) -> None:
    out = session.out
    if view.kind == "line":
        out.line(f"   {view.text}")
        return
    if view.kind == "quarantine":
        out.line(f"   (something from {view.sender or 'somebody'} can't be shown: {view.text})")
        return
    who = "you" if view.mine else view.sender
    if view.unnamed:
        who = f"someone here asks (through {who})"
    head = f"{view.no}  {who}  {moment(view.at)}"
    if view.reply_to is not None:
        head += f"  answers {view.reply_to}"
    if view.edited:
        head += "  edited"
    if view.mine and view.state != "sent":
        head += f"  {view.state}"
        head += f": {view.reason}" if view.reason else ""
    if view.talk:
        head += f"  {view.talk.replace('-', ' ')}"
    out.line(head)
    if view.folded:
        lines = "1 line" if view.lines == 1 else f"{view.lines} lines"
        out.line(f"   {view.folded_because}  ({lines}, --open {view.no} shows them)")
        return
    if view.note is not None:
        out.line(f"   content note: {view.note}")
    text = "(deleted by its author)" if view.deleted else view.text
    for line in text.splitlines():
        out.line(f"   {line}")
    if view.source:
        from havenclient.circles.kinds import source_words

        out.line(f"   source: {source_words(view.source, view.source_link)}")
    for one in view.attachments:
        out.line(f"   file {one.index}: {one.name}, {one.size} bytes")
    for reaction in view.reactions:
        out.line(f"   {reaction.word}: {', '.join(reaction.names)}")


@click.command()
@circle_argument
@click.argument("person", metavar="PERSON")
@click.option("--confirm", "same", flag_value="yes", help="All five words are the same.")
@click.option("--deny", "same", flag_value="no", help="They differ.")
@click.option("--slow", is_flag=True, help="One word a line.")
@pass_session
def verify(session: Session, name: str, person: str, same: str | None, slow: bool) -> None:
    """Safety words with somebody: compare them by voice or in one room.

    The first call begins; when both have synced, calling it again shows the words.
    """
    with together(session) as both:
        both.sync(name)
        if same is not None:
            both.circles.confirm_verify(name, person, same=same == "yes")
            session.out.say(
                "haven: marked as verified"
                if same == "yes"
                else "haven: not the same; talk to them on another way before you go on"
            )
            if same == "no":
                raise click.exceptions.Exit(ExitCode.FAILED)
            return
        state = both.circles.verification(name, person)
        if state.words is None and state.state != "waiting":
            both.circles.begin_verify(name, person)
            both.sync(name)
            state = both.circles.verification(name, person)
    session.out.pair("state", state.state)
    if state.words is None:
        session.out.say("haven: waiting for their Haven to answer; call this again later")
        return
    if slow:
        for word in state.words.words:
            session.out.line(word)
    else:
        session.out.pair("words", " ".join(state.words.words))
    session.out.pair("numbers", state.words.digits)


@click.command()
@click.option("--release", is_flag=True, help="Also send what was held back.")
@json_option
@pass_session
def sync(session: Session, release: bool, as_json: bool) -> None:
    """One round with every relay: send what waits, fetch what is new."""
    with together(session) as both:
        before = {view.id for view in both.circles.all()}
        if release:
            both.circles.release()
        report = both.sync(needed=not as_json)
        after = both.circles.all()
    if report is None:
        return
    entered = [view.name for view in after if view.id not in before]
    at_the_door = [view.name for view in after if view.knocks]
    if as_json:
        session.out.json(
            "sync",
            sent=report.sent,
            received=report.received,
            entered=entered,
            knocks=at_the_door,
            errors=report.errors,
        )
        if report.errors:
            raise click.exceptions.Exit(ExitCode.NETWORK)
        return
    session.out.say(f"haven: {report.sent} sent, {report.received} new")
    for name in entered:
        session.out.say(f"haven: you are in {name} now")
    for name in at_the_door:
        session.out.say(f"haven: somebody is at the door of {name}: `haven knocks`")
