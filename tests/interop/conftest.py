"""The peer: installed once, one Node process for a session of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .node import Peer, PeerUnavailable, installed


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    """ts-mls, or a skip with the reason; where `CI` is set the reason is a failure."""
    try:
        folder = installed()
    except PeerUnavailable as problem:
        if os.environ.get("CI", "").lower() in {"", "0", "false"}:
            pytest.skip(str(problem))
        pytest.fail(str(problem))
    running = Peer(folder)
    try:
        yield running
    finally:
        running.close()
