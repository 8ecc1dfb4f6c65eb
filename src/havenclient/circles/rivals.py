"""Two hosts moved a circle from one slice to two relays, with the old one gone: which move counts.

The one whose relay stands first in the terms that both left. Whoever went elsewhere finds the other
road by what she kept of the slice (`left`, see moving.py), sees that a host built it, and asks to
be let back in there. Where neither relay was named, people were told two addresses, and people
decide: `haven circle return CIRCLE --at URL`.
"""

from __future__ import annotations

from havenclient.circles import kept, road
from havenclient.circles.book import Book
from havenclient.circles.circle import Standing
from havenclient.circles.invite import can_be_asked
from havenclient.circles.road import Found
from havenclient.circles.terms import Mailbox


def rivals_to_look_for(book: Book, no: int) -> tuple[bytes, list[str]] | None:
    """(access token of the slice that was left, relays that come before ours in the terms of
    then); None where there is nothing to look for."""
    left = kept.get(book.db, no, "left")
    if left is None or left["until"] < book.now():
        return None
    circle = book.state(no)
    if circle.standing is not Standing.ACTIVE:
        return None
    relays: list[str] = left["relays"]
    first = relays[: relays.index(circle.relay)] if circle.relay in relays else relays
    asked = [one for one in first if can_be_asked(one)]
    return (bytes.fromhex(left["token"]), asked) if asked else None


def is_rival(book: Book, no: int, found: Found) -> bool:
    """Whether another host's move from the slice that we left lies there."""
    left = kept.get(book.db, no, "left")
    return (
        left is not None
        and found.post.epoch == left["epoch"]
        and found.post.closing.hex() != left["closing"]
        and road.by_host(found.post, book.state(no))
    )


def old_knock(book: Book, no: int) -> Mailbox | None:
    """The knock mailbox that both sides of two moves knew."""
    left = kept.get(book.db, no, "left")
    if left is None:
        return None
    log_id, token = left["knock"]
    return Mailbox(bytes.fromhex(log_id), bytes.fromhex(token))


GIVE_WAY = (
    "Two hosts moved the circle at the same time. It goes on where the terms named first:"
    " a host there is asked to let you back in."
)


__all__ = ["GIVE_WAY", "is_rival", "old_knock", "rivals_to_look_for"]
