"""The operator's commands, beside a relay that runs and on data that lies still."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest
from click.testing import CliRunner, Result

from havenclient import wire
from havenclient.errors import Damaged, HavenError, InUse, NotFound, TooNew
from havenclient.relay import commands, rules
from havenclient.relay.cli import relay as cli
from havenclient.relay.rules import Append, Birth, Creation
from havenclient.relay.sqlite import database, prune, schema
from havenclient.relay.sqlite.store import SqliteStore

from .harness import Log, Relay, days_pass
from .test_faults import damage


def run(*words: str | Path, fails: type[HavenError] | None = None) -> Result:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    if fails is not None:
        assert isinstance(result.exception, fails), result.output
    else:
        assert result.exception is None, (result.exception, result.output)
    return result


def filled(relay: Relay, logs: int = 2) -> list[Log]:
    made = [relay.log() for _ in range(logs)]
    for log in made:
        for n in range(10):
            log.append(b"entry %d" % n)
        log.close_slice()
        log.append(b"in slice 1")
    return made


def test_backup_while_clients_write_is_whole_and_restores(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_APPENDS_PER_MINUTE": "0"}) as relay:
        data, copy = tmp_path / "data", tmp_path / "copy.db"
        log = filled(relay)[0]
        stop = threading.Event()

        def write() -> None:
            mine = Log(log.url, log.log_id, log.tokens)
            while not stop.is_set():
                assert mine.append(os.urandom(2000)).status_code == 201

        thread = threading.Thread(target=write)
        thread.start()
        said = run("backup", "--data", data, copy).output
        stop.set()
        thread.join()
        assert "backed up 2 logs" in said
        assert copy.stat().st_mode & 0o777 == 0o600
        assert not list(tmp_path.glob("copy.db?*"))
        before = len(log.entries())
        run("restore", "--data", data, copy, fails=InUse)

        relay.stop()
        said = run("restore", "--data", data, copy).output
        assert "restored 2 logs" in said
        assert "before-restore-1-relay.db" in said
        relay.start()
        log.url = relay.url
        after = log.entries()
        assert 1 <= len(after) <= before
        assert [seq for seq, _ in after] == list(range(12, 12 + len(after)))
        assert log.append(b"goes on").json()["seq"] == 12 + len(after)


def test_a_backup_is_never_written_over_and_a_damaged_one_never_restored(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        log = relay.log()
        for _ in range(60):
            log.append(os.urandom(3000))
        data, copy = tmp_path / "data", tmp_path / "copy.db"
        run("backup", "--data", data, copy)
        run("backup", "--data", data, copy, fails=HavenError)
        relay.stop()
        damage(copy, (1, 30))
        before = (data / "relay.db").read_bytes()
        run("restore", "--data", data, copy, fails=Damaged)
        other = tmp_path / "letter.txt"
        other.write_text("this is no backup")
        refused = run("restore", "--data", data, other, fails=Damaged)
        assert "not a whole backup" in str(refused.exception)
        assert (data / "relay.db").read_bytes() == before
        run("restore", "--data", data, tmp_path / "nothing", fails=NotFound)


@contextmanager
def one_gap(data: Path, monkeypatch: pytest.MonkeyPatch, at_look: int) -> Iterator[list[float]]:
    """Somebody holds the lock for ever, but for the moment after the so manyth look for a turn.

    Yields the pauses between the looks. They take no time here, so that nothing depends on how
    busy the machine is: who looks less often, or gives up earlier, never gets in.
    """
    holder = apsw.Connection(str(data / "relay.db"))
    holder.execute("BEGIN IMMEDIATE")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == at_look:
            holder.execute("COMMIT")
        elif len(pauses) == at_look + 1:
            holder.execute("BEGIN IMMEDIATE")

    monkeypatch.setattr(database, "time", SimpleNamespace(sleep=pause))
    try:
        yield pauses
    finally:
        holder.close()


EVERY_MILLISECOND = {0.001}
"""SQLite's own waiting looks every 100 ms and found no turn in ten seconds (seen in the soak)."""


