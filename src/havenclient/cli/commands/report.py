"""`haven report …`: tell the helpers quietly, see what became of it; helpers read and answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from havenclient.cli.commands.door import moment
from havenclient.cli.commands.moderate import REASONS, circle_argument
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument, text_from_stdin
from havenclient.cli.together import together
from havenclient.errors import ExitCode, SafetyRefusal, UsageError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path

if TYPE_CHECKING:
    from havenclient.hygiene import Secret

numbers_argument = click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER…")
file_secret_option = click.option(
    "--file-passphrase", "secret_file", metavar="FILE", help="Reads the file's passphrase there."
)
report_argument = click.argument("number", type=int, metavar="REPORT")


@click.group()
def report() -> None:
    """Tell hosts and helpers quietly. Nobody else learns of it; you learn what became of it."""


@report.command()
@circle_argument
@numbers_argument
@click.option("--because", "reason", type=click.Choice(REASONS), required=True, metavar="REASON",
              help=f"One of: {', '.join(REASONS)}.")  # fmt: skip
@click.option("--words", default="", metavar="WORDS", help="What else they should know; - reads.")
@click.option("--may-name", is_flag=True, help="They may say in the circle that it was you.")
@click.option("--dry-run", is_flag=True, help="Only say what would leave, and to whom.")
@pass_session
def send(
    session: Session,
    name: str,
    numbers: tuple[int, ...],
    reason: str,
    words: str,
    may_name: bool,
    dry_run: bool,
) -> None:
    """Send messages, with their authors' signatures, to all helpers except whom it is about."""
    from havenclient.circles.acts import Reason

    said = text_from_stdin() if words == "-" else text_from_argument(words) if words else ""
    if dry_run:
        _say_what_leaves(session, name, numbers)
        return
    with together(session) as both:
        made = both.circles.reporting.report(
            name, list(numbers), Reason(reason), said.strip(), may_name=may_name
        )
        both.sync(name)
    session.out.line(str(made))
    session.out.say("haven: sent to the helpers alone; `haven report list` says what became of it")


def _say_what_leaves(session: Session, name: str, numbers: tuple[int, ...]) -> None:
    with together(session, reading=True) as both:
        reporting = both.circles.reporting
        kept, readers = reporting.provable(name), reporting.readers(name, list(numbers))
        left, days = reporting.left_today(name), reporting.report_days(name)
    out = session.out
    out.pair("to", ", ".join(readers) or "nobody: `haven report outside` writes a file instead")
    for no in numbers:
        out.pair("message", f"{no}, {'with its signature' if no in kept else 'no evidence here'}")
    out.pair("more today", left)
    out.pair("evidence is kept", f"{days} days")
    out.say("haven: nothing was sent")


@report.command("ask")
@circle_argument
@click.argument("text", metavar="TEXT|-")
@click.option("--host", metavar="PERSON", help="Which host.")
@click.option("--anyway", is_flag=True, help="Send it whatever the look before sending found.")
@pass_session
def ask_unnamed(session: Session, name: str, text: str, host: str | None, anyway: bool) -> None:
    """Ask without your name: a host gets the question and may pass it on as "someone here asks".

    The host's screen does not show who asks; her Haven can know it.
    """
    words = text_from_stdin() if text == "-" else text_from_argument(text)
    with together(session) as both:
        if not anyway:
            from havenclient.care.service import Care

            care = Care(both.circles.book.db, session.clock)
            if doubts := care.before_posting(words).doubts:
                raise SafetyRefusal(
                    doubts[0][:1].lower() + doubts[0][1:].rstrip("."),
                    *doubts[1:],
                    "nothing was sent; --anyway sends it as it is",
                )
        both.circles.reporting.ask_unnamed(name, words.strip(), host)
        both.sync(name)


@report.command("list")
@circle_argument
@json_option
@pass_session
def list_(session: Session, name: str, as_json: bool) -> None:
    """What you reported and asked, and what became of it."""
    with together(session, reading=True) as both:
        views = both.circles.reporting.reported(name)
    if as_json:
        session.out.json("reported", reports=[asdict(v) for v in views])
        return
    for view in views:
        because = f": {view.sentence}" if view.sentence else ""
        by = f" by {view.by}" if view.by else ""
        state = view.state.replace("-", " ")
        session.out.line(f"{view.no}  {view.kind}  {moment(view.at)}  {state}{by}{because}")
    if not views:
        session.out.say("You have reported nothing here.")


@report.command()
@circle_argument
@json_option
@pass_session
def inbox(session: Session, name: str, as_json: bool) -> None:
    """Hosts and helpers: reports and unnamed questions to you."""
    with together(session) as both:
        both.sync(name)
        views = both.circles.reviewing.inbox(name)
    if as_json:
        session.out.json("reports", reports=[asdict(v) for v in views])
        return
    for view in views:
        if view.kind == "question":
            session.out.line(f"{view.no}  question  {moment(view.at)}  {view.state}")
            continue
        about = f" about {', '.join(view.about)}" if view.about else ""
        earlier = f", {view.earlier} earlier by the same member" if view.earlier else ""
        session.out.line(
            f"{view.no}  report by {view.reporter}{about}  {moment(view.at)}"
            f"  {view.reason}{earlier}  {view.state}"
        )
    if not views:
        session.out.say("No reports.")


