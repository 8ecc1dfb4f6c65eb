"""Questions are offered, never pushed; deep ones wait for a good moment."""

from __future__ import annotations

import pytest

from havenclient.errors import NotFound, UsageError
from havenclient.journal import Journal
from havenclient.journal.prompts import all_prompts
from tests.journal.kit import HandClock


def offered(journal: Journal, *, quiet: bool = False, times: int = 40) -> set[str]:
    found = set()
    for _ in range(times):
        offer = journal.offer_prompts(quiet=quiet)
        found |= {offer.first.id, *(one.id for one in offer.others)}
    return found


DEEP = {prompt.id for prompt in all_prompts() if prompt.depth == "D"}


def test_there_are_sixty_questions_of_three_depths() -> None:
    prompts = all_prompts()
    assert len(prompts) == len({prompt.id for prompt in prompts}) == 60
    assert {prompt.depth for prompt in prompts} == {"L", "M", "D"}
    assert all(prompt.text and prompt.group for prompt in prompts)


def test_one_question_comes_with_two_others_of_other_groups(journal: Journal) -> None:
    for _ in range(30):
        offer = journal.offer_prompts(quiet=False)
        groups = [offer.first.group, *(one.group for one in offer.others)]
        assert len(set(groups)) == 3


def test_deep_questions_wait_three_days_and_for_daylight(
    journal: Journal, clock: HandClock
) -> None:
    assert not DEEP & offered(journal)
    journal.add("first words")
    clock.go(days=2, hours=23)
    assert not DEEP & offered(journal)
    clock.go(hours=1)
    assert DEEP & offered(journal)
    assert not DEEP & offered(journal, quiet=True)


def test_deep_questions_rest_after_a_very_low_mood(journal: Journal, clock: HandClock) -> None:
    journal.add("first words")
    clock.go(days=10)
    journal.add("heavy", mood=1)
    assert not DEEP & offered(journal)
    clock.go(hours=1)
    lighter = journal.add("lighter", mood=3)
    assert DEEP & offered(journal)
    journal.bin(lighter.id)
    assert not DEEP & offered(journal)
    clock.go(hours=24)
    assert DEEP & offered(journal)


def test_a_skipped_question_rests_for_thirty_days(journal: Journal, clock: HandClock) -> None:
    skipped = journal.offer_prompts(quiet=False).first.id
    journal.prompt_skipped(skipped)
    clock.go(days=29, hours=23)
    assert skipped not in offered(journal, times=60)
    clock.go(hours=1)
    assert skipped in offered(journal, times=120)


def test_when_all_rest_the_longest_rested_come_back(journal: Journal, clock: HandClock) -> None:
    light = [prompt.id for prompt in all_prompts() if prompt.id not in DEEP]
    for name in light:
        journal.prompt_skipped(name)
        clock.go(minutes=1)
    offer = journal.offer_prompts(quiet=False)
    assert [offer.first.id, *(one.id for one in offer.others)] == light[:3]
    with pytest.raises(NotFound):
        journal.prompt_skipped("nothing")


def test_templates_come_built_in_and_own(journal: Journal) -> None:
    names = [one.name for one in journal.templates()]
    assert "day" in names
    journal.save_template("My evening", "## Light\n\n")
    journal.save_template("my EVENING", "## Dark\n\n")
    own = [one for one in journal.templates() if not one.builtin]
    assert [(one.name, one.body) for one in own] == [("my EVENING", "## Dark\n\n")]
    with pytest.raises(UsageError):
        journal.save_template("Day", "x")
    journal.drop_template("My Evening")
    assert [one.name for one in journal.templates()] == names
    with pytest.raises(NotFound):
        journal.drop_template("day")