@pytest.mark.parametrize("words", [("admit",), ("prune",)])
def test_a_command_finds_its_turn_within_a_minute_beside_a_relay_that_never_rests(
    words: tuple[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteStore(tmp_path / "relay.db").close()
    with one_gap(tmp_path, monkeypatch, 59_000) as pauses:
        run(*words, "--data", tmp_path)
    assert len(pauses) == 59_000
    assert set(pauses) == EVERY_MILLISECOND


def test_a_relay_finds_its_turn_within_ten_seconds_beside_a_command_that_never_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "relay.db")
    birth = Birth(bytes(32), (), retention_days=30, closing_retention_days=400)
    with one_gap(tmp_path, monkeypatch, 9_000) as pauses:
        assert store.create(bytes(16), birth, 20_000, None) is Creation.CREATED
    store.close()
    assert len(pauses) == 9_000
    assert set(pauses) == EVERY_MILLISECOND


def test_a_long_prune_leaves_the_relay_a_turn_after_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "relay.db")
    for n in range(9):
        birth = Birth(bytes([n]) * 32, (), retention_days=1, closing_retention_days=1)
        assert store.create(bytes([n]) * 16, birth, 1, None) is Creation.CREATED
        found = store.find(bytes([n]) * 32)
        assert found is not None
        digest = rules.append_digest(b"old")
        store.commit([Append(found.place, bytes([n]) * 16, digest, b"old")], 1)
    other = apsw.Connection(str(tmp_path / "relay.db"))  # waits for nobody
    left = []

    def turn(seconds: float) -> None:
        assert seconds > 0.001  # who looks every millisecond finds a gap of this length
        other.execute("BEGIN IMMEDIATE")
        left.append(other.execute("SELECT count(*) FROM entries").get)
        other.execute("ROLLBACK")

    monkeypatch.setattr(prune, "STEP", 3)
    monkeypatch.setattr(commands, "time", SimpleNamespace(sleep=turn))
    assert (
        "removed 9 entries and 9 empty logs" in run("prune", "--anyway", "--data", tmp_path).output
    )
    assert left == [6, 3, 0]
    other.close()
    store.close()


HOLD = """
import fcntl, sys
handle = open(sys.argv[1], "r+b")
fcntl.lockf(handle, fcntl.LOCK_EX, 1, 121)  # WAL_CKPT_LOCK, as SQLite's unix VFS lays it out
print("held", flush=True)
sys.stdin.read()
"""


def test_prune_is_done_while_the_relay_is_at_its_checkpoint(tmp_path: Path) -> None:
    """SQLite does not wait for another's checkpoint but calls it busy (found by the soak)."""
    shared = tmp_path / "data" / "relay.db-shm"
    with Relay(tmp_path) as relay:
        filled(relay)
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, shared], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            other = apsw.Connection(str(tmp_path / "data" / "relay.db"))
            assert other.execute("SELECT count(*) FROM logs").get == 2
            with pytest.raises(apsw.BusyError):
                other.wal_checkpoint()
            other.close()
            assert "removed 0 entries" in run("prune", "--data", tmp_path / "data").output
        finally:
            holder.communicate()