@report.command()
@circle_argument
@report_argument
@click.option("--evidence", "whole", is_flag=True, help="Also the reported words.")
@json_option
@pass_session
def show(session: Session, name: str, number: int, whole: bool, as_json: bool) -> None:
    """Hosts and helpers: one report, its evidence checked. Who reported learns that it was seen."""
    with together(session) as both:
        view = both.circles.reviewing.show(name, number)
        both.sync(name)
    exhibits = [asdict(e) if whole else asdict(e) | {"text": ""} for e in view.exhibits]
    if as_json:
        plain = asdict(view) | {"exhibits": exhibits}
        session.out.json("report", what=plain.pop("kind"), **plain)
        return
    out = session.out
    out.pair("state", view.state)
    if view.kind == "report":
        out.pair("by", view.reporter)
        out.pair("may be named", "yes" if view.may_name else "no")
        out.pair("because", view.reason)
    for line in view.words.splitlines():
        out.line(f"   {line}")
    for one in view.exhibits:
        proven = "the signature is good" if one.proven else f"not proven: {one.why}"
        out.pair("message of", f"{one.author}, {proven}{', deleted since' if one.deleted else ''}")
        if one.note:
            out.line(f"   content note: {one.note}")
        if whole:
            for line in one.text.splitlines():
                out.line(f"   {line}")
    if view.gone:
        out.say("The report window has passed: signatures and words are gone, here too.")
    if view.exhibits:
        out.pair("evidence is kept until", moment(view.evidence_until))
        if not whole:
            out.say("haven: --evidence shows the words")


@report.command()
@circle_argument
@report_argument
@click.option("--done", "state", flag_value="done", help="Something was done.")
@click.option("--no-action", "state", flag_value="no-action", help="Nothing, because of --say.")
@click.option("--bad-faith", is_flag=True, help="Your own mark: not in good faith.")
@click.option("--say", "sentence", default="", metavar="WORDS", help="One sentence back.")
@pass_session
def settle(
    session: Session, name: str, number: int, state: str | None, bad_faith: bool, sentence: str
) -> None:
    """Hosts and helpers: end a report; one sentence goes back to who made it."""
    if state is None and not bad_faith:
        raise UsageError("--done or --no-action?")
    with together(session) as both:
        if state is not None:
            both.circles.reviewing.settle(name, number, state, sentence)
        if bad_faith:
            both.circles.reviewing.not_in_good_faith(name, number)
        both.sync(name)


@report.command("pass-on")
@circle_argument
@report_argument
@click.option("--note", metavar="WORDS", help="A content note on it.")
@pass_session
def pass_on(session: Session, name: str, number: int, note: str | None) -> None:
    """Hosts: ask the circle what somebody asked you unnamed."""
    with together(session) as both:
        both.circles.reviewing.pass_on(name, number, note)
        both.sync(name)


@report.command()
@circle_argument
@numbers_argument
@click.option("--to", "target", required=True, metavar="PATH", help="A new file, FILE.age.")
@file_secret_option
@pass_session
def outside(
    session: Session, name: str, numbers: tuple[int, ...], target: str, secret_file: str | None
) -> None:
    """Write messages with their signatures into a file for somebody outside, with a passphrase."""
    secret = _secret(session, secret_file, "Passphrase for the file (12 characters or more): ")
    with together(session) as both:
        data = both.circles.reporting.take_outside(name, list(numbers), secret.text())
    write_new_file(typed_path(target), data)
    from havenclient.circles.outside import EXPLANATION

    for paragraph in EXPLANATION:
        session.out.say(paragraph)


def _secret(session: Session, secret_file: str | None, prompt: str) -> Secret:
    from havenclient import hygiene

    if secret_file is not None:
        return hygiene.secret_from_file(typed_path(secret_file))
    return session.ask_secret(prompt)


@report.command()
@click.argument("path", metavar="FILE")
@file_secret_option
@pass_session
def check(session: Session, path: str, secret_file: str | None) -> None:
    """Check such a file: whose signatures are good. Needs no vault and no network."""
    from havenclient.circles import outside as files
    from havenclient.text import safe_line

    try:
        data = typed_path(path).read_bytes()
    except OSError as error:
        raise UsageError("that file can't be read") from error
    secret = _secret(session, secret_file, "Passphrase of the file: ")
    checked = files.check(data, secret.text())
    for one in checked:
        state = "the signature is good" if one.proven else f"not proven: {one.why}"
        session.out.pair("message of", f"key {one.key.hex()[:16]}, {state}")
        session.out.line(f"   whoever made this file calls that key {safe_line(one.name)}")
        if one.content is not None:
            for line in one.content.shown_text().splitlines():
                session.out.line(f"   {line}")
    if not all(one.proven for one in checked):
        raise click.exceptions.Exit(ExitCode.FAILED)
