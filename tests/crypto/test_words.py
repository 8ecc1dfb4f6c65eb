"""The word list: 2048 words that survive speaking, writing and typing."""

from __future__ import annotations

from collections import defaultdict

import pytest

from havenclient.crypto import words
from havenclient.seams import SystemRandom


def test_there_are_exactly_2048_plain_short_words_in_order() -> None:
    every = words.words()
    assert len(set(every)) == len(every) == 2048 == 1 << words.WORD_BITS
    assert list(every) == sorted(every)
    assert all(w.isascii() and w.isalpha() and w.islower() and 3 <= len(w) <= 8 for w in every)


def test_no_word_begins_another() -> None:
    every = set(words.words())
    assert not [w for w in every for end in range(1, len(w)) if w[:end] in every]


def test_one_slip_of_the_finger_never_makes_another_word() -> None:
    # Two words are one letter added, dropped or changed apart iff they share such a pattern.
    patterns: dict[str, set[str]] = defaultdict(set)
    for word in words.words():
        for at in range(len(word) + 1):
            patterns[f"{word[:at]}?{word[at:]}"].add(word)
            patterns[f"{word[:at]}?{word[at + 1 :]}"].add(word)
    assert not [found for found in patterns.values() if len(found) > 1]
    every = set(words.words())
    for word in every:
        for at in range(len(word) - 1):
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            assert swapped == word or swapped not in every


def test_nothing_on_the_list_hurts() -> None:
    # A sample of what was left out on purpose; somebody may read these on a bad night.
    hurting = {"alone", "bleed", "burn", "dead", "drown", "fat", "gun", "hang", "hate", "kill"}
    hurting |= {"lonely", "pain", "razor", "rope", "scar", "shame", "ugly", "victim", "worthless"}
    hurting |= {"mother", "father", "diet", "wine", "beer", "cliff", "ledge", "bridge", "noose"}
    assert not hurting & set(words.words())


def test_a_generated_passphrase_has_six_words_and_66_bits() -> None:
    phrase = words.phrase(SystemRandom()).split(" ")
    assert len(phrase) == words.DEFAULT_WORDS == 6
    assert words.DEFAULT_WORDS * words.WORD_BITS == 66
    assert all(words.index_of(f" {w.upper()} ") == words.words().index(w) for w in phrase)
    assert words.index_of("notaword") is None


def test_every_word_can_come() -> None:
    class Row:
        at = -1

        def token(self, size: int) -> bytes:
            raise NotImplementedError

        def below(self, bound: int) -> int:
            assert bound == 2048
            self.at += 1
            return self.at

        def uniform(self, low: float, high: float) -> float:
            raise NotImplementedError

    assert words.phrase(Row(), 2048).split(" ") == list(words.words())


@pytest.mark.parametrize(
    ("passphrase", "lowest", "highest"),
    [
        ("password", 0, 0),
        ("password123", 0, 0),
        ("12345678", 0, 0),
        ("aaaaaaaaaaaa", 0, 0),
        ("Summer2024!", 0, 1),
        ("planet planet planet planet", 0, 0),
        ("sultana dwelling castle nibble", 2, 2),
        ("Meine Katze schläft auf dem warmen Dach", 3, 4),
        ("", 0, 0),
    ],
)
def test_advice_is_about_right(passphrase: str, lowest: int, highest: int) -> None:
    told = words.advice(passphrase)
    assert lowest <= told.level <= highest, told
    assert not passphrase or passphrase not in told.sentence


def test_a_generated_passphrase_is_always_called_very_strong() -> None:
    for _ in range(200):
        assert words.advice(words.phrase(SystemRandom())).level >= 3
