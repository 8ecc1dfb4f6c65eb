"""Day One: JSON zip, Classic, plain text."""

from __future__ import annotations

import json
import plistlib
from datetime import datetime
from pathlib import Path

import pytest

from havenclient.errors import InputRejected
from havenclient.journal.importers import detect, open_attachment
from tests.journal_io.making import only, plan_of, remarks, written, zipped

PHOTO = "2A69239A5B364348AC64FA7758C2151B"
MD5 = "0e2d16db35b89f9880ee5b3441659d54"


def journal(*entries: dict[str, object]) -> str:
    return json.dumps({"metadata": {"version": "1.0"}, "entries": list(entries)})


def entry(**more: object) -> dict[str, object]:
    return {
        "uuid": "F" * 32,
        "creationDate": "2024-01-05T03:02:50Z",
        "timeZone": "Asia\\/Tokyo",
        "text": "Plain",
        **more,
    }


def test_entry_in_its_own_zone_with_photo(tmp_path: Path) -> None:
    record = entry(
        text=f"# Title\n\nI said\\. No\\! 1\\+1 \\(ok\\)\n\n![](dayone-moment://{PHOTO})",
        tags=["Trip", "food"],
        starred=True,
        photos=[{"identifier": PHOTO, "md5": MD5, "type": "jpeg"}],
        location={"placeName": "x"},
    )
    path = zipped(
        tmp_path / "e.zip", {"Journal.json": journal(record), f"photos/{MD5}.jpeg": b"\xff\xd8pic"}
    )
    assert detect(path) == "dayone"
    found = only(plan_of(path))
    assert found.written_at.isoformat() == "2024-01-05T12:02:50+09:00"
    assert (found.zone, found.zone_guessed) == ("Asia/Tokyo", False)
    assert found.body == f"# Title\n\nI said. No! 1+1 (ok)\n\n![]({MD5}.jpeg)"
    assert (found.starred, found.tags, found.journal) == (True, ("Trip", "food"), "Journal")
    with open_attachment(found.attachments[0]) as stream:
        assert stream.read() == b"\xff\xd8pic"
    assert found.attachments[0].media_type == "image/jpeg"


def test_minimal_and_rich_text_only(tmp_path: Path) -> None:
    rich = {
        "contents": [
            {"attributes": {"line": {"header": 1}}, "text": "Head\n"},
            {"attributes": {"bold": True}, "text": "bold"},
            {"text": " and plain\n"},
            {"attributes": {"line": {"listStyle": "bulleted", "indentLevel": 1}}, "text": "one\n"},
            {"attributes": {"line": {"listStyle": "checkbox", "checked": True}}, "text": "two\n"},
            {"embeddedObjects": [{"type": "photo", "identifier": PHOTO}]},
        ]
    }
    path = zipped(
        tmp_path / "e.zip",
        {
            "A.json": journal(
                {"creationDate": "2024-01-05T03:02:50Z", "richText": json.dumps(rich)},
                {"creationDate": "2024-01-05T03:02:50.123Z", "text": "same day"},
            )
        },
    )
    first, second = plan_of(path).entries
    assert first.body.startswith("# Head\n**bold** and plain\n- one\n- [x] two")
    assert first.zone_guessed and second.body == "same day"


def test_borrowed_photo_other_media_and_missing_files(tmp_path: Path) -> None:
    records = [
        entry(uuid="A", photos=[{"identifier": PHOTO, "md5": MD5}]),
        entry(uuid="B", text=f"see ![x](dayone-moment://{PHOTO})"),
        entry(
            uuid="C",
            text="![](dayone-moment:/video/VID1)",
            videos=[{"identifier": "VID1", "md5": "aa11"}],
            audios=[{"identifier": "GONE", "md5": "bb"}],
        ),
    ]
    path = zipped(
        tmp_path / "e.zip",
        {"J.json": journal(*records), f"photos/{MD5}.png": "p", "videos/aa11.mov": "v"},
    )
    plan = plan_of(path)
    by_id = {found.source_id: found for found in plan.entries}
    assert [file.name for file in by_id["B"].attachments] == [f"{MD5}.png"]
    assert "(aa11.mov)" in by_id["C"].body
    assert "entry 3: 1 of its files are not in the export" in remarks(plan)


def test_several_journals_broken_entries_and_odd_zones(tmp_path: Path) -> None:
    bad = entry(uuid="X", creationDate="yesterday")
    odd = entry(uuid="Y", timeZone="../../etc/passwd")
    offset = entry(uuid="Z", timeZone="GMT+0200")
    path = zipped(
        tmp_path / "e.zip",
        {"Work.json": journal(bad, odd, offset), "Home.json": journal(entry()), "x.txt": "no"},
    )
    plan = plan_of(path)
    assert {found.journal for found in plan.entries} == {"Work", "Home"}
    by_id = {found.source_id: found for found in plan.entries}
    assert by_id["Y"].zone_guessed
    assert by_id["Z"].written_at.isoformat() == "2024-01-05T05:02:50+02:00"
    assert "Work.json, entry 1" in remarks(plan)


