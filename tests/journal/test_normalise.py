"""One folding for index and question: what is the same word, and what is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havenclient.journal.normalise import META, count_words, fold, match_expression
from havenclient.vault import Vault
from tests.journal.texts import texts

SAME = [
    ("Łódź", "lodz"),
    ("Straße", "STRASSE"),
    ("café", "cafe\u0301"),
    ("Ærø", "aero"),
    ("İstanbul", "istanbul"),
    ("ısı", "isi"),
    ("Œuvre", "oeuvre"),
    ("Þórr", "thorr"),
    ("đường", "duong"),
    ("ёлка", "елка"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("أَهْلًا", "اهلا"),
    ("שָׁלוֹם", "שלום"),
    ("क़लम", "क\u093cलम"),
    ("👍🏽", "👍"),
    ("❤️", "❤"),
    ("がっこう", "か\u3099っこう"),
    ("ＡＢＣ１", "abc1"),
    ("ﬁne", "fine"),
    ("한국", unicodedata.normalize("NFD", "한국")),
    ("co\u00adoperate", "cooperate"),
]
DIFFERENT = [("は", "ば"), ("हिन्दी", "हन्दी"), ("ที่", "ทา"), ("o", "0"), ("東", "京")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_word_in_two_spellings_folds_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_scripts_without_spaces_become_one_token_a_character() -> None:
    assert fold("東京abc日記") == "東 京 abc 日 記"
    assert fold("ฝนตก") == "ฝ น ต ก"
    assert fold("🌧☀x") == "🌧 ☀ x"


@given(texts)
def test_folding_is_stable_and_needs_no_second_time(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded


@given(texts, texts)
def test_no_text_can_forge_the_indexs_own_words(text: str, other: str) -> None:
    assert META not in fold(text + META + other)
    assert META not in match_expression([META + text, other], prefix_last=True)


@given(st.lists(texts, max_size=4), st.booleans())
def test_any_question_is_a_valid_expression(words: list[str], prefix: bool) -> None:
    import apsw

    expression = match_expression(words, prefix_last=prefix)
    db = apsw.Connection(":memory:")
    db.execute("CREATE VIRTUAL TABLE f USING fts5(w, content='', tokenize='ascii')")
    if expression:
        db.execute("SELECT rowid FROM f WHERE f MATCH ?", (expression,)).fetchall()


def test_a_last_word_of_signs_leaves_the_word_before_it_whole() -> None:
    assert match_expression(["rain", '"'], prefix_last=True) == '"rain"'
    assert match_expression(["rain"], prefix_last=True) == '"rain" *'
    assert match_expression(["-", "("]) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one", 1),
        ("don't stop", 2),
        ("a - b", 2),
        ("東京に", 3),
        ("so 東京", 3),
        ("...", 0),
    ],
)
def test_words_are_counted_as_people_count(text: str, words: int) -> None:
    assert count_words(text) == words


def test_the_tokeniser_of_the_schema_is_the_one_that_folding_is_made_for(vault: Vault) -> None:
    row = vault.db.one("SELECT sql FROM sqlite_master WHERE name = 'entry_words'")
    assert row is not None
    assert "tokenize='ascii'" in row[0]
    assert "content=''" in row[0]
