"""`haven care limits|topics|names|pause|later|visits|month|day-off|look`: promises by me to me,
kept in the vault. Circles are named as everywhere; what is kept of them is their id."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import click

from havenclient.care import boundaries, keeping, leaks, library
from havenclient.care.boundaries import Feeling
from havenclient.circles.here import names as names_of
from havenclient.cli.commands.care_own import given, opened
from havenclient.cli.limits_here import own, sends_at
from havenclient.cli.options import json_option, local_now, pass_session
from havenclient.cli.session import Session
from havenclient.cli.terminal import text_from_argument
from havenclient.cli.together import together
from havenclient.errors import NotFound, UsageError


def join(group: click.Group) -> None:
    for command in (limits, topics, names, pause, later, visits, month, day_off, look):
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
@click.option("--tell", is_flag=True, help="Tell the circle; without it nobody is told.")
@json_option
@pass_session
def pause(
    session: Session,
    circle: str | None,
    length: str | None,
    back: bool,
    tell: bool,
    as_json: bool,
) -> None:
    """Rest from a circle: 1d, 3d, 1w, or open (until you return). Silent unless you say it."""
    if circle is None:
        _pauses(session, as_json=as_json)
        return
    with together(session) as both:
        from havenclient.circles import held, unread
        from havenclient.circles.service import Words

        view, kept = both.circles.get(text_from_argument(circle)), own(session, both)
        if back:
            kept.unpause(view.id)
            found = unread.look(both.circles.book, view.id)
            words = boundaries.return_summary(len(found.rows), len(found.to_me))
            session.out.line(f"Back. {words}." if found.rows else "Back.")
            return
        chosen = boundaries.pause_length(length or "open")
        until = boundaries.pause_until(chosen, session.clock.now())
        sentence = boundaries.pause_sentence(until)
        if tell:
            moment = sends_at(session, both)
            held.say(both.circles, view.id, Words(sentence), moment=moment)
        kept.pause(view.id, until, told=tell)
        session.out.line(sentence)
        if tell:
            both.sync(view.id)


def _pauses(session: Session, *, as_json: bool) -> None:
    with together(session, reading=True) as both:
        found = own(session, both).pauses()
        known = names_of(both.circles.book.vault)
    if as_json:
        rows = [
            {
                "circle": known.get(one.circle, one.circle),
                "until": None if one.until is None else one.until.isoformat(),
                "told": one.told,
            }
            for one in found
        ]
        session.out.json("pauses", pauses=rows)
        return
    for one in found:
        name = known.get(one.circle, one.circle)
        session.out.line(f"{name}: {boundaries.pause_sentence(one.until)}")
    if not found:
        session.out.say("No circle is paused.")


@click.command()
@click.argument("circle", required=False, metavar="[CIRCLE]")
@click.argument("number", required=False, type=int, metavar="[NUMBER]")
@click.option("--drop", is_flag=True, help="Take it off the shelf.")
@json_option
@pass_session
def later(
    session: Session, circle: str | None, number: int | None, drop: bool, as_json: bool
) -> None:
    """Posts kept for later, with their folds; with CIRCLE and NUMBER, keep one."""
    from havenclient.circles.shelf import shelf

    if circle is not None and number is None:
        raise UsageError("which message?", "haven care later CIRCLE NUMBER, as `haven read` shows")
    if circle is not None and number is not None:
        with together(session) as both:
            view, kept = both.circles.get(text_from_argument(circle)), own(session, both)
            ident = both.circles.message(view.id, number).id
            if not ident:
                raise NotFound("that is no message that can be kept")
            (kept.drop_later if drop else kept.keep_for_later)(view.id, ident)
        session.out.say("haven: taken off" if drop else f"haven: {library.said('later')}")
        return
    with together(session, reading=True) as both:
        found = shelf(both.circles, own(session, both).later())
    if as_json:
        rows = [
            {
                "circle": one.name,
                "number": None if one.view is None else one.view.no,
                "sender": None if one.view is None else one.view.sender,
                "text": None if one.view is None else one.view.text,
                "folded": None if one.view is None else one.view.folded_because or None,
            }
            for one in found
        ]
        session.out.json("later", posts=rows)
        return
    for one in found:
        if one.view is None:
            session.out.line(f"{one.name or 'a circle'}: no longer there")
            continue
        who = "you" if one.view.mine else one.view.sender
        session.out.line(f"{one.name}  {one.view.no}  {who}")
        first = one.view.text.splitlines()[0] if one.view.text else ""
        session.out.line(f"   {one.view.folded_because or first}")
    if not found:
        session.out.say("Nothing is kept for later.")


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
            known = names_of(session.unlocked())
            name = text_from_argument(circle)
            ident = next((i for i, n in known.items() if n.casefold() == name.casefold()), name)
            visit = care.boundaries.begin_visit(ident)
            care.boundaries.feel(visit, Feeling[feeling.upper()])
            line, ways = boundaries.heavier_line(care.boundaries.feelings(limit=5))
        if line:
            session.out.line(line)
            session.out.line("; ".join(ways))
        return
    since = local_now(session) - timedelta(days=days)
    with opened(session, reading=True) as care:
        found = [one for one in care.boundaries.visits(limit=10_000) if one.began >= since]
        known = names_of(session.unlocked(reading=True))
    felt = [one for one in found if one.feeling is not None]
    if as_json:
        rows = [
            {
                "at": one.began.isoformat(),
                "circle": known.get(one.circle, one.circle),
                "feeling": one.feeling.name.lower(),
            }
            for one in felt
            if one.feeling is not None
        ]
        session.out.json("visits", visits=rows)
        return
    session.out.line(boundaries.look_back([one.feeling for one in felt if one.feeling is not None]))
    for one in felt:
        if one.feeling is not None:
            began = one.began.astimezone()
            name = f", {known.get(one.circle, one.circle)}" if one.circle else ""
            session.out.line(f"{began.day} {began:%b %Y}{name}: {one.feeling.name.lower()}")


@click.command()
@click.argument("which", required=False, default="", metavar="[YYYY-MM]")
@click.option("--more", metavar="WORDS", help="Write down what you want more of.")
@click.option("--less", metavar="WORDS", help="Write down what you want less of.")
@json_option
@pass_session
def month(session: Session, which: str, more: str | None, less: str | None, as_json: bool) -> None:
    """A month looked back on: visits, checks, what helped, in words. No score, nothing sent."""
    from havenclient.care import month as months
    from havenclient.care.service import Care

    first = months.parse_month(which, local_now(session).date())
    if more is not None or less is not None:
        with opened(session) as care:
            for name, words in ((months.MORE, more), (months.LESS, less)):
                if words is not None:
                    months.note(care.boundaries, first, name, text_from_argument(words))
        return
    with session.journal(reading=True) as journal:
        days = journal.span(first, months.following(first))
        vault = session.unlocked(reading=True)
        found = months.look_back(Care(vault.db, session.clock), first, days, names_of(vault))
    if as_json:
        parts = [{"head": one.head, "lines": list(one.lines)} for one in found.parts]
        session.out.json(
            "month", month=f"{first:%Y-%m}", parts=parts, more=found.more, less=found.less
        )
        return
    session.out.line(found.title)
    for part in found.parts:
        session.out.line(f"{part.head}:")
        for one in part.lines:
            session.out.line(f"  {one}")
    if not found.parts:
        session.out.line(months.NOTHING)
    for head, words in (("More of", found.more), ("Less of", found.less)):
        if words:
            session.out.line(f"{head}: {words}")
    session.out.say("Only you see this. --more and --less write a line of your own.")


@click.command("day-off")
@click.argument("circle", metavar="CIRCLE")
@click.argument("days", required=False, type=click.IntRange(1, 60), default=1, metavar="[DAYS]")
@click.option("--return", "back", is_flag=True, help="Here again.")
@pass_session
def day_off(session: Session, circle: str, days: int, back: bool) -> None:
    """Hosts and helpers: off for DAYS days, today included. The circle sees who is here."""
    with together(session) as both:
        from havenclient.circles import days_off

        view = both.circles.get(text_from_argument(circle))
        session.out.line(days_off.take_off(both.circles, view.id, 0 if back else days))
        both.sync(view.id)


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
