"""`haven care check`: one question after the other, the support card where it belongs, then a
number and what it is not. Follows `havenclient.care.checks`, which owns every rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from havenclient.care import checks, helplines, library
from havenclient.care.checks import Sitting, Stage
from havenclient.care.instruments import Instrument, instrument
from havenclient.cli.commands.safety import country_of, unanswered
from havenclient.cli.options import json_option, local_now, pass_session
from havenclient.cli.reading import read_out
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask
from havenclient.errors import HavenError, UsageError

if TYPE_CHECKING:
    from havenclient.care.service import Care


@click.command()
@click.argument("name", default="haven_weather", metavar="[ID]")
@click.option("--answers", metavar="LIST", help="Such as 1,0,2,1; - leaves one out.")
@click.option("--note", default="", metavar="WORDS", help="A remark to keep with it.")
@click.option("--no-keep", is_flag=True, help="Show it and keep nothing; needs no vault.")
@click.option("--history", is_flag=True, help="Earlier ones: dates and numbers.")
@click.option("--meaning", is_flag=True, help="Also what studies call the number.")
@json_option
@pass_session
def check(
    session: Session,
    name: str,
    answers: str | None,
    note: str,
    no_keep: bool,
    history: bool,
    meaning: bool,
    as_json: bool,
) -> None:
    """A check with yourself, kept in the vault; without an ID the daily weather check.

    Never a diagnosis. The same check comes back after 14 days.
    """
    one = instrument(name)
    if history:
        _history(session, one, as_json=as_json)
        return
    kept = None if no_keep else _care(session)
    sitting = _answered(session, one, answers, kept)
    if sitting is None:
        session.out.line("Left out. That is fine.")
        return
    if kept is not None:
        kept.results.keep(sitting, note)
    if as_json:
        session.out.json("check", **_json(sitting))
        return
    for line in checks.result_lines(sitting.instrument, sitting.answers):
        read_out(session, line)
    if meaning:
        for line in checks.meaning_lines(sitting.instrument, sitting.answers):
            read_out(session, line)
    elif sitting.instrument.scored:
        session.out.say("--meaning says what studies call it.")
    if sitting.instrument.scored:
        session.out.line("Help near you: `haven safety`. Your plan: `haven care plan`.")
    if kept is not None and kept.boundaries.tip("professional"):
        session.out.say(library.tip("professional", where="command"))


def _care(session: Session) -> Care:
    from havenclient.care.service import Care

    return Care(session.unlocked().db, session.clock)


def _answered(
    session: Session, one: Instrument, given: str | None, kept: Care | None
) -> Sitting | None:
    """The whole sitting; None if the person stopped. Ctrl-C leaves without a trace."""
    _spaced(one, kept)
    waiting = None if given is None else _parsed(given)
    sitting = Sitting(one)
    session.out.say(checks.PURPOSE)
    try:
        while sitting.stage is not Stage.RESULT:
            if sitting.stage is Stage.OFFER:
                chosen = _offer(session, sitting, asking=waiting is None)
                if chosen is None:
                    return None
                if chosen.instrument is not sitting.instrument:
                    _spaced(chosen.instrument, kept)
                sitting = chosen
            elif sitting.stage is Stage.SUPPORT:
                _support(session, asking=waiting is None)
                sitting = sitting.leave_support()
            elif waiting is not None:
                if len(waiting) != len(one.questions):
                    raise UsageError(f"{one.name} has {len(one.questions)} questions")
                sitting = sitting.answer(waiting[len(sitting.answers)])
            else:
                sitting = _asked(session, sitting)
    except KeyboardInterrupt:
        session.out.line()
        return None
    return sitting


def _spaced(one: Instrument, kept: Care | None) -> None:
    if kept is not None and (back := kept.results.comes_back(one)) is not None:
        day = back.astimezone()
        raise HavenError(
            f"this check looks at two weeks; it comes back on {day.day} {day:%B %Y}",
            f"`haven care check {one.id} --history` shows the last ones",
        )


def _parsed(text: str) -> list[int | None]:
    found: list[int | None] = []
    for part in text.split(","):
        part = part.strip()
        if part in ("-", ""):
            found.append(None)
        elif part.isascii() and part.isdigit() and len(part) == 1:
            found.append(int(part))
        else:
            raise UsageError("--answers takes numbers with commas between, such as 1,0,2,1")
    return found


def _offer(session: Session, sitting: Sitting, *, asking: bool) -> Sitting | None:
    read_out(session, checks.NOTICE)
    if not asking:
        return sitting.accept()
    answer = ask(
        "s skip, 8 the 8-question version, g go on:",
        no_input=session.options.no_input,
        instead="--answers",
    ).casefold()
    if answer == "8":
        return sitting.shorter()
    return sitting.accept() if answer == "g" else None


def _asked(session: Session, sitting: Sitting) -> Sitting:
    total = len(sitting.instrument.questions)
    read_out(session, f"{len(sitting.answers) + 1} of {total}. {sitting.question.text}")
    for value, words in sitting.question.answers:
        session.out.line(f"  {value}: {words}")
    values = {str(value) for value, _ in sitting.question.answers}
    while True:
        answer = ask(
            "Number, Enter leaves it out, b back, Ctrl-C stops:",
            no_input=session.options.no_input,
            instead="--answers",
        )
        if answer == "":
            return sitting.answer(None)
        if answer == "b":
            return sitting.back()
        if answer in values:
            return sitting.answer(int(answer))


def _support(session: Session, *, asking: bool) -> None:
    """Before the number, whatever it is. Nothing is locked and nothing is sent."""
    out = session.out
    out.line(checks.SUPPORT)
    out.line("My plan: haven care plan")
    code = country_of(session, None)
    country = helplines.find(code) if code else None
    if country is not None:
        for line in helplines.emergency_lines(country):
            out.line(line)
        for service in helplines.ordered(country, unanswered(session))[:2]:
            for line in helplines.service_lines(service, local_now(session).date()):
                read_out(session, line)
    else:
        for line in helplines.ALWAYS:
            out.line(line)
    name, url = helplines.directories()[0]
    out.line(f"Someone to talk to, by country: {name}, {url}")
    out.line("Half a minute of grounding: haven care exercise feet_and_room")
    if asking:
        ask("Enter goes on to the number:", no_input=session.options.no_input)


def _history(session: Session, one: Instrument, *, as_json: bool) -> None:
    from havenclient.care.service import Care

    taken = Care(session.unlocked(reading=True).db, session.clock).results.taken(one.id)
    if as_json:
        rows = [
            {"at": t.at.isoformat(), "answers": t.answers, "raw": t.raw, "note": t.note}
            for t in taken
        ]
        session.out.json("checks", id=one.id, checks=rows)
        return
    for line in checks.trend_lines(one, taken):
        session.out.line(line)
    if not taken:
        session.out.say("None was kept yet.")


def _json(sitting: Sitting) -> dict[str, Any]:
    found = checks.score(sitting.instrument, sitting.answers)
    return {
        "id": sitting.instrument.id,
        "answers": list(sitting.answers),
        "raw": None if found is None else found.raw,
        "highest": None if found is None else found.highest,
        "published_band": None if found is None else found.band.name,
        "subscales": {} if found is None else dict(found.subscales),
        "support_card": checks.needs_support(sitting.instrument, sitting.answers),
        "meaning": checks.MEANING,
    }
