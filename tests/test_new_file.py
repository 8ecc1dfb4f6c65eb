"""What leaves the vault as a single file is private, replaces nothing, and is whole or gone."""

from __future__ import annotations

import os
import re
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from havenclient.errors import Damaged, StorageError, UsageError
from havenclient.new_file import new_file, write_new_file

WORDS = "zanzibarine"


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_only_its_owner_can_read_it_where_the_system_would_let_everybody(tmp_path: Path) -> None:
    target = tmp_path / "sheet.txt"
    write_new_file(target, b"words")
    assert target.read_bytes() == b"words"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_what_is_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    begun = False
    with (
        pytest.raises(UsageError, match=r"^there is a file of that name already; nothing was"),
        new_file(taken),
    ):
        begun = True
    assert not begun
    assert taken.read_bytes() == b"mine"
    with pytest.raises(UsageError):
        write_new_file(tmp_path, b"words")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_not_followed_wherever_it_leads(tmp_path: Path, there: bool) -> None:
    link, end = tmp_path / "link", tmp_path / "end"
    link.symlink_to(end)
    if there:
        end.write_bytes(b"mine")
    with pytest.raises(UsageError):
        write_new_file(link, b"words")
    assert link.is_symlink()
    assert end.exists() is there
    if there:
        assert end.read_bytes() == b"mine"


@pytest.mark.parametrize("reason", [Damaged("a block"), OSError(5, "read"), KeyboardInterrupt()])
def test_a_failure_on_the_way_leaves_no_half_file(tmp_path: Path, reason: BaseException) -> None:
    target = tmp_path / "half"
    wanted = StorageError if isinstance(reason, OSError) else type(reason)
    with pytest.raises(wanted), new_file(target) as out:
        out.write(b"the first half")
        out.flush()
        assert target.stat().st_size
        raise reason
    assert not target.exists()


def test_a_path_that_can_not_be_is_said_without_path_and_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / WORDS / "x", tmp_path / "file" / WORDS):
        with pytest.raises(StorageError) as said:
            write_new_file(target, WORDS.encode())
        assert said.value.message.startswith("that file could not be written: no")
        assert WORDS not in repr((said.value.message, said.value.hints))


CHILD = """
import sys
from pathlib import Path
from havenclient.errors import StorageError
from havenclient.new_file import write_new_file
try:
    write_new_file(Path(sys.argv[1]), bytes(1 << 20))
except StorageError as error:
    print(error.message)
"""


def test_a_disk_without_room_keeps_no_half_of_it(tmp_path: Path) -> None:
    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    target = tmp_path / "large"
    done = subprocess.run(
        [sys.executable, "-B", "-c", CHILD, str(target)],
        preexec_fn=no_room,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.startswith("that file could not be written: file too large")
    assert not target.exists()


def test_no_screen_and_no_command_makes_a_new_file_in_a_way_of_its_own() -> None:
    house = Path(__file__).resolve().parent.parent / "src" / "havenclient"
    own_way = re.compile(r"""O_EXCL|\bopen\([^)\n]*["']x[bt+]*["']""")
    assert own_way.search('path.open("xb")')
    found = [
        str(path.relative_to(house))
        for room in ("cli", "ui")
        for path in (house / room).rglob("*.py")
        if own_way.search(path.read_text("utf-8"))
    ]
    assert found == []
