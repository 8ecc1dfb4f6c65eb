"""`haven circle move`: to another relay, and after a circle that has moved."""

from __future__ import annotations

import click

from havenclient.cli.options import pass_session, yes_option
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_word
from havenclient.cli.together import Together, together
from havenclient.errors import ExitCode, UsageError


def join(group: click.Group) -> None:
    group.add_command(move)


@click.command()
@click.argument("name", metavar="CIRCLE")
@click.option("--to", metavar="URL", help="Hosts: everybody goes to this relay.")
@click.option("--gone", is_flag=True, help="With --to: the old relay is lost; do without it.")
@click.option("--follow", metavar="URL", help="The circle has moved there, somebody told you.")
@click.option("--also", metavar="URL", multiple=True,
              help="Hosts: where members look when the relay is gone; up to three.")  # fmt: skip
@click.option("--stay", is_flag=True, help="Take back a move that has not happened yet.")
@yes_option
@pass_session
def move(
    session: Session,
    name: str,
    to: str | None,
    gone: bool,
    follow: str | None,
    also: tuple[str, ...],
    stay: bool,
    yes: bool,
) -> None:
    """Move a circle to another relay, or follow one that moved.

    While the old relay answers, everybody goes along by themselves. When it is gone for good, the
    new address is all that people need: tell them, or name it before with --also. Without an
    option: where the circle is, and where its members would look.
    """
    if sum((to is not None, follow is not None, bool(also), stay)) > 1 or (gone and to is None):
        raise UsageError("one at a time: --to (with --gone), --follow, --also or --stay")
    if gone and not yes:
        ask_word(
            "Whoever can still reach the old relay will be told nothing there.",
            "move",
            no_input=session.options.no_input,
        )
    with together(session, reading=not (to or follow or also or stay)) as both:
        moving = both.circles.moving
        if to is not None:
            moving.move(name, to, gone=gone)
        elif follow is not None:
            moving.look_at(name, follow)
        elif also:
            moving.also(name, also)
        elif stay:
            moving.stay(name)
        if to or follow or also or stay:
            both.sync(name)
        where = _show(session, both, name)
        wanted = (to or follow or where).strip().rstrip("/")
    if where == wanted:
        if to is not None:
            session.out.say("haven: moved; others go along by themselves, or with this address")
        return
    if to is not None:
        session.out.say("haven: saved; it happens when the relays have answered")
    else:
        session.out.say(
            "haven: nothing leads there yet; Haven looks again with every sync for 30 days.\n"
            "       `haven circle return CIRCLE --at URL` asks a host there to let you in"
        )
        raise click.exceptions.Exit(ExitCode.FAILED)


def _show(session: Session, both: Together, name: str) -> str:
    view = both.circles.get(name)
    session.out.pair("circle", view.name)
    session.out.pair("relay", view.relay)
    for other in both.circles.moving.others(name):
        session.out.pair("else look at", other)
    session.out.pair("state", view.health)
    return view.relay


__all__ = ["join"]
