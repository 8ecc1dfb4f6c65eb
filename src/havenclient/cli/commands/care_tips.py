"""`haven care tips`: the four tips, which of them were shown, and showing them once more."""

from __future__ import annotations

import click

from havenclient.care import library
from havenclient.cli.commands.care_own import opened
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session


@click.command()
@click.option("--again", is_flag=True, help="Show each of them once more, where it matters.")
@json_option
@pass_session
def tips(session: Session, again: bool, as_json: bool) -> None:
    """The four tips. Each is shown once, where it matters; this needs the vault."""
    if again:
        with opened(session) as care:
            care.boundaries.forget_tips()
        session.out.say("Each tip is shown once more, where it matters.")
        return
    with opened(session, reading=True) as care:
        shown = care.boundaries.tips_shown()
    if as_json:
        rows = [
            {"name": name, "text": library.tip(name, where="command"), "shown": name in shown}
            for name in library.tips()
        ]
        session.out.json("tips", tips=rows)
        return
    for name in library.tips():
        state = "shown before" if name in shown else "not shown yet"
        session.out.line(f"{library.tip(name, where='command')} ({state})")
    session.out.say("`haven care show tips` says more.")
