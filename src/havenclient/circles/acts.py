"""Steps of moderation as quiet control messages: what one says, in bytes (agreement, ladder).

    ["act", what, target, message, ref, reason, note, seconds, at, signature]

| what   | who           | target  | besides                                            |
| ------ | ------------- | ------- | -------------------------------------------------- |
| fold   | host, helper  | author  | message: its id; note: topics for the fold         |
| unfold | host, helper  | author  | message                                            |
| slow   | host, helper  | or None | seconds: how long; None: the whole circle          |
| pause  | host, helper  | person  | seconds                                            |
| lift   | host, helper  |         | ref: the step that ends                            |
| remove | host, helper  | person  | signature: a warrant (warrants.py)                 |
| agree  | any member    |         | ref: the step; for a removal with a signature      |
| clock  | host, helper  |         | at: what time it is (ladder.py says why)           |
| succeed| any but hosts |         | no host has been here: found the circle anew       |

Nothing here carries what anybody wrote: reasons are from a fixed list, and a fold's note is topics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.content import Content
from havenclient.circles.speaking import Token

HOUR = 3_600
DAY = 86_400
MAX_PAUSE = 7 * DAY
ALONE = DAY
"""What one helper may set alone; the rest counts when a second one agrees."""


class What(StrEnum):
    FOLD = "fold"
    UNFOLD = "unfold"
    SLOW = "slow"
    PAUSE = "pause"
    LIFT = "lift"
    REMOVE = "remove"
    AGREE = "agree"
    CLOCK = "clock"
    SUCCEED = "succeed"


class Reason(StrEnum):
    """Why, in words that tell nothing of what was written."""

    HARD_TO_READ = "hard-to-read"
    HARM_TO_SELF = "harm-to-self"
    UNKIND = "unkind"
    SEXUAL = "sexual"
    PRIVATE_DATA = "private-data"
    MEDICAL = "medical-advice"
    THREAT = "threat"
    PRESSURE = "pressure"
    FLOOD = "too-much-at-once"
    OTHER = "other"


REASON_WORDS = {
    Reason.HARD_TO_READ: "it is hard to read",
    Reason.HARM_TO_SELF: "it is about harm to oneself",
    Reason.UNKIND: "it is unkind",
    Reason.SEXUAL: "it is sexual",
    Reason.PRIVATE_DATA: "it could tell who somebody is",
    Reason.MEDICAL: "it is medical advice without a source",
    Reason.THREAT: "it is a threat",
    Reason.PRESSURE: "it puts others under pressure",
    Reason.FLOOD: "it is a lot at once",
    Reason.OTHER: "of something that the agreement names",
}
SAFETY = frozenset({Reason.THREAT, Reason.PRIVATE_DATA, Reason.SEXUAL, Reason.HARM_TO_SELF})
"""Reasons of the safety exception: a pause at once by one helper, looked at again within a day."""


class ActError(ValueError):
    """Bytes that are no act of this version."""


@dataclass(frozen=True, slots=True)
class Act:
    what: What
    at: int
    """Unix seconds by the clock of whoever acts, rounded down to a minute."""
    target: bytes | None = None
    """Signature key of the person concerned."""
    message: bytes | None = None
    ref: bytes | None = None
    reason: Reason = Reason.OTHER
    note: str = ""
    seconds: int = 0
    signature: bytes = field(default=b"", repr=False)


def content_of(act: Act, token: Token) -> Content:
    fields = [
        "act",
        act.what.value,
        act.target,
        act.message,
        act.ref,
        act.reason.value,
        act.note,
        act.seconds,
        act.at,
        act.signature,
    ]
    return Content(token(mimi.SALT_SIZE), control=cbor.dumps(fields))


def read(control: bytes) -> Act | None:
    """The act in a control message; None where it is another kind of control message.

    Raises ActError for an act that this version does not know or that is out of bounds.
    """
    try:
        fields = cbor.as_list(cbor.loads(control))
        if not fields or fields[0] != "act":
            return None
        f = cbor.as_list(fields, 10)
        return Act(
            what=What(cbor.as_text(f[1], limit=16)),
            target=None if f[2] is None else cbor.as_bytes(f[2], limit=128),
            message=None if f[3] is None else cbor.as_bytes(f[3], size=mimi.ID_SIZE),
            ref=None if f[4] is None else cbor.as_bytes(f[4], size=mimi.ID_SIZE),
            reason=Reason(cbor.as_text(f[5], limit=32)),
            note=cbor.as_text(f[6], limit=mimi.MAX_NOTE),
            seconds=cbor.as_int(f[7], high=MAX_PAUSE),
            at=cbor.as_int(f[8], high=1 << 40),
            signature=cbor.as_bytes(f[9], limit=256),
        )
    except (cbor.CborError, ValueError) as error:
        raise ActError("not an act of this version") from error
