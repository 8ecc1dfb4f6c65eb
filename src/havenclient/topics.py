"""Topics that a person wants to decide about before she reads: one rule for every view.

Theory of operation. A topic folds words that *begin* with it: "loss" folds "losses", "abuse" folds
"abused", "Verlust" folds "Verlustangst", and never a word that only holds it ("glossary"). A topic
of one to three plain letters would begin too much ("eat", "eather"; "war", "warm"), so it folds
itself and its English endings alone. A fold too many costs one key; a fold too few cannot be taken
back: that is why beginnings win over whole words (docs/decisions/0071).

Comparison is by `letters.fold`: without case, marks and punctuation, so "Café" is "cafe" and
"self-harm" is "self harm". Several words must follow each other; only the last may go on. Scripts
without spaces match anywhere (東京), and so do Arabic and Hebrew, which write articles and
prepositions onto the word.

Never here: a list made by Haven, a judgement of words, or anything that leaves the device.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from havenclient.letters import fold

SHORT = 3
"""Plain letters up to which a topic does not stand for everything that begins with it."""
_ENDINGS = r"(?:s|es|d|ed|en|er|ers|ing|ings|ness)?(?!\S)"
_JOINED = re.compile("[\u0590-\u07bf\ufb1d-\ufdff\ufe70-\ufefc]")
"""Scripts whose small words are written onto the next one."""


def matching(topics: Sequence[str], *texts: str | None) -> list[str]:
    """Those of `topics` that one of `texts` (body, note, names of files) holds, in their order."""
    if not topics:
        return []
    folded = "\n".join(f" {fold(text)} " for text in texts if text)
    return [topic for topic in topics if (found := _pattern(topic)) and found.search(folded)]


@lru_cache(maxsize=512)
def _pattern(topic: str) -> re.Pattern[str] | None:
    words = fold(topic)
    if not words:
        return None
    last = words.rsplit(" ", 1)[-1]
    begins = "" if _JOINED.search(words[0]) else r"(?<!\S)"
    ends = _ENDINGS if last.isascii() and len(last) <= SHORT else ""
    return re.compile(begins + re.escape(words) + ends)


def findable(topic: str) -> bool:
    """Whether there is something in it that could be found again."""
    return bool(fold(topic))


def key(text: str) -> str:
    """How two topics or names are the same one: without case, accents and doubled spaces."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in parts if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", bare).split())
