"""Dates in the words of many languages, and in the shapes that people configure."""

from __future__ import annotations

import pytest

from havenclient.journal.importers import dates
from havenclient.journal.importers.dates import Order

LONG = [
    "13. August 2024", "13 août 2024", "13 de agosto de 2024", "terça-feira, 13 de agosto de 2024",
    "13 agosto 2024", "13 augustus 2024", "13 sierpnia 2024", "13 августа 2024 г.",
    "13 серпня 2024 р.", "13. srpna 2024", "13. augusta 2024", "2024. augusztus 13.",
    "13 august 2024", "13 август 2024 г.", "13. kolovoza 2024.", "13. avgust 2024",
    "13 Αυγούστου 2024", "13 Ağustos 2024 Salı", "tirsdag den 13. august 2024", "13 augusti 2024",
    "13. elokuuta 2024", "2024. gada 13. augusts", "2024 m. rugpjūčio 13 d.", "2024年8月13日火曜日",
    "2024. 8. 13.", "13 tháng 8, 2024", "Thứ Ba, 13 tháng 8, 2024", "13 สิงหาคม 2567",
    "13 Agustus 2024", "13 Ogos 2024", "13 अगस्त 2024", "13 באוגוסט 2024", "13 أغسطس 2024",
    "13 اوت 2024", "13 d’agost del 2024", "Tuesday, August 13th 2024", "13.08.2024 г.", "20240813",
]  # fmt: skip


@pytest.mark.parametrize("text", LONG)
def test_one_day_in_many_languages(text: str) -> None:
    stamp = dates.parse_stamp(text)
    assert stamp is not None and stamp.day.isoformat() == "2024-08-13" and stamp.clock is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        # A prefix of three letters once made March of the Finnish November.
        ("13. marraskuuta 2024", "2024-11-13"), ("13. maaliskuuta 2024", "2024-03-13"),
        # The same word, two months: Croatian dots the day, Polish doesn't.
        ("13. lip 2024.", "2024-06-13"), ("13 lip 2024", "2024-07-13"),
        ("13. listopada 2024.", "2024-10-13"), ("13 listopada 2024", "2024-11-13"),
    ],
)  # fmt: skip
def test_months_that_look_alike(text: str, day: str) -> None:
    stamp = dates.parse_stamp(text)
    assert stamp is not None and stamp.day.isoformat() == day


@pytest.mark.parametrize(
    "text",
    [
        "Tue Aug 13 15:07:05 2024", "Tue Aug 13 15:07:05 CEST 2024", "15:07:05 13/08/2024",
        "20240813 150705", "2024-08-13T150705", "2024-08-13_15-07-05", "13.8.2024 klo 15.07.05",
        "13 agosto 2024 alle ore 15:07:05", "13 августа 2024 г., 15:07:05", "3:07:05 PM 13.08.2024",
        "2024年8月13日 下午3:07:05", "13 Aug 2024, 3:07:05 PTG", "2024. aug. 13. 15:07:05",
        "13. August 2024 um 15:07:05 Uhr",
    ],
)  # fmt: skip
def test_one_moment_in_many_shapes(text: str) -> None:
    stamp = dates.parse_stamp(text)
    assert stamp is not None and f"{stamp.naive():%Y-%m-%d %H:%M:%S}" == "2024-08-13 15:07:05"


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("22:04 Uhr", "22:04"), ("klo 22.04", "22:04"), ("de. 10:04", "10:04"),
        ("du. 10:04", "22:04"),
        ("PTG 10:04", "22:04"), ("10:04 pop.", "22:04"), ("p. m. 10:04", "22:04"),
        ("23:04 น.", "23:04"), ("10:04 μ. μ.", "22:04"), ("10:04 пп", "22:04"),
        ("10:04 e.h.", "22:04"),
        ("10:04 ب.ظ.", "22:04"), ("15:07 ч.", "15:07"),
    ],
)  # fmt: skip
def test_clocks_of_many_languages(text: str, clock: str) -> None:
    found = dates.parse_time(text)
    assert found is not None and f"{found[0]:%H:%M}" == clock


@pytest.mark.parametrize(
    "text",
    ["12 eggs", "1 2024", "2024-08-13 eggs", "eggs 13 2024", "at 5", "13 Foo 2024", "2024. x 3"],
)
def test_other_words_are_no_dates(text: str) -> None:
    assert dates.parse_stamp(text) is None


def test_the_day_comes_first_where_the_file_showed_it() -> None:
    assert dates.order_of(["03-04-2024", "25-04-2024"]) is Order.DAY_FIRST
    stamp = dates.parse_stamp("03-04-2024", order=Order.DAY_FIRST)
    assert stamp is not None and stamp.day.isoformat() == "2024-04-03"
