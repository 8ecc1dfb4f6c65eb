"""One relay process for the room; a village around one screen for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from havenclient.config import Settings
from tests.relay.harness import Relay
from tests.ui import house
from tests.ui.circles.village import TownClock, Village

MakeVillage = Callable[..., Village]


@pytest.fixture(scope="session")
def shared_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with Relay(tmp_path_factory.mktemp("relay")) as relay:
        yield relay


@pytest.fixture
def make_village(tmp_path: Path, shared_relay: Relay) -> Iterator[MakeVillage]:
    made: list[Village] = []

    def make(*, filled: bool = False, settings: Settings | None = None) -> Village:
        where = house.launch(tmp_path / "home", settings=settings, clock=TownClock())
        house.furnish(where, filled=filled)
        made.append(Village(tmp_path / "town", shared_relay.url, where))
        return made[-1]

    yield make
    for village in made:
        village.close()


@pytest.fixture
def village(make_village: MakeVillage) -> Village:
    return make_village()
