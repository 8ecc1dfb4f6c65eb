"""Every screen at both sizes, as it looked when a person last looked at it and found it good.

After a wanted change: `make shots`, look at the pictures, then `--snapshot-update`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from tests.ui.house import NARROW, PASSPHRASE, WIDE, settle, write
from tests.ui.scenes import SCENES, Scene
from tests.ui.stillness import stand_still

Home = Callable[..., Launch]
pytestmark = pytest.mark.skipif("NO_COLOR" in os.environ, reason="the pictures have colours")


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_screen(
    scene: Scene,
    size: tuple[int, int],
    home: Home,
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    app = HavenApp(home(filled=scene.filled, vault=scene.vault, settings=scene.settings))

    async def play(pilot: Pilot[Outcome]) -> None:
        await settle(pilot)
        if scene.unlocked:
            await write(pilot, PASSPHRASE)
            await pilot.press("enter")
            await settle(pilot)
        await scene.play(app, pilot)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=play)
