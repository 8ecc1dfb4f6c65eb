"""Limits, admission, and who is served first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from havenclient.relay.limits import Buckets
from havenclient.wire import ADMISSION, Problem

from .harness import Log, Relay, problem


def test_a_bucket_refills_and_never_overflows() -> None:
    now = [0.0]
    bucket = Buckets(60, lambda: now[0])
    assert [bucket.take(1) for _ in range(60)] == [0.0] * 60
    assert bucket.take(1) == pytest.approx(1.0)
    assert bucket.take(2) == 0.0  # another log has its own
    now[0] = 10
    assert [bucket.take(1) for _ in range(10)] == [0.0] * 10
    assert bucket.take(1) > 0
    now[0] = 1000
    assert sum(bucket.take(1) == 0.0 for _ in range(100)) == 60


def test_rates_are_per_log_and_a_flood_can_be_ended_by_a_committer(tmp_path: Path) -> None:
    env = {"HAVEN_RELAY_LIMITS_APPENDS_PER_MINUTE": "5"}
    with Relay(tmp_path, env=env) as relay:
        log = relay.log()
        for _ in range(20):  # a stranger uses up nothing
            assert log.append(b"x", token=os.urandom(32)).status_code == 404
        for _ in range(20):  # nor does a member who tries to close
            assert log.close_slice(committer=os.urandom(32)).status_code == 404
        assert [log.append(b"x").status_code for _ in range(6)] == [201] * 5 + [429]
        refused = log.append(b"x")
        assert problem(refused) is Problem.SLOW_DOWN
        assert 1 <= int(refused.headers["retry-after"]) <= 13
        assert log.close_slice().status_code == 201
        assert relay.log().append(b"another log").status_code == 201


def test_closings_have_a_rate_of_their_own(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_CLOSINGS_PER_MINUTE": "3"}) as relay:
        log = relay.log()
        assert [log.close_slice().status_code for _ in range(4)] == [201, 201, 201, 429]


def test_a_full_log_refuses_appends_and_takes_closings(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_ENTRIES_PER_LOG": "10"}) as relay:
        log = relay.log()
        assert [log.append(b"x").status_code for _ in range(10)] == [201] * 9 + [507]
        assert problem(log.append(b"x")) is Problem.LOG_FULL
        assert log.close_slice().status_code == 201
        assert log.close_slice().status_code == 507
        assert len(log.entries(token=log.tokens[0])) == 10


def test_readers_are_counted_per_log_and_leave_when_they_hang_up(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_READERS_PER_LOG": "2"}) as relay:
        log = relay.log()
        log.append(b"x")
        streams = [log.events(), log.events()]
        for stream in streams:
            assert next(stream)[1] == "1"
        with pytest.raises(AssertionError, match="too-many-readers"):
            next(log.events())
        streams[0].close()  # type: ignore[attr-defined]
        from .harness import wait_until

        metrics = relay.operator + "/metrics"
        wait_until(lambda: "haven_relay_readers 1" in Log(relay.url).http.get(metrics).text)
        assert next(log.events())[1] == "1"


def test_with_little_room_new_logs_are_refused_first_and_closings_last(tmp_path: Path) -> None:
    with Relay(tmp_path) as relay:
        log = relay.log()
        relay.stop()
        relay.env = {"HAVEN_RELAY_LIMITS_FREE_MIB": str(2**20)}  # more than any disk here has
        relay.start()
        log.url = relay.url
        refused = Log(relay.url).create()
        assert (refused.status_code, problem(refused)) == (507, Problem.RELAY_FULL)
        assert log.append(b"x").status_code == 507
        assert log.close_slice().status_code == 201
        assert len(log.entries(token=log.tokens[0])) == 1
        health = log.http.get(relay.operator + "/healthz")
        assert (health.status_code, b"room" in health.content) == (503, True)


def test_new_logs_have_a_rate(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_LIMITS_CREATIONS_PER_MINUTE": "3"}) as relay:
        codes = [Log(relay.url).create().status_code for _ in range(4)]
        assert codes == [201, 201, 201, 429]


def admit(data: Path, *options: str) -> str:
    command = [sys.executable, "-m", "havenclient.relay", "admit", "--data", str(data), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_admission_codes_are_needed_counted_and_revoked(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_RELAY_ADMISSION": "true"}) as relay:
        data = tmp_path / "data"
        refused = Log(relay.url).create()
        assert (refused.status_code, problem(refused)) == (401, Problem.ADMISSION_NEEDED)
        refused = Log(relay.url).create(headers={ADMISSION: "guessed"})
        assert (refused.status_code, problem(refused)) == (403, Problem.ADMISSION_REFUSED)

        code = admit(data, "--logs", "2")
        log = Log(relay.url)
        assert log.create(headers={ADMISSION: code}).status_code == 201
        assert log.create(headers={ADMISSION: code}).status_code == 200  # not charged again
        assert log.append(b"no code is needed to use a log").status_code == 201
        assert Log(relay.url).create(headers={ADMISSION: code}).status_code == 201
        assert Log(relay.url).create(headers={ADMISSION: code}).status_code == 403

        second = admit(data)
        assert admit(data, "--list").splitlines()[0].startswith("1  2/2 logs")
        assert Log(relay.url).create(headers={ADMISSION: second}).status_code == 201
        admit(data, "--revoke", "2")
        assert Log(relay.url).create(headers={ADMISSION: second}).status_code == 403
        assert second.encode() not in (data / "relay.db").read_bytes()
