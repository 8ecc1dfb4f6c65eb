"""The two looks before posting, in both directions: what they find, and what they leave alone."""

from __future__ import annotations

import pytest

from havenclient.care import leaks


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write me: a.b+c@mail.example.org", ["mail"]),
        ("call 0171 234 5678 after six", ["phone"]),
        ("+49 30 443509821", ["phone"]),
        ("(555) 123-4567", ["phone"]),
        ("I live at 12 Elm Street", ["address"]),
        ("221b Baker St. is famous", ["address"]),
        ("Lindenstraße 14, zweiter Stock", ["address"]),
        ("au 12 rue de la Paix", ["address"]),
        ("via Roma 12", ["address"]),
        ("Ann told me", ["name"]),
        ("ann's school", ["name"]),
    ],
)
def test_what_may_tell_who_somebody_is(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in leaks.look(text, ["Ann", "Springfield"])] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "I walked 10 000 steps on 2026-11-22 at 21:04",
        "born 12.03.1984, there from 2019-2024",
        "it cost 1200 euros and took 45 minutes",
        "I live in a quiet court by a long way",
        "3 quiet lanes, 2 people on the same street",
        "we talk via Skype at 8, room 12",
        "my annual planning",
        "score 15/27, then 12/27",
        "@somebody said hello",
        "4-7-8 breathing, 5 minutes a day for 28 days",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert leaks.look(text, ["Ann"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "You should stop taking your meds.",
        "Just take 50mg of sertraline more.",
        "You need to fast for three days",
        "Everyone should try magnesium.",
        "Don't take antidepressants!",
        "don’t take those pills",
        "Try taking St John's wort, it works better than any pill",
        "You don't need that prescription.",
    ],
)
def test_advice_about_medicine_brings_one_gentle_note(text: str) -> None:
    assert leaks.advice_note(text) == ("People react differently. Check before changing anything.")


@pytest.mark.parametrize(
    "text",
    [
        "I stopped taking my meds last year and it was hard.",
        "I started a new medicine today.",
        "You should rest.",
        "Just take it slow.",
        "You should ask your doctor about the dose.",
        "You must talk to a pharmacist before you change your dose",
        "Run as fast as you need to.",
        "My doctor raised the dose.",
        "You have to see this film. My pills make me sleepy.",
        "You need to hear this song",
        "",
    ],
)
def test_own_life_and_good_advice_bring_none(text: str) -> None:
    assert leaks.advice_note(text) == ""


def test_a_very_long_post_is_looked_at_quickly() -> None:
    import time

    began = time.process_time()
    leaks.look("1 " * 40_000 + "a@" * 20_000, ["Ann"])
    leaks.advice_note("you should " * 20_000)
    assert time.process_time() - began < 3


def test_a_finding_is_a_maybe() -> None:
    for text in ("a@b.org", "0171 234 5678", "12 Elm Street"):
        assert "may be" in leaks.look(text)[0].sentence