def test_verify_finds_what_is_missing_or_changed(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        filled(relay)
        data = tmp_path / "data"
        assert "every log is whole" in run("verify", "--data", data).output
        relay.stop()
    harms = {
        "DELETE FROM entries WHERE id = (1 << 31) + 5": "a seq is missing",
        "UPDATE entries SET body = x'00' WHERE id = (1 << 31) + 5": "bytes",
        "UPDATE entries SET closing = 1 WHERE id = (1 << 31) + 5": "closing entry",
        "DELETE FROM slices WHERE log = 2 AND number = 0": "a slice is missing",
        "DELETE FROM keys WHERE log = 2": "bytes",
        "UPDATE logs SET entries = 3 WHERE id = 1": "number of entries",
        "DELETE FROM logs WHERE id = 2": "belong to no log",
        "UPDATE entries SET id = id + 100 WHERE id = (1 << 31) + 12": "a seq is missing",
    }
    for harm, finding in harms.items():
        folder = tmp_path / "harmed"
        shutil.copytree(data, folder)
        db = apsw.Connection(str(folder / "relay.db"))
        db.execute(harm)
        db.close()
        assert finding in run("verify", "--data", folder, fails=Damaged).output, harm
        shutil.rmtree(folder)


def test_verify_reads_on_past_a_damaged_page_and_names_the_log(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        for _ in range(3):
            log = relay.log()
            for _ in range(40):
                log.append(os.urandom(3000))
        relay.stop()
    data = tmp_path / "data"
    damage(data / "relay.db", (2, 20))
    said = run("verify", "--data", data, fails=Damaged).output
    assert "read 3 logs" in said
    assert "the database file is damaged" in said
    assert "log number 2: a part of it lies on a damaged page" in said
    assert "log number 1" not in said
    assert "log number 3" not in said


def test_inspect_shows_every_byte_class_and_nothing_hidden(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        log = filled(relay)[0]
        data = tmp_path / "data"
        said = run("inspect", "--data", data, wire.b64(log.log_id)).output
        assert "entry bytes" in said
        assert "addresses, names, times, who wrote         0           0" in said
        run("inspect", "--data", data, wire.b64(os.urandom(16)), fails=NotFound)
        run("inspect", "--data", data, "no-id", fails=HavenError)
        for dashed in (b"\xf8", b"\xfb\xe0"):  # "-AAA…", "--AA…"
            shaped = wire.b64(dashed.ljust(16, b"\x21"))
            assert shaped.startswith("-")
            run("inspect", "--data", data, shaped, fails=NotFound)
        run("inspect", "--data", data, "-h" + "A" * 20, fails=NotFound)
        relay.stop()
    # The classes speak of every column that exists: a new one must be added to them.
    db = apsw.Connection(str(data / "relay.db"))
    columns = {
        table: {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        for table in ("logs", "slices", "entries", "keys")
    }
    assert columns == {
        "logs": {
            "id",
            "log_id",
            "retention",
            "closing_retention",
            "created",
            "open_slice",
            "last_seq",
            "entries",
            "size",
            "last_day",
            "next_prune",
        },
        "slices": {"log", "number", "door", "first_seq", "committers"},
        "entries": {"id", "day", "closing", "body"},
        "keys": {"log", "key", "seq", "slice", "digest"},
    }


def test_status_and_doctor(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        filled(relay)
        data = tmp_path / "data"
        said = run("status", "--data", data).output
        assert "relay:                running" in said
        assert "entries:              24" in said
        data.chmod(0o755)
        result = CliRunner().invoke(cli, ["doctor", "--data", str(data)])
        assert result.exit_code == 1
        assert "LOOK  others on this machine can read the data directory" in result.output
        assert "ok    the database passes a quick check" in result.output
        relay.stop()
        assert "not running" in run("status", "--data", data).output
        run("status", "--data", tmp_path / "nowhere", fails=NotFound)


def test_prune_beside_a_running_relay(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        log = filled(relay, 1)[0]
        db = apsw.Connection(str(tmp_path / "data" / "relay.db"))
        db.set_busy_timeout(5000)
        with db:  # all but the newest entry grow old while the relay runs
            db.execute("UPDATE entries SET day = day - 40 WHERE id < (1 << 31) + 12")
            db.execute("UPDATE logs SET next_prune = 0")
        db.close()
        assert "removed 10 entries" in run("prune", "--data", tmp_path / "data").output
        assert log.read(token=log.tokens[0]).status_code == 410
        assert log.append(b"the relay goes on").json()["seq"] == 13
        assert "every log is whole" in run("verify", "--data", tmp_path / "data").output


def test_a_second_relay_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        filled(relay, 1)
        second = Relay(tmp_path)
        with pytest.raises(AssertionError, match="another relay runs on this data directory"):
            second.start()


def test_data_of_a_newer_relay_is_left_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "relay.db")
    store._db.pragma("user_version", schema.VERSION + 1)
    store.close()
    before = (tmp_path / "relay.db").read_bytes()
    with pytest.raises(TooNew):
        SqliteStore(tmp_path / "relay.db")
    assert (tmp_path / "relay.db").read_bytes()[100:] == before[100:]


def test_an_upgrade_keeps_a_backup_and_a_failed_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "relay.db"
    store = SqliteStore(path)
    store._db.execute("INSERT INTO codes(hash, label, max_logs) VALUES (x'00', 'kept', 1)")
    store.close()

    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE more(a); nonsense"))
    monkeypatch.setattr(schema, "VERSION", 2)
    with pytest.raises(HavenError):
        SqliteStore(path)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS[:1], "CREATE TABLE more(a)"))
    store = SqliteStore(path)
    kept = store.backup_before_upgrade
    assert kept is not None
    assert store._db.execute("SELECT label FROM codes").get == "kept"
    assert store._db.execute("SELECT count(*) FROM more").get == 0
    store.close()
    old = apsw.Connection(str(kept))
    assert old.pragma("user_version") == 1
    assert old.execute("SELECT label FROM codes").get == "kept"


def test_a_backup_from_before_an_upgrade_is_put_back_and_upgraded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    store = SqliteStore(data / "relay.db")
    birth = Birth(bytes(32), (), retention_days=30, closing_retention_days=400)
    store.create(bytes(16), birth, 20_000, None)
    store.close()
    run("backup", "--data", data, copy)
    as_it_was = copy.read_bytes()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE more(a)"))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    assert "restored 1 logs" in run("restore", "--data", data, copy).output
    assert copy.read_bytes() == as_it_was
    assert not list(data.glob("*schema*")) + list(data.glob("*.part*"))
    assert "every log is whole" in run("verify", "--data", data).output
    monkeypatch.setattr(schema, "VERSION", schema.VERSION - 1)  # and never into an older program
    run("backup", "--data", data, tmp_path / "newer.db", fails=TooNew)
    run("restore", "--data", tmp_path / "other", data / "relay.db", fails=TooNew)
    assert not (tmp_path / "other" / "relay.db").exists()


def test_another_programs_file_is_not_taken_for_a_relays(tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "relay.db"))
    db.execute("CREATE TABLE other(a)")
    db.close()
    with pytest.raises(Damaged):
        SqliteStore(tmp_path / "relay.db")


def test_retention_bounds_the_file(tmp_path: Path) -> None:
    """Day after day the same amount of entries: the file stops growing."""
    with Relay(tmp_path) as relay:
        log = Log(relay.url)
        log.create(retention_days=1, closing_retention_days=2)
        sizes = []
        for _ in range(5):
            for _ in range(20):
                log.append(os.urandom(40_000))
            days_pass(relay, 1)
            log.url = relay.url
            sizes.append(sum(f.stat().st_size for f in (tmp_path / "data").glob("relay.db*")))
        assert max(sizes[3:]) <= max(sizes[:3]) * 1.3, sizes
