"""A made-up journal: entries of about 120 words, over years, with a vocabulary as language has it.

Word frequencies follow Zipf's law over 30,000 words, of which the first are English ones: a common
word is in nearly every entry, a rare one in a handful. Seeded: every run has the same journal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

COMMON = """
the and to of a i it was in that we my for with on he had is at but not she so as be you this
all have from when they what there up out me were if about then just time more day like no one
home said over good back could by her down how would some now see rain after can work into got
little river morning never know thing again night sleep call evening long walk
""".split()  # noqa: SIM905
LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
VOCABULARY = 30_000
WORDS = 120
TAGS = (
    "family",
    "walk",
    "work",
    "rain",
    "dream",
    "friends",
    "garden",
    "music",
    "health",
    "letters",
)
END = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    written_at: datetime
    body: str
    mood: int | None
    tags: tuple[str, ...]
    note: str | None
    starred: bool


def vocabulary() -> list[str]:
    chance = random.Random(20261122)
    words = list(dict.fromkeys(COMMON))
    seen = set(words)
    while len(words) < VOCABULARY:
        length = chance.randint(3, 10)
        word = "".join(chance.choices(LETTERS, weights=range(30, 4, -1), k=length))
        if word not in seen:
            seen.add(word)
            words.append(word)
    return words


def entries(count: int, *, years: float = 20, seed: int = 1) -> Iterator[Made]:
    """`count` entries, oldest first, ending in November 2026."""
    chance = random.Random(seed)
    words = vocabulary()
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    step = timedelta(days=365.25 * years) / count
    at = END - step * count
    for _ in range(count):
        at += step * chance.uniform(0.2, 1.8)
        picked = chance.choices(words, cum_weights=weights, k=chance.randint(60, 180))
        title = " ".join(picked[:4]).capitalize()
        body = f"# {title}\n\n" + " ".join(picked[4:60]) + ".\n\n" + " ".join(picked[60:]) + ".\n"
        yield Made(
            written_at=at.replace(microsecond=0),
            body=body,
            mood=chance.choice((1, 2, 3, 3, 4, 4, 5, None, None)),
            tags=tuple(sorted(set(chance.choices(TAGS, k=chance.randint(0, 3))))),
            note="grief" if chance.random() < 0.02 else None,
            starred=chance.random() < 0.03,
        )
