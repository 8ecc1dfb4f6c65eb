"""Any bytes, at any door: a value or an `MLSError`, never another exception."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.crypto.mls.errors import MLSError

from .fuzz.entries import ENTRIES, samples

EXAMPLES = int(os.environ.get("HAVEN_FUZZ_EXAMPLES", "60"))
SECONDS = int(os.environ.get("HAVEN_FUZZ_SECONDS", "4"))

_SAMPLES = samples()

Edit = tuple[float, int, bytes]


def _bent(data: bytes, edits: list[Edit]) -> bytes:
    """Cut some bytes out and put others in, at places given as a share of the length."""
    for place, cut, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + cut :]
    return data


_EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 6), st.binary(max_size=6)),
    min_size=1,
    max_size=4,
)

_SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="HAVEN_FUZZ_EXAMPLES" not in os.environ,
    database=None,
)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_any_bytes_give_a_value_or_a_typed_error(name: str) -> None:
    entry = ENTRIES[name]

    @_SETTINGS
    @given(st.binary(max_size=400))
    def run(data: bytes) -> None:
        with contextlib.suppress(MLSError):
            entry(data)

    run()


@pytest.mark.parametrize("name", sorted(_SAMPLES))
def test_bent_inputs_give_a_value_or_a_typed_error(name: str) -> None:
    entry, good = ENTRIES[name], _SAMPLES[name]

    @_SETTINGS
    @given(st.sampled_from(good), _EDITS)
    def run(data: bytes, edits: list[Edit]) -> None:
        with contextlib.suppress(MLSError):
            entry(_bent(data, edits))

    run()


def test_every_door_has_samples_or_needs_none() -> None:
    assert set(_SAMPLES) <= set(ENTRIES)
    assert len(ENTRIES) >= 25


def test_coverage_guided_fuzzing_finds_nothing(tmp_path: Path) -> None:
    """A few seconds here; `make fuzz` runs it long."""
    pytest.importorskip("atheris")
    root = Path(__file__).resolve().parents[2]
    command = [
        sys.executable,
        "-m",
        "tests.mls.fuzz.fuzz_mls",
        f"-max_total_time={SECONDS}",
        "-timeout=20",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={tmp_path}/",
        str(tmp_path / "corpus"),
    ]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=SECONDS + 120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done" in done.stderr
