"""Visits to circles, as one session of Haven remembers them: what was let in, how long, what was
said already. Pure but for the numbers it is given; what lasts is in the vault (care.keeping).

A visit is the time in one conversation. Coming back to it within half an hour goes on with the same
visit, so that its line and its question come at most once, and its cap is not reached by leaving.
Nothing here is counted for anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from havenclient.care import boundaries
from havenclient.care.boundaries import Feeling, Limits

SAME_VISIT = 30 * 60
"""Seconds away after which coming back is another visit."""


@dataclass(slots=True)
class Visit:
    circle: str
    seen: float
    """Monotonic seconds of the last look."""
    since: int | None = None
    """Place in the log up to which was read before the visit; None until it was asked for."""
    seconds: float = 0.0
    """Awake in it."""
    unsaved: float = 0.0
    """Of them, not in the vault yet."""
    no: int | None = None
    """Its number in the vault; None until it has a minute worth keeping."""
    let_in: set[int] = field(default_factory=set)
    """Rows of new posts that were shown under the cap."""
    more: int = 0
    """How often "read on" was pressed."""
    opens: datetime | None = None
    """When the rest comes, for a person who chose to wait."""
    heavy: bool = False
    """Something folded was opened."""
    noted: bool = False
    """The quiet line was said."""
    asked: bool = False

    def allowed(self, limits: Limits) -> int | None:
        """New posts that this visit may show by now; None: all."""
        return limits.posts * (1 + self.more) if limits.posts else None

    def session_line(self, limits: Limits) -> str:
        """The quiet line, once; "" otherwise. Saying it is for the caller (`noted`)."""
        return boundaries.session_note(limits, self.seconds / 60, already=self.noted)


class Visits:
    """One for each circle, in the app's thread."""

    def __init__(self) -> None:
        self._by_circle: dict[str, Visit] = {}

    def enter(self, circle: str, now: float) -> Visit:
        visit = self._by_circle.get(circle)
        if visit is None or now - visit.seen > SAME_VISIT:
            visit = self._by_circle[circle] = Visit(circle, now)
        visit.seen = now
        return visit

    def of(self, circle: str) -> Visit | None:
        return self._by_circle.get(circle)

    def unsaved(self) -> float:
        return sum(one.unsaved for one in self._by_circle.values())

    def every(self) -> tuple[Visit, ...]:
        return tuple(self._by_circle.values())


@dataclass(slots=True)
class Parting:
    """What may be offered after a visit, one small line at a time; any of them can be left."""

    circle: str
    name: str
    steps: list[str]
    """feeling, heavier, wind_down: the first is the one that is shown."""

    @property
    def step(self) -> str:
        return self.steps[0] if self.steps else ""

    def felt(self, last: list[Feeling]) -> None:
        """She answered; `last`: what she noted after her visits, newest last."""
        self.steps = [one for one in self.steps if one != "feeling"]
        if boundaries.heavier_line(last)[0]:
            self.steps.insert(0, "heavier")

    def leave(self) -> None:
        """Not now: the next one, if any."""
        self.steps = self.steps[1:]


def parting(visit: Visit, limits: Limits, name: str) -> Parting:
    """What to offer after this visit; no step for a short look at nothing."""
    steps = []
    looked = visit.seconds >= 60 or visit.let_in or visit.heavy
    if limits.feelings and not visit.asked and looked:
        steps.append("feeling")
    if boundaries.wind_down(limits, visit.seconds / 60, heavy=visit.heavy):
        steps.append("wind_down")
    return Parting(visit.circle, name, steps)
