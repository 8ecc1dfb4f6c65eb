"""The ladder where it meets the log: which entries move it, what is shown, what is set aside.

`intake` asks here about every message in the order of the log, our own included when they come
back: a step of ours counts from its place in the log, not from when we wished it, so that two
helpers who act at once are read in one order by all. Everything here runs inside the caller's
transaction. What people wish of all this is in `moderating.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from havenclient.circles import acts, evidence, ladder_store, ledger, night, quiet
from havenclient.circles import content as mimi
from havenclient.circles import events as ev
from havenclient.circles import ladder as rules
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.acts import Act, ActError, What
from havenclient.circles.book import Book
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.closing import STEPS, CommitWish
from havenclient.circles.content import Content, ContentError
from havenclient.circles.ladder import Hall, Ladder
from havenclient.circles.quiet_words import take_quiet
from havenclient.circles.writing import write
from havenclient.errors import SafetyRefusal


@dataclass(frozen=True, slots=True)
class Taken:
    """What `intake` does with a message."""

    aside: str = ""
    """Quarantine it, for this reason."""
    line: str = ""
    """Show this line in its place."""
    silent: bool = False
    """Keep nothing of it."""


# --- the ladder in the vault ----------------------------------------------------------------------


def adopt(book: Book, no: int, circle: Circle) -> None:
    """We came in: the ladder as the host wrote it into the Commit that added us."""
    ladder_store.keep(book, no, _told(circle))


def _told(circle: Circle) -> Ladder:
    """What the present epoch's Commit says to whom it let in."""
    try:
        return ladder_store.read(circle.terms.extra.get(STEPS))
    except cbor.CborError:
        return Ladder()


def with_steps(book: Book, no: int, wish: CommitWish) -> CommitWish:
    """A Commit that lets somebody in tells her what is in force."""
    if not wish.add:
        return wish
    circle, ladder = book.state(no), ladder_store.ladder_of(book, no)
    keys = {p.leaf: p.key for p in circle.people}
    for one in wish.add:
        key = one.key_package.leaf_node.signature_key
        if one.replaces is not None and one.replaces in keys:
            ladder = rules.renamed(ladder, keys[one.replaces], key)
        else:
            ladder = replace(ladder, since={**ladder.since, key: book.minute()})
    return replace(wish, steps=ladder_store.plain(ladder))


# --- entries --------------------------------------------------------------------------------------


def take(book: Book, no: int, before: Circle, event: ev.MessageReceived) -> Taken:
    """Another member's message; `before`: the circle in the epoch of that message."""
    evidence.keep_context(book.db, no, before, book.now())
    control = event.content.control
    if control is not None and quiet.is_sealed(control):
        line = take_quiet(book, no, before, event.sender, control)
        return Taken(line=line, silent=not line)
    return _judge(book, no, before, event.sender.key, event.message_id, event.content)


def landed(book: Book, no: int, before: Circle, message: int) -> None:
    """A message of ours has its place in the log: judged there like everybody's."""
    row = book.db.one("SELECT id, content, kind FROM circle_message WHERE no=?", (message,))
    if row is None or row[0] is None or row[1] is None:
        return
    try:
        content = mimi.decode(bytes(row[1]))
    except ContentError:
        return
    if content.control is not None and quiet.is_sealed(content.control):
        ledger.forget_content(book.db, message)
        return
    taken = _judge(book, no, before, before.me.key, bytes(row[0]), content)
    if taken.aside:
        book.db.execute("UPDATE circle_message SET aside=? WHERE no=?", (taken.aside, message))
    elif taken.line:
        ledger.turn_into_line(book.db, message, taken.line)
    elif taken.silent:
        ledger.forget_content(book.db, message)


def _judge(
    book: Book, no: int, before: Circle, key: bytes, ident: bytes, content: Content
) -> Taken:
    ladder, hall = ladder_store.ladder_of(book, no), Hall.of(before)
    try:
        act = None if content.control is None else acts.read(content.control)
    except ActError:
        return Taken(silent=True)
    if act is None:
        after, aside = rules.may_write(ladder, hall, key, content)
        if after != ladder:
            ladder_store.keep(book, no, after)
        return Taken(aside=aside)
    verdict = rules.judge(ladder, hall, key, ident, act)
    if verdict.ladder != ladder:
        ladder_store.keep(book, no, verdict.ladder)
    if verdict.fold is not None:
        _fold(book, no, verdict.fold, hall.name(key))
    line = verdict.line
    if line and act.what is What.PAUSE and act.target == before.me.key:
        step = next(s for s in verdict.ladder.steps if s.ident == ident)
        line = rules.told_to_target(step, hall)
    return Taken(line=line, silent=not line)


