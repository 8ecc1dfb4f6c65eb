"""Staying in touch goes on whatever a round meets."""

from __future__ import annotations

import threading

import pytest

from havenclient.seams import SystemRandom
from havenclient.sync import routes
from havenclient.sync.engine import Engine
from havenclient.sync.live import STUMBLED, Changed, Live
from havenclient.sync.report import Report
from tests.circles.kit import Town


def test_a_round_that_meets_what_nobody_foresaw_is_said_and_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead thread would keep everything that is written from then on, and say nothing."""
    mara = town.person("mara")
    rounds: list[int] = []
    again = threading.Event()
    told: list[str] = []

    def once(_: Engine, only: str | None = None, *, commit: bool = True) -> Report:
        rounds.append(1)
        if len(rounds) == 1:
            raise ValueError("a shape that no test had")
        again.set()
        return Report()

    def notify(changed: Changed) -> None:
        told.append(changed.error)
        link.wake()

    monkeypatch.setattr(Engine, "once", once)
    link = Live(
        mara.circles,
        lambda base, purpose: routes.route(mara.vault, base, purpose),
        random=SystemRandom(),
        notify=notify,
    )
    link.start()
    assert again.wait(10)
    link.stop()
    assert told[0] == STUMBLED
