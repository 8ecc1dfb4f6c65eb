"""Writing into a circle: one message encrypted, filed as ours, and put into the outbox.

The three belong together: a ratchet position without its entry would be a gap that others see, an
entry without the position would use a key twice.
"""

from __future__ import annotations

from havenclient.circles import ledger, outbox, speaking
from havenclient.circles.book import Book
from havenclient.circles.content import Content
from havenclient.circles.outgoing import State


def write(book: Book, no: int, content: Content, message: int | None) -> int:
    """Inside `change`: encrypts, files our own message (or takes its row again), queues it."""
    said = speaking.say(book.state(no), content, book.token)
    me = said.circle.me
    if message is None:
        incoming = ledger.Incoming(
            seq=None,
            message_id=said.message_id,
            sender_key=me.key,
            sender=me.name,
            mine=True,
            content=content,
            encoded=said.encoded,
            evidence=said.evidence,
        )
        message = ledger.add(book.db, no, incoming, now=book.now())
    outbox.put(
        book.db,
        said.circle.relay,
        [said.outgoing],
        now=book.now(),
        circle=no,
        epoch=said.circle.epoch,
        message=message,
        state=State.WAITING,
    )
    book.save(no, said.circle)
    return message
