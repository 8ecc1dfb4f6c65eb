"""Advice about a new passphrase: six words offered, and a plain estimate. Never a rule.

The one rule (at least 8 characters) belongs to the vault. The estimate is deliberately simple: it
asks what the text is made of and says a sentence; it can praise too much, never forbid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from havenclient.seams import Random

WORDS = 6
SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Advice:
    steps: int
    """0 to 4, for the bar."""
    sentence: str


def offer(random: Random, words: Sequence[str] | None = None) -> str:
    """Six words drawn evenly from the packaged list (2,048 words: 66 bits)."""
    if words is None:
        from havenclient.crypto.words import WORDS as LISTED

        words = LISTED
    return " ".join(words[random.below(len(words))] for _ in range(WORDS))


def advice(passphrase: str) -> Advice:
    if not passphrase:
        return Advice(0, "At least 8 characters. Six ordinary words are easy to keep in mind.")
    if len(passphrase) < SHORTEST:
        return Advice(0, f"{SHORTEST - len(passphrase)} more characters are needed.")
    bits = _bits(passphrase)
    if bits < 36:
        return Advice(1, "Someone with time would find this. Another word or two helps most.")
    if bits < 52:
        return Advice(2, "Fair. One more word makes it good.")
    if bits < 64:
        return Advice(3, "Good.")
    return Advice(4, "Strong.")


def _bits(passphrase: str) -> float:
    """The smaller of two guesses: as characters, and as words from a list."""
    classes = (
        (str.islower, 26),
        (str.isupper, 26),
        (str.isdigit, 10),
        (lambda char: not char.isalnum() and char.isascii(), 33),
        (lambda char: not char.isascii(), 100),
    )
    alphabet = sum(size for test, size in classes if any(test(char) for char in passphrase))
    distinct = len(set(passphrase))
    by_characters = min(len(passphrase), distinct * 2) * math.log2(max(2, alphabet))
    words = passphrase.split()
    if len(words) < 2:
        # One run of letters is rarely random: count it as a little over two bits a character.
        return (
            min(by_characters, 2.6 * len(passphrase))
            if passphrase.isalpha()
            else by_characters * 0.7
        )
    by_words = len(set(words)) * 11.0
    return min(by_characters, by_words)
