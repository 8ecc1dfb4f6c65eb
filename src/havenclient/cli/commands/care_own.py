"""`haven care plan|map|ask|shelf`: what a person keeps about help, in the vault, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from havenclient.care import library
from havenclient.care.ask_list import KINDS, lines
from havenclient.care.plan import BETTER_TOGETHER, headings
from havenclient.care.sheets import FORMATS, Sheet
from havenclient.care.support_map import PARTS, line
from havenclient.cli.options import day, json_option, local_now, pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask as ask_line
from havenclient.cli.terminal import stdin_is_terminal, text_from_argument, text_from_stdin
from havenclient.errors import UsageError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from havenclient.care.service import Care

number = click.IntRange(1, 1_000_000_000)
export_option = click.option(
    "--export",
    nargs=2,
    metavar="FORMAT FILE",
    help="Write it, not encrypted: text, markdown or html (which prints well).",
)


def join(group: click.Group) -> None:
    for command in (plan, map_, ask, shelf):
        group.add_command(command)


@contextmanager
def opened(session: Session, *, reading: bool = False) -> Iterator[Care]:
    """Care's things in the vault of this run."""
    from havenclient.care.boundaries import beginning
    from havenclient.care.service import Care

    begins = beginning(session.settings.boundaries)
    try:
        yield Care(session.unlocked(reading=reading).db, session.clock, begins)
    finally:
        session.close()


