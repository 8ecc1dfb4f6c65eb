"""A clock that is wrong costs no entry."""

from __future__ import annotations

import os
from pathlib import Path

import apsw
import httpx
from click.testing import CliRunner

from havenclient.errors import SafetyRefusal
from havenclient.relay import rules
from havenclient.relay.cli import relay as cli
from havenclient.relay.days import DAY, LEAP_DAYS, MADE, Days
from havenclient.relay.sqlite.store import SqliteStore

from .harness import Relay, wait_until
from .test_operate import filled, run

NOW = MADE + 400


class Times:
    def __init__(self, day: int) -> None:
        self.day, self.seconds = day, 0.0

    def days(self, newest: int | None, *, leap_days: int = LEAP_DAYS) -> Days:
        kept = [] if newest is None else [newest]
        return Days(
            lambda by: max((d for d in kept if d <= by), default=None),
            lambda: self.day,
            lambda: self.seconds,
            leap_days,
        )

    def run(self, days: float) -> None:
        self.seconds += days * DAY
        self.day += int(days)


def test_an_honest_clock_is_believed_at_once_and_as_it_goes_on() -> None:
    times = Times(NOW)
    days = times.days(NOW - 30)
    for _ in range(400):
        assert (days.arrival(), days.removal()) == (times.day, times.day)
        times.run(1)
    assert times.days(None).removal() == times.day  # nothing there: nothing to lose


def test_what_comes_while_the_clock_begins_in_1970_stays_when_it_is_right() -> None:
    times = Times(0)
    days = times.days(NOW - 1)
    assert days.arrival() == NOW - 1
    assert days.removal() is None
    times.day = NOW
    assert (days.arrival(), days.removal()) == (NOW, NOW)
    assert Times(0).days(None).arrival() == MADE


def test_a_leap_is_believed_after_a_day_and_not_if_it_was_none() -> None:
    times = Times(NOW + 3650)
    days = times.days(NOW)
    assert days.arrival() == NOW + 3650  # too long rather than too short
    assert days.removal() is None
    times.run(0.9)
    assert days.removal() is None
    times.day = NOW  # it was set right
    assert days.removal() == NOW
    times.day = NOW + 3650  # while it runs
    assert days.removal() is None
    times.run(1.1)
    assert days.removal() == times.day


def test_days_of_the_future_do_not_make_the_clock_believed() -> None:
    """Entries that came while the clock was years ahead say nothing of what day it is."""
    assert Times(NOW).days(NOW + 3650).removal() == NOW


def test_an_entry_from_1970_outlives_the_clock_being_set(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "relay.db")
    days = Days(store.newest_day, lambda: 3)
    door = rules.door(os.urandom(16), b"a" * 32)
    store.create(os.urandom(16), rules.Birth(door, (), 30, 400), days.arrival(), None)
    found = store.find(door)
    assert found is not None
    body = os.urandom(100)
    wish = rules.Append(found.place, os.urandom(16), rules.append_digest(body), body)
    store.commit([wish], days.arrival())
    after = Days(store.newest_day, lambda: MADE + 20).removal()
    assert after == MADE + 20
    assert store.prune(after).entries == 0
    store.close()


def test_a_relay_that_wakes_ten_years_later_asks_first(tmp_path: Path) -> None:
    with Relay(tmp_path, env={"HAVEN_RELAY_RELAY_LEAP_DAYS": str(LEAP_DAYS)}) as relay:
        log = filled(relay, 1)[0]
        relay.stop()
        data = tmp_path / "data"
        db = apsw.Connection(str(data / "relay.db"))
        db.execute("UPDATE entries SET day = day - 3650")
        db.execute(
            "UPDATE logs SET created = created - 3650, last_day = last_day - 3650,"
            " next_prune = next_prune - 3650"
        )
        db.close()
        relay.start()
        wait_until(lambda: "the clock seems wrong" in relay.output.read_text())
        assert log.entries()
        said = CliRunner().invoke(cli, ["doctor", "--data", str(data)]).output
        assert "the clock seems wrong (+3650 days)" in said
        run("prune", "--data", data, fails=SafetyRefusal)
        assert httpx.get(relay.operator + "/healthz", trust_env=False).status_code == 200
        assert "and 1 empty logs" in run("prune", "--data", data, "--anyway").output
