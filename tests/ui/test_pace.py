"""The beat on the screen, in real time: two beats here, five minutes by `make pace-care`."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Static

from havenclient.care import pacing
from havenclient.care.library import Beat
from havenclient.ui import Launch
from havenclient.ui.screens.care.player import PlayerScreen
from tests.ui.house import open_app, settle

Home = Callable[..., Launch]
NEAR = 0.050
BUSY = 0.250


async def test_the_screen_keeps_the_beat(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = int(os.environ.get("HAVEN_PACE_SECONDS", "2"))
    where = home(filled=True)
    async with open_app(where) as (app, pilot):
        player = PlayerScreen("box_breathing")
        player._course = pacing.Course((Beat("in", 4), Beat("out", 4)), -(-seconds // 8) + 1)
        monkeypatch.setattr(player, "_now", time.monotonic)
        app.push_screen(player)
        await settle(pilot)
        shown: list[float] = []
        line = player.query_one("#player-now", Static)
        update = line.update

        def told(*content: Any, **how: Any) -> None:
            update(*content, **how)
            if player._began is not None:
                shown.append(time.monotonic() - player._began)

        monkeypatch.setattr(line, "update", told)
        player.action_go()
        assert gc.get_freeze_count(), "no full collection while a beat is due"
        while player._began is not None and time.monotonic() - player._began < seconds + 0.2:
            await pilot.pause(0.05)
        player.action_stop()
        assert not gc.get_freeze_count()
    late = sorted(at - int(at + 0.001) for at in shown if at > 0.9)
    print(f"{len(late)} seconds, latest {late[-1] * 1000:.1f} ms, median "
          f"{late[len(late) // 2] * 1000:.1f} ms")  # fmt: skip
    assert len(late) >= seconds - 1
    # A test machine with many runners is no place to hold two beats to 50 ms; the long form is.
    assert late[-1] < (NEAR if seconds >= 60 else BUSY)
