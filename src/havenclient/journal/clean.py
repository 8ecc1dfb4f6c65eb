"""What people give, made fit to be kept: text that UTF-8 can hold, names, tags, moods, notes.

Everything that enters the journal passes here, from the keyboard and from imports alike. What can't
be kept is refused with `UsageError`; nothing is shortened silently.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from havenclient.errors import UsageError
from havenclient.journal.records import MOODS

MAX_BODY = 10_000_000
MAX_TAGS = 200
MAX_NAME = 100
MAX_NOTE = 200
"""Characters; tags: how many."""


def clean_text(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates (undecodable input) become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_body(body: str) -> str:
    if len(body) > MAX_BODY:
        raise UsageError(
            f"an entry can hold at most {MAX_BODY:,} characters", "split it, or attach a file"
        )
    return clean_text(body)


def clean_name(text: str, what: str) -> str:
    name = " ".join(clean_text(text).split())
    if not name:
        raise UsageError(f"a {what} needs a name")
    if len(name) > MAX_NAME:
        raise UsageError(f"a {what} can have at most {MAX_NAME} characters")
    return name


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Without '#', blanks folded, each once (case doesn't matter), in the given order."""
    seen: dict[str, str] = {}
    for tag in tags:
        name = " ".join(clean_text(tag).split()).lstrip("#").strip()
        if name:
            seen.setdefault(name_key(name), clean_name(name, "tag"))
    if len(seen) > MAX_TAGS:
        raise UsageError(f"an entry can have at most {MAX_TAGS} tags")
    return tuple(seen.values())


def clean_mood(mood: int | None) -> int | None:
    if mood is not None and (isinstance(mood, bool) or mood not in MOODS):
        raise UsageError("a mood is a number from 1 (low) to 5 (bright)")
    return mood


def clean_note(note: str | None) -> str | None:
    cleaned = " ".join(clean_text(note).split()) if note else ""
    if len(cleaned) > MAX_NOTE:
        raise UsageError(f"a content note can have at most {MAX_NOTE} characters")
    return cleaned or None


def name_key(name: str) -> str:
    """How names are compared: case, blanks and composition don't matter; signs do ("c", "c#")."""
    folded = unicodedata.normalize("NFKC", " ".join(clean_text(name).split()).casefold())
    return unicodedata.normalize("NFKC", folded.casefold())
