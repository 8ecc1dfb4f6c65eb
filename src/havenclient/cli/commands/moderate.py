"""`haven moderate …`: the ladder of a circle, one step a command, each a signed line for all."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from havenclient.cli.commands.door import moment
from havenclient.cli.options import json_option, pass_session, yes_option
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_word, text_from_argument, text_from_stdin
from havenclient.cli.together import together
from havenclient.errors import UsageError

if TYPE_CHECKING:
    from havenclient.circles.moderating import StepView

REASONS = ("hard-to-read", "harm-to-self", "unkind", "sexual", "private-data", "medical-advice",
           "threat", "pressure", "too-much-at-once", "other")  # fmt: skip
circle_argument = click.argument("name", metavar="CIRCLE")
person_argument = click.argument("person", metavar="PERSON")
number_argument = click.argument("number", type=int, metavar="NUMBER")
step_argument = click.argument("step", metavar="STEP")
because_option = click.option(
    "--because", "reason", type=click.Choice(REASONS), required=True, metavar="REASON",
    help=f"One of: {', '.join(REASONS)}.",
)  # fmt: skip


@click.group()
def moderate() -> None:
    """Keep a circle kind: nudge, fold, slow, pause, remove. All see each step, without content."""


@moderate.command("list")
@circle_argument
@json_option
@pass_session
def list_(session: Session, name: str, as_json: bool) -> None:
    """Who helps here, and what is in force."""
    with together(session, reading=True) as both:
        from havenclient.circles import order

        helps = both.circles.moderating.who_helps(name)
        steps = both.circles.moderating.steps(name)
        helping = order.in_charge(both.circles, name)
        waiting = len(order.waiting_for_others(both.circles, name)) if helping else 0
    if as_json:
        rows = [asdict(s) for s in steps]
        session.out.json("steps", helpers=helps, steps=rows, waiting=waiting)
        return
    session.out.line(helps)
    for step in steps:
        session.out.line(f"{step.id}  {_words(step)}")
    if waiting:
        session.out.line(f"newcomers' words that wait for you: {waiting} (`moderate let-through`)")
    if not steps:
        session.out.say("Nothing is in force.")


def _words(step: StepView) -> str:
    parts = [step.what, step.person or "the whole circle", f"because {step.reason}"]
    parts.append(f"by {step.by}")
    if step.until:
        parts.append(f"until {moment(step.until)}")
    if step.asked_until > step.until:
        parts.append(f"until {moment(step.asked_until)} if a second host or helper agrees")
    if step.what == "remove":
        parts.append(f"agreed: {', '.join(step.agreed)}")
    if step.needs:
        parts.append(f"still needed: {step.needs}")
    if step.may_agree:
        parts.append("your yes is asked for: `haven moderate agree`")
    if step.about_me:
        parts.append(f"about you: `haven moderate answer` ({step.answers_left} left)")
    return ", ".join(parts)


@moderate.command()
@circle_argument
@number_argument
@click.argument("which", required=False, type=int, metavar="[SENTENCE]")
@pass_session
def nudge(session: Session, name: str, number: int, which: int | None) -> None:
    """A prepared sentence to the author of a message, and to nobody else.

    Without a number of the sentence, shows them.
    """
    from havenclient.circles.quiet_words import NUDGES

    if which is None:
        for i, sentence in enumerate(NUDGES, 1):
            session.out.line(f"{i}  {sentence}")
        return
    with together(session) as both:
        both.circles.moderating.nudge(name, number, which - 1)
        both.sync(name)
    session.out.say("haven: only that person reads it")


@moderate.command()
@circle_argument
@number_argument
@click.option("--note", metavar="WORDS", help="What it is about, in a word or two.")
@click.option("--off", is_flag=True, help="Take the note away again.")
@click.option("--because", "reason", type=click.Choice(REASONS), default="hard-to-read",
              show_default=True, metavar="REASON", help="Why.")  # fmt: skip
@pass_session
def fold(
    session: Session, name: str, number: int, note: str | None, off: bool, reason: str
) -> None:
    """Helpers: put a message behind a note. Its author is told, and may change it."""
    from havenclient.circles.acts import Reason

    if not off and not note:
        raise UsageError("a fold has a note", 'haven moderate fold CIRCLE NUMBER --note "injury"')
    with together(session) as both:
        if off:
            both.circles.moderating.unfold(name, number)
        else:
            both.circles.moderating.fold(name, number, note or "", Reason(reason))
        both.sync(name)


@moderate.command()
@circle_argument
@click.argument("person", required=False, metavar="[PERSON]")
@click.option("--hours", type=click.IntRange(1, 24), default=24, show_default=True,
              help="How long.")  # fmt: skip
@because_option
@pass_session
def slow(session: Session, name: str, person: str | None, hours: int, reason: str) -> None:
    """Helpers: one message in 30 minutes, for somebody or for the circle."""
    from havenclient.circles.acts import Reason

    with together(session) as both:
        both.circles.moderating.slow(name, person, Reason(reason), hours)
        both.sync(name)


@moderate.command()
@circle_argument
@person_argument
@click.option("--for", "span", type=click.Choice(["1h", "24h", "3d", "7d"]), default="24h",
              show_default=True, help="Above 24h a second one has to agree.")  # fmt: skip
@because_option
@pass_session
def pause(session: Session, name: str, person: str, span: str, reason: str) -> None:
    """Helpers: somebody can read and answer, and not write, for a time."""
    from havenclient.circles.acts import Reason
    from havenclient.circles.moderating import PAUSES

    with together(session) as both:
        both.circles.moderating.pause(name, person, PAUSES[span], Reason(reason))
        both.sync(name)


@moderate.command()
@circle_argument
@step_argument
@pass_session
def lift(session: Session, name: str, step: str) -> None:
    """Helpers: end a step before its time."""
    with together(session) as both:
        both.circles.moderating.lift(name, step)
        both.sync(name)


@moderate.command()
@circle_argument
@person_argument
@because_option
@yes_option
@pass_session
def remove(session: Session, name: str, person: str, reason: str, yes: bool) -> None:
    """Helpers: ask that somebody be removed.

    It happens when a host and one more host or helper, or two thirds of the members, agree.
    """
    from havenclient.circles.acts import Reason

    if not yes:
        ask_word(
            "All members will see that you ask for this.",
            "remove",
            no_input=session.options.no_input,
        )
    with together(session) as both:
        both.circles.moderating.ask_removal(name, person, Reason(reason))
        both.sync(name)


@moderate.command()
@circle_argument
@step_argument
@pass_session
def agree(session: Session, name: str, step: str) -> None:
    """Say yes: to a longer pause (hosts and helpers), to a removal (any member)."""
    with together(session) as both:
        both.circles.moderating.agree(name, step)
        both.sync(name)


@moderate.command()
@circle_argument
@step_argument
@click.argument("text", metavar="TEXT|-")
@pass_session
def answer(session: Session, name: str, step: str, text: str) -> None:
    """Answer a step that is about you; all read it. Up to three times."""
    words = text_from_stdin() if text == "-" else text_from_argument(text)
    with together(session) as both:
        both.circles.moderating.answer(name, step, words.strip("\n"))
        both.sync(name)


@moderate.command()
@circle_argument
@click.option("--days", type=click.IntRange(0, 90), default=7, show_default=True,
              help="How long somebody is a newcomer; 0 switches it off.")  # fmt: skip
@click.option("--minutes", type=click.IntRange(0, 1440), default=10, show_default=True,
              help="Between two messages of a newcomer.")  # fmt: skip
@click.option("--night", type=click.IntRange(0, 168), default=6, show_default=True, metavar="HOURS",
              help="Newcomers' words wait after so long without a host or helper.")  # fmt: skip
@pass_session
def lane(session: Session, name: str, days: int, minutes: int, night: int) -> None:
    """Hosts: newcomers' slow lane and night mode."""
    from havenclient.circles.night import Lane

    with together(session) as both:
        both.circles.moderating.set_lane(name, Lane(days, minutes * 60, night))
        both.sync(name)


