"""Founding, inviting, knocking, coming back: the wishes around a circle's door."""

from __future__ import annotations

from havenclient.circles import beginning, doors, inviting, mailboxes, norms
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.founding import Foundation
from havenclient.circles.looking import Looking
from havenclient.circles.terms import TermsError
from havenclient.circles.views import CircleView, DoorView, InviteView, KnockView
from havenclient.errors import UsageError


class Entering(Looking):
    """Part of `Circles`."""

    def found(self, foundation: Foundation) -> CircleView:
        """A new circle with us as its host. Raises UsageError for names that can't be kept."""
        return self.get(self.book.row(beginning.begin(self.book, foundation)).id.hex())

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
