"""What can go wrong, by whose fault: any bytes from outside end in one of these.

`MLSError` is the root. Remote faults (`InvalidMessage` and below) say that what came in can't be
used; the state that was asked stays as it was. Local faults (`StateError` and below) say that the
caller asked for something that this state can't do. Messages never hold a secret or a person's
words: only names of fields, numbers of epochs, leaves and generations.
"""

from __future__ import annotations


class MLSError(Exception):
    """Root of everything that this library raises."""


class InvalidMessage(MLSError):
    """Remote fault: the message is not acceptable; nothing has changed."""


class DecodeError(InvalidMessage):
    """The bytes are not a well-formed structure of RFC 9420."""


class ValidationError(InvalidMessage):
    """Well-formed, but forbidden by RFC 9420 (§7.3, §10.1, §12.2, §12.4 ...)."""


class CryptoError(InvalidMessage):
    """A signature, a tag, a ciphertext or a key does not verify, open or load."""


class PolicyViolation(InvalidMessage):
    """The application's own policy refused a proposal, a Commit or a group."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WrongGroup(InvalidMessage):
    """The message belongs to another group."""


class WrongEpoch(InvalidMessage):
    """The message belongs to another epoch than the ones this state can read."""

    def __init__(self, got: int, have: int) -> None:
        super().__init__(f"message of epoch {got}, state of epoch {have}")
        self.got = got
        self.have = have


class Replayed(InvalidMessage):
    """The key of this generation was used before, or was given up as too old (§9.2)."""


class TooFarAhead(InvalidMessage):
    """The generation skips more keys than the limit allows (§9.2, §15.3)."""


class UnknownProposal(InvalidMessage):
    """A Commit refers to a proposal that this state has not seen."""


class UnknownPsk(InvalidMessage):
    """A pre-shared key is named that was not handed in (§8.4)."""


class OwnMessage(MLSError):
    """One's own message came back: take the staged Commit, or ignore it. Nothing has changed."""

    def __init__(self, content_type: int) -> None:
        super().__init__("the message was sent by this leaf")
        self.content_type = content_type


class StateError(MLSError):
    """Local fault: this state can't do what was asked of it."""


class Inactive(StateError):
    """This client was removed from the group; the state holds no more keys."""


class UnsupportedSuite(StateError):
    """The cipher suite is not in the table (`suites.SUITES`)."""
