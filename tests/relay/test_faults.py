"""Disks that are full, read-only or damaged: refuse what can't be done, go on with what can."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from havenclient import wire
from havenclient.errors import Damaged, DiskFull, StorageError
from havenclient.relay import rules
from havenclient.relay.events import Hub
from havenclient.relay.http import Receive, Scope, Send
from havenclient.relay.rules import Append, Birth, Outcome, Place, Wish
from havenclient.relay.sqlite.database import ReadOnly
from havenclient.relay.sqlite.store import SqliteStore
from havenclient.relay.store import Store
from havenclient.relay.writer import Writer
from havenclient.wire import Problem

from .harness import Log, Relay, problem


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root; run this test in a container")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


def test_a_full_disk_refuses_appends_serves_reads_and_recovers(
    small_disk: Path, tmp_path: Path
) -> None:
    relay = Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_FREE_MIB": "0"})
    (tmp_path / "data").symlink_to(small_disk)
    with relay:
        log = relay.log()
        stored = []
        for _ in range(200):
            body = os.urandom(50_000)
            answer = log.append(body)
            if answer.status_code != 201:
                break
            stored.append(body)
        assert (answer.status_code, problem(answer)) == (507, Problem.RELAY_FULL)
        assert "retry-after" in answer.headers
        assert stored
        assert [body for _, body in log.entries()] == stored
        assert log.append(os.urandom(50_000)).status_code == 507
        health = httpx.get(relay.operator + "/healthz", trust_env=False)
        assert (health.status_code, health.text) == (503, "the disk is full\n")
        assert "writing fails: the disk is full" in relay.output.read_text()

        subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
        answer = log.append(b"there is room again")
        assert answer.json() == {"seq": len(stored) + 1, "slice": 0}
        assert httpx.get(relay.operator + "/healthz", trust_env=False).status_code == 200
        assert "writing works again" in relay.output.read_text()


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[Path]:
    """A real ext4 of 32 MiB in a file, which the kernel can be told to give up."""
    image, folder = tmp_path / "image", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(32 * 2**20)
    make = shutil.which("mkfs.ext4", path="/usr/sbin:/sbin")
    mount = ["mount", "-o", "loop", str(image), str(folder)]
    if (
        make is None
        or os.geteuid() != 0
        or subprocess.run([make, "-q", str(image)], capture_output=True).returncode
        or subprocess.run(mount, capture_output=True).returncode
    ):
        pytest.skip("mounting a file as a disk needs root and loop devices")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


def test_a_disk_that_the_kernel_gave_up_is_still_read_and_nothing_acknowledged_is_lost(
    failing_disk: Path, tmp_path: Path
) -> None:
    """`remount,abort` is what ext4 does by itself after an error: read-only under open files."""
    relay = Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_FREE_MIB": "0"})
    (tmp_path / "data").symlink_to(failing_disk)
    with relay:
        logs = [relay.log() for _ in range(6)]
        stored = {log.log_id: [os.urandom(2000) for _ in range(10)] for log in logs}
        for log in logs:
            for body in stored[log.log_id]:
                assert log.append(body).status_code == 201
        subprocess.run(["mount", "-o", "remount,abort", str(failing_disk)], check=True)
        refused = logs[0].append(b"too late")
        assert (refused.status_code, problem(refused)) == (503, Problem.STORE_FAILED)
        for log in logs:  # threads and connections that have read nothing so far among them
            assert [body for _, body in log.entries()] == stored[log.log_id]
        assert httpx.get(relay.operator + "/healthz", trust_env=False).status_code == 503
        said = relay.output.read_text()
        assert "writing fails: the disk" in said
        assert "Traceback" not in said
        relay.kill()
        subprocess.run(["umount", str(failing_disk)], check=True)
        subprocess.run(
            ["/sbin/e2fsck", "-fy", str(tmp_path / "image")], capture_output=True, check=False
        )
        subprocess.run(
            ["mount", "-o", "loop", str(tmp_path / "image"), str(failing_disk)], check=True
        )
        relay.start()
        for log in logs:
            log.url = relay.url
            assert [body for _, body in log.entries()] == stored[log.log_id]
        assert logs[0].append(b"and on").json()["seq"] == 11
        assert relay.stop() == 0


def test_a_disk_that_fails_for_a_while_is_used_again_by_itself(tmp_path: Path) -> None:
    """Every write past a size is refused by the kernel, until it is not."""
    with Relay(tmp_path) as relay:
        log = relay.log()
        assert log.append(b"one").status_code == 201
        limit = ["prlimit", "--pid", str(relay.pid)]
        if subprocess.run([*limit, "--fsize=100:unlimited"], capture_output=True).returncode:
            pytest.skip("prlimit is not installed (Debian: util-linux)")
        refused = log.append(b"two")
        assert (refused.status_code, problem(refused)) == (503, Problem.STORE_FAILED)
        assert "retry-after" in refused.headers
        assert log.entries() == [(1, b"one")]
        assert httpx.get(relay.operator + "/healthz", trust_env=False).status_code == 503
        subprocess.run([*limit, "--fsize=unlimited:unlimited"], check=True)
        assert log.append(b"two").json()["seq"] == 2
        assert httpx.get(relay.operator + "/healthz", trust_env=False).status_code == 200
        assert "writing works again" in relay.output.read_text()


def test_a_corrupted_page_is_reported_and_other_logs_are_served(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        logs = [relay.log() for _ in range(4)]
        for log in logs:
            for _ in range(40):
                log.append(os.urandom(3000))
        relay.stop()
        path = tmp_path / "data" / "relay.db"
        damage(path, entry=(2, 20))
        relay.start()
        for log in logs:
            log.url = relay.url
        answers = [log.read() for log in logs]
        assert [answer.status_code for answer in answers] == [200, 503, 200, 200]
        assert problem(answers[1]) is Problem.STORE_FAILED
        assert httpx.get(relay.operator + "/healthz", trust_env=False).status_code == 503
        assert logs[0].append(b"goes on").json()["seq"] == 41
        said = relay.output.read_text()
        assert "the database is damaged" in said
        assert "haven-relay verify" in said
        assert "Traceback" not in said


def damage(path: Path, entry: tuple[int, int]) -> None:
    """Overwrite the page that holds one entry, as a failing disk would."""
    import apsw

    db = apsw.Connection(str(path))
    body = db.execute("SELECT body FROM entries WHERE id = ?", (entry[0] << 31 | entry[1],)).get
    size = int(db.pragma("page_size"))
    db.close()
    content = bytearray(path.read_bytes())
    at = bytes(content).index(body[-600:]) // size * size
    content[at : at + size] = b"\xa5" * size
    path.write_bytes(content)


class Failing:
    """A store whose next commits fail in a given way; everything else is the real one's."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.failure: Exception | None = None

    def commit(self, batch: Sequence[Wish], today: int) -> Outcome:
        if self.failure is not None:
            raise self.failure
        return self._store.commit(batch, today)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (DiskFull("the disk is full"), 507),
        (ReadOnly("the disk takes no writes"), 503),
        (StorageError("the disk reports an error"), 503),
        (Damaged("the database is damaged"), 503),
        (RuntimeError("a mistake in the store"), 503),
    ],
)
async def test_what_a_client_is_told_when_writing_fails(
    tmp_path: Path, failure: Exception, status: int
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from havenclient.relay.app import LogPaths, RelayApp
    from havenclient.relay.metrics import Metrics
    from havenclient.relay.rules import Gone
    from havenclient.relay.settings import Settings
    from havenclient.relay.store import Page

    real = SqliteStore(tmp_path / "relay.db")
    store = Failing(real)
    as_store: Store = store  # type: ignore[assignment]

    async def read(place: Place, after: int, limit: int) -> Page | Gone | None:
        return real.read(place, after, limit)

    async def cold(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    hub = Hub(read, readers_per_log=1, readers=1, heartbeat_seconds=1, stall_seconds=1)
    writer = Writer(as_store, lambda: 0, hub.publish)
    threads = ThreadPoolExecutor(1)
    paths = LogPaths(as_store, writer, hub, threads, read, Settings(), Metrics(), lambda: 0.0)
    app = RelayApp(paths, cold, Metrics())
    log_id, token = os.urandom(16), os.urandom(32)
    real.create(log_id, Birth(rules.door(log_id, wire.token_hash(token)), (), 1, 1), 0, None)
    headers = {
        "Authorization": "Bearer " + wire.b64(token),
        wire.IDEMPOTENCY_KEY: wire.b64(os.urandom(16)),
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://relay",
    ) as client:
        path = wire.entries_path(log_id)
        store.failure = failure
        refused = await client.post(path, content=b"x", headers=headers)
        assert refused.status_code == status
        assert str(failure) not in refused.text or status != 500
        assert writer.failing is not None
        assert (await client.get(path, headers=headers)).status_code == 200
        store.failure = None
        assert (await client.post(path, content=b"x", headers=headers)).status_code == 201
        assert writer.failing is None
    await writer.stop()
    threads.shutdown()
    real.close()


def test_nothing_is_remembered_of_a_batch_that_failed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "relay.db")
    store.create(bytes(16), Birth(b"d" * 32, (), 5, 10), 0, None)

    def wish(n: int, size: int = 100) -> Append:
        body = bytes([n]) * size
        return Append(Place(1, 0), bytes([n]) * 16, rules.append_digest(body), body)

    store.commit([wish(1)], 0)
    pages = store._db.pragma("page_count")
    store._db.pragma("max_page_count", pages + 2)
    with pytest.raises(DiskFull):
        store.commit([wish(2), wish(3, 200_000)], 0)
    store._db.pragma("max_page_count", 1_000_000)
    assert [a.seq for a in store.commit([wish(3), wish(2)], 0).answers] == [2, 3]  # type: ignore[union-attr]
    store.close()


def test_a_log_survives_a_backup_from_before_it_grew(tmp_path: Path) -> None:
    """A restored relay has fewer entries; a reader that knows more can see so."""
    with Relay(tmp_path) as relay:
        log = relay.log()
        log.append(b"one")
        answer = log.read(after=5)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers[wire.SLICE_LAST] == "1"
        assert Log(relay.url).read().status_code == 404
