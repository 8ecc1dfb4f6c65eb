"""Dates as people say them; what has two meanings is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.errors import UsageError
from havenclient.journal.when import parse
from tests.journal.texts import texts

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 21, 4, 30, tzinfo=BERLIN)  # a Sunday

SAID = [
    ("now", "2026-11-22 21:04:30"),
    ("today", "2026-11-22 21:04:30"),
    ("today 8pm", "2026-11-22 20:00:00"),
    ("8pm", "2026-11-22 20:00:00"),
    ("at 12 am", "2026-11-22 00:00:00"),
    ("12:30pm", "2026-11-22 12:30:00"),
    ("21.04", "2026-11-22 21:04:00"),
    ("Yesterday 8PM", "2026-11-21 20:00:00"),
    ("yesterday", "2026-11-21 12:00:00"),
    ("yesterday at 7:45", "2026-11-21 07:45:00"),
    ("yesterday evening", "2026-11-21 20:00:00"),
    ("last night", "2026-11-21 22:00:00"),
    ("this morning", "2026-11-22 09:00:00"),
    ("tonight", "2026-11-22 22:00:00"),
    ("friday", "2026-11-20 12:00:00"),
    ("last friday 6pm", "2026-11-20 18:00:00"),
    ("sunday", "2026-11-15 12:00:00"),
    ("on monday", "2026-11-16 12:00:00"),
    ("3 days ago", "2026-11-19 21:04:30"),
    ("2 weeks ago noon", "2026-11-08 12:00:00"),
    ("an hour ago", "2026-11-22 20:04:30"),
    ("10 minutes ago", "2026-11-22 20:54:30"),
    ("2026-11-20", "2026-11-20 12:00:00"),
    ("2026-11-22 21:04", "2026-11-22 21:04:00"),
    ("2026-11-20T08:00:05", "2026-11-20 08:00:05"),
    ("2026-11-20 8am", "2026-11-20 08:00:00"),
    ("22 nov 2025", "2025-11-22 12:00:00"),
    ("5. December", "2025-12-05 12:00:00"),
    ("March 3rd, 2024 9:15", "2024-03-03 09:15:00"),
    ("3.4.2025", "2025-04-03 12:00:00"),
]


@pytest.mark.parametrize(("said", "meant"), SAID)
def test_what_people_say_is_understood(said: str, meant: str) -> None:
    found = parse(said, now=NOW)
    assert found.strftime("%Y-%m-%d %H:%M:%S") == meant
    assert found.tzinfo is BERLIN


@pytest.mark.parametrize(
    "said",
    [
        "",
        "  ",
        "03/04/2026",
        "8",
        "25:00",
        "13pm",
        "sometime",
        "2026-02-30",
        "yesterday x",
        "32 may",
    ],
)
def test_what_has_no_meaning_or_two_is_refused(said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(said, now=NOW)
    assert caught.value.hints


def test_an_offset_in_the_text_wins() -> None:
    found = parse("2026-11-20T08:00:00+05:30", now=NOW)
    assert found == datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=5, minutes=30)))


def test_other_seasons_have_their_own_offset() -> None:
    assert parse("2026-07-01 10:00", now=NOW).utcoffset() == timedelta(hours=2)
    assert parse("2026-12-01 10:00", now=NOW).utcoffset() == timedelta(hours=1)


def test_the_computers_own_zone_knows_its_clock_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        fixed = NOW.astimezone()
        assert isinstance(fixed.tzinfo, timezone)
        assert parse("2026-07-01 10:00", now=fixed).utcoffset() == timedelta(hours=2)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_hours_ago_are_real_hours_across_a_clock_change() -> None:
    after_change = datetime(2026, 10, 25, 4, 0, tzinfo=BERLIN)  # 02:00 to 03:00 came twice
    for hours in range(1, 6):
        meant = after_change.astimezone(UTC) - timedelta(hours=hours)
        assert parse(f"{hours} hours ago", now=after_change).astimezone(UTC) == meant


@given(st.one_of(texts, st.text(max_size=40), st.sampled_from([said for said, _ in SAID])))
def test_a_moment_or_a_usage_error(said: str) -> None:
    try:
        assert parse(said, now=NOW).utcoffset() is not None
    except UsageError as error:
        assert error.message
