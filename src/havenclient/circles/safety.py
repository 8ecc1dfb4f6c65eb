"""Safety words: two people make sure that nobody stands between their keys.

Theory of operation. Both sides draw a number. One commits to hers first (sends its hash), the other
sends his, then the first reveals. Neither could choose a number after seeing the other's, so a
person in the middle has one guess at matching words: the five words carry 55 bits, of which a
listener checks as many as she hears. Words follow from both numbers *and* from what is checked
(the knock with its KeyPackage, or two members' signature keys): other keys, other words.

The words are compared by voice or in one room. The result is a mark that a person sees, never a
filter: nobody is left out of a message because of it (protocol.md §2).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from havenclient.circles import keys
from havenclient.crypto.words import words as word_list

WORD_COUNT = 5
NONCE = 32


@dataclass(frozen=True, slots=True)
class SafetyWords:
    words: tuple[str, ...]
    digits: str
    """The same in twelve digits, for people without a common language."""


def commitment(nonce: bytes, context: bytes) -> bytes:
    """What is sent before the other side's number is known (32 bytes)."""
    return hashlib.sha256(b"haven safety commitment" + nonce + context).digest()


def opens(commitment_seen: bytes, nonce: bytes, context: bytes) -> bool:
    """Whether a revealed number is the one that was committed to."""
    return hmac.compare_digest(commitment_seen, commitment(nonce, context))


def pair_context(circle: bytes, one_key: bytes, other_key: bytes) -> bytes:
    """What two members check: each other's signature keys in this circle, in either order."""
    first, second = sorted((one_key, other_key))
    return b"haven pair" + hashlib.sha256(circle + first + second).digest()


def words_for(committed: bytes, answered: bytes, context: bytes) -> SafetyWords:
    """The words, from the committed number, the answering number and what is checked."""
    secret = hashlib.sha256(committed + answered + context).digest()
    raw = int.from_bytes(keys.derive(secret, "haven safety words", 16), "big")
    words = tuple(word_list()[raw >> shift & 0x7FF] for shift in range(44, -1, -11))
    number = keys.derive(secret, "haven safety digits", 16)
    digits = f"{int.from_bytes(number, 'big') % 10**12:012d}"
    return SafetyWords(words, " ".join((digits[:4], digits[4:8], digits[8:])))
