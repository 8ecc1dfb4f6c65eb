"""`haven care …`: the library, offline and without a passphrase: list, show, pages, exercise.

The parts that need the vault live in `care_check`, `care_own` and `care_limits`; they join the same
group at the end of this file.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from havenclient.care import library, pacing
from havenclient.care import pack as packs
from havenclient.care.checks import PURPOSE
from havenclient.care.instruments import Instrument, instrument, instruments
from havenclient.care.library import Exercise, Page
from havenclient.cli.commands.care_check import check
from havenclient.cli.commands.care_limits import join as join_limits
from havenclient.cli.commands.care_own import join as join_own
from havenclient.cli.commands.care_pack import pack, shelf_of
from havenclient.cli.commands.care_tips import tips
from havenclient.cli.commands.safety import country_of
from havenclient.cli.options import json_option, local_now, pass_session
from havenclient.cli.reading import read_out
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask, stdin_is_terminal
from havenclient.errors import NotFound, SafetyRefusal


@click.group()
@pass_session
def care(session: Session) -> None:
    """The library, exercises, checks, your plan and your limits. Peers, not treatment."""
    shelf_of(session)


@care.command("list")
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option("--hard-moment", is_flag=True, help="Only what helps right now.")
@json_option
@pass_session
def list_(session: Session, words: tuple[str, ...], hard_moment: bool, as_json: bool) -> None:
    """What the library holds; WORDS look in it."""
    if words:
        found: tuple[Page | Exercise, ...] = library.search(" ".join(words))
    elif hard_moment:
        found = library.for_a_hard_moment()
    else:
        found = (*library.exercises(), *library.pages())
    checks = () if words or hard_moment else instruments()
    if as_json:
        session.out.json(
            "care",
            items=[_head(one) for one in found],
            checks=[{"id": one.id, "name": one.name, "about": one.domain} for one in checks],
        )
        return
    for kind, title in ((Exercise, "Exercises:"), (Page, "Pages:")):
        some = [one for one in found if isinstance(one, kind)]
        if some:
            session.out.line(title)
        for one in some:
            length = f", {one.length}" if isinstance(one, Exercise) else ""
            session.out.line(f"  {one.id}: {one.title}{length} ({one.origin.evidence})")
    if checks:
        session.out.line("Checks:")
        for check_ in checks:
            session.out.line(f"  {check_.id}: {check_.name}, {check_.domain}")
    if not found and not checks:
        raise NotFound("nothing in the library holds those words", "`haven care list` shows all")
    session.out.say("`haven care show ID` reads one, `haven care exercise ID` does one.")
    if age := packs.shelf().manifest.age(local_now(session).date()):
        session.out.say(age)


@care.command()
@click.argument("name", metavar="ID")
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """A page, an exercise or a check, with its source, date and evidence."""
    one = _anything(name)
    if isinstance(one, Instrument):
        _show_check(session, one, as_json=as_json)
    elif as_json:
        session.out.json("care", **_whole(session, one))
    else:
        session.out.line(one.title)
        session.out.line()
        if isinstance(one, Page):
            read_out(session, page_text(session, one))
        else:
            _show_exercise(session, one)
        session.out.line()
        read_out(session, "\n".join(one.origin.lines()))


@care.command("pages")
@json_option
@pass_session
def pages(session: Session, as_json: bool) -> None:
    """The pages to read; `haven care show ID` opens one."""
    if as_json:
        session.out.json("care", items=[_head(one) for one in library.pages()], checks=[])
        return
    for one in library.pages():
        session.out.line(f"{one.id}: {one.title} ({one.origin.evidence})")


@care.command()
@click.argument("name", metavar="ID")
@click.option("--gentle", is_flag=True, help="The form without long holds, or the short form.")
@click.option("--full", is_flag=True, help="The usual form where the gentle one comes first.")
@click.option("--minutes", type=click.FloatRange(0.1, 60), metavar="N", help="About how long.")
@json_option
@pass_session
def exercise(
    session: Session, name: str, gentle: bool, full: bool, minutes: float | None, as_json: bool
) -> None:
    """Do an exercise, with words and numbers. Ctrl-C stops at any moment."""
    one = library.exercise(name)
    gentle = gentle or (one.gentle_first and not full)
    seconds = None if minutes is None else max(1, round(minutes * 60))
    if as_json:
        course = pacing.course(one, gentle=gentle, seconds=seconds) if one.paced else None
        session.out.json("exercise", **_whole(session, one), course=_course(course))
        return
    from havenclient.care.boundaries import Limits, beginning, is_quiet

    # An exercise never asks for the passphrase, so hours that lie in the vault are not known here;
    # without any in the settings the domain's default holds for deep writing.
    hours = beginning(session.settings.boundaries).quiet_hours or Limits().quiet_hours
    if not one.in_quiet_hours and is_quiet(hours, local_now(session)):
        raise SafetyRefusal("this one is not begun in quiet hours", "`haven care list` has others")
    session.out.line(one.title)
    read_out(session, one.caution)
    session.out.say("Ctrl-C stops. You can stop here at any moment.")
    try:
        if one.paced:
            for step in one.steps:
                read_out(session, step)
            _pace(session, pacing.course(one, gentle=gentle, seconds=seconds))
        else:
            _at_own_pace(session, one)
    except KeyboardInterrupt:
        session.out.line()
        session.out.line("Stopped. That is fine.")
        return
    if one.after:
        read_out(session, one.after)
    if one.then:
        session.out.say(f"Afterwards: `haven care exercise {one.then}`")
    session.out.say("Again, something else (`haven care list`), or help near you (`haven safety`).")


def _pace(session: Session, course: pacing.Course) -> None:
    moving = session.out.on_terminal and not session.plain
    moving = moving and not session.settings.look.reduced_motion
    last = -1, -1
    for _, now in pacing.play(course, now=session.clock.monotonic, sleep=punctual):
        if now.over:
            break
        if moving:
            bar = "#" * round(20 * now.number / now.of)
            count = f"{now.number} of {now.of}"
            if now.of >= pacing.LONG:
                count = f"about {-int(-now.left // 60)} min left"
            text = f"{now.word}  {count}"
            sys.stdout.write(f"\r{text:<48} [{bar:<20}]")
            sys.stdout.flush()
        elif (now.round, now.beat) != last:
            # One line a beat is what a screen reader can follow; the numbers go with short beats.
            last = now.round, now.beat
            session.out.line(pacing.span(course.beats[now.beat], ", "))
            session.out.flush()
    if moving:
        session.out.line()
    session.out.line("That is all.")


def punctual(seconds: float) -> None:
    """Sleep so long, and be awake at the end of it."""
    import time

    end = time.monotonic() + seconds
    time.sleep(max(0.0, seconds - pacing.AWAKE))
    pacing.awake(end - time.monotonic())


def _at_own_pace(session: Session, one: Exercise) -> None:
    for number, step in enumerate(one.steps, 1):
        read_out(session, f"{number} of {len(one.steps)}. {step}")
        session.out.flush()
        if number < len(one.steps) and stdin_is_terminal() and not session.options.no_input:
            ask("Enter for the next:", no_input=False)


def page_text(session: Session, one: Page) -> str:
    """A page with the emergency number of the person's country where it has a place for it."""
    from havenclient.care import helplines

    code = country_of(session, None)
    country = helplines.find(code) if code else None
    number = country.first_number if country is not None else ""
    return one.text.replace("{emergency}", number or "the emergency number")


