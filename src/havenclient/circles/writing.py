"""Writing into a circle: one message encrypted, filed as ours, and put into the outbox.

The three belong together: a ratchet position without its entry would be a gap that others see, an
entry without the position would use a key twice.
"""

from __future__ import annotations

from havenclient.circles import ledger, outbox, speaking
from havenclient.circles.book import Book
from havenclient.circles.content import Content


def write(book: Book, no: int, content: Content) -> int:
    """Inside `change`: encrypts, files our own message, queues it. Returns the message's row."""
    said = speaking.say(book.state(no), content, book.token)
    me = said.circle.me
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
    send(book, no, said, message)
    return message


def send(book: Book, no: int, said: speaking.Said, message: int) -> None:
    """Inside `change`: what was said waits in the outbox as the row `message`, and its position of
    the ratchet is used up."""
    outbox.put(
        book.db,
        said.circle.relay,
        [said.outgoing],
        now=book.now(),
        circle=no,
        epoch=said.circle.epoch,
        message=message,
    )
    book.save(no, said.circle)


def write_again(book: Book, no: int, content: Content, outbox_no: int) -> speaking.Said:
    """Inside `change`: the same message in the present epoch, in its old place of the outbox."""
    said = speaking.say(book.state(no), content, book.token)
    outbox.put_again(
        book.db, outbox_no, said.outgoing, epoch=said.circle.epoch, relay=said.circle.relay
    )
    book.save(no, said.circle)
    return said
