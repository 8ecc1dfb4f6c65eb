"""The ladder: what moderation is in force, judged in the order of the log by one pure function.

Theory of operation. Every client feeds the same entries in the same order into `judge` and
`may_write` and so holds the same `Ladder`; whose message is set aside is set aside by everybody.
For that nothing here may look at a clock of the reader: two people who read an hour apart would
disagree. Yet steps last "24 hours". So time is something that is *said in the log*: each step
carries the time of whoever took it, and hosts' and helpers' Havens say what time it is
("clock") when a step may have run out or somebody waits in slow mode. A step is over once a host
or helper other than the person concerned has said a time at or after its end. Ordinary members'
clocks never travel, and a paused member can't talk herself out of a pause. Hosts and helpers could
end it early with a wrong clock: they may end it anyway (`lift`), openly.

| step   | alone                   | with a second host or helper | ends                          |
| ------ | ----------------------- | ---------------------------- | ----------------------------- |
| fold   | host, helper            |                              | author edits, or unfold       |
| slow   | host, helper, ≤ 24 h    |                              | its time, lift                |
| pause  | host, helper, ≤ 24 h    | ≤ 7 days                     | its time, lift                |
| remove | see warrants.py         | see warrants.py              | the Commit, or lift           |

Nobody acts on herself except to answer. Who is paused takes no steps. Words of support, taking a
message back, and up to three answers to a step are never limited; nor is anything outside the
circle (help, the journal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from havenclient.circles import warrants
from havenclient.circles.acts import ALONE, DAY, MAX_PAUSE, REASON_WORDS, SAFETY, Act, Reason, What
from havenclient.circles.circle import Circle
from havenclient.circles.content import Content
from havenclient.circles.night import Lane, lane_of
from havenclient.circles.warrants import Signed

WEEK = 7 * DAY
SLOW_SECONDS = 1_800
"""Slow mode: one message in 30 minutes."""
MAX_ANSWERS = 3
MAX_ANSWER = 1_000
MAX_STEPS = 64
"""In force at one time; past it the oldest that are over are forgotten, then the act is refused."""


@dataclass(frozen=True, slots=True)
class Step:
    ident: bytes
    what: What
    actor: bytes
    target: bytes | None
    reason: Reason
    at: int
    asked: int
    """Seconds that were asked for."""
    agreed: tuple[Signed, ...] = ()
    answers: int = 0
    over: bool = False
    """Ended by a lift, or carried out."""

    @property
    def granted(self) -> int:
        """Seconds that count: above a day only once a second person agreed."""
        if self.what is What.SUCCEED:
            return self.asked
        return self.asked if len(self.agreed) > 1 else min(self.asked, ALONE)

    @property
    def until(self) -> int:
        return self.at + self.granted


@dataclass(frozen=True, slots=True)
class Ladder:
    steps: tuple[Step, ...] = ()
    clocks: Mapping[bytes, int] = field(default_factory=dict)
    """What time each host or helper last said it was."""
    paced: Mapping[bytes, int] = field(default_factory=dict)
    """The said time at each member's last message."""
    since: Mapping[bytes, int] = field(default_factory=dict)
    """When each came, by the clock of the host who let her in: newcomers' lane."""


@dataclass(frozen=True, slots=True)
class Hall:
    """Who is who in the epoch of an entry."""

    circle: Circle
    people: Mapping[bytes, str]
    in_charge: frozenset[bytes]
    lane: Lane

    @staticmethod
    def of(circle: Circle) -> Hall:
        terms = circle.terms
        people = {p.key: p.name for p in circle.people}
        roles = {h.signature_key for h in terms.hosts} | {h.signature_key for h in terms.helpers}
        return Hall(circle, people, frozenset(roles), lane_of(terms))

    def name(self, key: bytes | None) -> str:
        return "somebody" if key is None else self.people.get(key, "somebody who left")


@dataclass(frozen=True, slots=True)
class Fold:
    message: bytes
    author: bytes
    note: str
    """Empty: unfold."""


@dataclass(frozen=True, slots=True)
class Verdict:
    ladder: Ladder
    line: str = ""
    """What everybody sees; empty for a clock and for what the rules refuse."""
    fold: Fold | None = None


