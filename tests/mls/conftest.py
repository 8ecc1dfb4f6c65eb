"""What the MLS tests share: the folder of published vectors and a deterministic source of bytes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "mls"

Vectors = Callable[[str], list[Any]]


def vectors_folder() -> Path:
    return Path(os.environ.get("HAVEN_MLS_VECTORS", str(_DEFAULT)))


@pytest.fixture(scope="session")
def vectors() -> Vectors:
    """Loads one vector file by its path inside the folder."""

    def load(name: str) -> list[Any]:
        path = vectors_folder() / name
        if not path.is_file():
            sentence = (
                f"{name} is not there: fetch mlswg/mls-implementations (test-vectors/) and the "
                "hpke-pq vectors, and set HAVEN_MLS_VECTORS to the folder that holds them"
            )
            if os.environ.get("CI") == "true":
                pytest.fail(sentence)
            pytest.skip(sentence)
        cases: list[Any] = json.loads(path.read_text())
        return cases

    return load


class SeededRng:
    """Bytes from a seed: the same run again, and never the same bytes twice."""

    def __init__(self, seed: int) -> None:
        self._seed = seed.to_bytes(8, "big")
        self._count = 0

    def __call__(self, length: int) -> bytes:
        self._count += 1
        counter = self._count.to_bytes(8, "big")
        return hashlib.shake_256(self._seed + counter).digest(length)
