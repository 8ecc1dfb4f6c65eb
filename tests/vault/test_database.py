"""The encrypted database: it fails closed, keeps its promises under damage, and never in clear."""

from __future__ import annotations

import io
import os
import resource
import sqlite3
import threading
import time
from pathlib import Path

import apsw
import pytest

from havenclient.errors import Damaged, DiskFull, StorageError
from havenclient.vault import Conflict, Database, NoCipher, Stopped, Vault
from havenclient.vault import cipher as cipher_module
from havenclient.vault.cipher import PLAINTEXT_MAGIC
from havenclient.vault.copies import check_copy, copy_between
from tests.vault.kit import PASSPHRASE, Place, in_child, notes, write

KEY = bytes(range(32))


def fresh(folder: Path, key: bytes = KEY) -> Database:
    return Database(folder / "a.db", key, scratch=folder, fresh=True)


# --- fails closed ---------------------------------------------------------------------------------


def test_without_the_cipher_library_nothing_opens(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.create().close()
    monkeypatch.delattr(apsw, "mc_version")
    with pytest.raises(NoCipher):
        place.unlock()
    with pytest.raises(NoCipher):
        fresh(place.root)
    assert not (place.root / "a.db").exists()


def test_a_cipher_that_does_not_answer_ok_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Plain SQLite knows no pragma `cipher` or `hexkey`: it answers nothing, without an error.
    real = cipher_module.keyed

    class Plain:
        def pragma(self, name: str, *_: object) -> object:
            return None

    with pytest.raises(NoCipher):
        real(Plain(), KEY)  # type: ignore[arg-type]

    class NotKeyed:
        def pragma(self, name: str, *_: object) -> object:
            return "chacha20" if name == "cipher" else None

    with pytest.raises(NoCipher):
        real(NotKeyed(), KEY)  # type: ignore[arg-type]


def test_a_plaintext_database_in_its_place_is_not_opened(place: Place) -> None:
    place.create().close()
    place.paths.database.unlink()
    plain = sqlite3.connect(place.paths.database)
    plain.execute("CREATE TABLE t (x)")
    plain.commit()
    plain.close()
    with pytest.raises(NoCipher):
        place.unlock()


def test_a_first_write_in_clear_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the key had been ignored without a word: the bytes on disk are the last judge.
    monkeypatch.setattr("havenclient.vault.database.keyed", lambda *_: None)
    with pytest.raises(NoCipher):
        fresh(tmp_path)


def test_the_file_does_not_look_like_sqlite(place: Place, vault: Vault) -> None:
    write(vault, "words")
    vault.close()
    head = place.paths.database.read_bytes()[:16]
    assert len(head) == 16
    assert head != PLAINTEXT_MAGIC


def test_every_safe_setting_is_on(vault: Vault) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "temp_store": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
    }
    assert {name: vault.db.connection.pragma(name) for name in wanted} == wanted


def test_temporary_files_would_go_to_a_private_folder_and_none_are_made(vault: Vault) -> None:
    assert os.environ["SQLITE_TMPDIR"] == str(vault.paths.scratch)
    with vault.db.transaction():
        vault.db.executemany(
            "INSERT INTO note(body) VALUES (?)", ((f"{i % 977} " * 40,) for i in range(20_000))
        )
    # A sort that is far larger than the page cache.
    rows = vault.db.rows("SELECT body FROM note ORDER BY body || id")
    next(rows)
    assert list(vault.paths.scratch.iterdir()) == []
    # An unlinked temporary file would still be open: SQLite names them etilqs_….
    assert b"etilqs" not in Path("/proc/self/maps").read_bytes()
    opened = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]  # noqa: PTH115
    assert opened
    assert not [name for name in opened if "etilqs" in name]