# --- what is in force -----------------------------------------------------------------------------


def said_time(ladder: Ladder, hall: Hall, but: bytes | None = None) -> int:
    """The latest time that a present host or helper has said, leaving `but` out."""
    return max((t for k, t in ladder.clocks.items() if k in hall.in_charge and k != but), default=0)


def holds(ladder: Ladder, hall: Hall, step: Step) -> bool:
    """Whether a pause or slow step limits anybody now, or a removal waits to be decided."""
    if step.over:
        return False
    return (
        step.what in (What.REMOVE, What.SUCCEED)
        or said_time(ladder, hall, step.target) < step.until
    )


def paused(ladder: Ladder, hall: Hall, key: bytes) -> Step | None:
    found = (s for s in ladder.steps if s.what is What.PAUSE and s.target == key)
    return next((s for s in found if holds(ladder, hall, s)), None)


def slowed(ladder: Ladder, hall: Hall, key: bytes) -> int:
    """Seconds between two messages of this member; 0 where nothing slows her."""
    for step in ladder.steps:
        mine = step.target == key or (step.target is None and key not in hall.in_charge)
        if step.what is What.SLOW and mine and holds(ladder, hall, step):
            return SLOW_SECONDS
    lane, since = hall.lane, ladder.since.get(key)
    if (
        lane.days
        and key not in hall.in_charge
        and since is not None
        and said_time(ladder, hall) - since < lane.days * DAY
    ):
        return lane.seconds
    return 0


def may_write(ladder: Ladder, hall: Hall, key: bytes, content: Content) -> tuple[Ladder, str]:
    """(ladder after it, why the message is set aside or ""), for any content that is no act."""
    if content.control is not None or content.reaction is not None or content.deletes:
        return ladder, ""
    step = next((s for s in ladder.steps if s.ident == content.answers), None)
    answers = content.answers is not None and step is not None and step.target == key
    if answers and step and step.answers < MAX_ANSWERS and len(content.text) <= MAX_ANSWER:
        return _with(ladder, replace(step, answers=step.answers + 1)), ""
    if paused(ladder, hall, key) is not None:
        return ladder, "written while paused"
    wait = slowed(ladder, hall, key)
    now = said_time(ladder, hall, key)
    last = ladder.paced.get(key)
    if wait and content.replaces is None and last is not None and now - last < wait:
        return ladder, "more at once than the slow lane allows"
    if content.replaces is None:
        ladder = replace(ladder, paced={**ladder.paced, key: now})
    return ladder, ""


# --- acts -----------------------------------------------------------------------------------------


def judge(ladder: Ladder, hall: Hall, actor: bytes, ident: bytes, act: Act) -> Verdict:
    """What an act by `actor` changes. What the rules refuse changes nothing and shows nothing."""
    refused = Verdict(ladder)
    if act.what is What.AGREE:
        return _agree(ladder, hall, actor, act)
    if act.what is What.SUCCEED:
        return _succeed(ladder, hall, actor, ident, act)
    if actor not in hall.in_charge or paused(ladder, hall, actor) is not None:
        return refused
    ladder = _heard(ladder, hall, actor, act.at)
    found = succession(ladder)
    if found is not None and hall.circle.terms.is_host(actor) and act.at < found.until:
        line = f"{hall.name(actor)} is here again. This circle stays, and goes on here."
        return Verdict(_with(ladder, replace(found, over=True)), line)
    if act.what is What.CLOCK:
        return Verdict(ladder)
    if act.what is What.LIFT:
        return _lift(ladder, hall, actor, act)
    if act.target == actor or (act.target is not None and act.target not in hall.people):
        return refused
    if act.what in (What.FOLD, What.UNFOLD):
        return _fold(ladder, hall, actor, act)
    return _step(ladder, hall, actor, ident, act)


def _heard(ladder: Ladder, hall: Hall, key: bytes, at: int) -> Ladder:
    clocks = {**ladder.clocks, key: max(at, ladder.clocks.get(key, 0))}
    return replace(ladder, clocks=clocks)


