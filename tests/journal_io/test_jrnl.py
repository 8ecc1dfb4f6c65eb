"""jrnl in all its forms: text, folder, JSON, and the three kinds of encryption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from havenclient.errors import InputRejected, WrongPassphrase
from havenclient.journal.importers import detect
from tests.journal_io.making import (
    jrnl_v1,
    jrnl_v2,
    jrnl_v3,
    only,
    plan_of,
    remarks,
    written,
)

TEXT = """[2013-06-09 15:39] My first entry. *
Everything is alright @home

[2013-06-10 03:40:07 PM] Life is good.

[1] a footnote, not an entry
[x] done
"""


def test_text_with_stars_tags_seconds_and_footnotes(tmp_path: Path) -> None:
    path = written(tmp_path, "journal.txt", TEXT)
    assert detect(path) == "jrnl"
    first, second = plan_of(path).entries
    assert (first.starred, second.starred) == (True, False)
    assert first.body == "My first entry.\n\nEverything is alright @home"
    assert first.tags == ("home",)
    assert second.written_at.isoformat() == "2013-06-10T15:40:07+02:00"
    assert second.body.endswith("[1] a footnote, not an entry\n[x] done")
    assert first.zone == "Europe/Berlin" and first.zone_guessed


@pytest.mark.parametrize(
    ("header", "iso"),
    [
        ("2019-07-08 05:42", "2019-07-08T05:42:00"),
        ("2019-07-08 05:42:31 PM", "2019-07-08T17:42:31"),
        ("2019-07-08", "2019-07-08T12:00:00"),
        ("2019-07", "2019-07-01T12:00:00"),
        ("09.06.2013 15:39", "2013-06-09T15:39:00"),
        ("25/12/2013 15:39", "2013-12-25T15:39:00"),
        ("12/25/2013 3:39 PM", "2013-12-25T15:39:00"),
        ("Sunday, June 9, 2013 at 3:39 PM", "2013-06-09T15:39:00"),
        ("Sun 09 Jun 2013 15:39", "2013-06-09T15:39:00"),
        ("9. Juni 2013 15:39", "2013-06-09T15:39:00"),
        ("2013/06/09 15:39", "2013-06-09T15:39:00"),
        ("2013-06-09T15:39:00", "2013-06-09T15:39:00"),
        ("June 9 2013 15:39", "2013-06-09T15:39:00"),
    ],
)
def test_time_formats_that_people_configure(tmp_path: Path, header: str, iso: str) -> None:
    path = written(tmp_path, "j.txt", f"[{header}] Words\nmore\n")
    assert only(plan_of(path, "jrnl")).written_at.replace(tzinfo=None).isoformat() == iso


def test_day_and_month_are_told_from_the_whole_file_or_remarked(tmp_path: Path) -> None:
    clear = written(tmp_path, "a.txt", "[03/04/2019 10:00] a\n\n[25/04/2019 10:00] b\n")
    assert plan_of(clear, "jrnl").entries[0].written_at.month == 4
    vague = written(tmp_path, "b.txt", "[03/04/2019 10:00] a\n")
    plan = plan_of(vague, "jrnl")
    assert plan.entries[0].written_at.month == 3
    assert "read two ways" in remarks(plan)


def test_version_one_had_no_brackets(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "old.txt",
        '2010-06-10 15:00 Chocolate.\n\n2013-06-10 15:40 He said "[this]".\nLorem\n'
        "[2019-08-03 12:55] Some chat log\n",
    )
    assert detect(path) == "jrnl"
    plan = plan_of(path)
    assert len(plan.entries) == 2
    assert "[2019-08-03 12:55] Some chat log" in plan.entries[1].body


def test_brackets_without_dates_are_refused_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "x.txt", "[ashasd7zdskhz7asdkjasd] Lost track of time\n")
    with pytest.raises(InputRejected):
        plan_of(path, "jrnl")


def test_folder_reads_only_days(tmp_path: Path) -> None:
    written(tmp_path, "2020/08/29.txt", "[2020-08-29 11:11:00 AM] One.\nlorem @ipsum\n")
    written(tmp_path, "2020/08/31.txt", "[14:32] Time only.\n\n[2020-08-31 20:00] Two.\n")
    written(tmp_path, "2020/09/31.txt", "[2020-09-31 20:00] No such day.\n")
    written(tmp_path, "2020/should-be-ignored.txt", "[2020-01-01 20:00] no\n")
    assert detect(tmp_path) == "jrnl-folder"
    days = [entry.written_at.isoformat() for entry in plan_of(tmp_path).entries]
    assert days == [
        "2020-08-29T11:11:00+02:00",
        "2020-08-31T14:32:00+02:00",
        "2020-08-31T20:00:00+02:00",
    ]


def test_json_and_text_of_one_journal_are_the_same_entries(tmp_path: Path) -> None:
    text = plan_of(written(tmp_path, "a.txt", TEXT))
    record = {"title": "My first entry.", "body": "Everything is alright @home"}
    document = {
        "tags": {"@home": 1},
        "entries": [{**record, "date": "2013-06-09", "time": "15:39", "tags": ["@home"]}],
    }
    path = written(tmp_path, "a.json", json.dumps(document))
    assert detect(path) == "jrnl-json"
    entry = only(plan_of(path))
    assert (entry.source, entry.source_id) == ("jrnl", text.entries[0].source_id)


def test_json_reports_broken_records_by_number(tmp_path: Path) -> None:
    document = {
        "entries": [
            {"title": "fine", "body": "", "date": "2024-01-01", "time": "10:00"},
            7,
            {"title": "bad", "body": "", "date": "2024-02-30", "time": "10:00"},
            {"title": "fine \ud800", "date": "2024-01-02", "time": "10:00", "tags": None},
        ]
    }
    path = written(tmp_path, "a.json", json.dumps(document))
    plan = plan_of(path, "jrnl-json")
    assert len(plan.entries) == 2
    assert "entry 2" in remarks(plan) and "entry 3" in remarks(plan)
    plan.entries[1].body.encode()  # no lone surrogate is left


@pytest.mark.parametrize(
    "sealed",
    [
        jrnl_v3("good doggie", TEXT),
        jrnl_v3("good doggie", TEXT, bare_header=True),
        jrnl_v2("good doggie", TEXT),
        jrnl_v1("good doggie", "2013-06-09 15:39 My first entry.\nmore\n"),
        jrnl_v1("good doggie", "2013-06-09 15:39 My first entry.\nmore\n", spaces=True),
    ],
    ids=["v3", "v3 bare header", "v2", "v1", "v1 spaces"],
)
def test_encrypted(tmp_path: Path, sealed: bytes) -> None:
    path = written(tmp_path, "j.journal", sealed)
    assert detect(path) == "jrnl-encrypted"
    plan = plan_of(path, passphrase=lambda: "good doggie")
    assert plan.entries[0].body.startswith("My first entry.")
    assert plan.source == "jrnl"
    with pytest.raises(WrongPassphrase):
        plan_of(path, passphrase=lambda: "bad doggie")
    with pytest.raises(InputRejected):
        plan_of(path)


def test_equal_entries_both_stay_and_ids_are_stable(tmp_path: Path) -> None:
    path = written(tmp_path, "j.txt", "[2020-01-01 10:00] same\n\n[2020-01-01 10:00] same\n")
    first, second = plan_of(path), plan_of(path)
    ids = [entry.source_id for entry in first.entries]
    assert len(set(ids)) == 2
    assert ids == [entry.source_id for entry in second.entries]
