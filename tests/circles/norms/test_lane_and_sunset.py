"""Newcomers' slow lane, night mode, claims that run out, and good endings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from havenclient.circles import intake
from havenclient.circles.circle import DAY, Standing
from havenclient.circles.claims import Claim
from havenclient.circles.closing import CommitWish
from havenclient.circles.night import Lane
from havenclient.errors import SafetyRefusal, UsageError
from tests.circles.kit import CIRCLE, Person, Town
from tests.circles.norms.test_ladder import all_agree
from tests.circles.norms.test_reports import every_row


def with_newcomer(town: Town, lane: Lane) -> tuple[Person, Person, Person]:
    mara, tove = town.circle_of("mara", "tove")
    town.clock.go(days=8)
    mara.circles.moderating.set_lane(CIRCLE, lane)
    town.settle(2)
    nela = town.person("nela")
    town.bring(mara, nela)
    town.settle(2)
    return mara, tove, nela


def shown(person: Person) -> list[str]:
    """Texts that this person's Haven shows without being asked."""
    return [m.text for m in person.circles.messages(CIRCLE) if m.kind == "message" and m.text]


def test_a_newcomer_speaks_again_after_a_while_and_old_members_are_free(town: Town) -> None:
    mara, tove, nela = with_newcomer(town, Lane(7, 600, 0))
    nela.say("First.")
    nela.sync()
    with pytest.raises(SafetyRefusal):
        nela.say("At once.")
    tove.say("One.")
    tove.say("Two.")
    tove.sync()
    town.clock.go(minutes=11)
    town.settle(2)
    nela.say("Second.")
    nela.sync()
    town.clock.go(days=8)
    town.settle(2)
    nela.say("Third.")
    nela.say("Fourth.")
    nela.sync()
    town.settle(1)
    said = [t for t in tove.texts() if t not in ("One.", "Two.")]
    assert said == ["First.", "Second.", "Third.", "Fourth."]
    all_agree(mara, tove, nela)


def test_at_night_newcomers_words_wait_until_somebody_who_helps_is_here(town: Town) -> None:
    mara, tove, nela = with_newcomer(town, Lane(7, 0, 6))
    nela.say("By day.")
    nela.sync()
    tove.sync()
    assert shown(tove) == ["By day."]
    town.clock.go(hours=8)
    nela.say("By night.")
    nela.sync()
    tove.sync()
    assert shown(tove) == ["By day."]
    (waiting,) = [m for m in tove.circles.messages(CIRCLE) if m.waits]
    assert "Waits until a host or helper is here again." in waiting.folded_because
    assert tove.circles.open(CIRCLE, waiting.no).text == ""
    mara.sync()
    assert shown(mara) == ["By day.", "By night."]  # she sees it first, and may fold it
    mara.say("Good morning.")
    mara.sync()
    tove.sync()
    assert shown(tove) == ["By day.", "By night.", "Good morning."]


def test_the_head_says_who_helps_and_a_claim_runs_out(town: Town) -> None:
    mara, tove = town.circle_of("mara", "tove")
    assert tove.circles.moderating.who_helps(CIRCLE).startswith("Helpers: mara. Professional: none")
    last = mara.circles.book.now() // DAY + 30
    claim = Claim(b"", "nurse", "the city clinic", last, duty=True)
    with pytest.raises(UsageError):
        mara.circles.moderating.set_claim(CIRCLE, "tove", Claim(b"", "nurse", "me", 3, duty=False))
    mara.circles.moderating.set_claim(CIRCLE, "tove", claim)
    town.settle(2)
    said = tove.circles.moderating.who_helps(CIRCLE)
    assert "tove (nurse, says the city clinic (not checked by Haven); has a duty" in said
    town.clock.go(days=31)
    assert "tove (nurse: not confirmed)" in tove.circles.moderating.who_helps(CIRCLE)


def test_a_circle_ends_on_its_day_and_one_s_own_words_stay(town: Town) -> None:
    mara, tove = town.circle_of("mara", "tove")
    mara.say("Words of mara, marlinspike.")
    tove.say("My own words.")
    town.settle(2)
    today = mara.circles.book.now() // DAY
    with pytest.raises(UsageError):
        mara.circles.set_sunset(CIRCLE, today + 3)
    mara.circles.set_sunset(CIRCLE, today + 10)
    town.settle(2)
    assert any("set a last day" in line for line in tove.lines())
    assert tove.health() == "All is well."
    town.clock.go(days=5)
    assert "ends in 5 days" in tove.health()
    town.clock.go(days=5)
    town.settle(1)
    assert tove.circles.get(CIRCLE).standing is Standing.ACTIVE  # the last day is a whole day
    town.clock.go(days=1)
    town.settle(1)
    for person in (mara, tove):
        assert person.circles.get(CIRCLE).standing is Standing.GONE
        assert not person.sync().errors
        assert person.circles.book.db.one("SELECT length(state) FROM circle") == (0,)
    assert "marlinspike" not in every_row(tove)
    words = tove.circles.own_words(CIRCLE)
    assert "My own words." in words
    assert "mara" not in words
    tove.close()
    assert "My own words." in tove.texts()


def test_a_host_can_not_end_a_circle_without_the_seven_days(town: Town) -> None:
    """By a changed client: a day that is over would wipe out what she said, and reports of it."""
    mara, tove = town.circle_of("mara", "tove")
    mara.say("Cruel words.")
    mara.sync()
    town.settle(1)
    for day in (1 << 62, town.clock.now().timestamp() // DAY - 1):
        terms = mara.state().terms
        extra = terms.extra | {"sunset": int(day)}
        intake.stage(
            mara.circles.book, mara.row().no, CommitWish(terms=replace(terms, extra=extra))
        )
        town.settle(2)
        assert not tove.sync().errors
        assert tove.circles.get(CIRCLE).standing is Standing.ACTIVE
    assert tove.texts() == ["Cruel words."]
    assert "ends today" in tove.health()
    town.clock.go(days=6)
    tove.sync()
    assert tove.texts() == ["Cruel words."]
    town.clock.go(days=1)
    tove.sync()
    assert tove.circles.get(CIRCLE).standing is Standing.GONE
