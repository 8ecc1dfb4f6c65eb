"""Text made findable: folded words as an FTS5 question, and the words of a text counted.

The index gets the plainest tokeniser there is (`ascii`: split at what is neither a letter, a digit
nor beyond ASCII); all understanding of scripts is `letters.fold`, for index and question alike.
`META` marks the index's own words (journal, tags, mood …): a private-use character, which no folded
text and no question can hold, so nothing can forge them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from havenclient.letters import FOLD_VERSION, UNSPACED, composed, fold, fold_exact, stands_alone

__all__ = [
    "FOLD_VERSION",
    "META",
    "composed",
    "count_words",
    "fold",
    "fold_exact",
    "match_expression",
    "phrase",
    "takes_prefix",
    "terms",
]

META = "\ue000"


def terms(words: Sequence[str]) -> list[list[str]]:
    """Each word of a question as the tokens that must follow each other; empty ones fall away.

    `"`, `NEAR(`, `c++`, `-x` are plain words here: folded, their signs are gone.
    """
    return [tokens for word in words if (tokens := fold(word).split())]


def takes_prefix(token: str) -> bool:
    """A character that is a token of its own has no longer token that begins with it."""
    return not stands_alone(token)


def phrase(tokens: Sequence[str], *, prefix: bool = False) -> str:
    """One FTS5 phrase. Tokens are folded, so they hold no quote; doubled all the same."""
    quoted = " ".join(tokens).replace('"', '""')
    return f'"{quoted}" *' if prefix and takes_prefix(tokens[-1]) else f'"{quoted}"'


def match_expression(words: Sequence[str], *, prefix_last: bool = False) -> str:
    """An FTS5 expression that asks for every word; empty when no word has anything to find."""
    asked = terms(words)
    # A last word of signs alone leaves nothing to complete: the one before it was finished.
    last = len(asked) - 1 if asked and words and fold(words[-1]) else -1
    return " AND ".join(
        phrase(tokens, prefix=prefix_last and index == last) for index, tokens in enumerate(asked)
    )


@lru_cache(maxsize=1)
def _word_pattern() -> re.Pattern[str]:
    """Compiled when first needed: listing entries need not pay for it at start."""
    unspaced = "".join(f"{chr(low)}-{chr(high)}" for low, high in UNSPACED if low >= 0x2E80)
    return re.compile(rf"[{unspaced}]|[^\W_{unspaced}][^\s{unspaced}]*")


def count_words(text: str) -> int:
    """Words as people count them: runs between spaces; ideographs and kana one each."""
    return len(_word_pattern().findall(text))
