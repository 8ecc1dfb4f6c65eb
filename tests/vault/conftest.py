from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.vault import Vault
from tests.vault.kit import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def vault(place: Place) -> Iterator[Vault]:
    with place.create() as opened:
        yield opened
