"""The word test: no string that a person can see holds a forbidden phrase or a claim to heal.

Strings are taken from the sources themselves (every string constant but docstrings that are no help
texts) and from every data file, so that a new screen is held to it without anybody thinking of it.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "havenclient"
DOCUMENTS = (
    *(SOURCE / "cli" / "topics").glob("*.txt"),
    *(SOURCE / "circles" / "data").glob("*.md"),
)
DATA = (
    *(SOURCE / "care" / "data").iterdir(),
    *(SOURCE / "journal" / "data").iterdir(),
    *(
        path
        for path in (SOURCE / "circles" / "data").iterdir()
        if path.suffix in (".toml", ".json")
    ),
)
# The rooms whose strings reach a person's screen.
ROOMS = ("ui", "cli", "care", "circles", "journal", "sync", "vault", "config", "crypto")

FORBIDDEN = {
    "a claim about a person": r"\byou (?:have|suffer from|are suffering from) (?:a |an )?(?:\w+ )?"
    r"(?:depress\w*|anxiety|ptsd|bipolar|disorder|illness|trauma|adhd|ocd|burnout)\b"
    r"|\byou are (?:depressed|ill|sick|bipolar|traumati[sz]ed|suicidal)\b"
    r"|\byour (?:diagnosis|disorder)\b",
    "a verdict of risk": r"\byou(?:'re| are)(?: not)? (?:at (?:low |high |no )?risk|safe)\b"
    r"|\bno risk\b",
    "worry": r"\bwe(?:'re| are) (?:worried|concerned) about you\b",
    "false comfort": r"\b(?:everything|it|all) will (?:all )?be (?:fine|okay|alright|all right)\b"
    r"|\byou(?:'re| are) (?:not|never) alone\b",
    # "No streaks" is a promise; a streak that somebody has is what must not be said.
    "streaks": r"\b(?:your|a|an?other|day|new|longest|current|this) streak\b|\bstreak of\b"
    r"|\bwe(?:'ve| have)? missed you\b|\bdays in a row\b",
    "pressure": r"\b(?:\d+|people|members|friends) (?:people )?(?:are|is) waiting\b",
    "ranking": r"\bbest answer\b|\bmost active\b|\btop (?:member|helper|post)s?\b|\bleaderboard\b",
    "healing": r"\btreat(?:ment|ments|s|ing)?\b(?! as)|\btherap(?:y|ies|ist|ists|eutic)\b"
    r"|\bcures?\b|\bcured\b|\bheals?\b|\bclinically\b",
    "words of crime and winning": r"\bcommit(?:s|ted|ting)? suicide\b"
    r"|\b(?:failed|successful|unsuccessful|completed) (?:attempts?|suicides?)\b"
    r"|\bsuicide epidemic\b",
    "prediction": r"\bwe (?:think|predict|believe) (?:that )?you\b|\bAI\b",
}
# Said on purpose, word for word.
ALLOWED = ("peers, not treatment", "HEAL Line (Ministry of Health)")

PATTERNS = {
    why: re.compile(pattern, 0 if why == "prediction" else re.IGNORECASE)
    for why, pattern in FORBIDDEN.items()
}


def wrong(text: str) -> list[str]:
    for allowed in ALLOWED:
        text = re.sub(re.escape(allowed), "", text, flags=re.IGNORECASE)
    return [why for why, pattern in PATTERNS.items() if pattern.search(text)]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """String constants of a module. Docstrings only where they are a command's help."""
    tree = ast.parse(path.read_text("utf-8"))
    help_texts = path.is_relative_to(SOURCE / "cli")
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            is_help = help_texts and isinstance(node, ast.FunctionDef) and node.decorator_list
            if body and isinstance(body[0], ast.Expr) and not is_help:
                skipped.add(id(body[0].value))
        # An attribute's docstring: a bare string after it.
        if isinstance(node, ast.Module | ast.ClassDef):
            skipped |= {id(one.value) for one in node.body if isinstance(one, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in skipped:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def values(thing: Any) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for key, one in thing.items():
            # Addresses are not words, and names of sources are the names that others gave.
            if key not in ("url", "sources", "source", "id"):
                yield from values(one)
    elif isinstance(thing, list):
        for one in thing:
            yield from values(one)


def read(path: Path) -> Any:
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)


@pytest.mark.parametrize("room", ROOMS)
def test_no_string_of_the_program_says_it(room: str) -> None:
    found = []
    for path in sorted((SOURCE / room).rglob("*.py")):
        for line, text in strings(path):
            found += [f"{path.relative_to(SOURCE)}:{line}: {why}" for why in wrong(text)]
    assert found == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_page_says_it(path: Path) -> None:
    assert wrong(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_no_data_says_it(path: Path) -> None:
    if path.suffix not in (".json", ".toml"):
        return
    found = [f"{why}: {text[:60]}" for text in values(read(path)) for why in wrong(text)]
    assert found == []


def test_the_words_of_results_are_held_to_it_too() -> None:
    whole = read(SOURCE / "care" / "data" / "instruments.json")
    said = [band["screen_text"] for one in whole["instruments"] for band in one["bands"]]
    assert len(said) > 15 and [one for one in said if wrong(one)] == []


@pytest.mark.parametrize(
    "text",
    [
        "You have depression.",
        "You are at risk",
        "you're safe now",
        "We are worried about you",
        "Everything will be fine",
        "You are not alone",
        "You broke your streak",
        "We missed you!",
        "5 people are waiting",
        "Best answer",
        "most active",
        "a treatment",
        "online therapy",
        "the cure",
        "clinically proven",
        "committed suicide",
        "a failed attempt",
        "successful suicide",
        "AI advice",
    ],
)
def test_the_test_would_notice(text: str) -> None:
    assert wrong(text)


@pytest.mark.parametrize(
    "text",
    [
        "Peers, not treatment.",
        "You have left.",
        "You are here.",
        "the commit failed",
        "You have been here a while.",
        "secure",
        "It said AIR",
    ],
)
def test_the_test_leaves_plain_words_alone(text: str) -> None:
    assert not wrong(text)
