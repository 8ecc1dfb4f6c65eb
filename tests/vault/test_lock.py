"""One writer at a time, across processes; reading beside it is allowed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from havenclient.errors import InUse, StorageError
from havenclient.vault.lock import FolderLock
from tests.vault.kit import PASSPHRASE, HandClock, Place, in_child, notes, write

HOLDER = """
import sys
from pathlib import Path
from havenclient.vault import Passphrase, VaultPaths, unlock
from tests.vault.kit import own_schema
vault = unlock(VaultPaths(Path(sys.argv[1])), Passphrase(sys.argv[2]),
               state_dir=Path(sys.argv[3]), schema=own_schema())
print("open", flush=True)
sys.stdin.readline()
vault.db.execute("INSERT INTO note(body) VALUES ('from the other one')")
print("written", flush=True)
sys.stdin.readline()
vault.close()
"""


def holder(place: Place) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(place.paths.root), PASSPHRASE, str(place.state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    return process


def test_a_second_haven_says_who_holds_the_journal_and_may_read(place: Place) -> None:
    with place.create() as vault:
        write(vault, "before")
    with holder(place) as other:
        try:
            assert other.stdin
            assert other.stdout
            with pytest.raises(InUse) as refused:
                place.unlock()
            assert f"process {other.pid} on " in refused.value.message
            assert "since 2026" in refused.value.message
            with place.unlock(read_only=True) as reader:
                assert reader.read_only
                assert notes(reader) == ["before"]
                other.stdin.write("go on\n")
                other.stdin.flush()
                assert other.stdout.readline() == "written\n"
                assert notes(reader) == ["before", "from the other one"]
                with pytest.raises(StorageError, match="read only"):
                    write(reader, "never")
                with pytest.raises(StorageError, match="read only"):
                    reader.change_passphrase(PASSPHRASE, PASSPHRASE)
        finally:
            other.send_signal(signal.SIGKILL)
            other.wait()
    # The kernel released the lock; the file that stayed behind means nothing.
    assert place.paths.lock.exists()
    with place.unlock() as vault:
        assert notes(vault) == ["before", "from the other one"]


def test_reading_beside_a_writer_leaves_the_writers_log_alone(place: Place) -> None:
    with place.create() as vault:
        write(vault, "one")
        with place.unlock(read_only=True) as reader:
            assert notes(reader) == ["one"]
        assert place.paths.database.with_name("journal.db-wal").exists()
        write(vault, "two")
        assert notes(vault) == ["one", "two"]


def test_after_a_crash_a_reader_sees_what_was_saved(place: Place) -> None:
    """The words are still in the write-ahead log; no writer has been here since."""
    place.create().close()

    def crash() -> None:
        write(place.unlock(), "saved just before")
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(crash) == -signal.SIGKILL
    with place.unlock(read_only=True) as reader:
        assert notes(reader) == ["saved just before"]
    with place.unlock() as vault:
        assert notes(vault) == ["saved just before"]


def test_a_read_only_vault_writes_nothing(place: Place) -> None:
    with place.create() as vault:
        write(vault, "one")
    watched = [place.paths.header, place.paths.previous, place.paths.database, place.paths.lock]
    before = [path.read_bytes() for path in watched]
    with place.unlock(read_only=True) as reader:
        assert notes(reader) == ["one"]
    assert [path.read_bytes() for path in watched] == before


def test_keys_are_not_rotated_under_a_reader(place: Place) -> None:
    with place.create() as vault:
        with place.unlock(read_only=True), pytest.raises(InUse, match="reading"):
            vault.rotate(PASSPHRASE)
        vault.rotate(PASSPHRASE)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'{"pid": "x", "since": "\\u001b[2J"}', b"\xff" * 900]
)
def test_whatever_stands_in_the_lock_file_the_sentence_is_harmless(
    tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "lock"
    held = FolderLock.writer(path, HandClock().now())
    path.write_bytes(text)
    with pytest.raises(InUse, match="open in another Haven") as refused:
        FolderLock.writer(path, HandClock().now())
    assert refused.value.message.isprintable()
    held.release()
    held.release()
    FolderLock.writer(path, HandClock().now()).release()


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("words")
    (tmp_path / "lock").symlink_to(victim)
    with pytest.raises(StorageError):
        FolderLock.writer(tmp_path / "lock", HandClock().now())
    assert victim.read_text() == "words"


def test_the_lock_is_not_inherited_by_programs_that_haven_starts(place: Place) -> None:
    vault = place.create()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        vault.close()
        place.unlock().close()
        editor.communicate(b"\n")