def _show_exercise(session: Session, one: Exercise) -> None:
    out = session.out
    out.pair("Length", one.length)
    for number, step in enumerate(one.steps, 1):
        read_out(session, f"{number}. {step}")
    for name, beats in (("Beat", one.beats), ("Gentle", one.gentle)):
        if beats and len(beats) < 9:
            out.pair(name, ", ".join(map(pacing.span, beats)))
    read_out(session, one.caution)
    read_out(session, one.about)
    out.say(f"`haven care exercise {one.id}` does it.")


def _show_check(session: Session, one: Instrument, *, as_json: bool) -> None:
    if as_json:
        session.out.json("check", **check_json(one))
        return
    out = session.out
    out.line(one.name)
    out.line(PURPOSE)
    out.pair("About", f"{one.domain}, {one.timeframe}")
    for number, question in enumerate(one.questions, 1):
        out.line(f"{number}. {question.text}")
    out.pair("Answers", ", ".join(f"{value} {words}" for value, words in one.questions[0].answers))
    out.line(one.licence)
    for source in one.sources:
        out.pair("Source", source)
    out.line(f"Evidence: {one.evidence}. Text of {one.date.day} {one.date:%B %Y}")
    out.say(f"`haven care check {one.id}` answers it.")


def check_json(one: Instrument) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "about": one.domain,
        "timeframe": one.timeframe,
        "questions": [{"text": q.text, "answers": dict(q.answers)} for q in one.questions],
        "licence": one.licence,
        "sources": list(one.sources),
        "date": one.date.isoformat(),
        "evidence": one.evidence,
    }


def _anything(name: str) -> Page | Exercise | Instrument:
    try:
        return library.item(name)
    except NotFound:
        try:
            return instrument(name)
        except NotFound:
            pass
        raise


def _head(one: Page | Exercise) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "kind": "page" if isinstance(one, Page) else "exercise",
        "evidence": one.origin.evidence,
        "source": one.origin.source,
        "url": one.origin.url,
        "date": one.origin.date.isoformat(),
    }


def _whole(session: Session, one: Page | Exercise) -> dict[str, Any]:
    if isinstance(one, Page):
        return _head(one) | {"text": page_text(session, one)}
    return _head(one) | {
        "length": one.length,
        "about": one.about,
        "steps": list(one.steps),
        "caution": one.caution,
    }


def _course(course: pacing.Course | None) -> dict[str, Any] | None:
    if course is None:
        return None
    return {
        "beats": [[beat.word, beat.seconds] for beat in course.beats],
        "rounds": course.rounds,
        "seconds": course.seconds,
    }


care.add_command(check)
care.add_command(pack)
care.add_command(tips)
join_own(care)
join_limits(care)
