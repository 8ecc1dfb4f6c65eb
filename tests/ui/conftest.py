"""Every UI test starts with no colour wish, no settings from outside and its own house."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from havenclient.config import Settings
from havenclient.ui import Launch
from havenclient.ui.app import HavenApp, Outcome
from tests.ui import house

sys.modules.setdefault("house", house)  # tests/ui/circles say `import house`

Opened = AbstractAsyncContextManager[tuple[HavenApp, Pilot[Outcome]]]
Open = Callable[..., Opened]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEXTUAL", "TEXTUAL_LOG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def clock() -> house.StillClock:
    return house.StillClock()


@pytest.fixture
def home(tmp_path: Path, clock: house.StillClock) -> Callable[..., Launch]:
    """`home(filled=True, settings=…)`: a house with a vault in it."""

    def make(
        *, filled: bool = False, vault: bool = True, settings: Settings | None = None
    ) -> Launch:
        where = house.launch(tmp_path / "home", settings=settings, clock=clock)
        if vault:
            house.furnish(where, filled=filled)
        return where

    return make
