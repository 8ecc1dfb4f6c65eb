"""The build check finds what it should find, and the shipped data passes it."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from havenclient.care import countries, helplines, library
from havenclient.errors import NotFound

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "havenclient" / "care" / "data"
_spec = importlib.util.spec_from_file_location("check_care", ROOT / "tools" / "check_care.py")
assert _spec is not None and _spec.loader is not None
check_care = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(check_care)
TODAY = date(2026, 11, 23)
Spoil = Callable[[dict[str, Any]], object]


def test_the_shipped_data_is_whole() -> None:
    assert check_care.problems() == []


def _service(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["countries"]["GB"]["services"][0]
    return found


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda w: _service(w).update(confidence="low"), "not to be shipped"),
        (lambda w: _service(w).update(ship=False), "not to be shipped"),
        (lambda w: _service(w).update(sources=[]), "no source"),
        (lambda w: _service(w).update(sources=["A"]), "no source"),
        (lambda w: _service(w).update(source_year=2031), "of the future"),
        (lambda w: _service(w).update(last_verified="2027-01-01"), "in the future"),
        (lambda w: _service(w)["contacts"][0].update(dial="+116123"), "short code"),
        (lambda w: _service(w)["contacts"][0].update(intl="+44116123"), "short code"),
        (lambda w: w.update(date="2026-12-24"), "in the future"),
        (lambda w: w["countries"]["GB"]["emergency"].update(confidence="medium"), "only numbers"),
        (lambda w: w["countries"]["GB"]["emergency"].update(general=["+112"]), "short code"),
        (lambda w: w["countries"]["IT"]["emergency"].update(fire=["199 284 284"]), "known to be"),
    ],
)
def test_the_check_refuses_bad_help_lines(tmp_path: Path, spoil: Spoil, said: str) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    whole = json.loads((folder / "helplines.json").read_text("utf-8"))
    spoil(whole)
    (folder / "helplines.json").write_text(json.dumps(whole), "utf-8")
    assert any(said in one for one in check_care.problems(folder, today=TODAY))


@pytest.mark.parametrize("name", ["pages.toml", "exercises.toml", "words.toml"])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "', 'sauce = "', "no source"),
        ('evidence = "', 'evident = "', "no evidence label"),
        ('date = "2026', 'date = "2036', "in the future"),
        ('date = "2026-11-22"', "", "no date"),
    ],
)
def test_the_check_refuses_items_without_their_origin(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    text = (folder / name).read_text("utf-8")
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    assert any(said in one for one in check_care.problems(folder, today=TODAY))


def test_there_are_seventeen_exercises_and_a_short_list() -> None:
    assert len(library.exercises()) == 17
    assert {"feet_and_room", "ground_54321"} < {one.id for one in library.for_a_hard_moment()}


def test_every_item_says_where_it_is_from() -> None:
    items: list[library.Page | library.Exercise] = [*library.pages(), *library.exercises()]
    for one in items:
        lines = list(one.origin.lines())
        assert len(lines) == 3 and one.origin.evidence in library.EVIDENCE


def test_the_agreement_page_is_the_one_that_circles_start_with() -> None:
    raw = (ROOT / "src/havenclient/circles/data/agreement.md").read_text("utf-8").strip()
    assert library.page("agreement").text.startswith(raw.replace("**", ""))


# --- help lines -----------------------------------------------------------------------------------


def test_the_emergency_number_comes_first_with_its_role_then_the_directory() -> None:
    lines = list(helplines.page("JP", today=TODAY))
    assert lines[1] == "ambulance: 119"
    directory = next(i for i, line in enumerate(lines) if "findahelpline.com" in line)
    services = next(i for i, line in enumerate(lines) if line.startswith("Lines and services"))
    assert 1 < directory < services


def test_every_service_says_its_source_year_and_that_nobody_checked_it() -> None:
    for iso, _ in helplines.countries():
        country = helplines.find(iso)
        assert country is not None
        for one in country.services:
            assert one.state(TODAY) == f"Listed in a {one.year} source, not checked by a person"


def test_a_checked_service_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    country = helplines.find("GB")
    assert country is not None
    checked = replace(country.services[0], last_verified=date(2026, 10, 3))
    assert checked.state(TODAY) == "Checked by a person on 3 Oct 2026"


def test_after_a_year_a_line_says_that_it_may_have_changed() -> None:
    assert not any("May have changed" in line for line in helplines.page("DE", today=TODAY))
    later = list(helplines.page("DE", today=date(2027, 11, 23)))
    assert "May have changed. Emergency: 112." in later
    assert "May have changed. Emergency: ambulance 119." in list(
        helplines.page("JP", today=date(2027, 11, 23))
    )


def test_what_did_not_work_comes_last_and_the_note_holds_nothing_of_a_person() -> None:
    country = helplines.find("GB")
    assert country is not None
    first = country.services[0]
    assert helplines.ordered(country, {first.id})[-1] is first
    note = helplines.did_not_work(first)
    assert first.id in note and "Listed" not in note and "/home" not in note


def test_an_unknown_country_still_shows_something() -> None:
    lines = helplines.first_page("")
    assert any("112" in line for line in lines) and any("findahelpline" in line for line in lines)


def test_an_exercise_is_found_by_a_word_of_its_title() -> None:
    assert library.exercise("square").id == "box_breathing"
    assert library.exercise("Five senses").id == "ground_54321"
    with pytest.raises(NotFound, match="more than one exercise") as several:
        library.exercise("breathing")
    assert "box_breathing: Square breathing" in several.value.hints
    with pytest.raises(NotFound, match="no exercise of that name"):
        library.exercise("")


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("uk", "GB"),
        ("Scotland", "GB"),
        ("U.S.A.", "US"),
        ("schweiz", "CH"),
        ("ÖSTERREICH", "AT"),
        ("日本", "JP"),
        ("kosovo", "XK"),
        ("de", "DE"),
        ("ua", "UA"),
        ("", ""),
        ("land", ""),
    ],
)
def test_a_country_has_more_names_than_one(typed: str, iso: str) -> None:
    assert helplines.by_name(typed) == iso
    if iso:
        assert helplines.matching(typed)[0][0] == iso


def test_every_other_name_belongs_to_one_country_and_none_is_two_letters_only() -> None:
    known = dict(helplines.countries())
    seen: dict[str, str] = {}
    for iso, names in countries.ALSO.items():
        for name in names.split("|"):
            assert seen.setdefault(countries.plain(name), iso) == iso, name
    own = {countries.plain(name): iso for iso, name in known.items()}
    assert all(own.get(name, iso) == iso for name, iso in seen.items())
    assert all(len(name) > 2 for name in known.values())


def test_two_letters_never_offer_a_country_that_only_holds_them() -> None:
    assert [iso for iso, _ in helplines.matching("us")] == ["US"]
    assert "UA" in [iso for iso, _ in helplines.matching("uk")[1:]]
    assert not helplines.matching("atlantis")
