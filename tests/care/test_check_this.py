"""Check this, below both front ends: what the library says near a claim, and its one line."""

from __future__ import annotations

from havenclient.care.related import related, sentences
from havenclient.care.service import Care
from havenclient.circles.cards import TEMPLATE, parts


def ids(claim: str) -> list[str]:
    return [one.id for one in related(claim)]


def test_a_whole_sentence_finds_what_stands_near_it() -> None:
    assert "box_breathing" in ids("Breathing slowly helps against panic!")
    assert "sleep_log" in ids("SLEEPING badly is all in your head")
    assert ids("Dogs can fly.") == [] and ids("") == [] and ids("The the the and") == []


def test_sentences_end_where_people_end_them() -> None:
    assert sentences("One. Two!\n\nThree? 3.5 mg is a number") == (
        "One.",
        "Two!",
        "Three?",
        "3.5 mg is a number",
    )
    assert sentences("  \n ") == ()


def test_a_claim_stands_on_the_list_once(care: Care) -> None:
    first = care.questions.check("Milk  helps.", source="read, a leaflet")
    again = care.questions.check("Milk helps.", verdict="for some")
    assert first == again
    (line,) = care.questions.all()
    assert (line.kind, line.source, line.verdict) == ("check", "read, a leaflet", "for some")
    care.questions.add("Milk helps.")  # a question in the same words is another line
    assert care.questions.check("Milk helps.") == first


def test_a_card_has_what_when_and_for_whom_or_is_all_what() -> None:
    said = "What: soup,\nslowly\nWhen: in winter\nWorked for: me"
    assert parts(said) == ("soup,\nslowly", "in winter", "me")
    for plain in ("I had soup. When: later", "When: in winter", "", TEMPLATE):
        assert parts(plain) == (plain, "", "")
