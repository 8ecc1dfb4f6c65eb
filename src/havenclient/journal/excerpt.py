"""Titles, excerpts and hits: what a list shows of a body. All positions are in shown text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from havenclient.journal.normalise import composed, fold, fold_exact, takes_prefix, terms

TITLE_LENGTH = 100
EXCERPT_LENGTH = 120
_BEFORE_HIT = 36
_BLOCK = 2_048
_CLUSTER = re.compile(r"(?s).[\u0300-\u036f\u3099\u309a\u1160-\u11ff]*")

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
        pieces = _pieces(text)
        folded = "".join(piece for _, piece in pieces) if pieces else fold_exact(text)
        found = [hit.span() for hit in islice(self._pattern.finditer(folded), limit)]
        if text.isascii():
            return found  # one character folds to one
        return list(_places(pieces if pieces else _blocks(text), found))

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


def _pieces(text: str) -> list[tuple[str, str]]:
    """(original, folded) piece by piece, for text that is not NFC; empty for text that is.

    A piece is a base character with the marks that compose with it.
    """
    if composed(text) == text:
        return []
    return [(piece, fold_exact(composed(piece))) for piece in _CLUSTER.findall(text)]


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(original, folded) for NFC text, in blocks: a block without a hit is one step, in C."""
    for at in range(0, len(text), _BLOCK):
        block = text[at : at + _BLOCK]
        yield block, fold_exact(block)


def _places(
    pieces: Iterable[tuple[str, str]], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Spans of the folded text (in order, apart) as spans of the original, in one pass."""
    waiting = iter(spans)
    span = next(waiting, None)
    begun: int | None = None
    origin = at = 0  # where the current piece begins, in the original and in the folded text

    for original, folded in pieces:
        if span is None:
            return
        if len(original) > 1 and at + len(folded) > (span[0] if begun is None else span[1] - 1):
            steps = [(char, fold_exact(char)) for char in original]
            if sum(len(step) for _, step in steps) != len(folded):
                steps = [(original, folded)]  # composed marks: the piece is one
        else:
            steps = [(original, folded)]
        for char, step in steps:
            end = at + len(step)
            while span is not None:
                if begun is None and at <= span[0] < end:
                    begun = origin
                if begun is None or not at < span[1] <= end:
                    break
                yield begun, origin + len(char)
                begun, span = None, next(waiting, None)
            origin, at = origin + len(char), end
