"""What a reader wants to decide about before she reads it: one function for every view.

A message is folded when it carries a content note (its author's, or one that a helper put there),
or when the reader's own topics occur in it or in its note. While it is folded, its text, its files
and its link are not in the value at all: whoever shows, speaks, prints, exports or notifies gets
nothing to leak. `Circles.messages` folds before anything leaves the room; opening one is a wish of
its own. Own messages are never folded.

The reader's topics lie in the vault (`care_word`, kind "topic"), are compared on this device only
(`havenclient.topics`, one rule for every view) and never travel.

Never: a judgement of anybody's words, and nothing that the author could notice.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from havenclient.circles.views import MessageView
from havenclient.topics import matching
from havenclient.vault import Database

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
    found = matching(topics, view.note, view.text, *(a.name for a in view.attachments))
    parts = []
    if view.note is not None:
        by = f" (by {view.note_by})" if view.note_by else ""
        parts.append(f"content note: {view.note}{by}")
    if found:
        parts.append(f"Folded because you asked for: {', '.join(found)}.")
    if view.waits:
        parts.append("Waits until a host or helper is here again.")
    return "  ".join(parts)


def topics(db: Database) -> list[str]:
    """The reader's own list, which care keeps."""
    return [str(t) for (t,) in db.execute("SELECT text FROM care_word WHERE kind='topic'")]
