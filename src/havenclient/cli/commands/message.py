"""`haven message …`: one message: reword it, take it back, answer it, keep it, fetch its file."""

from __future__ import annotations

import click

from havenclient.cli.commands.check_this import join as join_check
from havenclient.cli.options import pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument, text_from_stdin
from havenclient.cli.together import together
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path

circle_argument = click.argument("name", metavar="CIRCLE")
number_argument = click.argument("number", type=int, metavar="NUMBER")


@click.group()
def message() -> None:
    """One message: reword it, take it back, answer with a word of support, fetch its file."""


join_check(message)


@message.command("edit")
@circle_argument
@number_argument
@click.argument("text", metavar="TEXT|-")
@click.option("--note", metavar="WORDS", help='Another content note; "" takes it away.')
@pass_session
def edit_message(session: Session, name: str, number: int, text: str, note: str | None) -> None:
    """Your own message in new words; everybody sees that it was edited."""
    with together(session) as both:
        words = text_from_stdin() if text == "-" else text_from_argument(text)
        both.circles.edit(name, number, words, note=note)
        both.sync(name)


@message.command("delete")
@circle_argument
@number_argument
@pass_session
def delete_message(session: Session, name: str, number: int) -> None:
    """Take your own message back. People may have copies."""
    with together(session) as both:
        both.circles.delete(name, number)
        both.sync(name)


@message.command("react")
@circle_argument
@number_argument
@click.argument("word", metavar="WORD")
@pass_session
def react(session: Session, name: str, number: int, word: str) -> None:
    """A word of support: with you, thank you, me too, take your time, that helped."""
    with together(session) as both:
        both.circles.react(name, number, word)
        both.sync(name)


@message.command("quote")
@circle_argument
@number_argument
@pass_session
def quote_message(session: Session, name: str, number: int) -> None:
    """A message as a quotation: its kind and source stay with the words."""
    from havenclient.circles.kinds import quote

    with together(session, reading=True) as both:
        session.out.line(quote(both.circles.message(name, number)))


@message.command("keep")
@circle_argument
@number_argument
@click.option("--note", default="", metavar="WORDS", help="Your own words beside it.")
@pass_session
def keep_message(session: Session, name: str, number: int, note: str) -> None:
    """Keep what it says as a card, without anybody's name; it stays after you leave."""
    with together(session) as both:
        both.circles.keep_card(name, number, note=note)
    session.out.say("haven: kept on this computer, without a name")


@message.command("file")
@circle_argument
@number_argument
@click.argument("target", metavar="PATH")
@click.option("--index", type=click.IntRange(0), default=0, help="Which of several.")
@pass_session
def fetch_file(session: Session, name: str, number: int, target: str, index: int) -> None:
    """Fetch a message's file into a new file; it is written unencrypted."""
    path = typed_path(target)
    with together(session) as both:
        _, data = both.engine.fetch_attachment(name, number, index)
    write_new_file(path, data)
    session.out.say("haven: written, unencrypted; it lies where you asked for")
