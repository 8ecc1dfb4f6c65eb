"""Everybody's keys are renewed about weekly, not only those of the hosts who commit.

Whoever copies a vault (a thief, a backup of the folder) has the key of its leaf, and each Commit
tells its new secrets to that key. So a leaf that never changes would let the copy read on for as
long as the circle lives. A member whose leaf is a week old proposes a fresh one, once an epoch; the
hosts' weekly Commit takes all of them up, so that this costs no Commit of its own.
"""

from __future__ import annotations

import hashlib

from havenclient.circles import intake, kept, speaking
from havenclient.circles.book import Book
from havenclient.circles.circle import DAY, REFRESH_AFTER, Circle
from havenclient.circles.closing import chosen


def renew(book: Book, no: int) -> bool:
    """Proposes fresh keys for our leaf where they are due. True where something is queued."""
    circle, today = book.state(no), book.now() // DAY
    if not circle.can_write or (circle.is_host and len(circle.terms.hosts) == 1):
        return False  # a host who commits alone renews her leaf with every Commit
    leaf = _leaf(circle)
    seen = kept.get(book.db, no, "leaf")
    if seen is None or seen[0] != leaf:
        with book.change(no):
            kept.put(book.db, no, "leaf", [leaf, today, -1])
        return False
    if (today - seen[1]) * DAY < REFRESH_AFTER or seen[2] == circle.epoch:
        return False
    with book.change(no):
        kept.put(book.db, no, "leaf", [leaf, seen[1], circle.epoch])
        intake.propose(book, no, *speaking.propose_refresh(circle, book.token))
    return True


def presses(circle: Circle) -> bool:
    """Whether what waits is more than fresh keys: somebody leaves, or accepts an agreement."""
    agreement = circle.terms.agreement
    in_force = (agreement.version, agreement.digest)
    behind = {p.leaf for p in circle.people if p.accepted != in_force}
    return any(one.leaving or one.sender in behind for one in chosen(circle))


def _leaf(circle: Circle) -> str:
    own = circle.group.own_leaf_index
    key = next(m.leaf_node.encryption_key for m in circle.group.members() if m.leaf_index == own)
    return hashlib.sha256(key).hexdigest()[:16]


__all__ = ["presses", "renew"]
