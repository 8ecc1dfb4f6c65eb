"""What people wish of the ladder: nudge, fold, slow, pause, remove, agree, answer, claims, lanes.

A wish here is a message like any other: saved, queued, and in force from its place in the log
(`conduct.py`). Refusals are said before anything is written; the judges of the log refuse the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from havenclient.circles import (
    acts,
    beginning,
    claims,
    conduct,
    intake,
    ladder_store,
    ledger,
    quiet,
    succession,
    warrants,
)
from havenclient.circles import content as mimi
from havenclient.circles import ladder as rules
from havenclient.circles.acts import Act, Reason, What
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import Circle, Standing
from havenclient.circles.claims import Claim
from havenclient.circles.closing import CommitWish
from havenclient.circles.content import Content
from havenclient.circles.ladder import Hall, Step
from havenclient.circles.night import Lane
from havenclient.circles.policy import Person
from havenclient.circles.quiet_words import NUDGES
from havenclient.circles.warrants import Warrant
from havenclient.circles.writing import write
from havenclient.errors import NotFound, SafetyRefusal, UsageError
from havenclient.text import safe_line

PAUSES = {"1h": acts.HOUR, "24h": acts.DAY, "3d": 3 * acts.DAY, "7d": acts.MAX_PAUSE}


@dataclass(frozen=True, slots=True)
class StepView:
    id: str
    what: str
    """slow, pause, remove."""
    by: str
    person: str
    """Empty: the whole circle."""
    reason: str
    """In words."""
    until: int
    """Unix seconds; 0 for a removal that waits to be decided."""
    asked_until: int
    """Later than `until` while a second host or helper has not agreed."""
    agreed: tuple[str, ...]
    enough: bool
    """A removal that may be carried out now."""
    about_me: bool
    answers_left: int
    needs: str = ""
    """Who must still agree, in words; empty where nobody must."""
    may_agree: bool = False
    """Our yes would count, and we have not said it yet."""
    may_lift: bool = False


class Moderating:
    """The ladder of every circle of one vault."""

    def __init__(self, book: Book) -> None:
        self.book = book

    # --- looking ----------------------------------------------------------------------------------

    def steps(self, what: str) -> list[StepView]:
        """What is in force, oldest first."""
        row, circle = self.book.inside(what)
        ladder, hall = ladder_store.ladder_of(self.book, row.no), Hall.of(circle)
        return [self._view(circle, hall, s) for s in ladder.steps if rules.holds(ladder, hall, s)]

    def _view(self, circle: Circle, hall: Hall, step: Step) -> StepView:
        removal = step.what is What.REMOVE
        me, helps = circle.me.key, circle.me.key in hall.in_charge
        needs = _needs(circle, hall, step)
        said = any(s.signer == me for s in step.agreed)
        open_to_me = (
            helps if step.what is What.PAUSE else not (step.what is What.SUCCEED and circle.is_host)
        )
        return StepView(
            id=step.ident[1:5].hex(),
            what=step.what.value,
            by=safe_line(hall.name(step.actor)),
            person="" if step.target is None else safe_line(hall.name(step.target)),
            reason=acts.REASON_WORDS[step.reason],
            until=0 if removal else step.until,
            asked_until=0 if removal else step.at + step.asked,
            agreed=tuple(safe_line(hall.name(s.signer)) for s in step.agreed),
            enough=_decided(circle, step)
            if removal
            else step.what is What.SUCCEED
            and rules.succession_decided(rules.Ladder((step,)), hall),
            about_me=step.target == circle.me.key,
            answers_left=max(0, rules.MAX_ANSWERS - step.answers),
            needs=needs,
            may_agree=bool(needs) and not said and step.target != me and open_to_me,
            may_lift=helps and step.target != me and step.what is not What.SUCCEED,
        )

    def claims(self, what: str) -> list[Claim]:
        _, circle = self.book.inside(what)
        return claims.of(circle.terms)

    def who_helps(self, what: str) -> str:
        """The line at the head of a circle: who helps, and that nobody professional watches."""
        _, circle = self.book.inside(what)
        return claims.header(circle, self.book.now())

    # --- the six steps ----------------------------------------------------------------------------

    def nudge(self, what: str, message: int, which: int) -> None:
        """One prepared sentence (`NUDGES`) to the author of a message, and to nobody else."""
        row, circle = self.book.inside(what)
        if not 0 <= which < len(NUDGES):
            raise UsageError(f"prepared sentences are numbered 1 to {len(NUDGES)}")
        ident, author = self._author(row, circle, message)
        content = quiet.seal(circle, author.key, ["nudge", ident, which], self.book.token)
        with self.book.change(row.no):
            write(self.book, row.no, content)
            line = f"To {author.name} alone, about message {message}: {NUDGES[which]}"
            ledger.add_line(self.book.db, row.no, None, line, now=self.book.now())

    def fold(self, what: str, message: int, note: str, reason: Reason) -> None:
        """A helper puts a note on somebody's message; its author may change it."""
        row, circle = self.book.inside(what)
        ident, author = self._author(row, circle, message)
        words = safe_line(note.strip(), limit=mimi.MAX_NOTE)
        if not words:
            raise UsageError("a fold has a note: what it is about, in a word or two")
        self._act(
            row, Act(What.FOLD, 0, target=author.key, message=ident, note=words, reason=reason)
        )

    def unfold(self, what: str, message: int) -> None:
        row, circle = self.book.inside(what)
        ident, author = self._author(row, circle, message)
        self._act(row, Act(What.UNFOLD, 0, target=author.key, message=ident))

    def slow(self, what: str, name: str | None, reason: Reason, hours: int = 24) -> None:
        """One message in 30 minutes, for somebody or (name None) for the circle."""
        if not 1 <= hours <= 24:
            raise UsageError("slower for 1 to 24 hours")
        row, circle = self.book.inside(what)
        target = None if name is None else self._person(circle, name).key
        self._act(row, Act(What.SLOW, 0, target=target, reason=reason, seconds=hours * acts.HOUR))

    def pause(self, what: str, name: str, seconds: int, reason: Reason) -> None:
        """Can read, can't write; above 24 hours the rest counts when a second one agrees."""
        if not acts.HOUR <= seconds <= acts.MAX_PAUSE:
            raise UsageError("a pause lasts between 1 hour and 7 days")
        row, circle = self.book.inside(what)
        key = self._person(circle, name).key
        self._act(row, Act(What.PAUSE, 0, target=key, reason=reason, seconds=seconds))

    def lift(self, what: str, step_id: str) -> None:
        row, step = self._step(what, step_id)
        self._act(row, Act(What.LIFT, 0, ref=step.ident))

    def ask_removal(self, what: str, name: str, reason: Reason) -> None:
        """The last step, asked for by a host or helper; it happens when enough have agreed."""
        row, circle = self.book.inside(what)
        key = self._person(circle, name).key
        signature = warrants.sign(circle.group, key)
        self._act(row, Act(What.REMOVE, 0, target=key, reason=reason, signature=signature))

    def agree(self, what: str, step_id: str) -> None:
        """Our yes: as second helper to a longer pause, as any member to a removal."""
        row, step = self._step(what, step_id)
        circle = self.book.state(row.no)
        if step.target == circle.me.key:
            raise SafetyRefusal("this step is about you", "`haven moderate answer` answers it")
        signature = b""
        if step.what is What.REMOVE and step.target is not None:
            signature = warrants.sign(circle.group, step.target)
        elif step.what is What.SUCCEED:
            succession.must_be_absent(self.book, row.no, circle)
        elif circle.me.key not in Hall.of(circle).in_charge:
            raise SafetyRefusal("only hosts and helpers can agree to this")
        self._say(row, acts.content_of(self._timed(row, What.AGREE, step, signature), self._token))

    def answer(self, what: str, step_id: str, text: str) -> int:
        """The person concerned says how she sees it; all read it, up to three times."""
        row, step = self._step(what, step_id)
        circle = self.book.state(row.no)
        if step.target != circle.me.key:
            raise SafetyRefusal("only the person whom a step is about answers it this way")
        if len(text) > rules.MAX_ANSWER or step.answers >= rules.MAX_ANSWERS:
            raise UsageError("three answers to a step, of up to 1,000 characters each")
        salt = self._token(mimi.SALT_SIZE)
        return self._say(row, Content(salt, text=text, answers=step.ident))

    # --- what hosts agree on ----------------------------------------------------------------------

    def set_lane(self, what: str, lane: Lane) -> None:
        """Newcomers' slow lane and night mode, for the circle."""
        row, circle = self.book.inside(what)
        extra = circle.terms.extra | {"lane": [lane.days, lane.seconds, lane.hours]}
        self._commit(row, CommitWish(terms=replace(circle.terms, extra=extra)))

    def set_claim(self, what: str, name: str, claim: Claim | None) -> None:
        """A host writes down what a member claims to be, who vouches, and until when."""
        row, circle = self.book.inside(what)
        person = self._person(circle, name)
        if claim is not None and claim.until <= self.book.now() // acts.DAY:
            raise UsageError("a claim runs until a day that is still to come")
        terms = claims.with_claim(circle.terms, person.key, claim)
        self._commit(row, CommitWish(terms=terms))

    def carry_out(self, what: str, name: str) -> None:
        """A host commits the removal that enough people have agreed to."""
        row, circle = self.book.inside(what)
        person = self._person(circle, name)
        self._commit(row, removal(self.book, row.no, person))

    def tend(self, no: int) -> bool:
        """In every round: a decided removal is carried out, waiting people get the time told."""
        if not self.book.has_state(no):
            return False
        circle = self.book.state(no)
        if circle.standing is not Standing.ACTIVE:
            return False
        told = conduct.tick(self.book, no)
        self.follow(no)
        circle = self.book.state(no)
        if not circle.is_host or circle.staged is not None:
            return told
        for step in ladder_store.ladder_of(self.book, no).steps:
            person = next((p for p in circle.people if p.key == step.target), None)
            if step.what is What.REMOVE and not step.over and person and _decided(circle, step):
                return intake.stage(self.book, no, removal(self.book, no, person)) or told
        return told

    # --- when no host comes back -----------------------------------------------------------------

    def ask_succession(self, what: str) -> None:
        """No host has been here for the agreed time: asks the others to found the circle anew."""
        row, circle = self.book.inside(what)
        if circle.is_host:
            raise SafetyRefusal("you are a host: make somebody else a host instead")
        succession.must_be_absent(self.book, row.no, circle)
        at = self.book.minute()
        self._say(row, acts.content_of(Act(What.SUCCEED, at), self._token))

    def found_anew(self, what: str, relay: str | None = None) -> str:
        """The one who asked founds the successor, once more than half agree: same agreement, here
        or on another relay. Everybody gets an invitation that only she can open; call again to
        send those that ran out. Returns the new circle's name."""
        row, circle = self.book.inside(what)
        ladder, hall = ladder_store.ladder_of(self.book, row.no), Hall.of(circle)
        step = rules.succession(ladder)
        if step is None or step.actor != circle.me.key:
            raise SafetyRefusal("only the one who asked founds it, while nobody has come back")
        if not rules.succession_decided(ladder, hall):
            raise UsageError("more than half of the members have to agree first")
        return beginning.begin_anew(self.book, row, circle, relay)

    def follow(self, no: int) -> None:
        """As founder of a successor: lets in whoever knocks on her own invitation."""
        beginning.admit(self.book, no)

    # --- small ------------------------------------------------------------------------------------

    def here(self, what: str) -> tuple[CircleRow, Circle]:
        """A circle that we are in. Raises SafetyRefusal, NotFound."""
        return self.book.inside(what)

    def act(self, what: str, act: Act) -> None:
        """A step as it stands (`order.let_through`). Raises SafetyRefusal."""
        self._act(self.book.inside(what)[0], act)

    def set_number(self, what: str, key: str, number: int, low: int, high: int) -> None:
        """Hosts: one of the numbers that a circle agrees on."""
        if not low <= number <= high:
            raise UsageError(f"between {low} and {high} days")
        row, circle = self.book.inside(what)
        extra = circle.terms.extra | {key: number}
        self._commit(row, CommitWish(terms=replace(circle.terms, extra=extra)))

    def _token(self, size: int) -> bytes:
        return self.book.token(size)

    def _person(self, circle: Circle, name: str) -> Person:
        wanted = name.strip().casefold()
        person = next((p for p in circle.people if p.name.casefold() == wanted), None)
        if person is None:
            raise NotFound(
                "nobody in this circle has that name", "`haven circle show` lists people"
            )
        if person.leaf == circle.group.own_leaf_index:
            raise UsageError("that is you")
        return person

    def _author(self, row: CircleRow, circle: Circle, message: int) -> tuple[bytes, Person]:
        found = self.book.db.one(
            "SELECT id, sender_key FROM circle_message WHERE circle=? AND no=? AND kind='message'"
            " AND mine=0 AND content NOT NULL",
            (row.no, message),
        )
        if found is None:
            raise NotFound("there is no message of somebody else's with that number")
        key = bytes(found[1])
        person = next((p for p in circle.people if p.key == key), None)
        if person is None:
            raise NotFound("whoever wrote that is not in the circle any more")
        return bytes(found[0]), person

    def _step(self, what: str, step_id: str) -> tuple[CircleRow, Step]:
        row, _ = self.book.inside(what)
        found = [
            s
            for s in ladder_store.ladder_of(self.book, row.no).steps
            if step_id and s.ident[1:].hex().startswith(step_id.casefold())
        ]
        if len(found) != 1:
            raise NotFound("there is no such step", "`haven moderate list CIRCLE` shows them")
        return row, found[0]

    def _timed(self, row: CircleRow, what: What, step: Step, signature: bytes) -> Act:
        # Members' clocks stay with them: only a host's or helper's time means anything.
        circle = self.book.state(row.no)
        in_charge = circle.me.key in Hall.of(circle).in_charge
        at = self.book.minute() if in_charge else 0
        return Act(what, at, ref=step.ident, signature=signature)

    def _act(self, row: CircleRow, act: Act) -> None:
        circle = self.book.state(row.no)
        hall = Hall.of(circle)
        if circle.me.key not in hall.in_charge:
            raise SafetyRefusal("only hosts and helpers can do this")
        if rules.paused(ladder_store.ladder_of(self.book, row.no), hall, circle.me.key) is not None:
            raise SafetyRefusal("you are paused in this circle for a time")
        timed = replace(act, at=self.book.minute())
        self._say(row, acts.content_of(timed, self._token))

    def _say(self, row: CircleRow, content: Content) -> int:
        with self.book.change(row.no):
            return write(self.book, row.no, content)

    def _commit(self, row: CircleRow, wish: CommitWish) -> None:
        if not intake.stage(self.book, row.no, wish):
            raise UsageError(
                "another change of this circle is on its way", "try again when it is done"
            )