def test_unpacked_folder_and_single_json(tmp_path: Path) -> None:
    written(tmp_path, "d/Journal.json", journal(entry()))
    written(tmp_path, f"d/photos/{MD5}.jpeg", b"x")
    assert detect(tmp_path / "d") == "dayone"
    assert detect(tmp_path / "d/Journal.json") == "dayone"
    assert only(plan_of(tmp_path / "d")).body == only(plan_of(tmp_path / "d/Journal.json")).body


def test_classic(tmp_path: Path) -> None:
    uuid = "D04D335AFED711EABA18FAFFC2100C3D"
    record = {
        "Creation Date": datetime(2020, 8, 29, 18, 11),  # noqa: DTZ001 (plists hold UTC bare)
        "Entry Text": "Entry the first.",
        "Starred": True,
        "Tags": ["ipsum"],
        "Time Zone": "America/Los_Angeles",
        "UUID": uuid,
    }
    root = tmp_path / "J.dayone"
    written(root, f"entries/{uuid}.doentry", plistlib.dumps(record))
    written(root, "entries/broken.doentry", "<plist>")
    bomb = '<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist><dict>&b;</dict></plist>'
    written(root, "entries/bomb.doentry", bomb)
    written(root, f"photos/{uuid}.jpg", b"jpg")
    assert detect(root) == "dayone-classic"
    plan = plan_of(root)
    found = only(plan)
    assert found.written_at.isoformat() == "2020-08-29T11:11:00-07:00"
    assert found.starred and found.tags == ("ipsum",) and len(found.attachments) == 1
    assert "broken.doentry" in remarks(plan) and "bomb.doentry" in remarks(plan)


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        ("15 January 2024", "2024-01-15T12:00:00+01:00"),
        ("January 15, 2024 at 9:46:46 AM NZST", "2024-01-15T09:46:46+12:00"),
        ("January 15, 2024 at 9:46:46 PM CET", "2024-01-15T21:46:46+01:00"),
        ("15 January 2024 at 9:46:46\u202fpm GMT+2", "2024-01-15T21:46:46+02:00"),
        ("15. Januar 2024 um 21:46:46 MEZ", "2024-01-15T21:46:46+01:00"),
        ("Monday, 15 January 2024 at 21:46", "2024-01-15T21:46:00+01:00"),
        ("15 janvier 2024 à 21:46:46 UTC+1", "2024-01-15T21:46:46+01:00"),
        ("15 de enero de 2024, 21:46:46 CET", "2024-01-15T21:46:46+01:00"),
        ("2024年1月15日 21:46:46 JST", "2024-01-15T21:46:46+09:00"),
    ],
)
def test_plain_text_dates(tmp_path: Path, line: str, iso: str) -> None:
    text = f"\tDate:\t{line}\n\tWeather:\t10°C Clear\n\tTags:\ta, b\n\nBody\n\nDate: my own\n"
    path = written(tmp_path, "Journal.txt", text)
    assert detect(path) == "dayone-text"
    found = only(plan_of(path))
    assert found.written_at.isoformat() == iso
    assert found.body == "Body\n\nDate: my own" and found.tags == ("a", "b")


def test_plain_text_heads_as_other_languages_set_them(tmp_path: Path) -> None:
    text = "\tDate\u00a0:\t15 janvier 2024\n\tMétéo\u00a0:\t3°C\n\nUn.\n\n"
    text += "\t日付：\t2024年1月16日\n\n二。\n"
    plan = plan_of(written(tmp_path, "Journal.txt", text))
    assert [entry.body for entry in plan.entries] == ["Un.", "二。"]


def test_no_journal_in_the_zip(tmp_path: Path) -> None:
    with pytest.raises(InputRejected):
        plan_of(zipped(tmp_path / "e.zip", {"a.json": "{}"}), "dayone")


def test_a_lone_json_finds_the_folders_beside_it(tmp_path: Path) -> None:
    photo = {"identifier": "AB12", "md5": MD5, "type": "jpeg"}
    written(tmp_path, "d/Journal.json", journal(entry(photos=[photo])))
    written(tmp_path, f"d/photos/{MD5}.jpeg", b"x")
    written(tmp_path, "d/letters/private.txt", b"not asked for")
    found = only(plan_of(tmp_path / "d/Journal.json"))
    assert [file.name for file in found.attachments] == [f"{MD5}.jpeg"]


def test_a_picture_that_no_list_names_is_remarked(tmp_path: Path) -> None:
    shown = entry(text="Look\n\n![](dayone-moment://21D276EF338848BA9811C0E64068D84A)", pinned=True)
    plan = plan_of(zipped(tmp_path / "e.zip", {"Journal.json": journal(shown)}))
    assert "entry 1: 1 of its files are not in the export" in remarks(plan)
    assert "pins are kept" in remarks(plan)


def test_classic_as_other_programs_and_phones_wrote_it(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><plist version="1.0"><dict><key>Creation Date</key>'
        "<date>Sun Jan 25 08:09:32 2015</date><key>Entry Text</key>"
        "<string>one\x0b two</string><key>UUID</key><string>{}</string></dict></plist>"
    )
    written(tmp_path, "J.dayone/entries/A.doentry", text.format("A" * 32))
    found = only(plan_of(tmp_path / "J.dayone"))
    assert found.written_at.isoformat() == "2015-01-25T09:09:32+01:00"
    assert found.body == "one two"
