"""Who only reads leaves no trace, and notices the same things; what waits for a writer gets one."""

from __future__ import annotations

from pathlib import Path

import pytest

from havenclient.crypto import kdf
from havenclient.errors import WrongPassphrase
from havenclient.vault import Derived, Passphrase, Vault, derive, quick, unlock
from havenclient.vault.migrations import Migration
from tests.vault.kit import PASSPHRASE, Place, every_file, notes, write


def read(place: Place, *, good: bool = True, passphrase: str = PASSPHRASE) -> Vault:
    return unlock(
        place.paths,
        Passphrase(passphrase),
        state_dir=place.state,
        quiet=lambda _vault: good,
        clock=place.clock,
        schema=place.schema,
    )


def filled(place: Place) -> None:
    with place.create() as vault:
        write(vault, "first words")
    place.unlock().close()


def contents(place: Place) -> dict[Path, bytes]:
    # What SQLite keeps beside a database that is read (an empty log) and the locks' own files
    # hold nothing.
    passing = ("-wal", "-shm", ".readers")
    return {p: p.read_bytes() for p in every_file(place.root) if not p.name.endswith(passing)}


def test_reading_changes_no_file(place: Place) -> None:
    filled(place)
    before = contents(place)
    with read(place) as vault:
        assert vault.read_only
        assert notes(vault) == ["first words"]
    assert contents(place) == before
    assert all(not p.stat().st_size for p in place.paths.root.glob("*-wal"))


def test_reading_goes_on_beside_a_writer_and_sees_what_it_saved(place: Place) -> None:
    filled(place)
    with place.unlock() as writer:
        write(writer, "more")
        with read(place) as vault:
            assert notes(vault) == ["first words", "more"]


def test_the_passphrase_is_stretched_once_whoever_opens_in_the_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place)
    times: list[int] = []
    stretch = kdf.stretch

    def counting(passphrase: bytes, params: kdf.KdfParams) -> bytes:
        times.append(1)
        return stretch(passphrase, params)

    monkeypatch.setattr(kdf, "stretch", counting)
    for good in (True, False):
        with read(place, good=good) as vault:
            assert vault.read_only is good
        assert len(times) == 1
        times.clear()


def test_an_older_copy_is_noticed_by_a_reader_too(place: Place) -> None:
    filled(place)
    old = place.paths.database.read_bytes()
    with place.unlock() as vault:
        write(vault, "later words")
    place.paths.database.write_bytes(old)
    for _ in range(2):  # said until a writer has taken the copy as the one that counts
        with read(place) as vault:
            assert [n.kind for n in vault.notices if n.kind == "rollback"] == ["rollback"]


def test_a_crash_after_the_first_change_is_remembered(place: Place) -> None:
    filled(place)
    old = place.paths.database.read_bytes()
    vault = place.unlock()
    write(vault, "words before the crash")
    vault.abandon()
    for log in place.paths.root.glob("journal.db-*"):
        log.unlink()
    place.paths.database.write_bytes(old)
    with place.unlock() as vault:
        assert "rollback" in [n.kind for n in vault.notices]


def test_a_wrong_passphrase_stays_wrong(place: Place) -> None:
    filled(place)
    with pytest.raises(WrongPassphrase):
        read(place, passphrase="not these words")


def waiting_note(place: Place) -> None:
    from havenclient.seams import SystemRandom

    quick.seal(place.paths, b"a note", clock=place.clock, random=SystemRandom())


def damaged_header(place: Place) -> None:
    place.paths.header.write_bytes(b"not a header")


def other_quick_key(place: Place) -> None:
    place.paths.quick_key.write_bytes(b"somebody's own")


def new_schema(place: Place) -> None:
    place.schema = (*place.schema, Migration(7, "more", "CREATE TABLE more (x TEXT) STRICT;"))


@pytest.mark.parametrize("case", [waiting_note, damaged_header, other_quick_key, new_schema])
def test_what_only_a_writer_may_do_gets_a_writer(place: Place, case: object) -> None:
    filled(place)
    assert callable(case)
    case(place)
    with read(place) as vault:
        assert not vault.read_only
        assert notes(vault) == ["first words"]


def test_a_derived_key_opens_until_the_passphrase_is_changed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place)
    key = derive(place.paths, PASSPHRASE)
    assert key.key.hex() not in repr(key)
    with monkeypatch.context() as patch:
        patch.setattr(kdf, "stretch", lambda *_: pytest.fail("stretched again"))
        with place.unlock(key) as vault:
            assert notes(vault) == ["first words"]
    with place.unlock() as vault:
        vault.change_passphrase(PASSPHRASE, "another set of words")
    for way in (key, Derived(bytes(32))):
        with pytest.raises(WrongPassphrase):
            place.unlock(way)


def test_who_only_adds_may_leave_a_small_log_and_nothing_is_lost(place: Place) -> None:
    """Four flushes less for `haven new`; the next tidy close empties and removes the log."""
    filled(place)
    log = place.paths.database.with_name("journal.db-wal")
    for number in range(3):
        vault = place.unlock()
        write(vault, f"added {number}")
        vault.close(tidy=False)
        assert log.stat().st_size
    before = log.stat().st_size
    wanted = ["first words", "added 0", "added 1", "added 2"]
    with read(place) as vault:
        assert notes(vault) == wanted
    assert log.stat().st_size == before, "a reader leaves it where it is"
    with place.unlock() as vault:
        assert notes(vault) == wanted
        write(vault, "tidy")
    assert not log.exists()
    with place.unlock() as vault:
        assert notes(vault) == [*wanted, "tidy"]


def test_a_large_log_is_emptied_all_the_same(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(place)
    monkeypatch.setattr("havenclient.vault.database.SMALL_LOG_BYTES", 4096)
    vault = place.unlock()
    write(vault, "more")
    vault.close(tidy=False)
    assert not place.paths.database.with_name("journal.db-wal").exists()
