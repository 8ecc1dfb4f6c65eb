"""From bytes of unknown origin to clean text: encodings, line ends, characters that can't be kept.

Owns the order in which encodings are tried. Never guesses silently: everything but plain UTF-8
comes with a remark.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from havenclient.errors import InputRejected
from havenclient.journal.importers.limits import MAX_TAG, MAX_TAGS

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", None),
    # UTF-32 little endian begins with the UTF-16 mark, so it is asked first.
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)

_SURROGATES = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """`text` without lone surrogates, which UTF-8 can't hold; nothing else is changed."""
    if _SURROGATES.search(text):
        # JSON escapes may hold halves of a pair: whole pairs are joined, lone halves replaced.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean(text: str) -> str:
    """`text` without NUL and lone surrogates (no database keeps them), line ends as `\\n`."""
    text = whole(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "")


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text and remarks about how it was read. Never fails."""
    remarks: list[str] = []
    text: str | None = None
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            text = data.decode(codec, "replace")
            if name is not None:
                remarks.append(f"the file is {name} text")
            break
    if text is None and (guess := _silent_utf16(data)) is not None:
        text = data.decode(guess, "replace")
        remarks.append("the file looks like UTF-16 text without a mark")
    if text is None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
            remarks.append("the file isn't UTF-8; it was read as Windows-1252, check the accents")
    if "\0" in text:
        remarks.append("NUL characters were left out")
    return clean(text), tuple(remarks)


def _silent_utf16(data: bytes) -> str | None:
    """Windows tools write UTF-16 without a mark: then every other byte of Latin text is zero."""
    sample = data[:4096]
    if len(sample) < 8 or len(data) % 2:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > half * 0.6 and sample[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.6 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def is_binary(data: bytes) -> bool:
    """Whether bytes are no text in any encoding that `decode` reads without damage."""
    if any(data.startswith(mark) for mark, _, _ in _BOMS) or _silent_utf16(data):
        return False
    sample = data[:8192]
    odd = sum(1 for byte in sample if byte < 32 and byte not in (9, 10, 12, 13, 27))
    return odd > len(sample) // 20


def tidy_tags(words: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Tags as Haven keeps them: no '#', one line, each once (casefolded), in order."""
    seen: set[str] = set()
    out: list[str] = []
    for word in words:
        tag = " ".join(clean(word).split()).lstrip("#@").strip(" ,;")[:MAX_TAG].strip()
        if tag and tag.casefold() not in seen and len(out) < MAX_TAGS:
            seen.add(tag.casefold())
            out.append(tag)
    return tuple(out)


def exact_tags(words: Iterable[str]) -> tuple[str, ...]:
    """Tags of Haven's own exports: as they were, within the caps."""
    return tuple(tag for word in words if (tag := whole(word)[:100]))[:MAX_TAGS]


def need(condition: object, message: str, *hints: str) -> None:
    """Refuse the file unless `condition` holds."""
    if not condition:
        raise InputRejected(message, *hints)
