"""Days off count from who helps, in the newest words, and never from anybody else or from noise."""

from __future__ import annotations

import pytest

from havenclient.circles import days_off, held, unread
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.service import Words
from havenclient.errors import SafetyRefusal, UsageError
from tests.circles.kit import CIRCLE, Person, Town


def _known(person: Person) -> tuple[str, ...]:
    return days_off.who(person.circles, CIRCLE)[1]


def test_the_newest_words_of_who_helps_count_and_noise_is_passed_over(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    town.bring(mara, idris)
    assert days_off.take_off(mara.circles, CIRCLE, 2) == "You are off for 2 days."
    town.settle(2)
    assert _known(idris) == ("mara",) == _known(mara)
    assert idris.texts() == [], "it is no message"
    town.clock.go(days=2)
    assert _known(idris) == (), "over by itself"
    with pytest.raises(SafetyRefusal):
        days_off.take_off(idris.circles, CIRCLE, 1)
    with pytest.raises(UsageError):
        days_off.take_off(mara.circles, CIRCLE, 61)

    book, row, state = mara.circles.book, mara.row(), mara.state()
    keys = {p.name: p.key for p in state.people}
    today = days_off._today(book)

    def take(name: str, *fields: object) -> bool:
        return days_off.take(book, row.no, state, keys[name], cbor.dumps(list(fields)))

    assert take("idris", "off", today, today) and _known(mara) == (), "a member is no helper"
    assert take("mara", "off", today, today + 300) and _known(mara) == (), "longer than may be"
    assert not take("mara", "off", "today", today)
    assert not take("mara", "off", -1, today)
    assert not take("mara", "else", today, today)
    assert not days_off.take(book, row.no, state, keys["mara"], b"\xff\x00")
    assert take("mara", "off", today, today) and _known(mara) == ("mara",)
    assert take("mara", "off", today, today - 1) and _known(mara) == (), "here again"


def test_held_words_go_out_by_themselves_at_their_moment(town: Town) -> None:
    mara, idris = town.person("mara"), town.person("idris")
    town.found(mara)
    town.bring(mara, idris)
    town.settle(1)
    book = mara.circles.book
    held.say(mara.circles, CIRCLE, Words("in the morning"), moment=book.now() + 3600)
    mara.circles.say(CIRCLE, Words("when I say so"), hold=True)
    town.settle(2)
    assert idris.texts() == []
    town.clock.go(seconds=3601)
    town.settle(2)
    assert idris.texts() == ["in the morning"], "what she held back herself waits for her"
    found = unread.look(idris.circles.book, CIRCLE)
    assert len(found.rows) == 1 and found.to_me == frozenset()
    unread.mark_before(idris.circles.book, CIRCLE, found.rows[0])
    assert idris.circles.get(CIRCLE).new == 1
    unread.mark_through(idris.circles.book, CIRCLE, found.rows[0])
    assert idris.circles.get(CIRCLE).new == 0