@moderate.command("let-through")
@circle_argument
@pass_session
def let_through(session: Session, name: str) -> None:
    """Hosts and helpers: you are here; newcomers' words that waited for it are shown to all."""
    from havenclient.circles import order

    with together(session) as both:
        order.let_through(both.circles, name)
        both.sync(name)


@moderate.command("log")
@circle_argument
@json_option
@pass_session
def log_(session: Session, name: str, as_json: bool) -> None:
    """What happened here: who came and went, each step, newest first, without content."""
    from havenclient.circles import order

    with together(session, reading=True) as both:
        lines = order.log(both.circles, name)
    if as_json:
        session.out.json("log", lines=[{"at": at, "line": line} for at, line in lines])
        return
    for at, line in lines:
        session.out.line(f"{moment(at)}  {line}")
    if not lines:
        session.out.say("Nothing yet.")


@moderate.command("evidence")
@circle_argument
@click.argument("days", type=click.IntRange(7, 30), required=False, metavar="[DAYS]")
@pass_session
def evidence_(session: Session, name: str, days: int | None) -> None:
    """For how many days evidence is kept for a report; hosts change it (7 to 30), all see it."""
    from havenclient.circles import order

    with together(session, reading=days is None) as both:
        if days is None:
            session.out.pair("evidence is kept", f"{both.circles.reporting.report_days(name)} days")
            return
        order.set_report_days(both.circles, name, days)
        both.sync(name)


@moderate.command()
@circle_argument
@person_argument
@click.option("--what", "what", metavar="WORDS", help="The profession.")
@click.option("--vouched-by", "vouched", metavar="WORDS", help="Who vouches for it.")
@click.option("--until", "until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
              help="The last day of the claim.")  # fmt: skip
@click.option("--duty", is_flag=True, help="Has a legal duty to report some things.")
@click.option("--off", is_flag=True, help="Take the claim away.")
@pass_session
def claim(
    session: Session,
    name: str,
    person: str,
    what: str | None,
    vouched: str | None,
    until: object,
    duty: bool,
    off: bool,
) -> None:
    """Hosts: write down what a facilitator claims to be, who vouches, and until when."""
    from datetime import UTC, datetime

    from havenclient.circles.acts import DAY
    from havenclient.circles.claims import Claim

    made = None
    if not off:
        if not what or not vouched or not isinstance(until, datetime):
            raise UsageError("a claim has --what, --vouched-by and --until")
        day = int(until.replace(tzinfo=UTC).timestamp()) // DAY
        made = Claim(b"", what, vouched, day, duty)
    with together(session) as both:
        both.circles.moderating.set_claim(name, person, made)
        both.sync(name)
        session.out.line(both.circles.moderating.who_helps(name))
