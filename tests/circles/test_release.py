"""What was held goes out when the person says so, also before the moment it was held for."""

from __future__ import annotations

from havenclient.circles import held
from havenclient.circles.service import Words
from tests.circles.kit import CIRCLE, Town


def test_words_held_for_the_morning_go_out_at_once_when_released(town: Town) -> None:
    mara, idris = town.circle_of("mara", "idris")
    morning = int(mara.clock.now().timestamp()) + 8 * 3600
    held.say(mara.circles, CIRCLE, Words("for the morning"), moment=morning)
    mara.sync()
    idris.sync()
    assert idris.texts() == []
    assert mara.circles.release(CIRCLE) == 1
    mara.say("and after it")
    mara.sync()
    idris.sync()
    assert idris.texts() == ["for the morning", "and after it"]
