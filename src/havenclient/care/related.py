"""What the library says near some words: for "check this", where a claim is a whole sentence.

`library.search` wants every word; a sentence that somebody wrote would find nothing. Here each item
counts by the claim's rarer words that it holds (beginnings of words, so that "sleeping" finds
"sleep"). Finding nothing says nothing about the claim, and neither does finding something.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from math import log

from havenclient.care import library
from havenclient.care.library import Exercise, Page
from havenclient.topics import key

MAX_CLAIM = 2_000
SHORTEST = 3
NEAR = 0.4
"""Less of the nearest one's score is chance."""
_WORD = re.compile(r"\w+")
_COMMON_WORDS = (
    "about after again against all also always and any anybody anything are because been before"
    " being better but can could day days did does doing done each even ever every everybody"
    " everything feel feels felt five for from gave get gets getting give goes going good got"
    " had has have help helped helps her here him his hour hours how into its just know let like"
    " made make makes many may minute minutes more most much myself need never not nothing now"
    " off one only other our out over own people put really said same say says see she should"
    " some somebody someone something start started still stop such take taking ten than that"
    " the their them then there these they thing things think this time today too tried try two"
    " use very want was way week weeks well were what when where which while who why will with"
    " without work worked works would years yes you your yourself"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def related(claim: str, limit: int = 5) -> tuple[Page | Exercise, ...]:
    """Items that have something to do with `claim`, nearest first; often none."""
    books = _books()
    spread: Counter[str] = Counter()
    found: dict[str, list[bool]] = {}
    for stem in _stems(claim):
        found[stem] = [any(word.startswith(stem) for word in words) for _, _, words in books]
        spread[stem] = sum(found[stem])
    scores = []
    for place, (item, title, _) in enumerate(books):
        score = 0.0
        for stem, where in found.items():
            if where[place]:
                in_title = any(word.startswith(stem) for word in title)
                score += log(1 + len(books) / spread[stem]) * (2 if in_title else 1)
        if score:
            scores.append((-score, place, item))
    nearest = sorted(scores, key=lambda one: one[:2])[:limit]
    return tuple(item for score, _, item in nearest if score <= nearest[0][0] * NEAR)


def _stems(claim: str) -> list[str]:
    words = dict.fromkeys(_WORD.findall(key(claim[:MAX_CLAIM])))
    long = [word for word in words if len(word) >= SHORTEST and word not in _COMMON]
    return list(dict.fromkeys(_stem(word) for word in long))


def _stem(word: str) -> str:
    return word if len(word) <= 4 else word[: max(4, len(word) - 3)]


@cache
def _books() -> tuple[tuple[Page | Exercise, frozenset[str], frozenset[str]], ...]:
    """Every item with the words of its title and all of its words."""
    made = []
    items: tuple[Page | Exercise, ...] = (*library.pages(), *library.exercises())
    for one in items:
        body = one.text if isinstance(one, Page) else " ".join((one.about, *one.steps, one.caution))
        title = frozenset(_WORD.findall(key(one.title)))
        made.append((one, title, title | frozenset(_WORD.findall(key(body)))))
    return tuple(made)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a message, to choose a claim from; lines end sentences too."""
    parts = (part.strip() for part in re.split(r"(?<=[.!?…])\s+|\n+", text))
    return tuple(part for part in parts if part)
