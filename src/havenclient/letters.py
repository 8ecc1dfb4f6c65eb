"""Letters made comparable: one folding for every script, for the index, a question and a topic.

Theory of operation. FTS5's own tokenisers do not find 東京, Thai words, emoji, "lodz" in Łódź or
"strasse" in Straße (measured on 11 scripts). So all understanding of scripts is here, in Python.
`fold` turns text into tokens with spaces between them:

* case folded, compatibility-decomposed, marks dropped ("Café" and "cafe", "أ" and "ا"), except
  where marks are vowels and consonants of their own (Indic and South-East Asian scripts, Thaana);
* letters that do not decompose are spelled (ł o, æ ae, þ th, ı i …);
* scripts written without spaces become one token a character, and so does each emoji and symbol;
  asked as a phrase, "東京" finds 東 followed by 京;
* everything else (punctuation, control characters, private use) is a space.

It works character by character (after NFC), so that a place in folded text can be found in the
original again. Private-use characters never come out of `fold`.

Any change here must raise `FOLD_VERSION`: the journal's index is then made anew when next opened.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

FOLD_VERSION = f"1/{unicodedata.unidata_version}"
"""What an index was made with; another Python may bring another Unicode."""

_SPELLED = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ȷ": "j", "ĸ": "k",
    "ŋ": "n", "æ": "ae", "œ": "oe", "þ": "th", "ƀ": "b", "ƒ": "f", "ǥ": "g", "ɨ": "i", "ɫ": "l",
    "ʉ": "u", "ƶ": "z", "ǝ": "e", "ə": "e", "ß": "ss", "\u02bc": " ", "\u02bb": "", "\u0640": "",
}  # fmt: skip

# One token a character: written without spaces between words (or emoji-like).
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x1AAF),  # Tai Le, New Tai Lue, Buginese, Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3040, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0xA4CF),  # CJK ideographs, Yi
    (0xA980, 0xA9FF),  # Javanese, Myanmar extended
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x323AF),
)
# Marks are letters here: dropping them would make other words.
_KEEP_MARKS = (
    (0x0780, 0x07BF),  # Thaana
    (0x0900, 0x109F),  # Devanagari … Myanmar
    (0x1700, 0x1AAF),
    (0x1B00, 0x1C4F),
    (0x3099, 0x309A),  # kana voicing
    (0xA800, 0xAAFF),
    (0xABC0, 0xABFF),
    (0x11000, 0x11FFF),
)


def _within(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _token(char: str) -> str:
    """What one fully decomposed character becomes."""
    spelled = _SPELLED.get(char)
    if spelled is not None:
        return spelled
    code, category = ord(char), unicodedata.category(char)
    if _within(code, UNSPACED) and category[0] in "LMNS":
        return f" {char} "
    kind = category[0]
    if kind == "M":
        return char if _within(code, _KEEP_MARKS) else ""
    if kind in "LN":
        return char
    if category == "Cf":
        return "\u0020" if code == 0x200B else ""
    if code < 0x80 or kind in "PZ" or category in ("Cc", "Co", "Cs"):
        return " "
    if category == "Sk":  # spacing accents; and skin tones, which are not another emoji
        return "" if 0x1F3FB <= code <= 0x1F3FF else " "
    if category == "Cn" and code < 0x1F000:
        return " "
    return f" {char} "  # symbols and emoji, those too that this Python does not know yet


def _fold_char(char: str) -> str:
    if _within(ord(char), ((0x3040, 0x30FF),)):
        return _token(char)  # voiced kana stay whole: は is not ば
    whole = unicodedata.normalize("NFKD", char.casefold())
    whole = unicodedata.normalize("NFKD", whole.casefold())
    if _within(ord(char), ((0xFF61, 0xFF9F), (0x3300, 0x33FF))):
        whole = unicodedata.normalize("NFC", whole)
    return "".join(map(_token, whole))


class _Table(dict[int, str]):
    """For `str.translate`: filled as characters are met, so that folding is one pass in C."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_TABLE = _Table()


def composed(text: str) -> str:
    """NFC, which `fold_exact` expects; most text already is, and that is cheap to know."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def fold_exact(text: str) -> str:
    """Fold text that is NFC already: character by character, so that lengths add up."""
    return text.translate(_TABLE)


def fold(text: str) -> str:
    """Index text: lower-case tokens between single spaces. Never raises on any `str`."""
    return " ".join(fold_exact(composed(text)).split())


def stands_alone(token: str) -> bool:
    """Whether this character is a token of its own, so that no longer token begins with it."""
    return len(token) == 1 and _TABLE[ord(token)].startswith(" ")