def test_an_error_never_quotes_a_key_or_a_persons_words(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        list(vault.db.execute("SELECT * FROM note WHERE body = my secret words"))
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__
    (tmp_path / "taken").mkdir()
    with pytest.raises(StorageError) as refused:
        vault.db.copy_to(tmp_path / "taken")
    assert vault.subkey("db").hex() not in repr((refused.value, refused.value.__context__))


# --- damage ---------------------------------------------------------------------------------------


def test_a_damaged_page_is_damage_and_the_rest_stays_readable(place: Place) -> None:
    with place.create() as vault, vault.db.transaction():
        for i in range(400):
            write(vault, f"{i:04} " + "word " * 100)
    size = place.paths.database.stat().st_size
    with place.paths.database.open("r+b") as stream:
        stream.seek(size - 4096 + 2000)
        stream.write(b"\xff" * 16)
    with place.unlock() as vault:
        assert not vault.db.quick_check()
        with pytest.raises(Damaged, match="a part of the journal's database is damaged"):
            notes(vault)
        first = vault.db.one("SELECT body FROM note WHERE id = 1")
        assert first is not None
        assert first[0].startswith("0000")


@pytest.mark.parametrize("at", [0, 17, 100, 4095])
def test_a_damaged_first_page_is_damage_at_unlock_never_a_wrong_passphrase(
    place: Place, at: int
) -> None:
    place.create().close()
    data = bytearray(place.paths.database.read_bytes())
    data[at] ^= 0x55
    place.paths.database.write_bytes(data)
    try:
        vault = place.unlock()
    except Damaged:
        return
    # Byte 17 and its neighbours are the page size and format in clear: SQLite may do without.
    assert vault.db.quick_check()
    vault.close()


# --- full disks -----------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_loses_nothing(place: Place) -> None:
    with place.create() as vault:
        write(vault, "before")

    def fill() -> None:
        vault = place.unlock()
        limit = place.paths.database.stat().st_size + 64 * 1024
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        saved = 0
        try:
            for i in range(1000):
                write(vault, f"{i} " + "x" * 3000)
                saved += 1
        except DiskFull as error:
            assert "full" in error.message
            assert len(notes(vault)) == saved + 1  # the failed one is undone, the rest is there
            with pytest.raises(DiskFull):
                vault.blobs.put(io.BytesIO(bytes(10 * limit)))
            assert list(vault.paths.blobs.iterdir()) == []
            vault.close()
            os._exit(40 + min(saved, 1))

    assert in_child(fill) == 41
    with place.unlock() as vault:
        kept = notes(vault)
        assert kept[0] == "before"
        assert [body.split()[0] for body in kept[1:]] == [str(i) for i in range(len(kept) - 1)]
        assert vault.db.quick_check()
        write(vault, "after")


# --- transactions, threads, interruption ----------------------------------------------------------


def test_a_failed_transaction_leaves_nothing_and_nested_ones_undo_themselves(vault: Vault) -> None:
    with pytest.raises(ZeroDivisionError), vault.db.transaction():
        write(vault, "never")
        _ = 1 / 0
    assert notes(vault) == []
    with vault.db.transaction():
        write(vault, "outer")
        with pytest.raises(ZeroDivisionError), vault.db.transaction():
            write(vault, "inner")
            _ = 1 / 0
    assert notes(vault) == ["outer"]


def test_actions_after_a_commit_run_after_it_or_not_at_all(vault: Vault) -> None:
    ran: list[str] = []
    with vault.db.transaction():
        vault.db.after_commit(lambda: ran.append("kept"))
        with pytest.raises(ZeroDivisionError), vault.db.transaction():
            vault.db.after_commit(lambda: ran.append("undone"))
            _ = 1 / 0
        assert ran == []
    assert ran == ["kept"]
    vault.db.after_commit(lambda: ran.append("at once"))
    assert ran == ["kept", "at once"]


def test_a_constraint_is_a_conflict(vault: Vault) -> None:
    with pytest.raises(Conflict):
        vault.db.execute("INSERT INTO note(id, body) VALUES (1, NULL)")


def test_threads_take_turns(vault: Vault) -> None:
    def add(name: str) -> None:
        for i in range(50):
            with vault.db.transaction():
                before = vault.db.one("SELECT count(*) FROM note")
                write(vault, f"{name}{i}")
                after = vault.db.one("SELECT count(*) FROM note")
                assert before and after and after[0] == before[0] + 1

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(notes(vault))) == 200


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def test_a_search_can_be_stopped(vault: Vault) -> None:
    def stop() -> None:
        while not done.is_set():
            vault.db.interrupt()
            time.sleep(0.005)

    done = threading.Event()
    thread = threading.Thread(target=stop)
    thread.start()
    try:
        with pytest.raises(Stopped):
            vault.db.execute(ENDLESS)
    finally:
        done.set()
        thread.join()
    write(vault, "and life goes on")
    assert notes(vault) == ["and life goes on"]


def test_stopping_a_search_never_stops_a_save(vault: Vault) -> None:
    done = threading.Event()

    def hammer() -> None:
        while not done.is_set():
            vault.db.interrupt()

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        for i in range(60):
            write(vault, f"{i}")
    finally:
        done.set()
        thread.join()
    assert len(notes(vault)) == 60


