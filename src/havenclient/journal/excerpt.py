"""Titles, excerpts and hits: what a list shows of a body. All positions are in shown text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from havenclient.journal.normalise import composed, fold, fold_exact, takes_prefix, terms

TITLE_LENGTH = 100
EXCERPT_LENGTH = 120
_BEFORE_HIT = 36
_BLOCK = 2_048

_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)+", re.M)
_EMPHASIS = re.compile(r"(?<!\w)([*_])(?=\S)([^*_\n]{1,200})(?<=\S)\1(?!\w)")
_INLINE_MARK = re.compile(r"\*\*|~~|`+|!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")


def plain(text: str) -> str:
    """Markdown without its marks, on one line; good enough to read, not a renderer."""
    text = _LINE_MARK.sub("", text)
    text = _INLINE_MARK.sub(lambda found: found[1] or "", text)
    text = _EMPHASIS.sub(r"\2", text)
    return " ".join(text.split())


def title_of(body: str) -> str:
    """The first heading or first line that has words, without marks; may be empty."""
    for line in body[:4_000].splitlines():
        shown = plain(line)
        if shown and shown != "---":
            return _cut(shown, TITLE_LENGTH)
    return ""


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    end = text.rfind(" ", length // 2, length)
    return text[: end if end > 0 else length - 1].rstrip() + "…"


def beginning(body: str) -> str:
    """The excerpt when nothing was searched: what follows the title."""
    text = body[:1_000]
    title = title_of(text)
    shown = plain(text)
    rest = shown.removeprefix(title).lstrip() if not title.endswith("…") else shown
    return _cut(rest, EXCERPT_LENGTH)


class Hits:
    """Finds a question's words in bodies, by the same folding as the index."""

    def __init__(self, words: Sequence[str], *, prefix_last: bool = False) -> None:
        asked = terms(words)
        open_end = bool(asked and prefix_last and fold(words[-1]) and takes_prefix(asked[-1][-1]))
        self._needles = [" " + " ".join(tokens) + " " for tokens in asked]
        if open_end:
            self._needles[-1] = self._needles[-1][:-1]
        patterns = [
            r"(?<![^ ])" + " +".join(map(re.escape, tokens)) + r"(?![^ ])" for tokens in asked
        ]
        if open_end:
            patterns[-1] = patterns[-1].removesuffix(r"(?![^ ])")
        # Longest first, so that of two words that begin alike the longer is marked.
        patterns.sort(key=len, reverse=True)
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    def __bool__(self) -> bool:
        """False when there is nothing to find."""
        return self._pattern is not None

    def all_in(self, body: str) -> bool:
        """True if every word of the question occurs in `body`."""
        folded = f" {fold(body)} "
        return all(needle in folded for needle in self._needles)

    def spans(self, text: str, limit: int = 200) -> list[tuple[int, int]]:
        """(start, end) of the first `limit` hits in `text`, in characters of `text`."""
        if self._pattern is None:
            return []
        folded, origin = _folded(text)
        found: list[tuple[int, int]] = []
        for hit in self._pattern.finditer(folded):
            span = _place(text, origin, hit.start(), hit.end())
            if not found or span[0] >= found[-1][1]:
                found.append(span)
            if len(found) == limit:
                break
        return found

    def excerpt(self, body: str) -> tuple[str, tuple[tuple[int, int], ...]]:
        """About 120 characters around the first hit, and the hits within them."""
        first = self.spans(body, limit=1)
        if not first:
            return beginning(body), ()
        start = max(0, first[0][0] - _BEFORE_HIT)
        if start:
            space = body.find(" ", start, first[0][0])
            start = space + 1 if space >= 0 else start
        window = body[start : first[0][0] + 2 * EXCERPT_LENGTH]
        shown = ("…" if start else "") + plain(window)
        shown = _cut(shown, EXCERPT_LENGTH + _BEFORE_HIT)
        return shown, tuple(self.spans(shown, limit=20))


def _clusters(text: str) -> list[str]:
    """Base characters with the marks that belong to them."""
    return re.findall(r"(?s).[\u0300-\u036f\u3099\u309a\u1160-\u11ff]*", text)


def _folded(text: str) -> tuple[str, list[str] | None]:
    """Folded text whose parts can be traced: by characters, or by clusters if not NFC."""
    if composed(text) == text:
        return fold_exact(text), None
    parts = _clusters(text)
    return "".join(fold_exact(composed(part)) for part in parts), parts


def _place(text: str, parts: list[str] | None, start: int, end: int) -> tuple[int, int]:
    """Positions in the folded text as positions in `text`."""
    if text.isascii():
        return start, end  # one character folds to one
    if parts is not None:
        lengths = list(accumulate((len(fold_exact(composed(p))) for p in parts), initial=0))
        origins = list(accumulate(map(len, parts), initial=0))
        first = max(i for i, at in enumerate(lengths) if at <= start and i < len(parts))
        last = next(i for i, at in enumerate(lengths) if at >= end)
        return origins[first], origins[last]
    at = folded = 0
    while True:  # whole blocks in C first
        step = len(fold_exact(text[at : at + _BLOCK]))
        if folded + step > start or at + _BLOCK >= len(text):
            break
        folded += step
        at += _BLOCK
    begin: int | None = None
    while folded < end and at < len(text):
        step = len(fold_exact(text[at]))
        if begin is None and folded + step > start:
            begin = at
        folded += step
        at += 1
    return (at if begin is None else begin), at
