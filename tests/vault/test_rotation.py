"""Rotation: every key anew, and whichever instruction the process dies at, one state is whole."""

from __future__ import annotations

import io
import shutil

import pytest

from havenclient.errors import DiskFull, UsageError, WrongPassphrase
from havenclient.seams import SystemRandom
from havenclient.vault import Passphrase, RecoveryCode, Stopped, Vault, VaultPaths, quick, unlock
from havenclient.vault.header import Header
from tests.vault.kit import (
    PASSPHRASE,
    Place,
    killed_everywhere,
    notes,
    on_step,
    write,
)

NEW = "harvest marsh ravioli"
PICTURE = bytes(range(256)) * 700


def filled(place: Place) -> str:
    """A vault with a note, an attachment, a quick note that waits, and a snapshot."""
    with place.create() as vault:
        write(vault, "words")
        blob = vault.blobs.put(io.BytesIO(PICTURE))
        vault.snapshots.take("daily")
    place.clock.go(minutes=1)
    quick.seal(place.paths, b"quick words", clock=place.clock, random=SystemRandom())
    return blob.blob_id


def whole(vault: Vault, blob: str) -> None:
    assert notes(vault) == ["words"]
    assert vault.blobs.open(blob).read() == PICTURE
    assert [item.payload for item in quick.pending(vault)] == [b"quick words"]
    assert vault.db.quick_check()


def test_after_a_rotation_everything_is_there_under_new_keys(place: Place) -> None:
    blob = filled(place)
    with place.unlock() as vault:
        old = (vault.subkey("db"), vault.header)
        database = vault.db
        public = quick.read_public(place.paths)
        code = vault.rotate(PASSPHRASE, new=NEW)
        assert vault.db is database
        assert vault.subkey("db") != old[0]
        assert vault.header.generation == old[1].generation + 1
        assert quick.read_public(place.paths) != public
        whole(vault, blob)
        write(vault, "after")
    for way in (PASSPHRASE, RecoveryCode(place.code)):
        with pytest.raises(WrongPassphrase):
            place.unlock(way)
    for new_way in (NEW, RecoveryCode(code)):
        with place.unlock(new_way) as vault:
            assert notes(vault) == ["words", "after"]


def test_no_file_opens_with_the_old_keys_any_more(place: Place) -> None:
    filled(place)
    with place.unlock() as vault:
        vault.rotate(PASSPHRASE, new=NEW)
    headers = list(place.paths.root.rglob("vault.haven*"))
    assert len(headers) == 3  # the header, its second copy, one snapshot
    for path in headers:
        alone = Place(place.root / "alone")
        shutil.rmtree(alone.paths.root, ignore_errors=True)
        alone.paths.root.mkdir(parents=True)
        shutil.copy(path, alone.paths.header)
        with pytest.raises(WrongPassphrase):
            alone.unlock(PASSPHRASE)
    for snapshot in (p for p in place.paths.snapshots.iterdir() if p.is_dir()):
        with unlock(
            VaultPaths(snapshot),
            Passphrase(NEW),
            state_dir=place.state / "other",
            read_only=True,
            schema=place.schema,
        ) as old:
            assert notes(old) == ["words"]


def test_the_same_passphrase_may_stay(place: Place) -> None:
    blob = filled(place)
    with place.unlock() as vault:
        vault.rotate(PASSPHRASE)
    with place.unlock() as vault:
        whole(vault, blob)


def test_a_wrong_passphrase_or_a_short_new_one_changes_nothing(place: Place) -> None:
    blob = filled(place)
    with place.unlock() as vault:
        before = place.paths.header.read_bytes()
        with pytest.raises(WrongPassphrase):
            vault.rotate("not the one")
        with pytest.raises(UsageError):
            vault.rotate(PASSPHRASE, new="short")
        assert place.paths.header.read_bytes() == before
        whole(vault, blob)


