"""`Circles`: what a person can wish of her circles, and what she gets to see. The façade.

Both front ends and `sync/` speak to this class; nobody above opens the machine or the tables. Each
wish is one transaction: the new state, the rows it makes and the outgoing entries. Nothing here
waits for a network: a wish is done when it is saved, and `sync/` carries what lies in the outbox.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from havenclient.circles import (
    attachments,
    cards,
    conduct,
    doors,
    evidence,
    folding,
    founding,
    intake,
    inviting,
    kinds,
    ledger,
    mailboxes,
    night,
    norms,
    outbox,
    speaking,
    sunset,
    verifying,
)
from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.book import Book, CircleRow
from havenclient.circles.circle import (
    Circle,
    Standing,
    health,
    refresh_due,
)
from havenclient.circles.closing import CommitWish, anything_waits, chosen
from havenclient.circles.content import Content, External, Kind, Source
from havenclient.circles.founding import Foundation
from havenclient.circles.moderating import Moderating, removal
from havenclient.circles.moving import Moving
from havenclient.circles.policy import Person
from havenclient.circles.reporting import Reporting
from havenclient.circles.terms import Agreement, Helper, Host, TermsError, name_of
from havenclient.circles.views import (
    CircleView,
    DoorView,
    InviteView,
    KnockView,
    MessageView,
    PersonView,
    QueueView,
)
from havenclient.circles.writing import write, write_again
from havenclient.errors import NotFound, SafetyRefusal, UsageError
from havenclient.seams import Clock, Random
from havenclient.text import safe_line, safe_text
from havenclient.vault import Vault


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


class Circles:
    """Every circle of one vault."""

    def __init__(self, vault: Vault, *, clock: Clock, random: Random) -> None:
        self.book = Book(vault, clock, random)
        self.moderating = Moderating(self)
        self.reporting = Reporting(self)
        self.moving = Moving(self)

    # --- looking ----------------------------------------------------------------------------------

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
            if _role(circle, person) != role
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
                    role=_role(circle, person),
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
            health=self.moving.notice(row) or sunset.notice(circle, now) or health(circle),
            people=len(circle.people),
            is_host=circle.is_host,
            must_accept=not circle.has_accepted,
            retention_days=terms.retention_days,
            agreement=safe_text(terms.agreement.text),
            agreement_version=terms.agreement.version,
        )

    # --- founding, inviting, entering -------------------------------------------------------------

    def found(self, foundation: Foundation) -> CircleView:
        """A new circle with us as its host. Raises UsageError for names that can't be kept."""
        try:
            circle, outgoing = founding.found(
                foundation, now=self.book.now(), token=self.book.token
            )
        except TermsError as error:
            raise UsageError(str(error)) from error
        with self.book.change():
            no = self.book.add(circle)
            outbox.put(self.book.db, circle.relay, outgoing, now=self.book.now(), circle=no)
            intake.watch_mailboxes(self.book, no, circle)
        return self.get(circle.id.hex())

    def invite(self, what: str) -> InviteView:
        return inviting.invite(self.book, self.book.find(what))

    def invites(self, what: str) -> list[InviteView]:
        return inviting.invitations(self.book, self.book.find(what))

    def revoke(self, invite_id: str) -> None:
        inviting.revoke(self.book, mailboxes.find(self.book, invite_id, "invite").log_id)

    def knocks(self, what: str) -> list[KnockView]:
        return inviting.knocks(self.book, self.book.find(what))

    def admit(self, what: str, knock_no: int) -> None:
        """Lets somebody in. Raises SafetyRefusal where nobody besides one host would look after a
        fourth member (`norms.must_be_able_to_grow`)."""
        row = self.book.find(what)
        norms.must_be_able_to_grow(self.book, row, knock_no)
        inviting.admit(self.book, row, knock_no)

    def decline(self, what: str, knock_no: int) -> None:
        inviting.decline(self.book, self.book.find(what), knock_no)

    def offer_words(self, what: str, knock_no: int) -> None:
        inviting.offer_words(self.book, self.book.find(what), knock_no)

    def open_invite(self, text: str, *, relay: str | None = None) -> DoorView:
        return doors.open_door(self.book, text, relay=relay)

    def doors(self) -> list[DoorView]:
        return doors.doors(self.book)

    def door(self, door_id: str) -> DoorView:
        return doors.door_view(self.book, mailboxes.find(self.book, door_id, "door"))

    def knock(self, door_id: str, pseudonym: str, words: str, *, accepted_version: int) -> None:
        box = mailboxes.find(self.book, door_id, "door")
        try:
            doors.knock_at(self.book, box.log_id, pseudonym, words, accepted_version)
        except TermsError as error:
            raise UsageError(str(error)) from error

    def close_door(self, door_id: str) -> None:
        doors.close_door(self.book, mailboxes.find(self.book, door_id, "door").log_id)

    def ask_back(self, what: str, *, at: str | None = None) -> None:
        """`at`: the relay that the circle has moved to without us."""
        doors.ask_back(self.book, self.book.find(what), at=at)

    def save_identities(self) -> bytes:
        """What a backup holds of our circles: who we are in each, where its knock mailbox is, and
        no ratchet. Whoever has it can ask to come back in our name: keep it like the journal."""
        rows = self.book.db.execute(
            "SELECT identity FROM circle WHERE standing != 'gone' ORDER BY no"
        )
        return cbor.dumps([bytes(r[0]) for r in rows])

    def load_identities(self, data: bytes) -> list[str]:
        """Circles from a backup, as rows that wait to be let back in. Returns their names.
        Raises InputRejected for bytes that `save_identities` did not write."""
        return doors.restore(self.book, data)

    # --- saying -----------------------------------------------------------------------------------

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

    def edit(self, what: str, no: int, text: str) -> None:
        """Our own message, in new words; everybody sees that it was edited."""
        row = self.book.find(what)
        ident, before = self._target(row, no, own=True)
        salt = self.book.token(mimi.SALT_SIZE)
        self._say(row, replace(before, salt=salt, text=text, replaces=ident))

    def delete(self, what: str, no: int) -> None:
        """Takes our own message back: it goes from every Haven that reads on. Copies may exist."""
        row = self.book.find(what)
        ident, _ = self._target(row, no, own=True)
        self._say(row, Content(self.book.token(mimi.SALT_SIZE), replaces=ident))

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
                self.book.db.execute(
                    "UPDATE circle_outbox SET state='held' WHERE message=?", (message,)
                )
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

    # --- membership -------------------------------------------------------------------------------

    def leave(self, what: str) -> None:
        """Quietly: a host's next Commit ends our membership. The last host can't."""
        row = self.book.find(what)
        with self.book.change(row.no):
            circle = self.book.state(row.no)
            if circle.standing is Standing.LEAVING:
                return  # said once in an epoch is enough, and `intake` says it again in the next
            intake.propose(self.book, row.no, *speaking.propose_leaving(circle, self.book.token))

    def accept_agreement(self, what: str, version: int) -> None:
        """The agreement in force, accepted and signed in our leaf."""
        row = self.book.find(what)
        with self.book.change(row.no):
            circle = self.book.state(row.no)
            if circle.terms.agreement.version != version:
                raise UsageError("the agreement has changed meanwhile", "read it again")
            if circle.is_host:
                intake.stage(self.book, row.no, CommitWish())
                return
            self.book.db.execute("UPDATE circle SET accepted=? WHERE no=?", (version, row.no))
            intake.propose(self.book, row.no, *speaking.propose_refresh(circle, self.book.token))

    def remove(self, what: str, name: str) -> None:
        """Removes somebody: keys change, so what comes after is closed to her. Where more people
        have a say, they have agreed before (`moderating.ask_removal`)."""
        row, circle, person = self._person(what, name)
        if person.leaf == circle.group.own_leaf_index:
            raise UsageError("to go yourself, leave the circle")
        self._stage(row, removal(self.book, row.no, person))

    def change_agreement(self, what: str, text: str) -> None:
        row = self.book.find(what)
        terms = self.book.state(row.no).terms
        agreement = Agreement(terms.agreement.version + 1, text)
        self._stage(row, CommitWish(terms=replace(terms, agreement=agreement)))

    def rename(self, what: str, name: str) -> None:
        row = self.book.find(what)
        try:
            terms = replace(self.book.state(row.no).terms, name=name_of(name))
        except TermsError as error:
            raise UsageError(str(error)) from error
        self._stage(row, CommitWish(terms=terms))

    def _stage(self, row: CircleRow, wish: CommitWish) -> None:
        if not intake.stage(self.book, row.no, wish):
            raise UsageError(
                "another change of this circle is on its way", "try again when it is done"
            )

    def _person(self, what: str, name: str) -> tuple[CircleRow, Circle, Person]:
        row = self.book.find(what)
        circle = self.book.state(row.no)
        wanted = name.strip().casefold()
        for person in circle.people:
            if person.name.casefold() == wanted:
                return row, circle, person
        raise NotFound("nobody in this circle has that name", "`haven circle show` lists people")

    # --- roles: asked, agreed, committed ----------------------------------------------------------

    def ask_role(self, what: str, name: str, role: str) -> None:
        """Asks a member whether she would be a host or helper; when she agrees, her Haven answers
        with the keys that the role needs."""
        row, circle, person = self._person(what, name)
        if not circle.is_host:
            raise SafetyRefusal("only a host can ask somebody to take a role")
        self._say(row, verifying.role_offer(self.book.token, person, role))

    def roles_asked(self, what: str) -> list[str]:
        """Roles that we were asked to take, oldest first."""
        row = self.book.find(what)
        return verifying.role_asked(self.book.db, row.no, self.book.state(row.no).me.key)

    def answer_role(self, what: str, role: str) -> None:
        """Yes to being asked: our sealing key and, for a host, the committer hash."""
        row = self.book.find(what)
        circle = self.book.state(row.no)
        self._say(row, verifying.role_answer(self.book.token, circle, role))

    def give_role(self, what: str, name: str, role: str) -> None:
        """A host makes official what the member has agreed to."""
        row, circle, person = self._person(what, name)
        answer = verifying.role_answered(self.book.db, row.no, person.key, role)
        if answer is None:
            raise UsageError(
                "this person has not said yes yet", "ask first; her Haven answers when she agrees"
            )
        terms = circle.terms
        if role == "host":
            host = Host(person.key, answer.sealing_key, answer.committer_hash)
            terms = replace(
                terms,
                hosts=(*(h for h in terms.hosts if h.signature_key != person.key), host),
                helpers=tuple(h for h in terms.helpers if h.signature_key != person.key),
            )
        else:
            helper = Helper(person.key, answer.sealing_key)
            terms = replace(terms, helpers=(*terms.helpers, helper))
        self._stage(row, CommitWish(terms=terms))

    # --- safety words among members ---------------------------------------------------------------

    def begin_verify(self, what: str, name: str) -> None:
        row, circle, person = self._person(what, name)
        self._say(row, verifying.begin(self.book, row.no, circle, person))

    def verification(self, what: str, name: str) -> verifying.Verification:
        row, circle, person = self._person(what, name)
        return verifying.state_of(self.book, row.no, circle, person)

    def confirm_verify(self, what: str, name: str, *, same: bool) -> None:
        """The person's own judgement after comparing: a mark, never a filter."""
        row, _, person = self._person(what, name)
        verifying.confirm(self.book, row.no, person, same=same)

    def attachment(self, what: str, no: int, index: int) -> External:
        row = self.book.find(what)
        _, content = self._target(row, no)
        if not 0 <= index < len(content.attachments):
            raise NotFound("that message has no such file")
        return content.attachments[index]

    # --- for sync ---------------------------------------------------------------------------------

    def ask_back_by_number(self, no: int) -> None:
        row = next(r for r in self.book.rows() if r.no == no)
        doors.ask_back(self.book, row)
        ledger.add_line(self.book.db, no, None, AWAY_TOO_LONG, now=self.book.now())

    def tend(self, no: int) -> bool:
        """What a circle needs in every round besides messages. True where something is queued."""
        evidence.purge(self.book.db, self.book.now(), norms.own_windows(self.book))
        if self.book.has_state(no) and sunset.due(self.book.state(no), self.book.now()):
            sunset.end(self.book, no)
            return False
        return self.moderating.tend(no)

    def set_sunset(self, what: str, day: int | None) -> None:
        """Hosts: the circle ends after that day (days since 1970), at least a week from now; None
        takes it back."""
        row = self.book.find(what)
        terms = self.book.state(row.no).terms
        extra = {k: v for k, v in terms.extra.items() if k != sunset.SUNSET}
        if day is not None:
            if day < self.book.now() // ledger.DAY + sunset.NOTICE_DAYS:
                raise UsageError("a circle ends with at least seven days' notice")
            extra[sunset.SUNSET] = day
        self._stage(row, CommitWish(terms=replace(terms, extra=extra)))

    def own_words(self, what: str) -> str:
        """All that we said in a circle, as Markdown, to keep; nobody else's words are in it."""
        return sunset.own_words(self.book, self.book.find(what))

    def commit_due(self, no: int) -> bool:
        """Whether our client, as a host, should commit: proposals wait, or keys are a week old."""
        if not self.book.has_state(no):
            return False  # from a backup, or ended: there is nothing to commit with
        circle = self.book.state(no)
        if circle.standing is not Standing.ACTIVE or not circle.is_host or circle.staged:
            return False
        if anything_waits(circle) and chosen(circle):
            return True
        return refresh_due(circle, self.book.now())

    def commit_waiting(self, no: int) -> None:
        intake.stage(self.book, no, CommitWish())

    def after_conflict(self, outbox_no: int) -> bool:
        """An entry was refused because its slice had closed and we have caught up since: say it
        again in the present epoch, from the same content. False where we have not caught up."""
        row = outbox.get(self.book.db, outbox_no)
        if row is None or row.circle is None:
            return False
        with self.book.change(row.circle):
            circle = self.book.state(row.circle)
            if row.epoch is not None and circle.epoch <= row.epoch:
                return False
            again = None
            if row.message is not None and circle.can_write:
                again = ledger.encoded_of(self.book.db, row.message)
            if again is not None:
                write_again(self.book, row.circle, mimi.decode(again), outbox_no)
            elif row.message is not None and circle.standing is Standing.ACTIVE:
                outbox.refuse(self.book.db, outbox_no, "the agreement has changed: accept it first")
            else:
                outbox.done(self.book.db, outbox_no)  # proposals are made anew by `intake`
        return True


AWAY_TOO_LONG = (
    "You were away longer than the relay keeps entries. A host is asked to let you back in."
)


HEALTH_OF_GONE = "You are no longer in this circle. What you received stays here."
HEALTH_OF_RESTORED = "From a backup. Ask to be let back in: you return as yourself."


def _role(circle: Circle, person: Person) -> str:
    if circle.terms.is_host(person.key):
        return "host"
    return "helper" if circle.terms.is_helper(person.key) else "member"
