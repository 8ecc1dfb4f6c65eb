"""`haven care limits|topics|names|pause|visits|look`: promises by me to me, kept in the vault."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import click

from havenclient.care import boundaries, keeping, leaks, library
from havenclient.care.boundaries import Feeling
from havenclient.cli.commands.care_own import given, opened
from havenclient.cli.options import json_option, local_now, pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument
from havenclient.errors import NotFound, UsageError


def join(group: click.Group) -> None:
    for command in (limits, topics, names, pause, visits, look):
        group.add_command(command)


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.argument("value", required=False, metavar="[VALUE]")
@json_option
@pass_session
def limits(session: Session, name: str | None, value: str | None, as_json: bool) -> None:
    """Your limits; with NAME and VALUE, change one. Help and the journal are never limited."""
    if name is not None and value is not None:
        with opened(session) as care:
            at = care.boundaries.set(name.replace("-", "_"), value)
        if at is not None:
            session.out.say(f"You chose to wait with this: it holds from {at.astimezone():%H:%M}.")
        return
    with opened(session, reading=True) as care:
        found, waiting = asdict(care.boundaries.limits()), care.boundaries.waiting()
    if name is not None:
        name = name.replace("-", "_")
        if name not in found:
            raise UsageError("there is no limit of that name", "there are: " + ", ".join(found))
        found = {name: found[name]}
    if as_json:
        later = {one: {"value": v, "from": at.isoformat()} for one, (v, at) in waiting.items()}
        session.out.json("limits", limits=found, waiting=later)
        return
    for one, value_now in found.items():
        session.out.line(f"{one}: {boundaries.shown(value_now)}")
        session.out.line(f"  {boundaries.SENTENCES[one]}")
        if one in waiting:
            later_value, at = waiting[one]
            session.out.line(f"  {later_value} from {at.astimezone():%H:%M}")
    session.out.say(library.said("limits"))


def _list(session: Session, kind: str, add: str | None, drop: str | None, as_json: bool) -> None:
    if add is not None:
        with opened(session) as care:
            care.boundaries.add_word(kind, text_from_argument(add))
        return
    if drop is not None:
        with opened(session) as care:
            if not care.boundaries.drop_word(kind, text_from_argument(drop)):
                raise NotFound("that is not on the list")
        return
    with opened(session, reading=True) as care:
        words = care.boundaries.words(kind)
    if as_json:
        session.out.json(f"{kind}s", words=list(words))
        return
    for one in words:
        session.out.line(one)
    if not words:
        session.out.say("The list is empty. --add WORDS puts something on it.")


_add = click.option("--add", metavar="WORDS", help="Put this on the list.")
_drop = click.option("--drop", metavar="WORDS", help="Take this off the list.")


@click.command()
@_add
@_drop
@json_option
@pass_session
def topics(session: Session, add: str | None, drop: str | None, as_json: bool) -> None:
    """Topics that I fold: my own list, matched on this device only."""
    _list(session, keeping.TOPIC, add, drop, as_json)


@click.command()
@_add
@_drop
@json_option
@pass_session
def names(session: Session, add: str | None, drop: str | None, as_json: bool) -> None:
    """Names that should not slip into a post: mine, my town, my school."""
    _list(session, keeping.NAME, add, drop, as_json)


@click.command()
@click.argument("circle", required=False, metavar="[CIRCLE]")
@click.argument("length", required=False, metavar="[1d|3d|1w|open]")
@click.option("--return", "back", is_flag=True, help="Come back now.")
@json_option
@pass_session
def pause(
    session: Session, circle: str | None, length: str | None, back: bool, as_json: bool
) -> None:
    """Rest from a circle: 1d, 3d, 1w, or open (until you return). Silent unless you say it."""
    if circle is not None:
        circle = text_from_argument(circle)
        with opened(session) as care:
            if back:
                care.boundaries.unpause(circle)
                return
            chosen = boundaries.pause_length(length or "open")
            until = boundaries.pause_until(chosen, session.clock.now())
            care.boundaries.pause(circle, until)
        session.out.line(boundaries.pause_sentence(until))
        return
    with opened(session, reading=True) as care:
        found = care.boundaries.pauses()
    if as_json:
        rows = [
            {"circle": one.circle, "until": None if one.until is None else one.until.isoformat()}
            for one in found
        ]
        session.out.json("pauses", pauses=rows)
        return
    for one in found:
        session.out.line(f"{one.circle}: {boundaries.pause_sentence(one.until)}")
    if not found:
        session.out.say("No circle is paused.")


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=90, metavar="N", help="So far back.")
@click.option("--note", "feeling", type=click.Choice(["lighter", "same", "heavier"]),
              metavar="WORD", help="Note a visit: lighter, same or heavier.")  # fmt: skip
@click.option("--circle", default="", metavar="NAME", help="Which circle it was.")
@json_option
@pass_session
def visits(session: Session, days: int, feeling: str | None, circle: str, as_json: bool) -> None:
    """How is this for me: lighter, same, heavier after visits. Never shared."""
    if feeling is not None:
        with opened(session) as care:
            visit = care.boundaries.begin_visit(text_from_argument(circle))
            care.boundaries.feel(visit, Feeling[feeling.upper()])
            line, ways = boundaries.heavier_line(care.boundaries.feelings(limit=5))
        if line:
            session.out.line(line)
            session.out.line("; ".join(ways))
        return
    since = local_now(session) - timedelta(days=days)
    with opened(session, reading=True) as care:
        found = [one for one in care.boundaries.visits(limit=10_000) if one.began >= since]
    felt = [one for one in found if one.feeling is not None]
    if as_json:
        rows = [
            {"at": one.began.isoformat(), "circle": one.circle, "feeling": one.feeling.name.lower()}
            for one in felt
            if one.feeling is not None
        ]
        session.out.json("visits", visits=rows)
        return
    session.out.line(boundaries.look_back([one.feeling for one in felt if one.feeling is not None]))
    for one in felt:
        if one.feeling is not None:
            began = one.began.astimezone()
            name = f", {one.circle}" if one.circle else ""
            session.out.line(f"{began.day} {began:%b %Y}{name}: {one.feeling.name.lower()}")


@click.command()
@click.argument("text", required=False, metavar="[TEXT|-]")
@click.option("--no-names", is_flag=True, help="Without your own list of names; needs no vault.")
@json_option
@pass_session
def look(session: Session, text: str | None, no_names: bool, as_json: bool) -> None:
    """Look through words before posting them: mail, phone, address, names, advice. Stays here."""
    words = given(session, text, "Words:")
    own: tuple[str, ...] = ()
    if not no_names:
        with opened(session, reading=True) as care:
            own = care.boundaries.words(keeping.NAME)
    found, note = leaks.look(words, own), leaks.advice_note(words)
    if as_json:
        rows = [{"kind": one.kind, "start": one.start, "end": one.end} for one in found]
        session.out.json("look", found=rows, advice=note or None)
        return
    for sentence in dict.fromkeys(one.sentence for one in found):
        session.out.line(sentence)
    if note:
        session.out.line(note)
    if not found and not note:
        session.out.say("Nothing was found. Such a look misses much.")
