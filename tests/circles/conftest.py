"""One relay process for the room; a town of people for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.circles.kit import Town
from tests.relay.harness import Relay

# A town of tests founds more circles a minute than a small relay should let anybody found.
UNHURRIED = {"HAVEN_RELAY_LIMITS_CREATIONS_PER_MINUTE": "0"}


@pytest.fixture(scope="session")
def shared_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with Relay(tmp_path_factory.mktemp("relay"), env=UNHURRIED) as relay:
        yield relay


@pytest.fixture
def town(tmp_path: Path, shared_relay: Relay) -> Iterator[Town]:
    made = Town(tmp_path / "town", shared_relay.url)
    yield made
    made.close()


@pytest.fixture
def own_relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay that the test may kill, roll back and damage."""
    with Relay(tmp_path / "relay", env=UNHURRIED) as relay:
        yield relay


@pytest.fixture
def own_town(tmp_path: Path, own_relay: Relay) -> Iterator[Town]:
    made = Town(tmp_path / "town", own_relay.url)
    yield made
    made.close()
