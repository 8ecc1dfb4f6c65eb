"""What may be shown now: pure decisions, without a screen."""

from __future__ import annotations

from havenclient.circles.views import MessageView
from havenclient.ui.screens.circles.horizon import Horizon


def said(no: int, *, mine: bool = False, at: int = 100, kind: str = "message") -> MessageView:
    return MessageView(no, no, str(no), kind, "mara", mine, at, "words")


def numbers(views: list[MessageView]) -> list[int]:
    return [view.no for view in views]


def test_while_somebody_writes_only_own_words_and_havens_lines_arrive() -> None:
    horizon = Horizon(newest=2)
    horizon.began_writing()
    views = [said(1), said(2), said(3), said(4, mine=True), said(5, kind="line")]
    assert numbers(horizon.within(views, writing=True, quiet_since=None)) == [1, 2, 4, 5]
    assert horizon.waiting == 1
    assert horizon.held_words("") == "1 came while you wrote"


def test_what_waited_is_there_once_the_field_is_empty() -> None:
    horizon = Horizon(newest=2)
    horizon.began_writing()
    assert numbers(horizon.within([said(2), said(3)], writing=False, quiet_since=None)) == [2, 3]
    assert horizon.waiting == 0 and horizon.line is None


def test_asking_shows_all_and_what_comes_after_waits_again() -> None:
    horizon = Horizon(newest=2)
    horizon.began_writing()
    horizon.show_all()
    shown = horizon.within([said(2), said(3)], writing=True, quiet_since=None)
    horizon.shown(shown, writing=True)
    assert numbers(shown) == [2, 3]
    later = [said(2), said(3), said(4)]
    assert numbers(horizon.within(later, writing=True, quiet_since=None)) == [2, 3]


def test_in_quiet_hours_what_came_since_waits_until_morning() -> None:
    horizon = Horizon(newest=1)
    views = [said(1, at=50), said(2, at=90), said(3, at=100)]
    assert numbers(horizon.within(views, writing=False, quiet_since=95)) == [1, 2]
    assert horizon.held_words("07:00") == "1 message until 07:00"
    horizon.show_all()
    assert numbers(horizon.within(views, writing=False, quiet_since=95)) == [1, 2, 3]


def test_the_line_new_since_stands_before_what_others_said_since() -> None:
    horizon = Horizon()
    views = [said(1, at=10), said(2, mine=True, at=20), said(3, at=30), said(4, at=40)]
    horizon.mark_new(views, 2, first=True)
    assert (horizon.new_from, horizon.new_since) == (3, 20)
    horizon.mark_new([*views, said(5, at=50)], 1, first=False)
    assert horizon.new_from == 3  # it does not wander while somebody reads
