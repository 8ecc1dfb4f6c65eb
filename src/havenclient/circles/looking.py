"""What a person gets to see of her circles: views, people, messages, what waits to go out."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from havenclient.circles import (
    cards,
    folding,
    kinds,
    ledger,
    mailboxes,
    moving,
    night,
    outbox,
    sunset,
    verifying,
)
from havenclient.circles.book import CircleRow
from havenclient.circles.circle import Standing, health
from havenclient.circles.content import Kind
from havenclient.circles.facade import Facade, role_of
from havenclient.circles.views import CircleView, MessageView, PersonView, QueueView
from havenclient.errors import NotFound, UsageError
from havenclient.text import safe_line, safe_text


class Looking(Facade):
    """Part of `Circles`."""

    def all(self) -> list[CircleView]:
        return [self._view(row) for row in self.book.rows()]

    def get(self, what: str) -> CircleView:
        """By name or a beginning of the id. Raises NotFound, UsageError."""
        return self._view(self.book.find(what))

    def all_names(self) -> list[str]:
        """Names of circles that can be heard from, without opening their states."""
        return [row.name for row in self.book.rows() if row.standing is not Standing.GONE]

    def holds_doors(self) -> bool:
        return bool(mailboxes.every(self.book, purpose="door"))

    def queue(self) -> list[QueueView]:
        """What is not on a relay yet, oldest first."""
        names = {row.no: safe_line(row.name) for row in self.book.rows()}
        return [
            QueueView(
                no=row.no,
                circle=names.get(row.circle or 0, ""),
                what=outbox.in_words(row),
                made_at=made_at,
                size=outbox.size_of(row),
                state=row.state.value,
                tries=row.tries,
                not_before=row.not_before,
                reason=safe_line(row.reason, limit=200),
                message=row.message,
            )
            for row, made_at in outbox.everything(self.book.db)
        ]

    def retry(self) -> None:
        """What waits for its next try is due now."""
        outbox.retry(self.book.db)

    def drop_refused(self, queue_no: int) -> None:
        """Gives up something that a relay refused for good. A message stays here, unsent."""
        row = outbox.get(self.book.db, queue_no)
        if row is None or row.state.value != "refused":
            raise UsageError("only what was refused can be given up")
        outbox.done(self.book.db, queue_no)

    def roles_given(self, what: str, name: str) -> list[str]:
        """Roles that a member has said yes to and does not have yet."""
        row, circle, person = self._person(what, name)
        return [
            role
            for role in ("host", "helper")
            if role_of(circle, person) != role
            and verifying.role_answered(self.book.db, row.no, person.key, role) is not None
        ]

    def people(self, what: str) -> list[PersonView]:
        row = self.book.find(what)
        if row.standing is Standing.GONE or not self.book.has_state(row.no):
            return []
        circle = self.book.state(row.no)
        marks = {
            bytes(key): (at is not None, earlier is not None, bool(hidden))
            for key, at, earlier, hidden in self.book.db.execute(
                "SELECT key, verified_at, earlier_key, hidden FROM circle_person WHERE circle=?",
                (row.no,),
            )
        }
        agreement = (circle.terms.agreement.version, circle.terms.agreement.digest)
        views = []
        for person in circle.people:
            verified, changed, hidden = marks.get(person.key, (False, False, False))
            views.append(
                PersonView(
                    name=safe_line(person.name),
                    key=person.key.hex(),
                    role=role_of(circle, person),
                    me=person.leaf == circle.group.own_leaf_index,
                    verified=verified,
                    changed=changed,
                    has_accepted=person.accepted == agreement,
                    doubted=person.key in circle.doubts,
                    hidden=hidden,
                )
            )
        return views

    def messages(
        self,
        what: str,
        *,
        before: int | None = None,
        limit: int = 100,
        opened: Container[int] = folding.NOTHING,
    ) -> list[MessageView]:
        """The newest `limit` messages (before row `before`), oldest first; folded, save for the
        rows that the reader has opened (`folding.EVERYTHING`: all)."""
        row = self.book.find(what)
        now = self.book.now()
        views = ledger.page(self.book.db, row.no, now=now, before=before, limit=limit)
        topics = folding.topics(self.book.db)
        waiting = night.waiting(self.book, row)
        return [folding.fold(night.mark(v, waiting), opened, topics) for v in views]

    def message(
        self, what: str, no: int, *, opened: Container[int] = folding.NOTHING
    ) -> MessageView:
        """One message, folded like all others: what a reply quotes, a notice or a shelf shows."""
        row = self.book.find(what)
        view = ledger.one(self.book.db, row.no, no, now=self.book.now())
        if view is None:
            raise NotFound("that message is not here any more")
        marked = night.mark(view, night.waiting(self.book, row))
        return folding.fold(marked, opened, folding.topics(self.book.db))

    def open(self, what: str, no: int) -> MessageView:
        """One message as it is: the reader has opened it."""
        return self.message(what, no, opened=(no,))

    def keep_card(self, what: str, no: int, *, note: str = "") -> int:
        """What a message says, kept on this computer without anybody's name."""
        view = self.open(what, no)
        with self.book.change():
            return cards.keep(self.book.db, view, note=note, now=self.book.now())

    def reply_hint(self, what: str, no: int, mine: Kind | None = None) -> str:
        """One calm line beside the reply box ("They asked for listening, not advice.")."""
        return kinds.reply_hint(self.message(what, no), mine)

    def mark_read(self, what: str) -> None:
        row = self.book.find(what)
        self.book.db.execute(
            "UPDATE circle SET read_seq=coalesce((SELECT max(seq) FROM circle_message"
            " WHERE circle=?1), read_seq) WHERE no=?1",
            (row.no,),
        )

    def _view(self, row: CircleRow) -> CircleView:
        db, now = self.book.db, self.book.now()
        waiting = db.one("SELECT count(*) FROM circle_outbox WHERE circle=?", (row.no,)) or (0,)
        knocks = db.one(
            "SELECT count(*) FROM circle_knock WHERE circle=? AND state='waiting'", (row.no,)
        ) or (0,)
        view = CircleView(
            id=row.id.hex(),
            name=safe_line(row.name),
            pseudonym=safe_line(row.pseudonym),
            relay=row.relay,
            standing=row.standing,
            health="",
            people=0,
            new=ledger.count_new(db, row.no, row.read_seq, now),
            is_host=False,
            knocks=int(knocks[0]),
            waiting=int(waiting[0]),
            must_accept=False,
            retention_days=0,
            agreement="",
            agreement_version=0,
        )
        if row.standing is Standing.GONE:
            return replace(view, health=HEALTH_OF_GONE)
        if not self.book.has_state(row.no):
            return replace(view, health=HEALTH_OF_RESTORED)
        circle = self.book.state(row.no)
        terms = circle.terms
        return replace(
            view,
            health=moving.notice(self.book, row) or sunset.notice(circle, now) or health(circle),
            people=len(circle.people),
            is_host=circle.is_host,
            must_accept=not circle.has_accepted,
            retention_days=terms.retention_days,
            agreement=safe_text(terms.agreement.text),
            agreement_version=terms.agreement.version,
            trouble="" if circle.trouble is None else circle.trouble.value,
        )


HEALTH_OF_GONE = "You are no longer in this circle. What you received stays here."
HEALTH_OF_RESTORED = "From a backup. Ask to be let back in: you return as yourself."