@click.command()
@click.option("--write", type=click.IntRange(1, 7), metavar="N", help="Write below heading N.")
@click.argument("text", required=False, metavar="[TEXT|-]")
@export_option
@json_option
@pass_session
def plan(
    session: Session,
    write: int | None,
    text: str | None,
    export: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """My plan for hard moments. Without options, all of it."""
    if write is not None:
        heading = headings()[write - 1]
        words = given(session, text, f"{heading}:")
        with opened(session) as care:
            care.plan.write(write, words)
        session.out.say("Kept." if words.strip() else "Cleared.")
        return
    if text is not None:
        raise UsageError("--write N says below which heading")
    with opened(session, reading=True) as care:
        texts, sheet = care.plan.texts(), care.plan.sheet()
    if export is not None:
        write_sheet(session, sheet, export)
    elif as_json:
        parts = [{"heading": h, "text": t} for h, t in zip(headings(), texts, strict=True)]
        session.out.json("plan", parts=parts)
    else:
        for index, (heading, words) in enumerate(zip(headings(), texts, strict=True), 1):
            session.out.line(f"{index}. {heading}")
            for one in words.splitlines():
                session.out.line(f"   {one}")
        if not any(texts):
            session.out.say(f"`haven care plan --write 1` begins. {BETTER_TOGETHER}")


@click.command("map")
@click.option("--add", type=click.Choice(list(PARTS)), metavar="PART", help=", ".join(PARTS))
@click.option("--reach", default="", metavar="WORDS", help="How to reach them.")
@click.option("--last", metavar="DAY", help="Last contact.")
@click.option("--touch", type=number, metavar="N", help="Set the last contact of number N.")
@click.option("--drop", type=number, metavar="N", help="Take number N off the map.")
@click.option("--idea", is_flag=True, help="One suggestion for an empty part.")
@click.option("--not-now", is_flag=True, help="No suggestion for ninety days.")
@click.argument("name", required=False, metavar="[NAME]")
@export_option
@json_option
@pass_session
def map_(
    session: Session,
    add: str | None,
    reach: str,
    last: str | None,
    touch: int | None,
    drop: int | None,
    idea: bool,
    not_now: bool,
    name: str | None,
    export: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """The support map: me, peers, near, professionals, crisis. An empty map is fine."""
    now = local_now(session)
    when = None if last is None else day(last, now)
    if add is not None:
        name = given(session, name, "Name:")
        with opened(session) as care:
            care.map.add(add, name, reach, when)
        session.out.say("Kept.")
    elif touch is not None:
        with opened(session) as care:
            care.map.was_in_touch(touch, when or now.date())
    elif drop is not None:
        with opened(session) as care:
            care.map.drop(drop)
    elif idea or not_now:
        with opened(session) as care:
            if not_now:
                care.map.not_now(care.boundaries, now)
            else:
                session.out.line(care.map.idea(care.boundaries, now) or "Nothing to suggest.")
    else:
        _show_map(session, export, as_json=as_json)


def _show_map(session: Session, export: tuple[str, str] | None, *, as_json: bool) -> None:
    with opened(session, reading=True) as care:
        people, sheet = care.map.people(), care.map.sheet()
    if export is not None:
        write_sheet(session, sheet, export)
        return
    if as_json:
        rows = [
            {
                "number": one.no,
                "part": one.part,
                "name": one.name,
                "reach": one.reach,
                "last": None if one.last is None else one.last.isoformat(),
            }
            for one in people
        ]
        session.out.json("map", people=rows)
        return
    for part, title in PARTS.items():
        session.out.line(f"{title}:")
        for one in people:
            if one.part == part:
                session.out.line(f"  {one.no}. {line(one)}")
    session.out.say("`haven care month` looks back on a month, beside it.")


@click.command()
@click.argument("text", required=False, metavar="[TEXT|-]")
@click.option("--check", "claim", is_flag=True, help="Something heard or read, to be checked.")
@click.option("--kind", type=click.Choice(list(KINDS)), metavar="KIND", help=", ".join(KINDS))
@click.option("--source", default="", metavar="WORDS", help="Where it is from.")
@click.option("--verdict", default="", metavar="WORDS", help="What you found out.")
@click.option("--on", type=number, metavar="N", help="Put --verdict and --source on number N.")
@click.option("--done", type=number, metavar="N", help="Number N was asked.")
@click.option("--drop", type=number, metavar="N", help="Take number N off the list.")
@click.option("--tick", multiple=True, type=number, metavar="N", help="Goes into --export.")
@export_option
@json_option
@pass_session
def ask(
    session: Session,
    text: str | None,
    claim: bool,
    kind: str | None,
    source: str,
    verdict: str,
    on: int | None,
    done: int | None,
    drop: int | None,
    tick: tuple[int, ...],
    export: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Questions for a professional, and claims to check. An export holds ticked lines only."""
    changes: list[tuple[int | None, Callable[[Care, int], None]]] = [
        (on, lambda care, no: care.questions.found_out(no, verdict, source or None)),
        (done, lambda care, no: care.questions.done(no)),
        (drop, lambda care, no: care.questions.drop(no)),
    ]
    for no, change in changes:
        if no is not None:
            with opened(session) as care:
                change(care, no)
            return
    if text is not None or claim or kind is not None:
        words = given(session, text, "What was said:" if claim else "What to ask:")
        with opened(session) as care:
            chosen = kind or ("check" if claim else "question")
            added = care.questions.add(words, kind=chosen, source=source, verdict=verdict)
        session.out.say(f"Kept as number {added}.")
        for item in library.search(words)[:3] if claim else ():
            session.out.say(f"In the library: {item.title} (`haven care show {item.id}`)")
        return
    with opened(session, reading=True) as care:
        if export is not None:
            write_sheet(session, care.questions.sheet(tick), export)
            return
        found = care.questions.all()
    if as_json:
        session.out.json("questions", questions=[_asked_json(one) for one in found])
        return
    for key, title in KINDS.items():
        some = [one for one in found if one.kind == key]
        if some:
            session.out.line(f"{title}:")
        for one in some:
            first, *more = lines(one)
            session.out.line(f"  {one.no}. {first}" + (" (asked)" if one.done else ""))
            for further in more:
                session.out.line(f"     {further}")
    if not found:
        session.out.say('Nothing stands here yet. `haven care ask "…"` adds a question.')


def _asked_json(one: Any) -> dict[str, Any]:
    return {
        "number": one.no,
        "kind": one.kind,
        "text": one.text,
        "source": one.source,
        "verdict": one.verdict,
        "added": one.added.isoformat(),
        "done": None if one.done is None else one.done.isoformat(),
    }


@click.command()
@click.argument("text", required=False, metavar="[TEXT|-]")
@click.option("--at", default="", metavar="WORDS", help="When it helps.")
@click.option("--worked", default="", metavar="WORDS", help="For whom it worked.")
@click.option("--source", default="", metavar="WORDS", help="Where it is from.")
@click.option("--remark", nargs=2, metavar="N WORDS", help="Your own remark on card N.")
@click.option("--drop", type=number, metavar="N", help="Take card N off the shelf.")
@json_option
@pass_session
def shelf(
    session: Session,
    text: str | None,
    at: str,
    worked: str,
    source: str,
    remark: tuple[str, str] | None,
    drop: int | None,
    as_json: bool,
) -> None:
    """Coping cards you keep: what, when, for whom it worked. No names of others."""
    if remark is not None:
        if not remark[0].isdigit():
            raise UsageError("--remark takes the number of a card and words")
        with opened(session) as care:
            care.shelf.remark(int(remark[0]), text_from_argument(remark[1]))
        return
    if drop is not None:
        with opened(session) as care:
            care.shelf.drop(drop)
        return
    if text is not None:
        words = given(session, text, "What helps:")
        with opened(session) as care:
            care.shelf.keep(words, at=at, worked=worked, source=source)
        session.out.say("Kept.")
        return
    with opened(session, reading=True) as care:
        cards = care.shelf.cards()
    if as_json:
        rows = [
            {
                "number": one.no,
                "what": one.what,
                "at": one.at,
                "worked": one.worked,
                "source": one.source,
                "note": one.note,
            }
            for one in cards
        ]
        session.out.json("shelf", cards=rows)
        return
    for one in cards:
        session.out.line(f"{one.no}. {one.what}")
        facts = (("When", one.at), ("Worked", one.worked), ("Source", one.source))
        for name, value in (*facts, ("Own remark", one.note)):
            if value:
                session.out.line(f"   {name}: {value}")
    if not cards:
        session.out.say('Nothing stands here yet. `haven care shelf "…"` keeps a card.')


def given(session: Session, text: str | None, question: str) -> str:
    """Words from the argument, from standard input (-), or asked for."""
    if text == "-" or (text is None and not stdin_is_terminal() and session.options.no_input):
        return text_from_stdin()
    if text is not None:
        return text_from_argument(text)
    return ask_line(question, no_input=session.options.no_input, instead="the text, or -")


def write_sheet(session: Session, sheet: Sheet, export: tuple[str, str]) -> None:
    """A new file with mode 0600; "-" is standard output. Says that it is not encrypted."""
    form, target = export
    if form == "md":
        form = "markdown"
    if form not in FORMATS:
        raise UsageError("--export takes text, markdown or html, and a file")
    words = sheet.written(form)
    if target == "-":
        session.out.text(words.rstrip("\n"))
        return
    path = typed_path(target)
    write_new_file(path, words.encode())
    session.out.say(f"haven: written, not encrypted, to {path}; delete it when it was used")
