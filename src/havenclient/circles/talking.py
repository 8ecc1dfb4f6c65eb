"""Saying, answering, editing, taking back, sending files: the wishes inside a conversation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from havenclient.circles import attachments, conduct, held, kinds, ledger, outbox
from havenclient.circles import content as mimi
from havenclient.circles.book import CircleRow
from havenclient.circles.content import Content, External, Kind, Source
from havenclient.circles.facade import Facade
from havenclient.circles.writing import write, write_again
from havenclient.errors import NotFound, SafetyRefusal, UsageError


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wants to say."""

    text: str = ""
    note: str | None = None
    kind: Kind | None = None
    source: Source | None = None
    source_link: str | None = None
    reply_to: int | None = None
    """Row of the message that this answers."""
    expires_after: int | None = None
    """Seconds."""


class Talking(Facade):
    """Part of `Circles`."""

    def say(self, what: str, words: Words, *, hold: bool = False) -> int:
        """Saves and queues a message. Returns its row. `hold`: it waits until it is released."""
        kinds.check(words.kind, words.source, words.source_link)
        row = self.book.find(what)
        reply = None
        if words.reply_to is not None:
            reply = self._target(row, words.reply_to)[0]
        content = Content(
            salt=self.book.token(mimi.SALT_SIZE),
            text=words.text,
            in_reply_to=reply,
            expires_after=words.expires_after,
            kind=words.kind,
            source=words.source,
            source_link=words.source_link,
            note=words.note,
        )
        return self._say(row, content, hold=hold)

    def react(self, what: str, no: int, word: str) -> None:
        """One of the words of support, as an answer to a message."""
        if word not in mimi.SUPPORT_WORDS:
            raise UsageError("words of support are: " + ", ".join(mimi.SUPPORT_WORDS))
        row = self.book.find(what)
        ident, _ = self._target(row, no)
        salt = self.book.token(mimi.SALT_SIZE)
        self._say(row, Content(salt, in_reply_to=ident, reaction=word))

    def edit(self, what: str, no: int, text: str, *, note: str | None = None) -> None:
        """Our own message, in new words; everybody sees that it was edited.
        `note`: another content note, "" for none any more; None leaves it as it is."""
        row = self.book.find(what)
        ident, before = self._target(row, no, own=True)
        salt = self.book.token(mimi.SALT_SIZE)
        after = replace(
            before, salt=salt, text=text, note=before.note if note is None else note or None
        )
        if not self._reword_held(row, no, after):
            self._say(row, replace(after, replaces=ident))

    def delete(self, what: str, no: int) -> None:
        """Takes our own message back: it goes from every Haven that reads on. Copies may exist."""
        row = self.book.find(what)
        ident, _ = self._target(row, no, own=True)
        with self.book.change(row.no):
            unsaid = outbox.drop_unsent(self.book.db, no)
            if unsaid:
                ledger.unsay(self.book.db, no)
        if not unsaid:
            self._say(row, Content(self.book.token(mimi.SALT_SIZE), replaces=ident))

    def _reword_held(self, row: CircleRow, no: int, content: Content) -> bool:
        """Other words in the place of words that are held back: nobody has read them, so there is
        nothing to mark as edited, and nothing that could go out behind its own edit."""
        with self.book.change(row.no):
            waits = outbox.held(self.book.db, no)
            if waits is None:
                return False
            said = write_again(self.book, row.no, content, waits.no)
            ledger.reword(self.book.db, no, said.message_id, said.encoded, said.evidence)
            held.until(self.book, no, waits.not_before)
        return True

    def _target(self, row: CircleRow, no: int, *, own: bool = False) -> tuple[bytes, Content]:
        found = ledger.content_of(self.book.db, row.no, no)
        view = ledger.one(self.book.db, row.no, no, now=self.book.now())
        if found is None or view is None:
            raise NotFound("that message is not here any more")
        if own and not view.mine:
            raise SafetyRefusal("only your own messages can be changed")
        return found

    def _say(self, row: CircleRow, content: Content, *, hold: bool = False) -> int:
        conduct.must_be_free(self.book, row.no, content)
        with self.book.change(row.no):
            message = write(self.book, row.no, content)
            if hold:
                held.until(self.book, message, 0)
        return message

    def release(self, what: str | None = None) -> int:
        """Sends what was held back. Returns how many."""
        return outbox.release_held(self.book.db, None if what is None else self.book.find(what).no)

    def attach(self, what: str, name: str, media_type: str, data: bytes, words: Words) -> int:
        """A message with a file (up to 8 MiB), sealed in chunks into a log of its own."""
        row = self.book.find(what)
        with self.book.change(row.no):
            circle = self.book.state(row.no)
            external, outgoing = attachments.seal(circle, name, media_type, data, self.book.token)
            outbox.put(self.book.db, row.relay, outgoing, now=self.book.now(), circle=row.no)
            salt = self.book.token(mimi.SALT_SIZE)
            content = Content(salt, text=words.text, note=words.note, attachments=(external,))
            return write(self.book, row.no, content)

    def attachment(self, what: str, no: int, index: int) -> External:
        row = self.book.find(what)
        _, content = self._target(row, no)
        if not 0 <= index < len(content.attachments):
            raise NotFound("that message has no such file")
        return content.attachments[index]
