"""Where an exercise is after so many seconds: the one clockwork behind the bar, the words, the CLI.

Theory of operation. A `Course` is a list of beats that is repeated a number of times. Everything is
a function of the seconds since the start, never of the step before: a screen that draws late shows
the right word all the same, and nothing drifts however long it runs. `next_change` says when there
is something new to show, counted from the start too, so a loop that sleeps until then and wakes up
late is not later at the next beat. A busy computer wakes a program late, by ten milliseconds and
more; so both front ends wake up a little early (`AWAKE`) and wait for the beat itself awake. Times
are seconds; no clock is read here but for that.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from havenclient.care.library import Beat, Exercise
from havenclient.errors import UsageError

_EARLY = 1e-6
"""A timer that fires a hair before its second counts as on time."""


AWAKE = 0.05
"""Seconds before a beat in which it is waited for awake: 5 % of one core while an exercise runs.
With 12 programs on 2 cores a sleeper was woken up to 87 ms late."""
LONG = 60
"""Seconds of a beat from which its own seconds are not counted: what is left is enough."""


@dataclass(frozen=True)
class Course:
    beats: tuple[Beat, ...]
    rounds: int

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Seconds after the start of a round at which each beat ends."""
        return tuple(accumulate(beat.seconds for beat in self.beats))

    @property
    def round_seconds(self) -> int:
        return self.ends[-1]

    @property
    def seconds(self) -> int:
        return self.round_seconds * self.rounds


@dataclass(frozen=True, slots=True)
class Moment:
    """What is shown: "in, 3 of 4, round 2 of 12"."""

    word: str
    number: int
    """The second within the beat, from 1."""
    of: int
    fraction: float
    """How much of the beat is over, 0 to 1."""
    beat: int
    """Index of the beat within its round."""
    round: int
    """From 1."""
    rounds: int
    left: float
    """Seconds to the end of the exercise."""
    over: bool = False

    @property
    def in_words(self) -> str:
        """One line for a screen reader."""
        return f"{self.word}, {self.number} of {self.of}"


def course(exercise: Exercise, *, gentle: bool = False, seconds: int | None = None) -> Course:
    """The course of a paced exercise. `seconds` is about how long (whole rounds are kept, at least
    one). UsageError for an exercise at one's own pace."""
    beats = exercise.gentle if gentle and exercise.gentle else exercise.beats
    if not beats:
        raise UsageError("this exercise has no beat; it goes at your own pace")
    one_round = sum(beat.seconds for beat in beats)
    wanted = exercise.seconds if seconds is None else seconds
    if gentle and exercise.gentle_rounds and seconds is None:
        return Course(beats, exercise.gentle_rounds)
    if not wanted:
        return Course(beats, exercise.rounds)
    return Course(beats, max(1, -(-wanted // one_round)))


def at(course: Course, elapsed: float) -> Moment:
    """What to show `elapsed` seconds after the start."""
    elapsed = max(0.0, elapsed) + _EARLY
    over = elapsed >= course.seconds
    within = course.round_seconds - _EARLY if over else elapsed % course.round_seconds
    turn = course.rounds if over else int(elapsed // course.round_seconds) + 1
    beat = min(bisect_right(course.ends, within), len(course.beats) - 1)
    of = course.beats[beat].seconds
    into = within - (course.ends[beat] - of)
    return Moment(
        word=course.beats[beat].word,
        number=min(of, int(into) + 1),
        of=of,
        fraction=min(1.0, into / of),
        beat=beat,
        round=turn,
        rounds=course.rounds,
        left=max(0.0, course.seconds - elapsed),
        over=over,
    )


def span(beat: Beat, between: str = " ") -> str:
    """ "in 4", or "keep writing 15 min": nobody breathes for so long, and nobody counts it."""
    whole = beat.seconds >= LONG and beat.seconds % 60 == 0
    length = f"{beat.seconds // 60} min" if whole else str(beat.seconds)
    return f"{beat.word}{between}{length}"


def awake(seconds: float) -> None:
    """Wait without giving the processor away; never longer than `AWAKE`."""
    end = time.monotonic() + min(seconds, AWAKE)
    while time.monotonic() < end:
        pass


def next_change(elapsed: float) -> float:
    """Seconds since the start at which the next number is due (every beat starts on a second)."""
    return float(int(elapsed + _EARLY) + 1)


def play(
    course: Course,
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[tuple[float, Moment]]:
    """(elapsed, what to show) each second until it is over, the end included. `now` is a clock that
    only goes forward. Oversleeping one second takes nothing from the next; seconds that were slept
    through whole (a suspended computer) are left out."""
    start = now()
    elapsed = 0.0
    while True:
        shown = at(course, elapsed)
        yield elapsed, shown
        if shown.over:
            return
        due = next_change(elapsed)
        while (elapsed := now() - start) + _EARLY < due:
            sleep(due - elapsed)
