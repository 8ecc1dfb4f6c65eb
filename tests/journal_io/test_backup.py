"""Backup and restore: with Haven, with age and tar alone, and what damage does (nothing)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pexpect
import pyrage
import pytest

from havenclient.errors import Damaged, HavenError, NotFound, UsageError, WrongPassphrase
from havenclient.journal import Journal, Query, backup
from havenclient.journal.records import Draft
from havenclient.journal.restore import read_key, restore, verify
from havenclient.vault import Passphrase, Stopped, Vault, VaultPaths, unlock
from tests.journal.kit import WEAK, HandClock, SeededRandom, make_vault

WORDS = "four small wooden boats"
MARKER = "MARKERwordThatOnlyTheJournalHolds"


class Stopping:
    """Stops at the nth step."""

    def __init__(self, after: int) -> None:
        self.left = after

    def step(self, done: int, total: int | None, label: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def fill(journal: Journal, clock: HandClock) -> dict[str, str]:
    """A journal with history, bin, hidden journal, draft, attachments; id -> newest body."""
    first = journal.add(f"# One\n\n{MARKER} 日記", mood=4, tags=("a b", "ü"), zone="Europe/Berlin",
                        written_at=clock.now().astimezone())  # fmt: skip
    clock.go(minutes=5)
    journal.edit(first.id, body=f"# One\n\n{MARKER} changed", starred=True)
    journal.attach(first.id, "pic.png", BytesIO(os.urandom(300_000)), "image/png")
    same = b"same content in two entries"
    journal.attach(first.id, "b.txt", BytesIO(same), "text/plain")
    journal.create_journal("Secret garden", hidden=True)
    second = journal.add("hidden words", journal="Secret garden", note="grief")
    journal.attach(second.id, "a.txt", BytesIO(same), "text/plain")
    third = journal.add("binned words")
    journal.bin(third.id)
    for number in range(20):
        clock.go(days=1)
        journal.add(f"day {number}\r\nline\0 end ", tags=(f"t{number % 3}",))
    journal.save_draft(Draft("new", "half a thought", clock.now(), 2, ("x",), None))
    return {first.id: "", second.id: "", third.id: ""}


def state_of(journal: Journal) -> dict[str, object]:
    """Everything that must survive, by entry id."""
    found: dict[str, object] = {}
    for info in journal.journals():
        for binned in (False, True):
            for entry, versions in journal.iter_versions(Query(journal=info.name, binned=binned)):
                found[entry.id] = (
                    entry.written_at.isoformat(), entry.zone, entry.body, entry.mood, entry.tags,
                    entry.note, entry.starred, entry.journal, entry.binned_at, info.hidden,
                    [(file.name, file.media_type, file.sha256) for file in entry.attachments],
                    [(v.number, v.saved_at, v.body, v.mood, v.tags, v.origin) for v in versions],
                )  # fmt: skip
    return found


@pytest.fixture
def made(tmp_path: Path, vault: Vault, journal: Journal, clock: HandClock) -> Path:
    """A key file without a passphrase (age knows those too): each stretching costs two seconds."""
    fill(journal, clock)
    folder = tmp_path / "backups"
    folder.mkdir(mode=0o700)
    identity = pyrage.x25519.Identity.generate()
    vault.set_meta(backup.RECIPIENT, str(identity.to_public()))
    (folder / backup.KEY_FILE).touch(0o600)
    (folder / backup.KEY_FILE).write_text(f"# key\n{identity}\n")
    backup.write(journal, vault, folder, clock=clock)
    return folder


@pytest.fixture(scope="session")
def locked_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """A key file as Haven makes it, and its public half; one for all, since each takes seconds."""
    folder = tmp_path_factory.mktemp("key")
    with make_vault(folder, HandClock()) as vault:
        path = backup.create_key(vault, folder, WORDS)
        assert path.stat().st_mode & 0o777 == 0o600
        return path.read_bytes(), str(vault.meta(backup.RECIPIENT))


@pytest.fixture
def locked(
    made: Path, vault: Vault, journal: Journal, clock: HandClock, locked_key: tuple[bytes, str]
) -> Path:
    """The same with a key file as people have it: locked with a passphrase."""
    folder = made.with_name("locked")
    folder.mkdir(mode=0o700)
    (folder / backup.KEY_FILE).touch(0o600)
    (folder / backup.KEY_FILE).write_bytes(locked_key[0])
    vault.set_meta(backup.RECIPIENT, locked_key[1])
    backup.write(journal, vault, folder, clock=clock)
    return folder


def archive_in(folder: Path) -> Path:
    return next(folder.glob("haven-2*.tar.age"))


def test_restore_brings_everything_back(
    tmp_path: Path, locked: Path, journal: Journal, clock: HandClock
) -> None:
    journal.add("written after the backup")
    result = restore(
        archive_in(locked), locked / backup.KEY_FILE, WORDS,
        tmp_path / "new", "another good phrase",
        state_dir=tmp_path / "state2", kdf=WEAK, clock=clock, random=SeededRandom(5),
    )  # fmt: skip
    assert (result.entries, result.attachments, result.left_out) == (23, 3, 0)
    opened = unlock(
        VaultPaths(tmp_path / "new"), Passphrase("another good phrase"),
        state_dir=tmp_path / "state2", clock=clock, random=SeededRandom(6),
    )  # fmt: skip
    with opened:
        again = Journal(opened, clock=clock, random=SeededRandom(7))
        before, after = state_of(journal), state_of(again)
        assert len(before) == len(after) + 1
        assert all(before[entry_id] == kept for entry_id, kept in after.items())
        assert again.find(Query(words=("changed",))).rows
        assert again.draft("new") is not None
        entry = next(e for e, _ in again.iter_versions() if len(e.attachments) == 2)
        with again.read_attachment(entry.attachments[0].blob_id) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == entry.attachments[0].sha256
    assert result.recovery_code not in repr(result)


def test_a_person_opens_it_with_age_and_tar_alone(tmp_path: Path, locked: Path) -> None:
    if shutil.which("age") is None or shutil.which("tar") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("age or tar is missing; `apt install age`")
        pytest.skip("age or tar isn't installed here, so the restore by hand wasn't tried")
    out = tmp_path / "by hand"
    out.mkdir()
    command = f"age -d -i {backup.KEY_FILE} {archive_in(locked).name} | tar x -C '{out}'"
    child = pexpect.spawn("/bin/sh", ["-c", command], cwd=str(locked), timeout=60)
    child.expect("(?i)passphrase")
    child.sendline(WORDS)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "age -d -i" in (out / "README.txt").read_text()
    pages = sorted((out / "markdown").rglob("*.md"))
    assert len(pages) == 22
    assert any(MARKER in page.read_text() for page in pages)
    manifest = json.loads((out / "manifest.json").read_text())
    for name, item in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == item["sha256"]
    lines = (out / "haven.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["haven"] == 1 and json.loads(lines[-1])["entries"] == 23


def test_a_backup_that_age_wrote_is_read(tmp_path: Path, made: Path, clock: HandClock) -> None:
    if shutil.which("age") is None:
        pytest.skip("age isn't installed here")
    identity = read_key(made / backup.KEY_FILE, WORDS)
    plain = pyrage.decrypt(archive_in(made).read_bytes(), [identity])
    other = tmp_path / "other.tar.age"
    subprocess.run(
        ["age", "-r", str(identity.to_public()), "-o", str(other)], input=plain, check=True
    )
    assert verify(other, made / backup.KEY_FILE, WORDS).entries == 23


def damage_cases(data: bytes) -> dict[str, bytes]:
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    late = bytearray(data)
    late[-20] ^= 1
    return {
        "flipped bit": bytes(flipped),
        "flipped at the end": bytes(late),
        "cut in half": data[: len(data) // 2],
        "cut at the last byte": data[:-1],
        "cut at a chunk": data[: 200 + 65552 * 2],
        "longer": data + b"x",
        "empty": b"",
        "another file": os.urandom(5000),
        "swapped chunks": data[: len(data) - 131104] + data[-65552:] + data[-131104:-65552],
    }


def test_damaged_backups_are_refused_before_anything_is_written(
    tmp_path: Path, made: Path, clock: HandClock
) -> None:
    for name, data in damage_cases(archive_in(made).read_bytes()).items():
        broken = tmp_path / "broken.tar.age"
        broken.write_bytes(data)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(Damaged):
            restore(
                broken, made / backup.KEY_FILE, WORDS, tmp_path / "new", "another good phrase",
                state_dir=tmp_path / "state2", kdf=WEAK, clock=clock,
            )  # fmt: skip
        assert sorted(tmp_path.rglob("*")) == before, name


def rewritten(made: Path, tmp_path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same backup, authentic for age, with its content changed by someone with the key."""
    identity = read_key(made / backup.KEY_FILE, WORDS)
    plain = pyrage.decrypt(archive_in(made).read_bytes(), [identity])
    out = BytesIO()
    with tarfile.open(fileobj=BytesIO(plain)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for info in old:
            stream = old.extractfile(info)
            assert stream is not None
            data = change(info.name, stream.read())
            if data is not None:
                info.size = len(data)
                new.addfile(info, BytesIO(data))
        link = tarfile.TarInfo("evil")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        if change("evil", b"") == b"link":
            new.addfile(link)
    path = tmp_path / "rewritten.tar.age"
    path.write_bytes(pyrage.encrypt(out.getvalue(), [identity.to_public()]))
    return path


@pytest.mark.parametrize("case", ["changed page", "no manifest", "no lines", "short lines", "link"])
def test_backups_that_contradict_themselves_are_refused(
    tmp_path: Path, made: Path, case: str
) -> None:
    def change(name: str, data: bytes) -> bytes | None:
        if case == "changed page" and name.endswith(".md"):
            return data + b"!"
        if case == "no manifest" and name == "manifest.json":
            return None
        if case == "no lines" and name == "haven.jsonl":
            return None
        if case == "short lines" and name == "haven.jsonl":
            return data[: len(data) // 2]
        return b"link" if case == "link" and name == "evil" else data

    with pytest.raises(Damaged):
        verify(rewritten(made, tmp_path, change), made / backup.KEY_FILE, WORDS)


def test_wrong_passphrase_wrong_key_and_no_key(
    tmp_path: Path, made: Path, locked: Path, vault: Vault
) -> None:
    with pytest.raises(WrongPassphrase):
        verify(archive_in(locked), locked / backup.KEY_FILE, "not the words")
    with pytest.raises(UsageError):
        backup.create_key(vault, locked, WORDS)  # never over the old key
    with pytest.raises(WrongPassphrase):
        verify(archive_in(locked), made / backup.KEY_FILE, WORDS)
    with pytest.raises(NotFound):
        verify(made / "nothing", made / backup.KEY_FILE, WORDS)
    with pytest.raises(Damaged):
        verify(archive_in(made), archive_in(made), WORDS)


def test_no_key_no_backup(tmp_path: Path, vault: Vault, journal: Journal) -> None:
    with pytest.raises(NotFound):
        backup.write(journal, vault, tmp_path)


def test_restore_only_into_a_new_folder(tmp_path: Path, made: Path, vault: Vault) -> None:
    with pytest.raises(UsageError):
        restore(
            archive_in(made), made / backup.KEY_FILE, WORDS, vault.paths.root, "new phrase here",
            state_dir=tmp_path / "s",
        )  # fmt: skip


def test_stopping_leaves_nothing(
    tmp_path: Path, made: Path, vault: Vault, journal: Journal, clock: HandClock
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    for after in (0, 3, 20, 40):
        with pytest.raises(Stopped):
            backup.write(journal, vault, folder, work=Stopping(after), clock=clock)
        assert list(folder.iterdir()) == []
        with pytest.raises(Stopped):
            restore(
                archive_in(made), made / backup.KEY_FILE, WORDS, folder / "new", "new phrase here",
                state_dir=tmp_path / "s", kdf=WEAK, work=Stopping(after), clock=clock,
            )  # fmt: skip
        assert list(folder.iterdir()) == []


def test_backups_of_one_day_get_numbers_and_further_recipients(
    tmp_path: Path, made: Path, vault: Vault, journal: Journal, clock: HandClock
) -> None:
    paper = pyrage.x25519.Identity.generate()
    result = backup.write(journal, vault, made, recipients=(str(paper.to_public()),), clock=clock)
    assert result.path.name.endswith("-2.tar.age")
    pyrage.decrypt(result.path.read_bytes(), [paper])
    with pytest.raises(UsageError):
        backup.write(journal, vault, made, recipients=("age1nonsense",), clock=clock)


def test_nothing_readable_is_left_on_disk(tmp_path: Path, made: Path) -> None:
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert MARKER.encode() not in path.read_bytes(), path.name
            assert path.stat().st_mode & 0o077 == 0, path.name


def test_damage_while_writing_is_noticed(
    tmp_path: Path, made: Path, vault: Vault, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bad disk"
    folder.mkdir()
    fsync = os.fsync

    def flip(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        if size > 100_000:
            byte = os.pread(descriptor, 1, size // 2)
            os.pwrite(descriptor, bytes([byte[0] ^ 1]), size // 2)
        fsync(descriptor)

    monkeypatch.setattr("havenclient.journal.backup.os.fsync", flip)
    with pytest.raises(HavenError, match="doesn't read back"):
        backup.write(journal, vault, folder)
    assert list(folder.iterdir()) == []


def test_other_rooms_files_travel_along_unread(
    tmp_path: Path, made: Path, vault: Vault, journal: Journal, clock: HandClock
) -> None:
    mine = {"circles/identities.cbor": b"\x00whatever", "care/plan.bin": b""}
    result = backup.write(journal, vault, made, extras=mine, clock=clock)
    came: dict[str, bytes] = {}
    restore(
        result.path, made / backup.KEY_FILE, "", tmp_path / "new", "another good phrase",
        state_dir=tmp_path / "s", kdf=WEAK, clock=clock,
        take_extras=lambda opened, extras: came.update(extras),
    )  # fmt: skip
    assert came == mine
    for bad in ("markdown/x.md", "attachments/" + "0" * 64, "manifest.json", "../x/y", "a/b/c"):
        with pytest.raises(ValueError, match="extra"):
            backup.write(journal, vault, made, extras={bad: b""}, clock=clock)


def test_what_cannot_be_taken_in_leaves_nothing(
    tmp_path: Path, made: Path, clock: HandClock
) -> None:
    def fail(_vault: Vault, _extras: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        restore(
            archive_in(made), made / backup.KEY_FILE, "", tmp_path / "new", "another good phrase",
            state_dir=tmp_path / "s", kdf=WEAK, clock=clock, take_extras=fail,
        )  # fmt: skip
    assert not list(tmp_path.glob("*new*"))