def _needs(circle: Circle, hall: Hall, step: Step) -> str:
    """Who must still agree, in words."""
    if step.what is What.PAUSE and step.asked > step.granted:
        return "a second host or helper, for the longer time"
    if step.what is What.REMOVE and not _decided(circle, step):
        others = len(hall.people) - 1
        said = len({s.signer for s in step.agreed} & set(hall.people))
        return (
            "a host with one more host or helper, or two thirds of the members"
            f" ({said} of {-(-2 * others // 3)} so far)"
        )
    if step.what is What.SUCCEED and not rules.succession_decided(rules.Ladder((step,)), hall):
        return "more than half of the members"
    return ""


def _decided(circle: Circle, step: Step) -> bool:
    if step.target is None:
        return False
    members = {p.key for p in circle.people}
    good = {s.signer for s in step.agreed if warrants.holds(circle.group, step.target, s)}
    hosts = [h.signature_key for h in circle.terms.hosts if h.signature_key != step.target]
    if not hosts:
        return False
    # A host's Haven commits by itself only what people have said: a host counts when she signed,
    # or where two thirds did without her.
    said = [h for h in hosts if h in good]
    if any(warrants.enough(circle.terms, members, step.target, good, h) for h in said):
        return True
    return 3 * len(good & members) >= 2 * len(members - {step.target})


def removal(book: Book, no: int, person: Person) -> CommitWish:
    """The Commit that takes somebody out, with everybody's agreement in it. Raises SafetyRefusal
    where that is not enough."""
    circle = book.state(no)
    signed = tuple(
        s
        for step in ladder_store.ladder_of(book, no).steps
        if step.what is What.REMOVE and step.target == person.key and not step.over
        for s in step.agreed
        if warrants.holds(circle.group, person.key, s)
    )
    members = {p.key for p in circle.people}
    agreed = {s.signer for s in signed}
    if warrants.in_force(circle.terms) and not warrants.enough(
        circle.terms, members, person.key, agreed, circle.me.key
    ):
        raise SafetyRefusal(
            "a removal takes a second host or helper, or two thirds of the members",
            "`haven moderate remove` asks the others",
        )
    return CommitWish(remove=(person.leaf,), warrants=(Warrant(person.key, signed),))
