"""A vault on a medium that can't be written (a backup disc) can be read, and whole."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.errors import StorageError
from tests.vault.kit import Place, notes, write


@pytest.fixture
def disc(tmp_path: Path) -> Iterator[Path]:
    """A small file system; `burn` makes it read-only."""
    folder = tmp_path / "disc"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system can't be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def burn(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def test_it_can_be_read_there(disc: Path) -> None:
    place = Place(disc)
    with place.create() as vault:
        write(vault, "words")
    burn(disc)
    with place.unlock(read_only=True) as vault:
        assert notes(vault) == ["words"]
    with pytest.raises(StorageError):
        place.unlock()


def test_a_copy_that_lacks_its_newest_words_is_not_shown_as_whole(disc: Path) -> None:
    place = Place(disc / "a")
    vault = place.create()
    write(vault, "words that are only in the log")
    copied = Place(disc / "b", place.clock)
    shutil.copytree(place.root, copied.root)
    vault.close()
    burn(disc)
    with pytest.raises(StorageError, match="still in its log"):
        copied.unlock(read_only=True)
