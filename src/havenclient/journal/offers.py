"""Values of beginning to write: templates and questions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A shape to begin an entry with."""

    name: str
    body: str
    builtin: bool
    sentence: str = ""
    """What it is for, in one line; built-in ones only."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question, if one is wanted."""

    id: str
    depth: str
    """L light, M middle, D deep."""
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class PromptOffer:
    """One question with two others; "no prompt" is always the fourth choice."""

    first: Prompt
    others: tuple[Prompt, ...]
