"""Real files of other programs, all the way: in, found, read, edited, out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from havenclient.journal import Journal, Query
from havenclient.journal.exporters import export
from havenclient.journal.importers import detect
from tests.journal_io.making import BERLIN, plan_of

SAMPLES = [
    ("daylio-michaelcurrin/sample.csv", "daylio", 3, "stomachache"),
    ("daylio-michaelcurrin/sample_multiple_moods.csv", "daylio", 7, "Anxious"),
    ("daylio-staticf0x/test_data.csv", "daylio", 32, "beautiful"),
    ("mini-diarium/dayone-sample.txt", "dayone-text", 3, "sunrise"),
    ("mini-diarium/jrnl-realistic.json", "jrnl-json", 6, "Dentist"),
    ("mini-diarium/jrnl-sample.json", "jrnl-json", 3, "hiking"),
    ("obsidian-dataview", "markdown", 5, "toast"),
    ("rednotebook", "rednotebook", 3, "日記"),
    ("rednotebook/2024-02.txt", "rednotebook", 3, "budget"),
]


@pytest.mark.parametrize(("name", "kind", "count", "word"), SAMPLES, ids=[s[0] for s in SAMPLES])
def test_a_sample_goes_in_is_found_read_edited_and_goes_out(
    tmp_path: Path, samples: Path, journal: Journal, name: str, kind: str, count: int, word: str
) -> None:
    path = samples / name
    assert detect(path) == kind
    plan = plan_of(path)
    answers = dict.fromkeys(plan.unknown_moods, 3)
    plan = plan_of(path, mood_words=answers)
    assert plan.unknown_moods == () and len(plan.entries) == count
    result = journal.import_plan(plan)
    assert (result.added, result.already_there, result.skipped) == (count, 0, 0)
    again = journal.import_plan(plan_of(path))
    assert (again.added, again.already_there) == (0, count)

    tags = {tag for tag, _ in journal.tags()}
    query = Query(tags=(word,)) if word in tags else Query(words=(word,))
    rows = journal.find(query).rows
    assert rows
    entry = journal.get(rows[0].id)
    assert entry.written_at.utcoffset() is not None
    edited = journal.edit(entry.id, body=entry.body + "\n\nread again today")
    assert edited.version == 2 and len(journal.history(entry.id)) == 2
    for format_name in ("markdown", "jsonl"):
        out = tmp_path / format_name
        assert export(journal, format_name, out).entries == count
        bodies = {found.body for found in plan_of(out).entries}
        assert edited.body in bodies
    assert export(journal, "jrnl", tmp_path / "out.json").entries == count


def test_times_of_the_samples_are_read_in_the_chosen_zone(samples: Path) -> None:
    plan = plan_of(samples / "daylio-staticf0x/test_data.csv")
    assert all(entry.zone_guessed and entry.zone == BERLIN.key for entry in plan.entries)
    assert any("Europe/Berlin" in remark.message for remark in plan.warnings)


def test_remarks_hold_no_words_of_the_person(samples: Path) -> None:
    for name, _, _, word in SAMPLES:
        for remark in plan_of(samples / name).warnings:
            assert word not in remark.message
