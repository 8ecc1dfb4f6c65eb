"""A library from a file: what is refused and why, what a person confirms, and that it is shown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from havenclient.care import helplines, library, pack, renewal
from havenclient.care.pack import Pack
from havenclient.errors import SafetyRefusal
from tests.care.test_process import haven
from tests.homes import Home

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 12, 3)
MARKER = "A page from the pack: lanterns by the quay."
ONE, OTHER = b"\x01" * 32, b"\x02" * 32


@pytest.fixture(autouse=True)
def _own_library_again(tmp_path: Path) -> Iterator[None]:
    yield
    pack.look_in(tmp_path / "nothing here")


def texts() -> dict[str, str]:
    return {name: pack.own_text(name) for name in pack.NAMES}


def made(
    *, version: int = 2, key: bytes = ONE, day: date = TODAY, changed: dict[str, str] | None = None
) -> Pack:
    found = texts()
    found["pages.toml"] = found["pages.toml"].replace("Haven can\n", f"Haven can\n  {MARKER}\n", 1)
    return renewal.signed(found | (changed or {}), key, version=version, day=day)


def refused(raw: bytes, folder: Path, said: str) -> None:
    with pytest.raises(SafetyRefusal) as refusal:
        renewal.look(raw, folder, today=TODAY)
    assert said in refusal.value.message, refusal.value.message
    assert MARKER not in library.page("can-and-cannot").text


def install(found: Pack, folder: Path) -> None:
    looked = renewal.look(found.written(), folder, today=TODAY)
    renewal.install(looked, folder, looked.words)


def test_a_confirmed_pack_is_shown_and_taken_out_again(tmp_path: Path) -> None:
    looked = renewal.look(made().written(), tmp_path, today=TODAY)
    assert not looked.known and len(looked.words.split()) == 8
    with pytest.raises(SafetyRefusal, match="words of the key"):
        renewal.install(looked, tmp_path, "any eight words that are not the ones")
    assert list(tmp_path.iterdir()) == []
    renewal.install(looked, tmp_path, looked.words)
    assert MARKER in library.page("can-and-cannot").text
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}
    renewal.remove(tmp_path)
    assert MARKER not in library.page("can-and-cannot").text and list(tmp_path.iterdir()) == []


def test_the_next_pack_of_the_same_key_asks_nothing_and_another_key_is_refused(
    tmp_path: Path,
) -> None:
    install(made(version=2), tmp_path)
    assert renewal.look(made(version=3).written(), tmp_path, today=TODAY).known
    with pytest.raises(SafetyRefusal, match="another key"):
        renewal.look(made(version=3, key=OTHER).written(), tmp_path, today=TODAY)
    renewal.remove(tmp_path)
    assert not renewal.look(made(version=3, key=OTHER).written(), tmp_path, today=TODAY).known


def test_older_ones_and_the_same_again_are_refused(tmp_path: Path) -> None:
    refused(made(version=1).written(), tmp_path, "here already")
    install(made(version=5), tmp_path)
    for version, said in ((5, "here already"), (4, "older (version 4)")):
        with pytest.raises(SafetyRefusal) as refusal:
            renewal.look(made(version=version).written(), tmp_path, today=TODAY)
        assert said in refusal.value.message


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    raw = made().written()
    for at in {*range(0, 900, 7), *range(900, len(raw), 9973), len(raw) - 1}:
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(SafetyRefusal):
            renewal.look(changed, tmp_path, today=TODAY)
    for cut in (0, 1, 20, 400, len(raw) - 1):
        with pytest.raises(SafetyRefusal):
            renewal.look(raw[:cut], tmp_path, today=TODAY)
    refused(raw + b"x", tmp_path, "not whole")


def test_unsigned_and_wrongly_signed_ones_are_refused(tmp_path: Path) -> None:
    found = made()
    refused(replace(found, signature=b"").written(), tmp_path, "not signed")
    refused(replace(found, signature=made(key=OTHER).signature).written(), tmp_path, "not whole")
    newer = replace(found.manifest, version=9)
    refused(replace(found, manifest=newer).written(), tmp_path, "not whole")
    refused(b"", tmp_path, "not a pack")
    refused(b"x" * (pack.MAX_PACK + 1), tmp_path, "not a pack")


def test_a_signature_is_no_excuse_for_its_content(tmp_path: Path) -> None:
    lines = json.loads(texts()["helplines.json"])
    lines["countries"]["GB"]["services"][0]["contacts"][0]["dial"] = "+116123"
    for changed, said in (
        ({"helplines.json": json.dumps(lines)}, "short code with +"),
        ({"helplines.json": "{}"}, "cannot read"),
        ({"helplines.json": "[" * 50}, "cannot read"),
        ({"pages.toml": texts()["pages.toml"].replace('id = "limits"', 'id = "other"')}, "limits"),
        ({"pages.toml": texts()["pages.toml"].replace("Haven can", "Haven \u202e can")}, "act on"),
        ({"exercises.toml": "x = 1"}, "cannot read"),
    ):
        refused(made(changed=changed).written(), tmp_path, said)
    refused(made(day=TODAY + timedelta(days=9)).written(), tmp_path, "in the future")


def test_a_library_past_its_day_says_so_and_is_shown_all_the_same(tmp_path: Path) -> None:
    install(made(), tmp_path)
    manifest = pack.shelf().manifest
    assert manifest.age(TODAY + timedelta(days=365)) == ""
    said = manifest.age(TODAY + timedelta(days=366))
    assert "is of 3 December 2026" in said and "by 3 December 2027" in said
    assert MARKER in library.page("can-and-cannot").text


def test_a_pack_that_was_damaged_later_gives_way_to_the_programs_own(tmp_path: Path) -> None:
    install(made(), tmp_path)
    place = tmp_path / pack.FILE_NAME
    raw = place.read_bytes()
    place.write_bytes(raw[:-3] + b"???")
    shelf = pack.look_in(tmp_path)
    assert "damaged" in shelf.trouble and MARKER not in library.page("can-and-cannot").text
    assert helplines.find("GB") is not None
    assert raw.endswith(pack.read(raw).texts[-1][1].encode())


def test_the_stamp_of_the_programs_own_library_is_true() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "check_care.py")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_from_the_makers_tool_to_the_screen(home: Home) -> None:
    tool = [sys.executable, str(ROOT / "tools" / "care_pack.py")]
    key, file, folder = home.work / "key", home.work / "new.pack", home.work / "texts"
    folder.mkdir()
    for name, text in texts().items():
        (folder / name).write_text(text.replace("Haven can\n", f"Haven can\n  {MARKER}\n", 1))
    done = subprocess.run([*tool, "new-key", str(key)], capture_output=True, text=True, timeout=60)
    words = done.stdout.splitlines()[1]
    assert key.stat().st_mode & 0o777 == 0o600
    command = [*tool, "sign", str(key), "2", str(file), str(folder)]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0

    code, out, _ = haven(home, "care", "pack", "check", str(file))
    assert code == 0 and "whole, signed, and newer" in out and "does not know the key" in out
    assert words not in out, "the words come from whoever made it, not from the file"
    code, _, err = haven(home, "care", "pack", "install", str(file))
    assert code != 0 and "--words" in err
    code, _, err = haven(home, "care", "pack", "install", str(file), "--words", words[:-1])
    assert code == 6 and "words of the key" in err
    code, out, _ = haven(home, "care", "pack", "install", str(file), "--words", words)
    assert code == 0 and "Version 2" in out
    _, out, _ = haven(home, "care", "show", "can-and-cannot")
    assert MARKER in out
    code, _, err = haven(home, "care", "pack", "check", str(file))
    assert code == 6 and "here already" in err
    _, out, _ = haven(home, "care", "pack", "--json")
    assert json.loads(out)["installed"] is True
    assert re.search(r"Version 1\b", haven(home, "care", "pack", "remove")[1])
    _, out, _ = haven(home, "care", "show", "can-and-cannot")
    assert MARKER not in out
