"""Limits: the defaults and words of the domain's table, and that help is never among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from havenclient.care import boundaries
from havenclient.care.boundaries import Feeling, Limits, PauseLength, Reading
from havenclient.care.keeping import NAME, TOPIC
from havenclient.care.service import Care
from havenclient.errors import UsageError
from tests.care.kit import StillClock

LIGHTER, SAME, HEAVIER = Feeling.LIGHTER, Feeling.SAME, Feeling.HEAVIER


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC)


def test_the_defaults_are_those_of_the_domain() -> None:
    assert Limits() == Limits(
        notices="off",
        session_note=25,
        reading_cap=0,
        quiet_hours="22:00-07:00",
        pace=False,
        feelings=False,
        wind_down=True,
        wait=False,
    )


def test_the_session_note_comes_once_and_only_after_its_time() -> None:
    limits = Limits()
    assert boundaries.session_note(limits, 24.9, already=False) == ""
    assert boundaries.session_note(limits, 25, already=False) == (
        "You have been here a while. Stay, or close gently?"
    )
    assert boundaries.session_note(limits, 60, already=True) == ""
    assert boundaries.session_note(Limits(session_note=0), 600, already=False) == ""


@pytest.mark.parametrize("kind", sorted(boundaries.ALWAYS_OPEN))
def test_help_the_journal_and_replies_to_me_are_never_limited(kind: str) -> None:
    assert boundaries.reading(Limits(reading_cap=15), kind, 10_000) is Reading.OPEN


def test_at_the_cap_the_rest_waits_and_one_key_gives_ten_minutes() -> None:
    limits = Limits(reading_cap=15)
    assert boundaries.reading(limits, "post", 14.9) is Reading.OPEN
    assert boundaries.reading(limits, "post", 15) is Reading.LATER
    assert boundaries.reading(limits, "post", 15, more=1) is Reading.OPEN
    assert boundaries.reading(limits, "post", 25, more=1) is Reading.LATER
    assert boundaries.reading(Limits(), "post", 10_000) is Reading.OPEN


@pytest.mark.parametrize(
    ("hour", "quiet"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False)]
)
def test_quiet_hours_go_over_midnight(hour: int, quiet: bool) -> None:
    assert boundaries.is_quiet("22:00-07:00", at(hour)) is quiet
    question = boundaries.opening_question(Limits(), at(hour))
    assert bool(question) is quiet


def test_what_is_sent_in_quiet_hours_waits_until_they_end() -> None:
    assert boundaries.quiet_until("22:00-07:00", at(23)) == at(7) + timedelta(days=1)
    assert boundaries.quiet_until("22:00-07:00", at(3)) == at(7)
    assert boundaries.quiet_until("22:00-07:00", at(12)) is None
    assert boundaries.quiet_until("", at(3)) is None


def test_a_pause_lasts_as_long_as_chosen_and_gives_itself_back(
    care: Care, clock: StillClock
) -> None:
    until = boundaries.pause_until(PauseLength.THREE_DAYS, clock.now())
    care.boundaries.pause("night", until)
    pause = care.boundaries.paused("night")
    assert pause is not None and not pause.told
    assert "Wednesday 25 November" in boundaries.pause_sentence(pause.until)
    clock.forward(days=3)
    assert care.boundaries.paused("night") is None
    care.boundaries.pause("night", None)
    clock.forward(days=900)
    assert care.boundaries.paused("night") is not None, "until I return"
    care.boundaries.unpause("night")
    assert care.boundaries.paused("night") is None


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ([], False),
        ([HEAVIER, HEAVIER], False),
        ([HEAVIER, SAME, HEAVIER, LIGHTER, HEAVIER], True),
        ([HEAVIER, HEAVIER, HEAVIER, SAME, SAME], True),
        ([HEAVIER, HEAVIER, HEAVIER, SAME, SAME, SAME], False),
    ],
)
def test_three_of_the_last_five_bring_one_line(last: list[Feeling], said: bool) -> None:
    line, ways = boundaries.heavier_line(last)
    assert bool(line) is said and len(ways) == (4 if said else 0)


def test_fourteen_visits_are_counted_for_me_alone(care: Care, clock: StillClock) -> None:
    for index in range(14):
        visit = care.boundaries.begin_visit("night")
        care.boundaries.feel(visit, (LIGHTER, SAME, HEAVIER)[index % 3])
        clock.forward(days=1)
    assert boundaries.look_back(care.boundaries.feelings()) == (
        "14 visits: 5 lighter, 5 the same, 4 heavier."
    )


def test_reading_is_added_up_by_day(care: Care, clock: StillClock) -> None:
    visit = care.boundaries.begin_visit("night")
    care.boundaries.was_reading(visit, 600)
    care.boundaries.was_reading(visit, 300)
    today = clock.now().astimezone().date()
    assert care.boundaries.minutes_read(today) == 15
    assert care.boundaries.minutes_read(today + timedelta(days=1)) == 0


def test_winding_down_is_offered_after_long_or_heavy_reading() -> None:
    assert boundaries.wind_down(Limits(), 19, heavy=False) == ""
    assert boundaries.wind_down(Limits(), 20, heavy=False) == "Put it down before you go?"
    assert boundaries.wind_down(Limits(), 1, heavy=True)
    assert boundaries.wind_down(Limits(wind_down=False), 90, heavy=True) == ""


def test_too_much_is_thirty_seconds_and_choices() -> None:
    words, exercise, choices = boundaries.too_much()
    assert words == "Feet, room, breath."
    assert sum(beat.seconds for beat in exercise.beats) == 30
    assert "help near you" in choices


def test_who_is_on_today() -> None:
    assert boundaries.who_is_on(["Mira", "Sam"], ["Mira"]) == "Mira is off today. Sam is here."
    assert boundaries.who_is_on(["Mira", "Sam"], []) == ""
    assert boundaries.who_is_on(["Mira"], ["Mira"]) == "Mira is off today. No helper is here."


def test_a_changed_limit_is_kept(care: Care) -> None:
    assert care.boundaries.limits() == Limits()
    assert care.boundaries.set("reading_cap", "30") is None
    assert care.boundaries.limits() == Limits(reading_cap=30)
    for name, text in (("reading_cap", "a lot"), ("nothing", "1"), ("quiet_hours", "25:00-1")):
        with pytest.raises(UsageError):
            care.boundaries.set(name, text)


def test_loosening_waits_only_if_the_person_chose_that(care: Care, clock: StillClock) -> None:
    care.boundaries.set("reading_cap", "15")
    assert care.boundaries.set("reading_cap", "30") is None
    care.boundaries.set("wait", "on")
    assert care.boundaries.set("reading_cap", "15") is None, "holding more never waits"
    assert care.boundaries.set("reading_cap", "0") == clock.now() + timedelta(minutes=10)
    assert care.boundaries.limits().reading_cap == 15
    assert care.boundaries.waiting()["reading_cap"][0] == "none"
    clock.forward(minutes=10)
    assert care.boundaries.limits().reading_cap == 0
    assert care.boundaries.set("reading_cap", "60") is None
    assert care.boundaries.limits().reading_cap == 60, "an older waiting change is settled"


# --- topics ---------------------------------------------------------------------------------------


def test_topics_are_matched_in_notes_too(care: Care) -> None:
    care.boundaries.add_word(TOPIC, "loss")
    care.boundaries.add_word(NAME, "Ann")
    assert care.boundaries.folded("A quiet day.", "content note: loss") == "loss"
    assert care.boundaries.folded("Ann was here", None) is None, "names fold nothing"
    assert care.boundaries.drop_word(TOPIC, "LOSS")
    assert care.boundaries.folded("loss") is None


def test_a_tip_is_shown_once_and_can_be_shown_again(care: Care) -> None:
    assert care.boundaries.tip("check") and not care.boundaries.tip("check")
    care.boundaries.forget_tips()
    assert care.boundaries.tip("check")


def test_the_read_later_shelf_holds_names_of_posts_only(care: Care) -> None:
    care.boundaries.keep_for_later("night", "p1")
    care.boundaries.keep_for_later("night", "p1")
    care.boundaries.keep_for_later("day", "p2")
    assert care.boundaries.later("night") == (("night", "p1"),)
    care.boundaries.drop_later("night", "p1")
    assert care.boundaries.later() == (("day", "p2"),)
