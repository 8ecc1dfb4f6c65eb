"""`clock` and `care`: a person's own things in a real vault, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.care.service import Care
from tests.care.kit import StillClock, open_care


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def care(tmp_path: Path, clock: StillClock) -> Iterator[Care]:
    found, vault = open_care(tmp_path, clock)
    yield found
    vault.close()
