"""What comes in from outside comes in once: quick notes and imports."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from havenclient.errors import UsageError
from havenclient.journal import Journal, Query
from havenclient.journal.records import ImportedEntry, ImportedFile, ImportPlan
from havenclient.vault import Stopped, Vault, quick
from tests.journal.kit import HandClock, SeededRandom, open_vault

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def bodies(journal: Journal) -> list[str]:
    return [journal.get(row.id).body for row in journal.find(Query()).rows]


def seal(vault: Vault, clock: HandClock, text: str, seed: int = 1) -> Path:
    return quick.seal(vault.paths, text.encode(), clock=clock, random=SeededRandom(seed))


# --- quick notes ----------------------------------------------------------------------------------


def test_quick_notes_are_filed_in_order_with_the_time_of_their_sealing(
    journal: Journal, vault: Vault, clock: HandClock
) -> None:
    sealed = []
    for number in range(5):
        seal(vault, clock, f"note {number}", seed=9 - number)
        sealed.append(clock.at)
        clock.go(seconds=20)
    clock.go(hours=8)
    assert journal.file_quick() == 5
    rows = journal.find(Query()).rows
    assert [journal.get(row.id).body for row in rows] == [f"note {n}" for n in (4, 3, 2, 1, 0)]
    assert [row.written_at for row in rows] == sealed[::-1]
    assert journal.history(rows[0].id)[0].origin == "quick"
    assert journal.file_quick() == 0
    assert list(vault.paths.inbox.iterdir()) == []


def test_a_crash_after_the_commit_files_nothing_twice(
    journal: Journal, vault: Vault, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(vault, clock, "once")

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(quick, "discard", power_cut)
        with pytest.raises(KeyboardInterrupt):
            journal.file_quick()
    assert len(list(vault.paths.inbox.iterdir())) == 1
    assert journal.file_quick() == 0
    assert bodies(journal) == ["once"]
    assert list(vault.paths.inbox.iterdir()) == []


def test_a_crash_before_the_commit_loses_nothing(
    journal: Journal, vault: Vault, clock: HandClock
) -> None:
    seal(vault, clock, "kept")
    with pytest.raises(KeyboardInterrupt), vault.db.transaction():
        journal.file_quick()
        raise KeyboardInterrupt
    assert bodies(journal) == []
    assert journal.file_quick() == 1
    assert bodies(journal) == ["kept"]


def test_a_note_that_is_not_text_still_arrives(
    journal: Journal, vault: Vault, clock: HandClock
) -> None:
    quick.seal(vault.paths, b"caf\xe9 \xf0", clock=clock, random=SeededRandom())
    assert journal.file_quick() == 1
    assert bodies(journal) == ["caf\ufffd \ufffd"]


# --- imports --------------------------------------------------------------------------------------


def imported(number: int, **more: object) -> ImportedEntry:
    given: dict[str, object] = {
        "source": "jrnl",
        "source_id": f"id {number}",
        "written_at": AT + timedelta(days=number),
        "zone": None,
        "zone_guessed": True,
        "body": f"entry {number}",
        "raw": f"[raw {number}]",
    }
    return ImportedEntry(**(given | more))  # type: ignore[arg-type]


def plan(*entries: ImportedEntry) -> ImportPlan:
    return ImportPlan("jrnl", entries)


def test_an_import_goes_in_whole_and_only_once(journal: Journal, vault: Vault) -> None:
    first = plan(imported(2, mood=4, tags=("a",), journal="Travel"), imported(1, starred=True))
    result = journal.import_plan(first)
    assert (result.added, result.already_there, result.skipped) == (2, 0, 0)
    assert bodies(journal) == ["entry 2", "entry 1"]
    assert [info.name for info in vault.snapshots.list()][-1].endswith("import")
    again = journal.import_plan(plan(*first.entries, imported(3)))
    assert (again.added, again.already_there) == (1, 2)
    newest = journal.find(Query(tags=("a",))).rows[0]
    assert newest.journal == "Travel"
    version = journal.history(newest.id)[0]
    assert (version.origin, version.raw) == ("import", "[raw 2]")


def test_nothing_new_takes_no_snapshot(journal: Journal, vault: Vault, clock: HandClock) -> None:
    journal.import_plan(plan(imported(1)))
    taken = len(vault.snapshots.list())
    clock.go(hours=1)
    journal.import_plan(plan(imported(1)))
    assert len(vault.snapshots.list()) == taken


def test_an_edited_import_is_not_imported_again_and_a_purged_one_is(journal: Journal) -> None:
    journal.import_plan(plan(imported(1), imported(2)))
    second, first = (row.id for row in journal.find(Query()).rows)
    journal.edit(first, body="changed since")
    journal.bin(second)
    assert journal.import_plan(plan(imported(1), imported(2))).added == 0
    journal.purge(second)
    assert journal.import_plan(plan(imported(1), imported(2))).added == 1


def test_a_broken_row_is_reported_by_number_while_the_rest_goes_in(journal: Journal) -> None:
    broken = imported(2, mood=9)
    result = journal.import_plan(plan(imported(1), broken, imported(3)))
    assert (result.added, result.skipped) == (2, 1)
    assert [remark.where for remark in result.warnings] == ["entry 2"]
    assert bodies(journal) == ["entry 3", "entry 1"]


def test_stopping_leaves_nothing_behind(journal: Journal, vault: Vault, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg" * 1000)
    file = ImportedFile("photo.jpg", "image/jpeg", photo)

    class StopsLate:
        def step(self, done: int, total: int | None, label: str) -> None:
            if done >= 50:
                raise Stopped

    entries = [imported(n, attachments=(file,) if n == 1 else ()) for n in range(80)]
    with pytest.raises(Stopped):
        journal.import_plan(plan(*entries), work=StopsLate())
    assert bodies(journal) == []
    assert journal.find(Query(words=("entry",))).rows == ()
    assert list(vault.blobs.ids()) == []
    assert journal.import_plan(plan(*entries)).added == 80


def test_attachments_come_along_and_a_missing_one_is_said(journal: Journal, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg" * 50_000)
    files = (
        ImportedFile("photo.jpg", "image/jpeg", photo),
        ImportedFile("gone.jpg", "image/jpeg", tmp_path / "gone.jpg"),
    )
    result = journal.import_plan(plan(imported(1, attachments=files)))
    assert result.added == 1
    assert [remark.message for remark in result.warnings] == ["an attachment could not be read"]
    entry = journal.get(journal.find(Query(has_attachments=True)).rows[0].id)
    assert [file.name for file in entry.attachments] == ["photo.jpg"]
    with journal.read_attachment(entry.attachments[0].blob_id) as stream:
        assert stream.read() == photo.read_bytes()


def test_it_all_holds_after_closing(
    journal: Journal, vault: Vault, clock: HandClock, tmp_path: Path
) -> None:
    journal.import_plan(plan(imported(1)))
    seal(vault, clock, "in the night")
    vault.close()
    with open_vault(tmp_path, clock) as again:
        later = Journal(again, clock=clock)
        assert later.file_quick() == 1
        assert later.import_plan(plan(imported(1))).added == 0
        assert bodies(later) == ["in the night", "entry 1"]


# --- attachments ----------------------------------------------------------------------------------


def test_an_attachment_is_listed_found_and_read(journal: Journal) -> None:
    made = journal.add("with a picture")
    data = bytes(range(256)) * 1000
    file = journal.attach(made.id, "a\nb.png", io.BytesIO(data), "image/png")
    assert (file.name, file.size, file.media_type) == ("a b.png", len(data), "image/png")
    assert journal.get(made.id).attachments == (file,)
    assert journal.find(Query(has_attachments=True)).rows[0].id == made.id
    with journal.read_attachment(file.blob_id) as stream:
        assert stream.read() == data
    journal.edit(made.id, body="changed")
    assert journal.get(made.id).attachments == (file,)
    assert journal.find(Query(words=("changed",), has_attachments=True)).rows


def test_a_detached_file_rests_thirty_days(
    journal: Journal, vault: Vault, clock: HandClock
) -> None:
    made = journal.add("x")
    file = journal.attach(made.id, "f", io.BytesIO(b"data"))
    journal.detach(made.id, file.blob_id)
    assert journal.get(made.id).attachments == ()
    assert journal.find(Query(has_attachments=True)).rows == ()
    journal.purge_expired()
    assert list(vault.blobs.ids()) == [file.blob_id]
    clock.go(days=30)
    journal.purge_expired()
    assert list(vault.blobs.ids()) == []


def test_purging_an_entry_takes_its_files_along(journal: Journal, vault: Vault) -> None:
    made = journal.add("x")
    journal.attach(made.id, "f", io.BytesIO(b"data"))
    journal.purge(made.id)
    assert list(vault.blobs.ids()) == []
    assert list(vault.paths.blobs.iterdir()) == []


def test_nothing_is_attached_to_what_is_not_there(journal: Journal, vault: Vault) -> None:
    made = journal.add("x")
    journal.bin(made.id)
    with pytest.raises(UsageError):
        journal.attach(made.id, "f", io.BytesIO(b"data"))
    assert list(vault.blobs.ids()) == []
