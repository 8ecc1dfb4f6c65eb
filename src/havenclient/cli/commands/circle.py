"""`haven circle …`: found, look at, change and leave circles."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from havenclient.care import boundaries
from havenclient.cli.commands import move
from havenclient.cli.commands.unanswered import unanswered
from havenclient.cli.limits_here import own
from havenclient.cli.options import json_option, pass_session, yes_option
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_word, text_from_stdin
from havenclient.cli.together import Together, together
from havenclient.errors import UsageError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path

if TYPE_CHECKING:
    from havenclient.circles.views import CircleView, PersonView

circle_argument = click.argument("name", metavar="CIRCLE")


@click.group()
def circle() -> None:
    """Small groups of people who chose each other, end to end."""


move.join(circle)


@circle.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Your circles, one a line."""
    with together(session, reading=True) as both:
        views = both.circles.all()
        pauses = {one.circle: one for one in own(session, both).pauses()}
    if as_json:
        rows = [as_plain(view) | {"resting": view.id in pauses} for view in views]
        session.out.json("circles", circles=rows)
        return
    for view in views:
        parts = [view.name, view.standing.value]
        if view.id in pauses:
            parts.append(boundaries.pause_sentence(pauses[view.id].until))
            session.out.line("  ".join(parts))
            continue
        if view.people:
            parts.append("1 person" if view.people == 1 else f"{view.people} people")
        if view.new:
            parts.append(f"{view.new} new")
        if view.knocks:
            parts.append(f"{view.knocks} at the door")
        if view.waiting:
            parts.append(f"{view.waiting} waiting to be sent")
        session.out.line("  ".join(parts))
    if not views:
        session.out.say("No circles yet. `haven circle new` founds one, `haven accept` enters one.")


@circle.command()
@click.argument("name", metavar="NAME")
@click.option("--as", "pseudonym", required=True, metavar="PSEUDONYM", help="Your name in it.")
@click.option("--relay", required=True, metavar="URL", help="https://relay.example.org")
@click.option("--agreement", "source", metavar="FILE", help="Its agreement; - reads stdin.")
@click.option("--keep", type=click.IntRange(1, 365), default=30, show_default=True, metavar="DAYS",
              help="How long the relay keeps messages.")  # fmt: skip
@click.option("--theme", default="", metavar="WORDS", help="What it is about; on its card.")
@json_option
@pass_session
def new(
    session: Session,
    name: str,
    pseudonym: str,
    relay: str,
    source: str | None,
    keep: int,
    theme: str,
    as_json: bool,
) -> None:
    """Found a circle. You are its host; `haven invite` brings people in."""
    from havenclient.circles.founding import Foundation
    from havenclient.circles.invite import base_as_said

    base = base_as_said(relay)
    foundation = Foundation(
        name, pseudonym, agreement_text(source), base, keep, max(400, keep), theme
    )
    with together(session) as both:
        view = both.circles.found(foundation)
        both.sync(view.id)
        show_circle(session, both, view.id, as_json=as_json)


def agreement_text(source: str | None) -> str:
    """The agreement of a file, of stdin, or Haven's default one."""
    from havenclient.circles.agreement import default_agreement

    if source is None:
        return default_agreement()
    if source == "-":
        return text_from_stdin()
    try:
        return typed_path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the agreement's file can't be read") from error


@circle.command()
@circle_argument
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """A circle: health, people, agreement."""
    with together(session, reading=True) as both:
        show_circle(session, both, name, as_json=as_json)


def show_circle(session: Session, both: Together, name: str, *, as_json: bool) -> None:
    from havenclient.circles import days_off

    view, people = both.circles.get(name), both.circles.people(name)
    if as_json:
        helps = both.circles.moderating.who_helps(name) if view.people else ""
        members = [asdict(one) for one in people]
        session.out.json("circle", **as_plain(view), who_helps=helps, members=members)
        return
    out = session.out
    out.pair("circle", view.name)
    out.pair("id", view.id)
    out.pair("you are", view.pseudonym)
    out.pair("state", view.health)
    if helps := boundaries.who_is_on(*days_off.who(both.circles, name)):
        out.pair("today", helps)
    if view.people:
        out.pair("who helps", both.circles.moderating.who_helps(name))
    out.pair("relay", view.relay)
    if view.retention_days:
        out.pair("messages are kept", f"{view.retention_days} days on the relay")
    for person in people:
        out.pair("person", _person_line(person))
    if view.must_accept:
        out.pair("agreement", "changed: `haven circle agree` shows and accepts it")


def _person_line(person: PersonView) -> str:
    parts = [person.name]
    if person.me:
        parts.append("you")
    if person.role != "member":
        parts.append(person.role)
    parts.append("verified" if person.verified else "not verified")
    if person.changed:
        parts.append("came back with a new key")
    if not person.has_accepted:
        parts.append("has not accepted the agreement in force")
    return ", ".join(parts)


def as_plain(view: CircleView) -> dict[str, Any]:
    return asdict(view) | {"standing": view.standing.value}


@circle.command()
@circle_argument
@click.option("--accept", "accepts", type=int, metavar="VERSION", help="Accept this version.")
@click.option("--change", "source", metavar="FILE", help="Hosts: a new agreement; - reads stdin.")
@pass_session
def agree(session: Session, name: str, accepts: int | None, source: str | None) -> None:
    """Show the agreement, accept it, or (as a host) change it."""
    with together(session) as both:
        if source is not None:
            both.circles.change_agreement(name, agreement_text(source))
            both.sync(name)
        elif accepts is not None:
            both.circles.accept_agreement(name, accepts)
            both.sync(name)
            session.out.say("haven: accepted; a host's Haven makes it known to all")
        view = both.circles.get(name)
        session.out.pair("version", view.agreement_version)
        session.out.line(view.agreement)


