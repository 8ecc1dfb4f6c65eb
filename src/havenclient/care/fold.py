"""Topics that a person folds: her own list, matched in texts and in content notes, on this device.

Whole words, without regard to case and accents, an English plural too; scripts that are written
without spaces match anywhere. Never here: a list made by Haven, or anything that leaves the device.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


def key(text: str) -> str:
    """How words are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def holds(text: str, word: str) -> bool:
    """Whether `word` (already a `key`) stands in `text` (already a `key`)."""
    if not word:
        return False
    if _SPACELESS.search(word):
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}(?:e?s)?(?!\w)", text) is not None


def topic_in(topics: Iterable[str], *texts: str | None) -> str | None:
    """The first of the person's `topics` that one of `texts` (body, note, quote) holds."""
    keys = [key(text) for text in texts if text]
    for topic in topics:
        word = key(topic)
        if any(holds(text, word) for text in keys):
            return topic
    return None
