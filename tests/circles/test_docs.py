"""Promises in the documents name tests that exist; `…` stands for the rest of a name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def defined() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= set(_DEFINED.findall(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("name", ["privacy.md", "attacks.md", "circles.md", "protocol.md"])
def test_every_test_that_is_named_exists(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    tests = defined()
    for said in re.findall(r"`(…?[a-z_]*test_?[a-z_0-9]*…?|…[a-z_0-9]+…)`", page):
        if said.endswith(".py"):
            continue
        pattern = re.compile(said.replace("…", r"\w*"))
        assert any(pattern.fullmatch(test) for test in tests), said
    for said in re.findall(r"`((?:tests/)?[\w/]*test_\w+\.py)`", page):
        places = (ROOT / said, ROOT / "tests" / "circles" / said)
        assert any(place.is_file() for place in places), said


def test_each_line_of_privacy_names_its_test_or_says_that_it_is_only_said() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if "---" not in row and row.split("|")[-2].strip() != "test"]
    assert len(rows) > 20
    for row in rows:
        last = row.split("|")[-2]
        backed = "test_" in last or "haven-relay inspect" in last or "…" in last
        assert backed or "said, not hidden" in last or last.strip().startswith("P "), row
