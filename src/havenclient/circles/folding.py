"""What a reader wants to decide about before she reads it: one function for every view.

A message is folded when it carries a content note (its author's, or one that a helper put there),
or when the reader's own topics occur in it or in its note. While it is folded, its text, its files
and its link are not in the value at all: whoever shows, speaks, prints, exports or notifies gets
nothing to leak. `Circles.messages` folds before anything leaves the room; opening one is a wish of
its own. Own messages are never folded.

The reader's topics lie in the vault (`care_word`, kind "topic"), are compared on this device only
and never travel.

Never: a judgement of anybody's words, and nothing that the author could notice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from dataclasses import replace

from havenclient.circles.views import MessageView
from havenclient.errors import UsageError
from havenclient.text import safe_line
from havenclient.vault import Database

MAX_TOPICS = 100
MAX_TOPIC = 60
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)

NOTHING: frozenset[int] = frozenset()


class _Everything:
    """As if the reader had opened all of it: for her own export, with her own word for it."""

    def __contains__(self, _: object) -> bool:
        return True


EVERYTHING: Container[int] = _Everything()


def fold(
    view: MessageView, opened: Container[int] = NOTHING, topics: Sequence[str] = ()
) -> MessageView:
    """`view` as it may be shown while the reader has opened the rows `opened`."""
    if view.kind != "message" or view.mine or view.deleted:
        return view
    if view.no in opened and not view.waits:
        return view
    because = _because(view, topics)
    if not because:
        return view
    return replace(
        view,
        text="",
        attachments=(),
        source_link=None,
        folded=True,
        folded_because=because,
        lines=view.text.count("\n") + 1,
    )


def _because(view: MessageView, topics: Sequence[str]) -> str:
    names = " ".join(a.name for a in view.attachments)
    found = matching(topics, f"{view.note or ''}\n{view.text}\n{names}")
    parts = []
    if view.note is not None:
        by = f" (by {view.note_by})" if view.note_by else ""
        parts.append(f"content note: {view.note}{by}")
    if found:
        parts.append(f"Folded because you asked for: {', '.join(found)}.")
    if view.waits:
        parts.append("Waits until a host or helper is here again.")
    return "  ".join(parts)


def matching(topics: Sequence[str], text: str) -> list[str]:
    """The topics that begin a word of `text`; in scripts without spaces, that stand anywhere."""
    plain = key(text)
    words = " " + "".join(c if c.isalnum() else " " for c in plain)
    return [t for t in topics if _stands(key(t), words, plain)]


def _stands(topic: str, words: str, plain: str) -> bool:
    if _SPACELESS.search(topic):
        return topic in plain
    return bool(topic) and f" {topic}" in words


def key(text: str) -> str:
    """How words are compared: without case, accents and doubled spaces."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return " ".join(unicodedata.normalize("NFC", bare).split())


# --- the reader's own list ------------------------------------------------------------------------


def topics(db: Database) -> list[str]:
    return [str(t) for (t,) in db.execute("SELECT text FROM care_word WHERE kind='topic'")]


def add_topic(db: Database, text: str) -> None:
    """Raises UsageError for something that could not be found again."""
    words = safe_line(text.strip(), limit=MAX_TOPIC)
    if not key(words):
        raise UsageError("a topic has letters or numbers")
    if len(topics(db)) >= MAX_TOPICS:
        raise UsageError(f"at most {MAX_TOPICS} topics are kept")
    db.execute(
        "INSERT OR REPLACE INTO care_word(kind, key, text) VALUES ('topic', ?, ?)",
        (key(words), words),
    )


def drop_topic(db: Database, text: str) -> None:
    db.execute("DELETE FROM care_word WHERE kind='topic' AND key=?", (key(text),))
