"""What a circle wants to have done on a relay: values that the outbox keeps and `sync/` carries.

Each is complete: it can be stored, sent after a crash, and sent again, always with the same bytes.
Nothing here knows how it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TypeVar

from havenclient.circles import strict_cbor as cbor


class State(StrEnum):
    """What a person sees beside a message that isn't on the relay yet."""

    HELD = "held"
    """Waits because the person wants it to (quiet hours, a pause)."""
    WAITING = "waiting"
    """Waits for the relay."""
    SENDING = "sending"
    SENT = "sent"
    STALE = "stale"
    """Came too late for its slice; will be said again by itself."""
    REFUSED = "refused"
    """The relay will never take it; `reason` says why in words."""


@dataclass(frozen=True, slots=True)
class CreateLog:
    log_id: bytes
    access_hash: bytes
    committer_hashes: tuple[bytes, ...]
    retention_days: int
    closing_days: int


@dataclass(frozen=True, slots=True)
class Append:
    log_id: bytes
    slice: int
    token: bytes = field(repr=False)
    key: bytes
    """Idempotency key."""
    entry: bytes = field(repr=False)
    ref: bytes = b""
    """What this carries: the id of a message in the vault, or empty."""


@dataclass(frozen=True, slots=True)
class Close:
    log_id: bytes
    slice: int
    token: bytes = field(repr=False)
    key: bytes
    entry: bytes = field(repr=False)
    committer_token: bytes = field(repr=False)
    next_access_hash: bytes
    committer_hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DeleteLog:
    log_id: bytes
    token: bytes = field(repr=False)
    """Access token of the open slice: the relay asks for it beside the committer token."""
    committer_token: bytes = field(repr=False)


Outgoing = CreateLog | Append | Close | DeleteLog
_KINDS: dict[str, type[Outgoing]] = {
    "create": CreateLog,
    "append": Append,
    "close": Close,
    "delete": DeleteLog,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
T = TypeVar("T", bound=Outgoing)


def kind_of(one: Outgoing) -> str:
    return _NAMES[type(one)]


def encode(one: Outgoing) -> bytes:
    values: list[object] = []
    for spec in fields(one):
        value = getattr(one, spec.name)
        values.append(list(value) if isinstance(value, tuple) else value)
    return cbor.dumps(values)


def decode(kind: str, data: bytes) -> Outgoing:
    """The inverse of `encode`, for bytes from our own vault."""
    values = cbor.as_list(cbor.loads(data))
    made = [tuple(v) if isinstance(v, list) else v for v in values]
    return _KINDS[kind](*made)  # type: ignore[arg-type]
