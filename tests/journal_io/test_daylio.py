"""Daylio's CSV: clocks, languages, columns, moods, broken rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from havenclient.errors import InputRejected
from havenclient.journal.importers import detect
from tests.journal_io.making import only, plan_of, remarks, written

HEAD = "full_date,date,weekday,time,mood,activities,note_title,note\n"


def csv_of(tmp_path: Path, text: str, head: str = HEAD) -> Path:
    return written(tmp_path, "daylio.csv", head + text)


@pytest.mark.parametrize(
    ("clock", "iso"),
    [
        ("10:00 pm", "22:00"), ("12:05 am", "00:05"), ("12:05 pm", "12:05"), ("18:52", "18:52"),
        ("08:13", "08:13"), ("10:00 p. m.", "22:00"), ("10:00\u202fPM", "22:00"),
        ("下午10:00", "22:00"), ("오전 9:05", "09:05"), ("午後3:07", "15:07"), ("21.45", "21:45"),
        ("10:00 ΜΜ", "22:00"), ("10:00 nachm.", "22:00"), ("٢٢:١٥", "22:15"), ("9h30", "09:30"),
    ],
)  # fmt: skip
def test_clocks_of_many_phones(tmp_path: Path, clock: str, iso: str) -> None:
    path = csv_of(tmp_path, f'2021-09-28,28 September,Tuesday,{clock},rad,"a | b ","",""\n')
    entry = only(plan_of(path))
    assert f"{entry.written_at:%H:%M}" == iso
    assert (entry.mood, entry.tags) == (5, ("a", "b"))


def test_scales_title_and_html(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "2026-02-01,1 February,Sunday,9:00,good,walk,Sleep: 8/10 points | Bed: 7:30,"
        'Title,"<b>Bold</b> and ""quoted""<br><ul><li>one</li></ul>"\n',
        "full_date,date,weekday,time,mood,activities,scales,note_title,note\n",
    )
    body = only(plan_of(path)).body
    assert body.startswith('# Title\n\n**Bold** and "quoted"')
    assert "- one" in body and "- Sleep: 8/10 points\n- Bed: 7:30" in body


def test_old_header_with_days_in_words(tmp_path: Path) -> None:
    head = "year,date,weekday,time,mood,activities,note\n"
    for day in ("18 May", "May 18", "18. Mai", "18 de mayo", "18 мая"):
        path = csv_of(tmp_path, f'2018,{day},Friday,11:54 pm,good,"clean","Went out"\n', head)
        assert detect(path) == "daylio"
        assert f"{only(plan_of(path)).written_at:%Y-%m-%d %H:%M}" == "2018-05-18 23:54"


def test_unknown_mood_words_are_asked_and_kept(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "2021-05-12,12 May,Wed,18:52,ok but sleepy,,,\n2021-05-12,12 May,Wed,17:00,RAD,,,\n",
    )
    plan = plan_of(path)
    assert plan.unknown_moods == ("ok but sleepy",)
    assert [entry.mood for entry in plan.entries] == [5, None]
    told = plan_of(path, mood_words={"OK but sleepy": 3})
    assert told.unknown_moods == () and [entry.mood for entry in told.entries] == [5, 3]
    assert [e.source_id for e in plan.entries] == [e.source_id for e in told.entries]


def test_rows_with_wrong_fields_are_reported_and_the_rest_goes_in(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        "2021-05-12,12 May,Wed,18:52,rad,,,\n"
        "2021-05-11,11 May,Tue,18:52,rad,,,one, too many\n"
        '2021-05-10,10 May,Mon,18:52,rad,,,"two\nlines"\n'
        "2021-05-09,9 May,Sun,25:99,rad,,,no such time\n"
        "2021-05-08,8 May\n"
        "2021-05-07,7 May,Fri,18:52,rad,,,last\n",
    )
    plan = plan_of(path)
    assert [entry.written_at.day for entry in plan.entries] == [7, 10, 12]
    text = remarks(plan)
    assert "row 3: it has 9 fields" in text and "row 5:" in text and "row 6:" in text
    assert "too many" not in text


def test_a_stray_quote_costs_one_row_not_the_rest(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        '2021-05-12,12 May,Wed,18:52,rad,,,"never closed\n'
        "2021-05-11,11 May,Tue,18:52,rad,,,fine\n2021-05-10,10 May,Mon,18:52,rad,,,fine\n",
    )
    plan = plan_of(path)
    assert [entry.written_at.day for entry in plan.entries] == [10, 11]
    assert "row 2" in remarks(plan)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(tmp_path: Path, codec: str) -> None:
    text = HEAD + '2021-05-12,12 May,Wed,18:52,rad,"Café | Übung",,"größer"\n'
    entry = only(plan_of(written(tmp_path, "d.csv", text.encode(codec))))
    assert entry.tags == ("Café", "Übung") and entry.body == "größer"


def test_semicolons_and_dates_that_a_spreadsheet_rewrote(tmp_path: Path) -> None:
    head = HEAD.replace(",", ";")
    path = csv_of(tmp_path, "05/03/2021;5 March;Friday;10:00;rad;;;x\n", head)
    assert f"{only(plan_of(path)).written_at:%Y-%m-%d}" == "2021-03-05"


def test_another_csv_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "name,age\nanna,3\n")
    with pytest.raises(InputRejected):
        detect(path)
    with pytest.raises(InputRejected):
        plan_of(path, "daylio")


def test_columns_that_are_not_daylios_stay_in_words(tmp_path: Path) -> None:
    head = "full_date,date,weekday,time,sub_mood,activities,mood,sleep_hours\n"
    path = csv_of(tmp_path, "2021-04-16,2021-04-16,Friday,8:00 pm,yolo,walk,Good,7.5\n", head)
    entry = only(plan_of(path))
    assert entry.body == "- Sub mood: yolo\n- Sleep hours: 7.5" and entry.mood == 4


def test_noise_in_a_table_asks_for_no_passphrase(tmp_path: Path) -> None:
    noise = bytes((number * 37 + number // 7 * 91) % 256 for number in range(4096))
    with pytest.raises(InputRejected, match="kind of journal"):
        detect(written(tmp_path, "daylio.csv", noise))
    with pytest.raises(InputRejected, match="empty"):
        detect(written(tmp_path, "empty.csv", b""))