def test_closing_waits_for_the_statement_of_another_thread(vault: Vault) -> None:
    """It asked the connection how much had changed while another thread was in it, and broke."""
    inside, done = threading.Event(), threading.Event()

    def at_work() -> None:
        with vault.db.transaction():
            write(vault, "kept")
            inside.set()
            vault.db.execute(ENDLESS.replace("FROM n)", "FROM n LIMIT 1000000)"))
            done.set()

    thread = threading.Thread(target=at_work)
    thread.start()
    assert inside.wait(20)
    assert vault.db.total_changes() > 0
    assert done.is_set()
    thread.join()


def test_reading_goes_on_while_another_thread_writes(vault: Vault) -> None:
    write(vault, "before")
    seen: list[list[str]] = []

    def look() -> None:
        seen.append(notes(vault))

    with vault.db.transaction():
        write(vault, "not yet")
        reader = threading.Thread(target=look)
        reader.start()
        reader.join(timeout=30)
        assert not reader.is_alive()
        assert notes(vault) == ["before", "not yet"]
    reader = threading.Thread(target=look)
    reader.start()
    reader.join()
    assert seen == [["before"], ["before", "not yet"]]
    path = vault.paths.database
    vault.close()
    assert not path.with_name("journal.db-wal").exists()


def test_a_search_beside_a_writer_can_be_stopped_and_the_writer_is_not(vault: Vault) -> None:
    outcome: list[type[BaseException]] = []

    def search() -> None:
        try:
            vault.db.execute(ENDLESS)
        except Stopped as stopped:
            outcome.append(type(stopped))

    with vault.db.transaction():
        write(vault, "one")
        thread = threading.Thread(target=search)
        thread.start()
        while thread.is_alive():
            vault.db.interrupt()
            write(vault, "more")
        assert len(notes(vault)) > 1
    assert outcome == [Stopped]


def test_after_a_rotation_the_reader_beside_sees_the_new_file(vault: Vault) -> None:
    seen: list[list[str]] = []

    def beside() -> None:
        thread = threading.Thread(target=lambda: seen.append(notes(vault)))
        with vault.db.transaction():
            thread.start()
            thread.join()

    write(vault, "one")
    beside()
    vault.rotate(PASSPHRASE)
    write(vault, "two")
    beside()
    assert seen == [["one"], ["one", "two"]]


def test_many_rows_come_in_batches(vault: Vault) -> None:
    with vault.db.transaction():
        vault.db.executemany("INSERT INTO note(body) VALUES (?)", ((str(i),) for i in range(1000)))
    assert [r[0] for r in vault.db.rows("SELECT id FROM note ORDER BY id", batch=7)] == list(
        range(1, 1001)
    )


# --- copies ---------------------------------------------------------------------------------------


def test_copies_are_encrypted_checked_and_can_change_their_key(tmp_path: Path) -> None:
    database = fresh(tmp_path)
    with database.transaction():
        database.execute("CREATE TABLE t (x TEXT)")
        database.execute("INSERT INTO t VALUES ('marker words')")
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    database.copy_to(one)
    copy_between(one, KEY, two, b"n" * 32)
    database.close()
    assert check_copy(one, KEY)
    assert check_copy(two, b"n" * 32)
    assert not check_copy(two, KEY)
    for path in (one, two):
        assert b"marker words" not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db", "one.db", "two.db"]
    data = bytearray(two.read_bytes())
    data[-100] ^= 1
    two.write_bytes(data)
    assert not check_copy(two, b"n" * 32)


def test_a_deleted_word_leaves_the_file(place: Place) -> None:
    """secure_delete, also inside the full-text index. Looked at in the decrypted copy."""
    with place.create() as vault:
        with vault.db.transaction():
            vault.db.connection.execute(
                "CREATE VIRTUAL TABLE f USING fts5(body);"
                "INSERT INTO f(f, rank) VALUES ('secure-delete', 1)"
            )
            vault.db.execute("INSERT INTO f(body) VALUES ('zanzibar and more')")
            write(vault, "zanzibar again")
        with vault.db.transaction():
            vault.db.execute("DELETE FROM f")
            vault.db.execute("DELETE FROM note")
        key = vault.subkey("db")
    # What a forensic reader who has the key would see: the raw file, decrypted in place.
    plain = place.root / "plain.db"
    plain.write_bytes(place.paths.database.read_bytes())
    connection = apsw.Connection(str(plain))
    cipher_module.keyed(connection, key)
    connection.pragma("journal_mode", "delete")
    connection.pragma("rekey", "")
    connection.close()
    words = plain.read_bytes()
    assert words.startswith(PLAINTEXT_MAGIC)
    assert b"CREATE TABLE" in words
    assert b"zanzibar" not in words
