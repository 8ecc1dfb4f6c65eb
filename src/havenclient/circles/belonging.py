"""Leaving, agreeing, removing, roles, safety words, the last day: the wishes about membership."""

from __future__ import annotations

from dataclasses import replace

from havenclient.circles import intake, ledger, speaking, sunset, verifying
from havenclient.circles.book import CircleRow
from havenclient.circles.circle import Standing
from havenclient.circles.closing import CommitWish
from havenclient.circles.moderating import removal
from havenclient.circles.talking import Talking
from havenclient.circles.terms import Agreement, Helper, Host, TermsError, check_texts, name_of
from havenclient.errors import SafetyRefusal, UsageError


class Belonging(Talking):
    """Part of `Circles`."""

    def leave(self, what: str) -> None:
        """Quietly: a host's next Commit ends our membership. The last host can't, but whoever is
        alone ends the circle, at once and without a relay: it may be one that never was there."""
        row = self.book.find(what)
        if self.book.has_state(row.no) and len(self.book.state(row.no).people) == 1:
            sunset.end(self.book, row.no, sunset.ALONE)
            return
        with self.book.change(row.no):
            circle = self.book.state(row.no)
            if circle.standing is Standing.LEAVING:
                return  # said once in an epoch is enough, and `intake` says it again in the next
            intake.propose(self.book, row.no, *speaking.propose_leaving(circle, self.book.token))

    def forget(self, what: str) -> None:
        """Removes what this vault holds of a circle that we are out of. Raises SafetyRefusal where
        we are in it."""
        sunset.forget(self.book, self.book.find(what))

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
        try:
            check_texts(text)
        except TermsError as error:
            raise UsageError(str(error)) from None
        agreement = Agreement(terms.agreement.version + 1, text)
        self._stage(row, CommitWish(terms=replace(terms, agreement=agreement)))

    def rename(self, what: str, name: str) -> None:
        row = self.book.find(what)
        try:
            terms = replace(self.book.state(row.no).terms, name=name_of(name))
        except TermsError as error:
            raise UsageError(str(error)) from error
        self._stage(row, CommitWish(terms=terms))

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
        self._stage(row, CommitWish(terms=terms, seals=(answer.seal,)))

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

    def _stage(self, row: CircleRow, wish: CommitWish) -> None:
        if not intake.stage(self.book, row.no, wish):
            raise UsageError(
                "another change of this circle is on its way", "try again when it is done"
            )
