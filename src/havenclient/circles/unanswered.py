"""Posts that nobody answered yet, for a member who asked to see them because she wants to help.

Computed from this vault's own rows, on this computer, when she asks. An answer is a reply that
names the post, by anybody but its author; for a post that is no question a word of support is one
too. Somebody who writes without naming the post may have answered all the same: that is why the
words around this list promise nothing. The day counts from when a post was first seen here.

Never here: a count of anybody's answers, a sign that something was read (docs/decisions/0072), or
words that a fold or the newcomers' lane still holds back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from havenclient.circles.content import Kind
from havenclient.circles.views import MessageView

if TYPE_CHECKING:
    from havenclient.circles.service import Circles

AFTER = 24 * 3600
"""Seconds in which a circle that answers once a day still has time."""
UNTIL = 14 * 24 * 3600
"""After two weeks the moment has passed, and an old list would only weigh."""
MOST = 5
LOOKED_AT = 400
"""Newest messages of a circle that are looked at."""


def look(circles: Circles, what: str) -> tuple[MessageView, ...]:
    """At most `MOST` posts of this circle, the longest waiting first; folded as everywhere."""
    views = circles.messages(what, limit=LOOKED_AT)
    return tuple(_waiting(views, circles.book.now()))[:MOST]


def _waiting(views: list[MessageView], now: int) -> Iterator[MessageView]:
    by_row = {view.no: view for view in views}
    answered = {
        view.reply_to
        for view in views
        if view.reply_to in by_row
        and not view.deleted
        and view.sender != by_row[view.reply_to].sender
    }
    for view in views:
        if view.kind != "message" or view.mine or view.deleted or view.waits:
            continue
        if view.reply_to is not None or view.no in answered:
            continue
        supported = any(
            view.sender not in one.names or len(one.names) > 1 for one in view.reactions
        )
        if supported and view.talk != Kind.QUESTION.value and not view.unnamed:
            continue
        if AFTER <= now - view.at <= UNTIL:
            yield view


def line(view: MessageView) -> str:
    """One post in one line; a fold stays closed."""
    who = "someone here asks" if view.unnamed else view.sender
    said = view.folded_because if view.folded else next(iter(view.text.splitlines()), "")
    return f"{who}: {said}"
