"""A disk that is really full (a small file system): all can be read, nothing is half done."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.errors import DiskFull, WrongPassphrase
from havenclient.seams import SystemRandom
from havenclient.vault import Vault, quick
from tests.vault.kit import PASSPHRASE, Place, notes, write

NEW = "harvest marsh ravioli"
KIB = 1024


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Place]:
    """A place on a file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system can't be mounted here")
    try:
        yield Place(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def leave(place: Place, free: int) -> None:
    """Fill the file system until about `free` bytes are left."""
    balloon = place.root / "balloon"
    balloon.unlink(missing_ok=True)
    room = os.statvfs(place.root)
    size = max(0, room.f_bavail * room.f_frsize - free)
    with balloon.open("wb", buffering=0) as stream:
        while size > 0:
            size -= stream.write(bytes(min(size, 256 * KIB)))


def opened(place: Place) -> tuple[Vault, str]:
    try:
        return place.unlock(PASSPHRASE), PASSPHRASE
    except WrongPassphrase:
        return place.unlock(NEW), NEW


def test_what_was_saved_stays_and_can_be_read_with_not_one_byte_left(small: Place) -> None:
    with small.create() as vault:
        write(vault, "before")
        saved = 0
        with pytest.raises(DiskFull, match="the disk is full"):
            for _ in range(10_000):
                write(vault, "y" * 3000)
                saved += 1
        assert saved > 10
        assert len(notes(vault)) == saved + 1
        for refused in (
            lambda: vault.change_passphrase(PASSPHRASE, NEW),
            lambda: vault.snapshots.take(),
            lambda: vault.blobs.put(io.BytesIO(bytes(500_000))),
            lambda: quick.seal(small.paths, b"x" * 9000, clock=small.clock, random=SystemRandom()),
        ):
            with pytest.raises(DiskFull):
                refused()
        for folder in (small.paths.snapshots, small.paths.blobs, small.paths.inbox):
            assert list(folder.iterdir()) == []
    leave(small, 0)
    with small.unlock() as vault:
        assert len(notes(vault)) == saved + 1
        with pytest.raises(DiskFull):
            write(vault, "z" * 3000)


def test_a_closed_journal_can_be_read_with_not_one_byte_left(small: Place) -> None:
    with small.create() as vault:
        write(vault, "before")
    assert not small.paths.database.with_name("journal.db-shm").exists()
    leave(small, 0)
    for _ in range(2):
        with small.unlock(read_only=True) as vault:
            assert notes(vault) == ["before"]


def test_a_rotation_that_runs_out_of_room_anywhere_leaves_one_whole_state(small: Place) -> None:
    with small.create() as vault:
        for i in range(60):
            write(vault, f"{i} " + "words " * 400)
        vault.checkpoint_seen()
    size = small.paths.database.stat().st_size
    assert size < 600 * KIB
    refused = 0
    passphrase = PASSPHRASE
    for free in range(0, 4 * size, 48 * KIB):
        leave(small, free)
        try:
            vault, passphrase = opened(small)
        except DiskFull:
            refused += 1  # not even SQLite's shared memory has room; reading waits too
            continue
        with vault:
            other = NEW if passphrase == PASSPHRASE else PASSPHRASE
            try:
                vault.rotate(passphrase, new=other)
            except DiskFull:
                refused += 1
            assert len(notes(vault)) == 60
        (small.root / "balloon").unlink()
        for folder in small.paths.snapshots.iterdir():
            assert not folder.name.startswith(".")
        vault, _ = opened(small)
        with vault:
            assert len(notes(vault)) == 60
            assert vault.db.quick_check()
        for folder in small.paths.snapshots.iterdir():
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()
    assert refused > 3


def test_a_passphrase_change_without_room_leaves_the_old_one(small: Place) -> None:
    small.create().close()
    for free in (0, 4 * KIB, 8 * KIB, 40 * KIB):
        leave(small, free)
        try:
            vault, passphrase = opened(small)
        except DiskFull:
            continue
        with vault:
            other = NEW if passphrase == PASSPHRASE else PASSPHRASE
            with contextlib.suppress(DiskFull):
                vault.change_passphrase(passphrase, other)
                passphrase = other
        (small.root / "balloon").unlink()
        small.unlock(passphrase).close()