@circle.command()
@circle_argument
@yes_option
@pass_session
def forget(session: Session, name: str, yes: bool) -> None:
    """Remove a circle that you are out of from this vault: what was said, names, your own words.

    Snapshots and backups that were made before still hold it.
    """
    with together(session) as both:
        view = both.circles.get(name)
        if not yes and view.standing.value != "active":
            ask_word(
                "Everything of this circle goes from this vault, your own words too.",
                "forget",
                no_input=session.options.no_input,
            )
        both.circles.forget(name)
        session.out.say("haven: forgotten here; snapshots and backups may still hold it")


@circle.command()
@circle_argument
@yes_option
@pass_session
def leave(session: Session, name: str, yes: bool) -> None:
    """Leave quietly. What you received stays here."""
    if not yes:
        ask_word("You will leave this circle.", "leave", no_input=session.options.no_input)
    with together(session) as both:
        both.circles.leave(name)
        if both.circles.get(name).standing.value == "gone":
            session.out.say("haven: only you were there, and the circle has ended")
            return
        both.sync(name)
        session.out.say("haven: you are leaving; a host's Haven finishes it")


@circle.command()
@circle_argument
@click.argument("person", metavar="PERSON")
@yes_option
@pass_session
def remove(session: Session, name: str, person: str, yes: bool) -> None:
    """Hosts: remove somebody. Keys change; what comes after is closed to them."""
    if not yes:
        ask_word(
            "Keys change; the person is out for good.",
            "remove",
            no_input=session.options.no_input,
        )
    with together(session) as both:
        both.circles.remove(name, person)
        both.sync(name)


@circle.command()
@circle_argument
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
              help="The last day, a week or more from now.")  # fmt: skip
@click.option("--off", is_flag=True, help="Take it back.")
@pass_session
def sunset(session: Session, name: str, day: Any, off: bool) -> None:
    """Hosts: let the circle end on a day that all know. Keys are destroyed then."""
    from datetime import date

    if day is None and not off:
        raise UsageError("on which day?", "haven circle sunset CIRCLE --on 2027-03-31")
    with together(session) as both:
        last = None if off else (day.date() - date(1970, 1, 1)).days
        both.circles.set_sunset(name, last)
        both.sync(name)


@circle.command()
@circle_argument
@click.option("--ask", "act", flag_value="ask", help="Ask the others; more than half decide.")
@click.option("--found", "act", flag_value="found", help="Found it, once they agreed.")
@click.option("--relay", metavar="URL", help="On another relay.")
@pass_session
def succeed(session: Session, name: str, act: str | None, relay: str | None) -> None:
    """No host has been here for 30 days: found the circle anew, together.

    Others agree with `haven moderate agree`. A host who comes back within a week ends it.
    """
    with together(session) as both:
        if act == "ask":
            both.circles.moderating.ask_succession(name)
            both.sync(name)
        elif act == "found":
            new_name = both.circles.moderating.found_anew(name, relay)
            both.sync()
            session.out.line(new_name)
            session.out.say("haven: everybody gets an invitation of her own")
        else:
            raise UsageError("--ask or --found?")


@circle.command()
@circle_argument
@click.argument("target", metavar="PATH")
@pass_session
def words(session: Session, name: str, target: str) -> None:
    """Your own words in a circle, into a new file; it is written unencrypted."""
    with together(session, reading=True) as both:
        text = both.circles.own_words(name)
    write_new_file(typed_path(target), text.encode())
    session.out.say("haven: written, unencrypted; nobody else's words are in it")


@circle.command()
@circle_argument
@click.argument("new_name", metavar="NEW_NAME")
@pass_session
def rename(session: Session, name: str, new_name: str) -> None:
    """Hosts: another name for the circle, for everybody."""
    with together(session) as both:
        view = both.circles.get(name)
        both.circles.rename(name, new_name)
        both.sync(view.id)


@circle.command()
@circle_argument
@click.argument("person", required=False, metavar="PERSON")
@click.option("--ask", metavar="ROLE", type=click.Choice(["host", "helper"]),
              help="Ask somebody: host or helper.")  # fmt: skip
@click.option("--yes", "answer", metavar="ROLE", type=click.Choice(["host", "helper"]),
              help="Say yes to being asked.")  # fmt: skip
@click.option("--give", metavar="ROLE", type=click.Choice(["host", "helper"]),
              help="Make it so, once they said yes.")  # fmt: skip
@pass_session
def role(
    session: Session,
    name: str,
    person: str | None,
    ask: str | None,
    answer: str | None,
    give: str | None,
) -> None:
    """Hosts and helpers: ask, agree, make it so."""
    if (ask or give) and person is None:
        raise UsageError("whom?", "haven circle role CIRCLE PERSON --ask host")
    with together(session) as both:
        if ask and person:
            both.circles.ask_role(name, person, ask)
        elif answer:
            both.circles.answer_role(name, answer)
        elif give and person:
            both.circles.give_role(name, person, give)
        else:
            for asked in both.circles.roles_asked(name):
                session.out.pair("you are asked to be", asked)
            return
        both.sync(name)


@circle.command("return")
@circle_argument
@click.option("--at", metavar="URL", help="At the relay that the circle has moved to.")
@pass_session
def return_(session: Session, name: str, at: str | None) -> None:
    """Ask the hosts to let you back in, as yourself (after a restored backup or a long absence)."""
    from havenclient.circles.invite import base_as_said

    base = None if at is None else base_as_said(at)
    with together(session) as both:
        both.circles.ask_back(name, at=base)
        both.sync(name)
        session.out.say("haven: asked; a host lets you back in when next online")


circle.add_command(unanswered)