def test_it_can_be_stopped_until_the_keys_change(place: Place) -> None:
    blob = filled(place)

    class StopAt:
        def __init__(self, at: int) -> None:
            self.at = at

        def step(self, done: int, total: int | None, label: str) -> None:
            if total == 6 and done == self.at:
                raise Stopped

    for at in range(5):
        with place.unlock() as vault:
            with pytest.raises(Stopped):
                vault.rotate(PASSPHRASE, new=NEW, work=StopAt(at))
            whole(vault, blob)
            write(vault, "still works")
            vault.db.execute("DELETE FROM note WHERE body = 'still works'")
    with place.unlock() as vault:
        whole(vault, blob)
    assert not list(place.paths.root.glob("*rotated*"))


def test_a_disk_that_fills_up_meanwhile_leaves_the_old_keys(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = filled(place)
    with place.unlock() as vault:
        real = vault.db.copy_to

        def full(target: object) -> None:
            if "rotated" in str(target):
                raise DiskFull("the disk is full; what was saved before stays saved")
            real(target)  # type: ignore[arg-type]

        monkeypatch.setattr(vault.db, "copy_to", full)
        with pytest.raises(DiskFull):
            vault.rotate(PASSPHRASE, new=NEW)
        whole(vault, blob)
        write(vault, "goes on")
    with place.unlock() as vault:
        assert notes(vault) == ["words", "goes on"]


def test_killed_at_every_step_exactly_one_state_is_valid(place: Place) -> None:
    """SIGKILL before every change of a name on disk; the header alone decides."""
    template = Place(place.root / "template", place.clock)
    blob = filled(template)

    def prepare() -> None:
        for folder in (place.paths.root, place.state):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template.paths.root, place.paths.root)
        shutil.copytree(template.state, place.state)

    def action() -> None:
        with place.unlock() as vault:
            vault.rotate(PASSPHRASE, new=NEW)

    outcomes: list[str] = []
    for _ in killed_everywhere(action, prepare):
        generation = Header.decode(place.paths.header.read_bytes()).generation
        passphrase, other = (PASSPHRASE, NEW) if generation == 1 else (NEW, PASSPHRASE)
        outcomes.append("old" if generation == 1 else "new")
        with pytest.raises(WrongPassphrase):
            place.unlock(other)
        with place.unlock(passphrase, read_only=True) as vault:
            assert notes(vault) == ["words"]  # a reader may come before any writer
        with place.unlock(passphrase) as vault:
            whole(vault, blob)
            write(vault, "after")
            for snapshot in vault.snapshots.list():
                assert snapshot.size > 0
        with place.unlock(passphrase) as vault:
            assert notes(vault) == ["words", "after"]
        assert not list(place.paths.root.glob("*rotated*"))
        assert not list(place.paths.snapshots.glob(".partial*"))
    assert "old" in outcomes
    assert "new" in outcomes
    # Once the keys have changed they stay changed: there is one commit point.
    assert outcomes == sorted(outcomes, reverse=True)
    assert len(outcomes) > 12


def test_a_damaged_new_header_in_the_middle_still_leaves_the_old_state(place: Place) -> None:
    """The window between the commit and the second copy: the old pair is still whole."""
    blob = filled(place)

    class Cut(Exception):
        pass

    def cut(name: str) -> None:
        if name == "before replace vault.haven.1":
            raise Cut

    with place.unlock() as vault:
        on_step(cut)
        try:
            with pytest.raises(Cut):
                vault.rotate(PASSPHRASE, new=NEW)
        finally:
            on_step(lambda _name: None)
    place.paths.header.write_bytes(b"torn")
    with place.unlock(PASSPHRASE) as vault:
        whole(vault, blob)


def test_a_code_that_nobody_saw_is_asked_for(place: Place) -> None:
    filled(place)
    with place.unlock() as vault:
        vault.check_recovery_code(place.code)
        vault.rotate(PASSPHRASE)
    with place.unlock() as vault:
        assert "recovery" in [notice.kind for notice in vault.notices]


def test_retired_keys_of_the_inbox_go_when_no_note_needs_them(place: Place) -> None:
    filled(place)
    with place.unlock() as vault:
        vault.rotate(PASSPHRASE)
        assert vault.db.one("SELECT count(*) FROM vault_quick_key") == (2,)
        for item in quick.pending(vault):
            quick.discard(vault, item.name)
    with place.unlock() as vault:
        assert vault.db.one("SELECT count(*) FROM vault_quick_key") == (1,)