def _fold(ladder: Ladder, hall: Hall, actor: bytes, act: Act) -> Verdict:
    if act.message is None or act.target is None:
        return Verdict(ladder)
    who, whose = hall.name(actor), hall.name(act.target)
    if act.what is What.UNFOLD:
        line = f"{who} took the note from a message of {whose} again."
        return Verdict(ladder, line, Fold(act.message, act.target, ""))
    if not act.note.strip():
        return Verdict(ladder)
    line = (
        f"{who} folded a message of {whose} behind a note, because {REASON_WORDS[act.reason]}."
        f" It is still {whose}'s, who can change it or see it differently."
    )
    return Verdict(ladder, line, Fold(act.message, act.target, act.note))


def _step(ladder: Ladder, hall: Hall, actor: bytes, ident: bytes, act: Act) -> Verdict:
    signed = Signed(actor, hall.circle.epoch, act.signature)
    step = Step(ident, act.what, actor, act.target, act.reason, act.at, act.seconds, (signed,))
    if act.what is not What.SLOW and act.target is None:
        return Verdict(ladder)
    longest = ALONE if act.what is What.SLOW else MAX_PAUSE
    if act.what is not What.REMOVE and not 0 < act.seconds <= longest:
        return Verdict(ladder)
    if act.what is What.REMOVE:
        if not warrants.holds(hall.circle.group, act.target or b"", signed):
            return Verdict(ladder)
        old = [s for s in ladder.steps if s.what is What.REMOVE and s.target == act.target]
        if any(not s.over for s in old):
            return Verdict(ladder)
    steps = ladder.steps
    if len(steps) >= MAX_STEPS:
        steps = tuple(s for s in steps if holds(ladder, hall, s))
        if len(steps) >= MAX_STEPS:
            return Verdict(ladder)
    return Verdict(replace(ladder, steps=(*steps, step)), _step_line(hall, step))


def _agree(ladder: Ladder, hall: Hall, actor: bytes, act: Act) -> Verdict:
    step = next((s for s in ladder.steps if s.ident == act.ref and not s.over), None)
    if step is None or actor == step.target or actor not in hall.people:
        return Verdict(ladder)
    if any(s.signer == actor for s in step.agreed):
        return Verdict(ladder)
    signed = Signed(actor, hall.circle.epoch, act.signature)
    if step.what is What.SUCCEED:
        if hall.circle.terms.is_host(actor):
            return Verdict(ladder)
        after = _with(ladder, replace(step, agreed=(*step.agreed, signed)))
        return Verdict(after, f"{hall.name(actor)} agrees to found the circle anew.")
    if step.what is What.REMOVE:
        if not warrants.holds(hall.circle.group, step.target or b"", signed):
            return Verdict(ladder)
    elif actor not in hall.in_charge or step.asked <= ALONE:
        return Verdict(ladder)
    if actor in hall.in_charge:
        ladder = _heard(ladder, hall, actor, act.at)
    after = _with(ladder, replace(step, agreed=(*step.agreed, signed)))
    what = "removing" if step.what is What.REMOVE else "the longer pause of"
    return Verdict(after, f"{hall.name(actor)} agrees to {what} {hall.name(step.target)}.")


def _succeed(ladder: Ladder, hall: Hall, actor: bytes, ident: bytes, act: Act) -> Verdict:
    """A week, in which any host's Haven ends it by saying that she is here."""
    host = hall.circle.terms.is_host(actor)
    if host or paused(ladder, hall, actor) is not None or succession(ladder) is not None:
        return Verdict(ladder)
    signed = Signed(actor, hall.circle.epoch, b"")
    step = Step(ident, act.what, actor, None, act.reason, act.at, WEEK, (signed,))
    steps = tuple(s for s in ladder.steps if s.what is not What.SUCCEED)
    line = (
        f"{hall.name(actor)} asks to found the circle anew, because no host has been here for a"
        " long time. More than half of the members decide. Within a week a host who comes back"
        " ends this by being here."
    )
    return Verdict(replace(ladder, steps=(*steps, step)), line)