def _fold(book: Book, no: int, fold: rules.Fold, by: str) -> None:
    if not fold.note:
        book.db.execute("DELETE FROM circle_fold WHERE circle=? AND message=?", (no, fold.message))
        return
    book.db.execute(
        "INSERT OR REPLACE INTO circle_fold(circle, message, author, note, by_name)"
        " VALUES (?,?,?,?,?)",
        (no, fold.message, fold.author, fold.note, by),
    )


def began(book: Book, no: int, before: Circle, after: Circle, event: ev.EpochBegan) -> None:
    """Who came is a newcomer; steps end with whoever goes, and stay with whoever comes back."""
    ladder = ladder_store.ladder_of(book, no)
    keys = {p.name: p.key for p in before.people}
    for person in event.returned:
        ladder = rules.renamed(ladder, keys[person.name], person.key)
    gone = frozenset(p.key for p in (*event.left, *event.removed))
    changed = rules.left(ladder, gone) if gone else ladder
    keys_in = tuple(p.key for p in event.joined)
    changed = _newcomers(changed, after, keys_in, _told(after).since)
    ladder_store.keep(book, no, changed)
    night.came(book, no, event.joined)


def _newcomers(
    ladder: Ladder,
    circle: Circle,
    keys: tuple[bytes, ...],
    told: Mapping[bytes, int] = MappingProxyType({}),
) -> Ladder:
    """`told`: what the Commit itself says of when they came; the newcomer begins with that."""
    now = rules.said_time(ladder, Hall.of(circle))
    return replace(ladder, since={**ladder.since, **{k: told.get(k, now) for k in keys}})


# --- writing --------------------------------------------------------------------------------------


def must_be_free(book: Book, no: int, content: Content) -> None:
    """Raises SafetyRefusal where everybody would set the message aside."""
    circle = book.state(no)
    if circle.standing is not Standing.ACTIVE:
        return  # `speaking.say` says so better
    hall, ladder = Hall.of(circle), ladder_store.ladder_of(book, no)
    _, aside = rules.may_write(ladder, hall, circle.me.key, content)
    if not aside and content.control is None and content.reaction is None:
        aside = _queued(book, no, ladder, hall, content)
    if not aside:
        return
    if rules.paused(ladder, hall, circle.me.key) is not None:
        raise SafetyRefusal(
            "you are paused in this circle for a time; you can read, and you can answer",
            "`haven moderate list CIRCLE` says why and until when",
        )
    raise SafetyRefusal(
        "this circle goes slowly for you now: your next message can go out a little later",
        "`haven moderate list CIRCLE` says why",
    )


def _queued(book: Book, no: int, ladder: Ladder, hall: Hall, content: Content) -> str:
    if content.replaces is not None or not rules.slowed(ladder, hall, hall.circle.me.key):
        return ""
    waiting = book.db.one(
        "SELECT 1 FROM circle_outbox o JOIN circle_message m ON m.no = o.message"
        " WHERE o.circle=? AND m.kind='message'",
        (no,),
    )
    return "" if waiting is None else "more at once than the slow lane allows"


def tick(book: Book, no: int) -> bool:
    """As a host or helper: says what time it is where somebody waits for it. True: queued."""
    circle = book.state(no)
    if not circle.can_write or circle.me.key not in Hall.of(circle).in_charge:
        return False
    ladder, hall = ladder_store.ladder_of(book, no), Hall.of(circle)
    now, mine = book.minute(), ladder.clocks.get(circle.me.key, 0)
    due = [
        mine + rules.SLOW_SECONDS if s.what is What.SLOW else s.until
        for s in ladder.steps
        if s.what in (What.SLOW, What.PAUSE)
        and s.target != circle.me.key
        and rules.holds(ladder, hall, s)
    ]
    lane = hall.lane
    newcomers = lane.days and any(mine - t < lane.days * acts.DAY for t in ladder.since.values())
    if newcomers and not _words_wait(book, no):
        due.append(mine + max(600, lane.seconds))
    if circle.is_host and rules.succession(ladder) is not None:
        due.append(0)  # being here is what ends it
    if not due or min(due) > now or now <= mine or _tick_waits(book, no):
        return False
    with book.change(no):
        write(book, no, acts.content_of(Act(What.CLOCK, now), book.token))
    return True


def _words_wait(book: Book, no: int) -> bool:
    """Newcomers' words wait for a person to see them: saying the time would show them to all."""
    row = next((r for r in book.rows() if r.no == no), None)
    return row is not None and bool(night.waiting_for_others(book, row))


def _tick_waits(book: Book, no: int) -> bool:
    """One at a time: while the relay can't be reached they would pile up."""
    row = book.db.one(
        "SELECT 1 FROM circle_outbox o JOIN circle_message m ON m.no = o.message"
        " WHERE o.circle=? AND m.kind='control'",
        (no,),
    )
    return row is not None
