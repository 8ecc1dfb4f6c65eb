"""`haven invite`, `accept`, `knocks`, `admit`: how people come in."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask, text_from_stdin
from havenclient.cli.together import Together, together
from havenclient.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from havenclient.circles.views import DoorView, InviteView

circle_argument = click.argument("name", metavar="CIRCLE")


def ask_invite(session: Session) -> str:
    return ask("Invite:", no_input=session.options.no_input, instead="haven accept - <FILE")


def moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%d %b %Y %H:%M}"


@click.command()
@circle_argument
@click.option("--qr", is_flag=True, help="Also as a QR code, on a terminal.")
@click.option("--list", "listing", is_flag=True, help="The invites of this circle.")
@click.option("--revoke", metavar="ID", help="Take an invite back.")
@json_option
@pass_session
def invite(
    session: Session, name: str, qr: bool, listing: bool, revoke: str | None, as_json: bool
) -> None:
    """Hosts: a fresh invite, for one person, for 72 hours: a link and twelve words.

    Hand it over where only that person sees it. Whoever has it can knock; you decide who enters.
    """
    with together(session) as both:
        if revoke is not None:
            both.circles.revoke(revoke)
            both.sync(name)
            session.out.say("haven: that invite no longer works")
            return
        if listing:
            _list(session, both.circles.invites(name), as_json=as_json)
            return
        made = both.circles.invite(name)
        both.sync(name)
    if as_json:
        session.out.json("invite", **asdict(made))
        return
    session.out.pair("link", made.link)
    session.out.pair("words", made.words)
    session.out.pair("relay", made.relay)
    session.out.pair("good until", moment(made.expires))
    session.out.pair("id", made.id)
    if qr:
        if not session.out.on_terminal:
            raise UsageError("a QR code needs a terminal")
        import segno

        session.out.flush()
        segno.make(made.link, error="m").terminal(sys.stdout, compact=True)


def _list(session: Session, invites: list[InviteView], *, as_json: bool) -> None:
    if as_json:
        rows = [asdict(one) for one in invites]
        for row in rows:
            row.pop("link"), row.pop("words")
        session.out.json("invites", invites=rows)
        return
    for one in invites:
        line = f"{one.id}  {one.state}  until {moment(one.expires)}"
        session.out.line(f"{line}  {one.knocks} knocked" if one.knocks else line)


@click.command()
@click.argument("source", required=False, metavar="[-|DOOR]")
@click.option("--relay", metavar="URL", help="With twelve words: the relay that was named.")
@click.option("--as", "pseudonym", metavar="PSEUDONYM", help="Knock: your name in this circle.")
@click.option("--words", default="", metavar="TEXT", help="A few words with your knock.")
@click.option("--agree", type=int, metavar="VERSION", help="You accept this agreement's version.")
@click.option("--not-for-me", "declined", is_flag=True, help="Forget this invite.")
@json_option
@pass_session
def accept(
    session: Session,
    source: str | None,
    relay: str | None,
    pseudonym: str | None,
    words: str,
    agree: int | None,
    declined: bool,
    as_json: bool,
) -> None:
    """Look at an invite, then knock, or not.

    `haven accept -` reads the link or the twelve words from standard input (never from the command
    line, which others can see); without - it asks. You see the circle's card and agreement first;
    nothing is sent before you knock:

        haven accept DOOR --as PSEUDONYM --agree VERSION --words "hello, it's me"
    """
    with together(session) as both:
        if source is None or source == "-":
            text = text_from_stdin() if source == "-" else ask_invite(session)
            view = both.circles.open_invite(text, relay=relay)
            both.sync()
            view = both.circles.door(view.id)
        elif declined:
            both.circles.close_door(source)
            session.out.say("haven: forgotten; nobody is told")
            return
        else:
            if pseudonym is not None:
                if agree is None:
                    raise UsageError(
                        "read the agreement first", "then add --agree with its version"
                    )
                both.circles.knock(source, pseudonym, words, accepted_version=agree)
            both.sync()
            view = both.circles.door(source)
    _show_door(session, view, as_json=as_json)


@click.command()
@json_option
@pass_session
def doors(session: Session, as_json: bool) -> None:
    """Invites that you hold, and how far each is."""
    with together(session) as both:
        both.sync()
        views = both.circles.doors()
    if as_json:
        session.out.json("doors", doors=[asdict(view) for view in views])
        return
    for view in views:
        name = view.card.name if view.card else "not read yet"
        session.out.line(f"{view.id}  {view.state}  {name}")
    if not views:
        session.out.say("You hold no invites.")


def _show_door(session: Session, view: DoorView, *, as_json: bool) -> None:
    from havenclient.text import safe_text

    if as_json:
        session.out.json("door", **asdict(view))
        return
    out = session.out
    out.pair("door", view.id)
    out.pair("state", view.state)
    card = view.card
    if card is None:
        out.say("haven: the inviter's offer is not there yet, or the invite was taken back")
        return
    out.pair("circle", card.name)
    if card.theme:
        out.pair("about", card.theme)
    out.pair("invited by", view.inviter)
    out.pair("hosts", ", ".join(card.hosts))
    out.pair("helpers", ", ".join(card.helpers) or "none")
    out.pair("professionals", "none; peers, not treatment")
    out.pair("people", card.members)
    out.pair("messages are kept", f"{card.retention_days} days on the relay")
    out.pair("signed", "what you say inside is signed with your key there")
    out.pair("agreement", f"version {card.agreement.version}")
    out.line(safe_text(card.agreement.text))
    if view.safety_words:
        out.pair("safety words", " ".join(view.safety_words))
    if view.state == "offered":
        out.say(f"haven: to knock: haven accept {view.id} --as NAME --agree "
                f"{card.agreement.version}; or --not-for-me")  # fmt: skip


@click.command()
@circle_argument
@json_option
@pass_session
def knocks(session: Session, name: str, as_json: bool) -> None:
    """Hosts: who stands at the door."""
    with together(session) as both:
        both.sync(name)
        views = both.circles.knocks(name)
    if as_json:
        session.out.json("knocks", knocks=[asdict(view) for view in views])
        return
    for view in views:
        session.out.line(f"{view.no}  {view.name}  {moment(view.at)}  {view.state}")
        if view.returns:
            session.out.line("   comes back; proven by the old key")
        if view.words:
            session.out.line(f"   says: {view.words}")
        if view.others:
            session.out.line(
                f"   careful: {view.others} more knocked with the same invite; ask on another way"
            )
        if view.safety_words:
            session.out.line(f"   safety words: {' '.join(view.safety_words)}")
    if not views:
        session.out.say("Nobody is at the door.")
        raise click.exceptions.Exit(ExitCode.FAILED)


@click.command()
@circle_argument
@click.argument("number", type=int, metavar="NUMBER")
@click.option("--decline", is_flag=True, help="Not now; they are told nothing.")
@click.option("--words", is_flag=True, help="Compare safety words first (both sides sync).")
@pass_session
def admit(session: Session, name: str, number: int, decline: bool, words: bool) -> None:
    """Hosts: let somebody in, by the number that `haven knocks` shows."""
    with together(session) as both:
        if decline:
            both.circles.decline(name, number)
            return
        if words:
            both.circles.offer_words(name, number)
            both.sync(name)
            session.out.say("haven: sent; when their Haven answers, `haven knocks` shows the words")
            return
        both.circles.admit(name, number)
        both.sync(name)
        _tell_admitted(session, both, name, number)


def _tell_admitted(session: Session, both: Together, name: str, number: int) -> None:
    waiting = {view.no for view in both.circles.knocks(name)}
    if number in waiting:
        session.out.say("haven: on its way; it takes effect with the next sync")
    else:
        session.out.say("haven: they are in; the welcome waits for them")
