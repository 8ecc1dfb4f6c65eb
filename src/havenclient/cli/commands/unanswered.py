"""`haven circle unanswered`: posts that nobody answered yet, for a member who wants to help."""

from __future__ import annotations

from dataclasses import asdict

import click

from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.cli.together import together
from havenclient.text import safe_line

FACT = "unanswered"


@click.command()
@click.argument("name", metavar="[CIRCLE]", required=False)
@click.option("--on/--off", "wanted", default=None, help="Show them beside the list on the screen.")
@json_option
@pass_session
def unanswered(session: Session, name: str | None, wanted: bool | None, as_json: bool) -> None:
    """Posts without an answer for a day or more. Nobody hears that you looked."""
    from havenclient.care.service import Care
    from havenclient.circles import unanswered as module

    if wanted is not None:
        vault = session.unlocked()
        Care(vault.db, session.clock).boundaries.remember(FACT, "on" if wanted else "")
        session.out.say("Kept. Only you see it." if wanted else "Not shown any more.")
        return
    with together(session, reading=True) as both:
        views = [both.circles.get(name)] if name else both.circles.all()
        found = {view.name: module.look(both.circles, view.id) for view in views}
    if as_json:
        rows = [
            {"circle": circle, "posts": [asdict(one) for one in posts]}
            for circle, posts in found.items()
        ]
        session.out.json("unanswered", circles=rows)
        return
    for circle, posts in found.items():
        for one in posts:
            session.out.line(f"{circle}  {one.no}  {safe_line(module.line(one), limit=160)}")
    if any(found.values()):
        session.out.say("Only if you want to: `haven say CIRCLE --reply N`.")
    else:
        session.out.say("Nothing waits, as far as this computer knows.")
