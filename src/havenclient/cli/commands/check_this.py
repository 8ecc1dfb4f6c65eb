"""`haven message check`: from a message's number to a claim on the list for a professional.

The same as the key c in a conversation: the library is looked at on this computer, the claim is
kept without a name, and nobody hears of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.cli.together import together
from havenclient.errors import UsageError

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView


def join(group: click.Group) -> None:
    group.add_command(check)


@click.command()
@click.argument("name", metavar="CIRCLE")
@click.argument("number", type=int, metavar="NUMBER")
@click.option("--open", "opened", is_flag=True, help="Open it, if it is folded.")
@click.option("--claim", metavar="WORDS", help="What to check, in place of the first sentence.")
@click.option("--sentence", type=click.IntRange(1, 500), default=1, metavar="N",
              help="Which of its sentences.")  # fmt: skip
@click.option("--source", metavar="WORDS", help="Where it is from, if it does not say.")
@click.option("--verdict", default="", metavar="WORDS", help="What you found out.")
@click.option("--no-keep", is_flag=True, help="Only look; nothing goes to the list.")
@json_option
@pass_session
def check(
    session: Session,
    name: str,
    number: int,
    opened: bool,
    claim: str | None,
    sentence: int,
    source: str | None,
    verdict: str,
    no_keep: bool,
    as_json: bool,
) -> None:
    """Check what it says: the library near it, and a line on your list to ask a professional.

    Its first sentence is the claim unless you say otherwise. No name is kept, and nobody hears of
    it. That the library says something, or nothing, is no verdict.
    """
    from havenclient.care.related import related, sentences
    from havenclient.care.service import Care
    from havenclient.circles.kinds import source_words

    with together(session) as both:
        view: MessageView = both.circles.message(name, number, opened=(number,) if opened else ())
        if view.folded:
            raise UsageError("that message is folded", "--open opens it")
        found = sentences(view.text)
        if claim is None:
            if len(found) < sentence:
                raise UsageError("that message has fewer sentences", "--claim gives the words")
            claim = found[sentence - 1]
        claim = " ".join(claim.split())
        where = source_words(view.source, view.source_link) if source is None else source
        line = None
        if not no_keep:
            line = Care(both.circles.book.db, session.clock).questions.check(
                claim, source=where, verdict=verdict
            )
    near = related(claim)
    if as_json:
        items = [{"id": one.id, "title": one.title} for one in near]
        session.out.json(
            "check", claim=claim, source=where, verdict=verdict, number=line, library=items
        )
        return
    session.out.line(claim)
    if where:
        session.out.pair("source", where)
    for one in near:
        session.out.line(f"   in the library: {one.title} (`haven care show {one.id}`)")
    if not near:
        session.out.line("   The library here says nothing near these words. That is no verdict.")
    if line is not None:
        session.out.say(f"haven: on your list as number {line}: `haven care ask`")
