"""Words that people can remember, say and type: generated passphrases and advice about own ones.

`data/words.txt` is Haven's own list of 2048 calm, ordinary English words (11 bits each; 6 words =
66 bits, 12 words = 132 bits). No word is the beginning of another and no two are one typing slip
(letter added, dropped, changed or swapped with its neighbour) apart, so a slip is noticed instead
of becoming another word; spellings that differ between British and American English, homophones in
pairs and words that may hurt were left out. The list is part of the format of invites: words are
never changed, only a new list under a new name could be added.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from havenclient.seams import Random

WORD_BITS = 11
DEFAULT_WORDS = 6

# Argon2id at the floor costs an attacker with good hardware far more than a microsecond a guess;
# the thresholds are about years with many machines, rounded to what can be said in words.
_LEVELS = (28.0, 40.0, 55.0, 66.0)

# The beginnings that guessers try first, in the languages of the keyboards around us.
_COMMON = re.compile(
    r"pass|motde|contra|letme|qwert|asdf|zxcv|ilove|admin|monkey|dragon|master|sunsh|princess|footb"
    r"|baseb|superm|trustn|abc|123|111|000|change|default|login|whatever|diary"
)


@dataclass(frozen=True, slots=True)
class Advice:
    level: int
    """0 easily guessed … 4 very strong. Advice only: no level is refused."""
    bits: float
    """A careful guess at the work of a guesser who knows people's habits, in bits."""
    sentence: str


@cache
def words() -> tuple[str, ...]:
    """The 2048 words in alphabetical order; a word's index is its 11 bits."""
    text = files("havenclient.crypto").joinpath("data/words.txt").read_text("ascii")
    return tuple(text.split())


@cache
def _indices() -> dict[str, int]:
    return {word: index for index, word in enumerate(words())}


def phrase(random: Random, count: int = DEFAULT_WORDS) -> str:
    """`count` independent uniform words, separated by spaces."""
    every = words()
    return " ".join(every[random.below(len(every))] for _ in range(count))


def index_of(word: str) -> int | None:
    """A word's number, forgiving case and space around it; None if it isn't on the list."""
    return _indices().get(word.strip().lower())


def advice(passphrase: str) -> Advice:
    """How hard this passphrase is to guess, and one friendly sentence about it."""
    bits = _guess_bits(passphrase)
    level = sum(bits >= limit for limit in _LEVELS)
    sentence = (
        "This could be guessed quickly. Six ordinary words are easy to remember and hard to guess.",
        "This keeps a curious person out, but not a determined one. More words make it stronger.",
        "This is fair. One or two more words would make it strong.",
        "This is strong.",
        "This is very strong.",
    )[level]
    return Advice(level, bits, sentence)


def _guess_bits(passphrase: str) -> float:
    parts = re.findall(r"[^\W\d_]+|\d+|[\W_]", passphrase)
    bits = 0.0
    seen: set[str] = set()
    for part in parts:
        lower = part.lower()
        if lower in seen:
            bits += 1.0  # repeating a part is the first thing a guesser tries
            continue
        seen.add(lower)
        bits += _part_bits(part, lower)
    return round(bits, 1)


def _part_bits(part: str, lower: str) -> float:
    if part.isspace():
        return 0.0
    if lower in _indices():
        return float(WORD_BITS)
    if _COMMON.match(lower):
        return 6.0
    if len(set(lower)) <= 2:
        return 3.0 + math.log2(len(lower))
    if part.isdigit():
        if len(part) == 4 and part[:2] in ("19", "20"):
            return 7.0  # a year
        return _steps(part) * math.log2(10)
    if part.isalpha():
        # An unknown word: letters of a language carry about 2 bits each, and hardly more than 16
        # in all while it is a word that stands in some dictionary.
        per_letter = 2.2 if re.search(r"[aeiouyäöüáéíóú]", lower) else 4.0
        worth = _steps(lower) * per_letter
        return min(worth, 16.0 + max(0, len(lower) - 9)) if per_letter < 4.0 else worth
    return 4.0


def _steps(text: str) -> int:
    """Characters that don't just continue a row (abc, 321, aaa)."""
    count = min(len(text), 1)
    for before, after in pairwise(text):
        if abs(ord(after) - ord(before)) > 1:
            count += 1
    return count
