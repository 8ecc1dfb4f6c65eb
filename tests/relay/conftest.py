from __future__ import annotations

from collections.abc import Iterator

import pytest

from .harness import Relay


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """One relay process for all tests of a module."""
    with Relay(tmp_path_factory.mktemp("relay")) as running:
        yield running
