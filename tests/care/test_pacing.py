"""Beats come when they should: by calculation, with a clock that oversleeps, and in real time."""

from __future__ import annotations

import os
import time

import pytest

from havenclient.care import library, pacing
from havenclient.cli.commands.care import punctual
from havenclient.errors import UsageError

PACED = [one for one in library.exercises() if one.paced]
NEAR = 0.050


def beats(course: pacing.Course, seen: list[tuple[float, pacing.Moment]]) -> list[float]:
    """How late each beat was shown, against the course's own arithmetic."""
    late = []
    last = (0, -1)
    for elapsed, moment in seen:
        if moment.over or (moment.round, moment.beat) == last:
            continue
        last = (moment.round, moment.beat)
        began = course.ends[moment.beat] - course.beats[moment.beat].seconds
        late.append(elapsed - ((moment.round - 1) * course.round_seconds + began))
    return late


def test_square_breathing_is_four_by_four() -> None:
    course = pacing.course(library.exercise("box_breathing"))
    words = [(pacing.at(course, second).word, pacing.at(course, second).number)
             for second in range(17)]  # fmt: skip
    assert words == [
        *(("in", n) for n in range(1, 5)),
        *(("hold", n) for n in range(1, 5)),
        *(("out", n) for n in range(1, 5)),
        *(("rest", n) for n in range(1, 5)),
        ("in", 1),
    ]
    assert course.seconds >= 180 and course.seconds % 16 == 0


@pytest.mark.parametrize("exercise", PACED, ids=lambda one: one.id)
def test_every_course_fills_its_time_and_ends(exercise: library.Exercise) -> None:
    for gentle in (False, True):
        course = pacing.course(exercise, gentle=gentle)
        for second in range(course.seconds):
            moment = pacing.at(course, second)
            assert 1 <= moment.number <= moment.of
            assert not moment.over
            assert 0 <= moment.fraction <= 1
        last = pacing.at(course, course.seconds)
        assert last.over and last.left == 0


def test_a_sleepy_computer_does_not_make_the_breath_drift() -> None:
    """Every sleep lasts 40 ms too long; after five minutes each beat is still within 50 ms."""
    clock = [1000.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds + 0.040

    course = pacing.course(library.exercise("box_breathing"), seconds=300)
    seen = list(pacing.play(course, now=lambda: clock[0], sleep=sleep))
    late = beats(course, seen)
    assert len(late) == course.rounds * 4 and course.seconds >= 300
    assert max(late) < NEAR and min(late) >= -0.001
    assert seen[-1][1].over


def test_seconds_that_were_slept_through_are_left_out() -> None:
    clock = [0.0]
    naps = iter([0.0, 0.0, 9.5])

    def sleep(seconds: float) -> None:
        clock[0] += seconds + next(naps, 0.0)

    course = pacing.course(library.exercise("paced_6"), seconds=20)
    words = [moment.word for _, moment in pacing.play(course, now=lambda: clock[0], sleep=sleep)]
    assert words[:3] == ["in", "in", "in"] and words[3] == "in", "12.5 s is in the second breath"
    assert len(words) < 20


def test_real_time_keeps_the_beat() -> None:
    """Two seconds here; five minutes by `make pace-care`."""
    seconds = int(os.environ.get("HAVEN_PACE_SECONDS", "2"))
    beat = library.Beat("in", 1) if seconds < 10 else library.Beat("in", 4)
    course = pacing.Course(
        (beat, library.Beat("out", beat.seconds)), -(-seconds // (2 * beat.seconds))
    )
    seen = list(pacing.play(course, now=time.monotonic, sleep=punctual))
    late = beats(course, seen)
    print(f"{len(late)} beats in {course.seconds} s, latest {max(late) * 1000:.1f} ms")
    # Two seconds among many test runners show that it counts; the long form holds it to 50 ms.
    assert max(late) < (NEAR if seconds >= 60 else 0.250)


def test_a_quarter_of_an_hour_is_said_in_minutes() -> None:
    (beat,) = library.exercise("worry_time").beats
    assert beat.seconds >= pacing.LONG and pacing.span(beat) == "with the list 15 min"
    assert pacing.span(library.Beat("in", 4), ", ") == "in, 4"


def test_an_exercise_at_own_pace_has_no_course() -> None:
    with pytest.raises(UsageError):
        pacing.course(library.exercise("thought_record"))


def test_the_gentle_form_leaves_long_holds_out() -> None:
    gentle = pacing.course(library.exercise("box_breathing"), gentle=True)
    assert max(beat.seconds for beat in gentle.beats if beat.word in ("hold", "rest")) == 1
    assert library.exercise("breath_478").gentle_first
