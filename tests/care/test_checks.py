"""Scoring against published vectors; the rule about the question of death; spacing."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from havenclient.care import checks
from havenclient.care.checks import Sitting, Stage
from havenclient.care.instruments import Instrument, instrument, instruments
from havenclient.care.results import exported
from havenclient.care.service import Care
from havenclient.errors import UsageError
from tests.care.kit import StillClock

DOMAIN = Path(os.environ.get("HAVEN_DOMAIN", str(Path(__file__).parents[3] / "shared" / "domain")))
# The collection's own test vectors, so that the scoring is held even where it is not at hand.
VECTORS: list[tuple[str, list[int], dict[str, Any]]] = [
    ("phq4", [0] * 4, {"raw": 0}),
    ("phq4", [1, 1, 1, 0], {"raw": 3, "phq2": 1, "gad2": 2}),
    ("phq4", [0, 0, 2, 1], {"raw": 3, "phq2": 3, "gad2": 0}),
    ("phq4", [3] * 4, {"raw": 12}),
    ("phq9", [0] * 9, {"raw": 0, "support_card": False}),
    ("phq9", [0] * 8 + [1], {"raw": 1, "support_card": True}),
    ("phq9", [1] * 8 + [0], {"raw": 8, "support_card": False}),
    ("phq9", [1] * 9, {"raw": 9, "support_card": True}),
    ("phq9", [2, 2, 1, 1, 1, 1, 1, 1, 0], {"raw": 10, "support_card": False}),
    ("phq9", [3] * 9, {"raw": 27, "support_card": True}),
    ("phq8", [0] * 8, {"raw": 0}),
    ("phq8", [3] * 8, {"raw": 24}),
    ("gad7", [0] * 7, {"raw": 0}),
    ("gad7", [1, 1, 1, 1, 1, 0, 0], {"raw": 5}),
    ("gad7", [2, 2, 2, 2, 2, 0, 0], {"raw": 10}),
    ("gad7", [3] * 7, {"raw": 21}),
    ("k6", [0] * 6, {"raw": 0}),
    ("k6", [1, 1, 1, 1, 1, 0], {"raw": 5}),
    ("k6", [3, 2, 2, 2, 2, 2], {"raw": 13}),
    ("k6", [4] * 6, {"raw": 24}),
]
SCORED = [one for one in instruments() if one.scored]


def sat(name: str, answers: list[int | None]) -> Sitting:
    """A whole sitting, by the stages that a front end follows."""
    sitting = Sitting(instrument(name))
    while sitting.stage is not Stage.RESULT:
        match sitting.stage:
            case Stage.OFFER:
                sitting = sitting.accept()
            case Stage.QUESTION:
                sitting = sitting.answer(answers[len(sitting.answers)])
            case Stage.SUPPORT:
                sitting = sitting.leave_support()
    return sitting


@pytest.mark.parametrize(("name", "answers", "wanted"), VECTORS)
def test_published_vectors(name: str, answers: list[int], wanted: dict[str, Any]) -> None:
    one = instrument(name)
    found = checks.score(one, answers)
    assert found is not None
    assert found.raw == wanted["raw"] and found.band.low <= found.raw <= found.band.high
    for part in ("phq2", "gad2"):
        if part in wanted:
            assert dict(found.subscales)[part] == wanted[part]
    if "support_card" in wanted:
        assert checks.needs_support(one, answers) is wanted["support_card"]


@pytest.mark.skipif(not DOMAIN.is_dir(), reason="the domain collection is not at hand")
def test_the_vectors_above_are_those_of_the_collection() -> None:
    raw = json.loads((DOMAIN / "instruments.json").read_text("utf-8"))
    theirs = [
        (one["id"], vector["answers"], {k: v for k, v in vector.items() if k != "answers"})
        for one in raw["instruments"]
        if one["id"] in {mine.id for mine in instruments()}
        for vector in one["test_vectors"]
    ]
    assert sorted(theirs, key=str) == sorted(VECTORS, key=str)


@pytest.mark.skipif(not DOMAIN.is_dir(), reason="the domain collection is not at hand")
@pytest.mark.parametrize("one", SCORED, ids=lambda one: one.id)
def test_every_total_gets_the_band_and_the_sentence_of_the_collection(one: Instrument) -> None:
    whole = json.loads((DOMAIN / "instruments.json").read_text("utf-8"))
    raw = next(each for each in whole["instruments"] if each["id"] == one.id)
    stem = raw.get("stem", "")
    assert [q.text for q in one.questions] == [
        f"{stem} {text}?" if stem else text for text in raw["items"]
    ]
    assert all(list(q.answers) == [tuple(pair) for pair in raw["options"]] for q in one.questions)
    most = max(value for value, _ in raw["options"])
    for total in range(one.highest + 1):
        full, rest = divmod(total, most)
        answers = ([most] * full + [rest] + [0] * len(one.questions))[: len(one.questions)]
        found = checks.score(one, answers)
        assert found is not None and found.raw == total
        (band,) = (b for b in raw["scoring"]["bands"] if b["min"] <= total <= b["max"])
        assert (found.band.name, found.band.text) == (band["published_label"], band["screen_text"])
        assert (found.band.low, found.band.high) == (band["min"], band["max"])


@pytest.mark.parametrize("one", SCORED, ids=lambda one: one.id)
def test_bands_cover_every_number_once(one: Instrument) -> None:
    for raw in range(one.highest + 1):
        assert sum(band.low <= raw <= band.high for band in one.bands) == 1


@pytest.mark.parametrize("one", SCORED, ids=lambda one: one.id)
def test_a_missing_answer_gives_no_number(one: Instrument) -> None:
    for gap in range(len(one.questions)):
        answers: list[int | None] = [1] * len(one.questions)
        answers[gap] = None
        assert checks.score(one, answers) is None
        assert checks.result_lines(one, answers) == (checks.NO_NUMBER,)
        assert checks.meaning_lines(one, answers) == ()


def test_skip_and_the_shorter_version_are_offered_before_phq9() -> None:
    sitting = Sitting(instrument("phq9"))
    assert sitting.stage is Stage.OFFER
    with pytest.raises(UsageError):
        sitting.answer(0)
    assert sitting.shorter().instrument.id == "phq8"
    assert sitting.shorter().stage is Stage.QUESTION
    assert "8-question version" in checks.NOTICE and "skip" in checks.NOTICE


@pytest.mark.parametrize("ninth", [1, 2, 3])
@pytest.mark.parametrize("rest", [0, 1, 3])
def test_the_support_card_comes_before_the_number_whatever_it_is(ninth: int, rest: int) -> None:
    sitting = Sitting(instrument("phq9")).accept()
    for value in [rest] * 8 + [ninth]:
        sitting = sitting.answer(value)
    assert sitting.stage is Stage.SUPPORT
    assert sitting.leave_support().stage is Stage.RESULT
    lines = checks.result_lines(sitting.instrument, sitting.answers)
    assert checks.MORE_THAN_A_NUMBER in lines, "no soothing word stands beside that answer"


def test_zero_is_never_called_no_risk() -> None:
    for one in SCORED:
        answers = [0] * len(one.questions)
        said = " ".join(
            (*checks.result_lines(one, answers), *checks.meaning_lines(one, answers))
        ).casefold()
        for phrase in ("no risk", "safe", "healthy", "nothing to worry", "you are fine"):
            assert phrase not in said


def test_a_result_never_says_what_a_person_has() -> None:
    for one in SCORED:
        for raw in range(one.highest + 1):
            band = next(band for band in one.bands if band.low <= raw <= band.high)
            assert "you have" not in band.text.casefold()
    assert "only a professional" in checks.meaning_lines(instrument("gad7"), [1] * 7)[-2]


def test_a_check_comes_back_after_fourteen_days(care: Care, clock: StillClock) -> None:
    one = instrument("gad7")
    assert care.results.comes_back(one) is None
    care.results.keep(sat("gad7", [1] * 7))
    assert care.results.comes_back(one) == clock.now() + timedelta(days=14)
    clock.forward(days=13, hours=23)
    assert care.results.comes_back(one) is not None
    clock.forward(hours=1)
    assert care.results.comes_back(one) is None


def test_the_weather_may_be_noted_every_day(care: Care) -> None:
    care.results.keep(sat("haven_weather", [2, 1, 3]))
    assert care.results.comes_back(instrument("weather")) is None
    assert instruments()[0].id == "haven_weather", "the default"
    lines = checks.trend_lines(instruments()[0], care.results.taken())
    assert lines == ("22 Nov 2026: weather cloud, energy 1, connected 3",)


def test_the_trend_is_dates_and_numbers_without_a_verdict(care: Care, clock: StillClock) -> None:
    for answers in ([3] * 4, [1, 1, 1, 0]):
        care.results.keep(sat("phq4", list(answers)), "exams")
        clock.forward(days=15)
    lines = checks.trend_lines(instrument("phq4"), care.results.taken("phq4"))
    assert lines[0] == "22 Nov 2026: 12 of 12 (exams)"
    assert lines[1] == "7 Dec 2026: 3 of 12 (exams)"
    assert not any(word in " ".join(lines) for word in ("better", "worse", "↑", "↓", "improved"))


def test_the_ninth_answer_is_exported_only_if_ticked(care: Care) -> None:
    care.results.keep(sat("phq9", [1] * 9))
    (taken,) = care.results.taken()
    one = instrument("phq9")
    plain = "\n".join(exported(one, taken))
    assert "better off dead" not in plain and ", 9" not in plain.splitlines()[0]
    assert "better off dead" in "\n".join(exported(one, taken, with_item_9=True))


def test_only_licensed_instruments_are_shipped() -> None:
    assert [one.id for one in SCORED] == ["phq4", "phq8", "phq9", "gad7", "k6"]
