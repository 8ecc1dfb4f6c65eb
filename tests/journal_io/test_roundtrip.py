"""Out and in again: what an export holds comes back as it was, through the real vault."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havenclient.errors import UsageError
from havenclient.journal import Journal, Query
from havenclient.journal.exporters import export
from havenclient.journal.exporters.markdown_out import file_name
from havenclient.journal.importers import detect
from havenclient.vault import Stopped, Vault
from tests.journal.kit import HandClock, SeededRandom, make_vault
from tests.journal_io.making import plan_of

PROPERTY = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip

FIRST, LAST = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 (wall times)
ZONES = st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", None])
BODIES = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        ["---\na: b\n---\n", "\n\n# x\n\n", "a\r\nb\rc",
         "\u2028\x85\x1b[31m", "haven: 1", "\ufeffx",
         "[2020-01-01 10:00] not an entry", "#tag in text", "![](a.png)", " ", "", "...\n---\n"]),
)  # fmt: skip
LINES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20)

# A name with a separator in it is no file name; Haven keeps its last part.
NAMES = LINES.filter(
    lambda name: not set("/\\") & set(name) and name.strip() not in ("", ".", "..")
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, object]:
    zone = draw(ZONES)
    naive = draw(st.datetimes(FIRST, LAST))
    offset = timezone(timedelta(minutes=draw(st.integers(-700, 800))))
    return {
        "body": draw(BODIES),
        "mood": draw(st.none() | st.integers(1, 5)),
        "tags": tuple(draw(st.lists(LINES, max_size=3))),
        "note": draw(st.none() | LINES | st.sampled_from(["null", "~", "true", "1"])),
        "starred": draw(st.booleans()),
        "written_at": naive.replace(tzinfo=ZoneInfo(zone) if zone else offset),
        "zone": zone,
        "journal": draw(st.sampled_from([None, "Travel: 2024", "null"])),
        "earlier": draw(st.lists(BODIES, max_size=2)),
        "files": draw(st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=2)),
    }


def fill(journal: Journal, wanted: list[dict[str, object]]) -> None:
    for name in ("Travel: 2024", "null"):
        journal.create_journal(name)
    for fields in wanted:
        files, earlier = fields.pop("files"), fields.pop("earlier")
        first, *later = cast("list[str]", [*earlier, fields.pop("body")])  # type: ignore[misc]
        made = journal.add(first, **fields)  # type: ignore[arg-type]
        for body in later:
            journal.edit(made.id, body=body)
        for name, data in files:  # type: ignore[attr-defined]
            journal.attach(made.id, name, BytesIO(data), "text/plain")


def seen(journal: Journal) -> list[tuple[object, ...]]:
    found = []
    for entry, _ in journal.iter_versions():
        files = sorted((file.name, file.media_type, file.sha256) for file in entry.attachments)
        found.append(
            (entry.written_at.isoformat(), entry.zone or "", entry.body, entry.mood or 0,
             entry.tags,
             entry.note or "", entry.starred, entry.journal, tuple(files))
        )  # fmt: skip
    return sorted(found)


def versions_in(folder: Path) -> dict[str, list[str]]:
    """Every entry's bodies in the export, oldest first."""
    lines = (folder / "haven.jsonl").read_text("utf-8").split("\n")
    records = [json.loads(line) for line in lines if line]
    return {
        record["id"]: [version["body"] for version in record["versions"]]
        for record in records
        if record["kind"] == "entry"
    }


@pytest.mark.parametrize("kind", ["markdown", "jsonl"])
@PROPERTY
@given(wanted=st.lists(entries(), max_size=4))
def test_an_export_comes_back_whole(
    tmp_path_factory: pytest.TempPathFactory, kind: str, wanted: list[dict[str, object]]
) -> None:
    root = tmp_path_factory.mktemp("r")
    clock = HandClock()
    with make_vault(root / "a", clock) as old, make_vault(root / "b", clock) as new:
        before = Journal(old, clock=clock, random=SeededRandom(1))
        fill(before, [dict(fields) for fields in wanted])
        result = export(before, kind, root / "out", clock=clock)
        assert result.entries == len(wanted)
        if kind == "jsonl":
            assert versions_in(root / "out") == {
                entry.id: [version.body for version in versions]
                for entry, versions in before.iter_versions()
            }
        after = Journal(new, clock=clock, random=SeededRandom(2))
        if wanted:
            assert detect(root / "out") == {"markdown": "markdown", "jsonl": "haven"}[kind]
            plan = plan_of(root / "out")
            assert not any(entry.zone_guessed for entry in plan.entries)
            assert after.import_plan(plan).added == len(wanted)
            assert after.import_plan(plan_of(root / "out")).added == 0
        assert seen(after) == seen(before)
    shutil.rmtree(root)


def test_both_exports_are_the_same_entries_to_an_import(
    tmp_path: Path, journal: Journal, clock: HandClock
) -> None:
    journal.add("once")
    export(journal, "md", tmp_path / "md")
    export(journal, "jsonl", tmp_path / "jsonl")
    ids = {
        (found.source, found.source_id)
        for name in ("md", "jsonl")
        for found in plan_of(tmp_path / name).entries
    }
    assert len(ids) == 1
    assert (
        plan_of(tmp_path / "jsonl" / "haven.jsonl").entries == plan_of(tmp_path / "jsonl").entries
    )


