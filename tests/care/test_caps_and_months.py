"""What a cap lets in, what a visit offers when it is left, and a month looked back on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.care import boundaries, checks, month
from havenclient.care.boundaries import Feeling, Limits
from havenclient.care.caps import Capped, within_cap
from havenclient.care.instruments import instrument
from havenclient.care.service import Care
from havenclient.config import Settings
from havenclient.errors import UsageError
from havenclient.journal.figures import DayCell
from havenclient.ui.visits import SAME_VISIT, Visit, Visits, parting
from tests.care.kit import StillClock


@dataclass(frozen=True)
class Fresh:
    rows: tuple[int, ...]
    to_me: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Post:
    no: int
    mine: bool = False
    kind: str = "message"


# --- caps -----------------------------------------------------------------------------------------


def test_the_oldest_posts_come_first_and_the_rest_waits() -> None:
    capped = within_cap(Fresh((1, 2, 3, 4)), (), allowed=2, minutes_up=False)
    assert (set(capped.let_in), capped.waiting, capped.first) == ({1, 2}, (3, 4), 3)
    assert capped.words == "That was 2 for this visit. The rest waits for you."


def test_what_was_shown_in_this_visit_stays_and_reading_on_adds_as_much_again() -> None:
    again = within_cap(Fresh((1, 2, 3, 4)), {1, 2}, allowed=4, minutes_up=False)
    assert (again.waiting, again.words) == ((), "")
    later = within_cap(Fresh((1, 2, 3)), {2}, allowed=2, minutes_up=True)
    assert later.let_in == {2} and later.waiting == (1, 3)
    assert later.words == "That is what you set for today. The rest waits for you."


def test_answers_to_me_my_own_words_and_help_lines_always_come_through() -> None:
    capped = within_cap(Fresh((1, 2, 3), frozenset({3})), (), allowed=1, minutes_up=False)
    assert capped.waiting == (2,) and 3 not in capped.let_in, "an answer takes no place"
    assert capped.comes_through(Post(3))
    assert capped.comes_through(Post(9, mine=True))
    assert capped.comes_through(Post(9, kind="line"))
    assert not capped.comes_through(Post(2))


def test_without_a_cap_nothing_waits() -> None:
    assert within_cap(Fresh(tuple(range(500))), (), allowed=None, minutes_up=False).waiting == ()
    assert Capped().first is None


@given(
    st.lists(st.integers(1, 60), unique=True, max_size=40).map(sorted),
    st.sets(st.integers(1, 60)),
    st.integers(0, 20),
    st.booleans(),
)
def test_nothing_is_lost_between_shown_and_waiting(
    rows: list[int], to_me: set[int], allowed: int, up: bool
) -> None:
    fresh = Fresh(tuple(rows), frozenset(to_me & set(rows)))
    capped = within_cap(fresh, (), allowed=allowed, minutes_up=up)
    shown = set(rows) - set(capped.waiting)
    assert shown == (capped.let_in | fresh.to_me)
    assert len(capped.let_in) <= (0 if up else allowed)
    assert bool(capped.words) is bool(capped.waiting)


# --- where limits begin ---------------------------------------------------------------------------


def test_the_vault_goes_before_what_once_stood_in_the_settings_file(
    care: Care, clock: StillClock
) -> None:
    old = Settings().replacing("boundaries.quiet_hours", "23:00-05:00")
    old = old.replacing("boundaries.circle_minutes_per_day", 20)
    begins = boundaries.beginning(old.boundaries)
    mine = Care(care.boundaries._db, clock, begins).boundaries
    assert (mine.limits().quiet_hours, mine.limits().reading_cap) == ("23:00-05:00", 20)
    mine.set("quiet_hours", "none")
    assert mine.limits().quiet_hours == "" and mine.limits().reading_cap == 20
    assert boundaries.beginning(Settings().boundaries) == Limits()


# --- visits ---------------------------------------------------------------------------------------


def test_coming_back_soon_goes_on_with_the_same_visit() -> None:
    visits = Visits()
    first = visits.enter("night", 0)
    first.asked = True
    assert visits.enter("night", SAME_VISIT - 1) is first
    assert visits.enter("night", 2 * SAME_VISIT) is not first
    assert visits.enter("day", 2 * SAME_VISIT).asked is False


def test_leaving_offers_one_thing_after_the_other_and_each_can_be_left() -> None:
    limits = Limits(feelings=True)
    visit = Visit("night", 0.0, seconds=21 * 60)
    offer = parting(visit, limits, "Night Walkers")
    assert offer.steps == ["feeling", "wind_down"]
    offer.felt([Feeling.HEAVIER, Feeling.SAME, Feeling.HEAVIER, Feeling.LIGHTER, Feeling.HEAVIER])
    assert offer.step == "heavier"
    offer.leave()
    assert offer.step == "wind_down"
    offer.leave()
    assert offer.step == ""


def test_a_short_look_and_an_answered_question_offer_nothing() -> None:
    limits = Limits(feelings=True)
    assert parting(Visit("night", 0.0, seconds=5), limits, "").steps == []
    assert parting(Visit("night", 0.0, seconds=90, asked=True), limits, "").steps == []
    assert parting(Visit("night", 0.0, seconds=90), Limits(), "").steps == [], "opt-in"
    assert parting(Visit("night", 0.0, heavy=True), Limits(), "").steps == ["wind_down"]


# --- a month --------------------------------------------------------------------------------------


def test_a_month_joins_visits_checks_and_what_helped_in_words(
    care: Care, clock: StillClock
) -> None:
    began = clock.now().astimezone().date().replace(day=1)
    for feeling in (Feeling.HEAVIER, Feeling.LIGHTER, Feeling.LIGHTER):
        visit = care.boundaries.begin_visit("c1")
        care.boundaries.was_reading(visit, 600)
        care.boundaries.feel(visit, feeling)
    sitting = checks.Sitting(instrument("phq4"))
    for _ in sitting.instrument.questions:
        sitting = sitting.answer(1)
    care.results.keep(sitting)
    care.shelf.keep("A walk by the river", note="before supper")
    month.note(care.boundaries, began, month.MORE, "walks  with Sam")
    found = month.look_back(care, began, names={"c1": "Night Walkers"})
    parts = {part.head: part.lines for part in found.parts}
    assert parts["After visits to circles"] == (
        "3 visits, on 1 day, about 30 minutes of reading.",
        "Night Walkers: 3 visits: 2 lighter, 0 the same, 1 heavier.",
    )
    assert parts["Checks"] == ("PHQ-4:", "  22 Nov 2026: 4 of 12")
    assert parts["What helped"] == ("A walk by the river (before supper)",)
    assert (found.more, found.less) == ("walks with Sam", "")
    assert "Mood beside visits" not in parts, "too few days say nothing"


def test_moods_stand_beside_visits_only_with_enough_days_and_never_as_a_cause(
    care: Care, clock: StillClock
) -> None:
    first = clock.now().astimezone().date().replace(day=1)
    days = [DayCell(first, 1, 12, None)]
    for day in range(1, 7):
        mood = 2.0 if day <= 3 else 4.0
        days.append(DayCell(first.replace(day=22 + day), 1, 12, mood))
    for _ in range(3):
        clock.forward(days=1)
        care.boundaries.begin_visit("c1")
    found = month.look_back(care, first, days)
    lines = next(part.lines for part in found.parts if part.head == "Mood beside visits")
    assert "2.0 of 5" in lines[0] and "4.0" in lines[0] and lines[1] == "A pattern is not a cause."


def test_an_empty_month_and_one_that_is_written_wrongly(care: Care) -> None:
    assert month.look_back(care, date(2025, 1, 1)).parts == ()
    assert month.parse_month("2026-02", date(2026, 11, 22)) == date(2026, 2, 1)
    assert month.parse_month("", date(2026, 11, 22)) == date(2026, 11, 1)
    assert month.following(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month.earlier(date(2026, 1, 1)) == date(2025, 12, 1)
    for text in ("2026-13", "November", "26-11", "0000-01"):
        with pytest.raises(UsageError):
            month.parse_month(text, date(2026, 11, 22))
    with pytest.raises(UsageError):
        month.note(care.boundaries, date(2026, 1, 1), month.LESS, "x" * 3000)