def succession(ladder: Ladder) -> Step | None:
    """What is under way to found the circle anew."""
    return next((s for s in ladder.steps if s.what is What.SUCCEED and not s.over), None)


def succession_decided(ladder: Ladder, hall: Hall) -> bool:
    step = succession(ladder)
    members = {k for k in hall.people if not hall.circle.terms.is_host(k)}
    said = set() if step is None else {s.signer for s in step.agreed} & members
    return 2 * len(said) > len(members)


def _lift(ladder: Ladder, hall: Hall, actor: bytes, act: Act) -> Verdict:
    step = next((s for s in ladder.steps if s.ident == act.ref and not s.over), None)
    if step is None or step.target == actor:
        return Verdict(ladder)
    after = _with(ladder, replace(step, over=True))
    whose = "for the circle" if step.target is None else f"for {hall.name(step.target)}"
    return Verdict(after, f"{hall.name(actor)} ended a step ({STEP_WORDS[step.what]}) {whose}.")


def _with(ladder: Ladder, changed: Step) -> Ladder:
    steps = tuple(changed if s.ident == changed.ident else s for s in ladder.steps)
    return replace(ladder, steps=steps)


def left(ladder: Ladder, keys: frozenset[bytes]) -> Ladder:
    """The ladder after the members with these keys went: their steps are over."""
    return Ladder(
        tuple(s for s in ladder.steps if s.target not in keys),
        {k: v for k, v in ladder.clocks.items() if k not in keys},
        {k: v for k, v in ladder.paced.items() if k not in keys},
        {k: v for k, v in ladder.since.items() if k not in keys},
    )


def renamed(ladder: Ladder, old: bytes, new: bytes) -> Ladder:
    """Somebody is back with a new key: what was in force for her still is. A removal that was
    asked for has to be asked for again: its signatures name the old key."""

    def moved(times: Mapping[bytes, int]) -> dict[bytes, int]:
        return {new if k == old else k: v for k, v in times.items()}

    return Ladder(
        tuple(
            replace(s, target=new, over=s.over or s.what is What.REMOVE) if s.target == old else s
            for s in ladder.steps
        ),
        moved(ladder.clocks),
        moved(ladder.paced),
        moved(ladder.since),
    )


# --- words ----------------------------------------------------------------------------------------

STEP_WORDS = {
    What.SLOW: "slower",
    What.PAUSE: "pause",
    What.REMOVE: "removal",
    What.SUCCEED: "founding anew",
}


def span(seconds: int) -> str:
    if seconds % DAY == 0:
        days = seconds // DAY
        return "24 hours" if days == 1 else f"{days} days"
    hours = max(1, round(seconds / 3_600))
    return "1 hour" if hours == 1 else f"{hours} hours"


def _step_line(hall: Hall, step: Step) -> str:
    who, why = hall.name(step.actor), REASON_WORDS[step.reason]
    whom = hall.name(step.target)
    match step.what:
        case What.SLOW if step.target is None:
            return f"{who} slowed the circle down for {span(step.asked)}: one message in 30 minutes, because {why}."  # noqa: E501
        case What.SLOW:
            return f"{who} slowed {whom} down for {span(step.asked)}: one message in 30 minutes, because {why}."  # noqa: E501
        case What.PAUSE:
            line = f"{who} paused {whom} for {span(step.granted)}, because {why}. {whom} can read, and can answer."  # noqa: E501
            if step.asked > step.granted:
                line += f" It becomes {span(step.asked)} if a second host or helper agrees."
            if step.reason in SAFETY:
                line += " It is looked at again within 24 hours."
            return line
        case _:
            return (
                f"{who} asks to remove {whom}, because {why}. A host with one more host or helper,"
                " or two thirds of the members, decide. What was said before stays."
            )


def told_to_target(step: Step, hall: Hall) -> str:
    """What the person concerned reads in place of the line for all."""
    return (
        f"You cannot write here for {span(step.granted)}, because {REASON_WORDS[step.reason]}."
        " You can read, keep your journal, and reach help as always."
        f" You can answer, and say that you see it differently; {hall.name(step.actor)} and all"
        " others read it."
    )