def test_jrnl_out_is_jrnl_in(tmp_path: Path, journal: Journal) -> None:
    at = datetime(2024, 1, 15, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    journal.add("# Title\n\nBody\nmore", tags=("two words",), starred=True, written_at=at)
    journal.add("second", written_at=at + timedelta(days=1))
    export(journal, "jrnl", tmp_path / "out.json")
    document = json.loads((tmp_path / "out.json").read_text())
    assert document["tags"] == {"@two_words": 1}
    assert document["entries"][0]["date"] == "2024-01-15"
    assert detect(tmp_path / "out.json") == "jrnl-json"
    plan = plan_of(tmp_path / "out.json")
    assert [entry.body for entry in plan.entries] == ["# Title\n\nBody\nmore", "second"]
    assert plan.entries[0].starred


def test_names_of_pages_and_versions_in_lines(
    tmp_path: Path, journal: Journal, clock: HandClock
) -> None:
    at = datetime(2024, 1, 15, 9, 30, tzinfo=UTC)
    first = journal.add("one", written_at=at)
    journal.edit(first.id, body="two")
    journal.attach(first.id, "../../evil<>.txt", BytesIO(b"x"), "text/plain")
    export(journal, "markdown", tmp_path / "md")
    names = sorted(
        str(path.relative_to(tmp_path / "md")) for path in (tmp_path / "md").rglob("*.*")
    )
    stem = f"2024/2024-01-15-0930-{first.id[:6].lower()}"
    assert f"{stem}.md" in names
    assert all(not name.startswith("..") for name in names)
    export(journal, "jsonl", tmp_path / "lines")
    lines = (tmp_path / "lines/haven.jsonl").read_text().splitlines()
    record = next(json.loads(line) for line in lines if '"kind":"entry"' in line)
    assert [version["body"] for version in record["versions"]] == ["one", "two"]
    assert (tmp_path / "lines/attachments").is_dir()
    for path in tmp_path.glob("md/**/*"):
        assert path.stat().st_mode & 0o077 == 0


def test_file_names_are_never_paths() -> None:
    for name in (
        "../a",
        "/etc/passwd",
        "a\\b",
        "..",
        ".",
        "",
        "con",
        "x" * 400 + ".png",
        "a\0b",
        "日" * 99,
    ):
        made = file_name(name)
        assert "/" not in made and "\\" not in made and made not in ("", ".", "..")
        assert len(made.encode()) <= 150


@given(name=st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_file_names_hold_on_any_text(name: str) -> None:
    made = file_name(name)
    assert (
        made
        and "/" not in made
        and "\0" not in made
        and len(made.encode("utf-8", "replace")) <= 150
    )


@pytest.mark.parametrize("kind", ["markdown", "jsonl", "jrnl"])
def test_nothing_is_written_over_and_stopping_leaves_nothing(
    tmp_path: Path, journal: Journal, kind: str
) -> None:
    class Stop:
        def step(self, done: int, total: int | None, label: str) -> None:
            raise Stopped

    journal.add("words")
    target = tmp_path / "here"
    target.write_text("precious")
    with pytest.raises(UsageError):
        export(journal, kind, target)
    assert target.read_text() == "precious"
    target.unlink()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Stopped):
        export(journal, kind, target, work=Stop())
    assert sorted(tmp_path.iterdir()) == before
    with pytest.raises(UsageError):
        export(journal, kind, tmp_path / "no" / "such" / "folder")
    with pytest.raises(UsageError):
        export(journal, "no-such-format", target)


def test_a_query_chooses_what_goes_out(tmp_path: Path, journal: Journal) -> None:
    journal.add("one", tags=("keep",))
    journal.add("two")
    journal.bin(journal.add("three", tags=("keep",)).id)
    assert export(journal, "md", tmp_path / "a", query=Query(tags=("keep",))).entries == 1


@pytest.mark.parametrize("kind", ["markdown", "jsonl"])
def test_an_export_adds_nothing_to_the_vault_that_it_came_from(
    tmp_path: Path, vault: Vault, journal: Journal, clock: HandClock, kind: str
) -> None:
    first = journal.add("one", tags=("x",))
    journal.attach(first.id, "a.txt", BytesIO(b"file"), "text/plain")
    second = journal.add("two")
    export(journal, kind, tmp_path / "out", clock=clock)
    journal.edit(second.id, body="two, and more since")
    journal.bin(first.id)
    result = journal.import_plan(plan_of(tmp_path / "out"))
    assert (result.added, result.already_there) == (0, 2)
    assert journal.get(second.id).body == "two, and more since"
    assert len(list(vault.blobs.ids())) == 1
    # What is gone for ever may come back out of an export: nothing here has its id.
    journal.purge(first.id)
    result = journal.import_plan(plan_of(tmp_path / "out"))
    assert (result.added, result.already_there) == (1, 1)


def test_an_import_that_fails_leaves_no_sealed_file(
    tmp_path: Path, vault: Vault, journal: Journal, clock: HandClock
) -> None:
    entry = journal.add("one")
    journal.attach(entry.id, "a.txt", BytesIO(b"file"), "text/plain")
    export(journal, "jsonl", tmp_path / "out", clock=clock)
    journal.bin(entry.id)
    journal.purge(entry.id)

    class Late:
        def step(self, done: int, total: int | None, label: str) -> None:
            if done and label == "importing":
                raise Stopped

    with pytest.raises(Stopped):
        journal.import_plan(plan_of(tmp_path / "out"), work=Late())
    assert list(vault.paths.blobs.iterdir()) == []
    assert journal.find(Query()).rows == ()


def test_a_sealed_file_that_no_entry_names_goes_after_a_day(
    vault: Vault, journal: Journal, clock: HandClock
) -> None:
    vault.blobs.put(BytesIO(b"a crash came before its row"))
    kept = journal.attach(journal.add("one").id, "a", BytesIO(b"named"), "text/plain")
    journal.purge_expired()
    assert len(list(vault.blobs.ids())) == 2
    clock.go(days=2)
    journal.purge_expired()
    assert list(vault.blobs.ids()) == [kept.blob_id]
    assert [path.name for path in vault.paths.blobs.iterdir()] == [kept.blob_id]
