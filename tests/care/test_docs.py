"""docs/from-the-article.md: all 36 rows, and every command in them names something that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    line
    for line in (ROOT / "docs" / "from-the-article.md").read_text("utf-8").splitlines()
    if re.match(r"\| S\d\d \|", line)
]


def test_all_36_statements_have_one_row_in_order() -> None:
    assert [row[2:5] for row in ROWS] == [f"S{number:02}" for number in range(1, 37)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:5])
def test_each_row_says_its_state_and_a_command_that_can_run(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[3].split()[0].rstrip(";:") in ("works", "partly")
    command = cells[4].strip("`")
    program, *words = command.split()
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "make" / "care.mk").read_text(), re.MULTILINE)
        return
    if program == "haven":
        from havenclient.cli import table

        assert words[0] in table.rows()
        if words[:2] == ["care", "show"]:
            from havenclient.care import library

            assert library.item(words[2])
        return
    assert program == "pytest"
    files = [ROOT / word for word in words if word.startswith("tests/")]
    assert files and all(file.is_file() for file in files)
    if "-k" in words:
        source = "\n".join(file.read_text("utf-8") for file in files)
        names = re.findall(r"^(?:async )?def (test_\w+)", source, re.MULTILINE)
        names += re.findall(r"(\w+)\.txt", " ".join(map(str, files[0].parent.rglob("*.txt"))))
        names += [file.name for file in files]
        wanted = " ".join(words[words.index("-k") + 1 :]).strip('"').split(" or ")
        for word in wanted:
            assert any(word in name for name in names), word
