"""What client and relay say to each other: names, bounds and byte shapes, and nothing that acts.

This is the only code that both sides share (docs/relay-api.md is its prose). It must never import
either side, open a socket or know what an entry means. Everything that it decodes is hostile:
lengths are checked before bytes are cut, and every failure is a `WireError`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

API_ROOT: Final = "/v1"

# --- bounds (protocol.md section 5; a relay may set lower ones, never higher) ---------------------

LOG_ID_BYTES: Final = 16
ACCESS_TOKEN_BYTES: Final = 32
COMMITTER_TOKEN_BYTES: Final = 32
HASH_BYTES: Final = 32
IDEMPOTENCY_KEY_BYTES: Final = 16
MAX_ENTRY_BYTES: Final = 256 * 1024
MAX_PAGE_ENTRIES: Final = 1_000
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""A page stops before it grows past this, but always holds at least one entry."""
MAX_COMMITTERS: Final = 8
MAX_CREATE_BYTES: Final = 4 * 1024
"""Bound of the JSON body of PUT."""
MAX_SEQ: Final = 2**31 - 1
"""Sequence numbers and slice numbers never pass this, so they fit every language's integers."""

# --- headers --------------------------------------------------------------------------------------

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
COMMITTER: Final = "Haven-Committer"
NEXT_ACCESS: Final = "Haven-Next-Access"
NEXT_COMMITTERS: Final = "Haven-Next-Committers"
ADMISSION: Final = "Haven-Admission"
SLICE: Final = "Haven-Slice"
SLICE_STATE: Final = "Haven-Slice-State"
SLICE_FIRST: Final = "Haven-Slice-First"
SLICE_LAST: Final = "Haven-Slice-Last"
STATE_OPEN: Final = "open"
STATE_CLOSED: Final = "closed"

# --- media types ----------------------------------------------------------------------------------

ENTRY_TYPE: Final = "application/octet-stream"
ENTRIES_TYPE: Final = "application/cbor-seq"
EVENTS_TYPE: Final = "text/event-stream"
JSON_TYPE: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"

# --- events ---------------------------------------------------------------------------------------

EVENT_ENTRY: Final = "entry"
"""`id` is the seq, `data` the entry in base64url without padding."""
EVENT_CLOSED: Final = "closed"
"""The slice is closed and was sent whole; the stream ends. `data` is `{"slice": n}`."""


class Problem(StrEnum):
    """The stable `type` of each problem (RFC 9457); the words beside it may change, these never."""

    BAD_REQUEST = "urn:haven:problem:bad-request"
    TOKEN_MISSING = "urn:haven:problem:token-missing"  # noqa: S105 - a name, not a secret
    NOT_FOUND = "urn:haven:problem:not-found"
    LOG_EXISTS = "urn:haven:problem:log-exists"
    SLICE_CLOSED = "urn:haven:problem:slice-closed"
    SLICE_MOVED = "urn:haven:problem:slice-moved"
    GONE = "urn:haven:problem:gone"
    TOO_LARGE = "urn:haven:problem:too-large"
    KEY_REUSED = "urn:haven:problem:key-reused"
    ACCESS_REUSED = "urn:haven:problem:access-reused"
    RETENTION = "urn:haven:problem:retention-out-of-bounds"
    ADMISSION_NEEDED = "urn:haven:problem:admission-needed"
    ADMISSION_REFUSED = "urn:haven:problem:admission-refused"
    SLOW_DOWN = "urn:haven:problem:slow-down"
    TOO_MANY_READERS = "urn:haven:problem:too-many-readers"
    LOG_FULL = "urn:haven:problem:log-full"
    RELAY_FULL = "urn:haven:problem:relay-full"
    RELAY_BUSY = "urn:haven:problem:relay-busy"
    STORE_FAILED = "urn:haven:problem:store-failed"
    METHOD = "urn:haven:problem:method-not-allowed"
    TIMEOUT = "urn:haven:problem:timeout"
    INTERNAL = "urn:haven:problem:internal"


class WireError(ValueError):
    """Bytes or text from the other side that are not in the agreed shape."""


# --- base64url ------------------------------------------------------------------------------------

_TO_STANDARD: Final = bytes.maketrans(b"-_+/", b"+/!!")
_ENDS: Final = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""Last characters whose unused bits are zero, by the length's remainder modulo 4."""


def b64(raw: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str, size: int | None = None) -> bytes:
    """The bytes of `text`; `WireError` unless it is the one canonical spelling of `size` bytes.

    One spelling only: a log id that could be written in two ways would have two paths.
    """
    if size is not None and len(text) != (size * 4 + 2) // 3:
        raise WireError("wrong length")
    rest = len(text) & 3
    try:
        plain = text.encode("ascii").translate(_TO_STANDARD)
        raw = binascii.a2b_base64(plain + b"=" * (-rest & 3), strict_mode=True)
    except ValueError as error:
        raise WireError("not base64url") from error
    if rest and plain[-1] not in _ENDS[rest]:
        raise WireError("not canonical base64url")
    return raw


def token_hash(token: bytes) -> bytes:
    """What the relay is told of an access or committer token: its SHA-256."""
    return hashlib.sha256(token).digest()


def entries_path(log_id: bytes) -> str:
    return f"{API_ROOT}/logs/{b64(log_id)}/entries"


def events_path(log_id: bytes) -> str:
    return f"{API_ROOT}/logs/{b64(log_id)}/events"


def slices_path(log_id: bytes) -> str:
    return f"{API_ROOT}/logs/{b64(log_id)}/slices"


def log_path(log_id: bytes) -> str:
    return f"{API_ROOT}/logs/{b64(log_id)}"


RELAY_PATH: Final = f"{API_ROOT}/relay"

# --- CBOR sequence of [seq, bytes] (RFC 8742) -----------------------------------------------------
#
# Written out by hand because the shape is one array of one integer and one byte string: a general
# decoder would accept tags, nesting and indefinite lengths that must all be refused here anyway.


def _head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes((major << 5 | value,))
    if value < 1 << 8:
        return bytes((major << 5 | 24, value))
    if value < 1 << 16:
        return bytes((major << 5 | 25,)) + value.to_bytes(2, "big")
    return bytes((major << 5 | 26,)) + value.to_bytes(4, "big")


def encode_entry(seq: int, body: bytes) -> bytes:
    """One item of the sequence: `[seq, body]` in deterministic CBOR (RFC 8949 section 4.2)."""
    return b"\x82" + _head(0, seq) + _head(2, len(body)) + body


def encode_entries(entries: Iterable[tuple[int, bytes]]) -> bytes:
    parts: list[bytes] = []
    for seq, body in entries:
        parts.append(b"\x82" + _head(0, seq) + _head(2, len(body)))
        parts.append(body)
    return b"".join(parts)


def _read_head(data: memoryview, at: int, major: int) -> tuple[int, int]:
    if at >= len(data) or data[at] >> 5 != major:
        raise WireError("not a sequence of [seq, bytes]")
    info = data[at] & 31
    at += 1
    if info < 24:
        return info, at
    if info > 26:
        raise WireError("a number is too large")
    width = 1 << (info - 24)
    if at + width > len(data):
        raise WireError("the sequence ends early")
    return int.from_bytes(data[at : at + width], "big"), at + width


def decode_entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (seq, bytes) pairs of one page, in order; `WireError` at the first wrong byte.

    Refuses entries above `MAX_ENTRY_BYTES`, more than `MAX_PAGE_ENTRIES` of them, and sequence
    numbers that do not rise by exactly one within the page.
    """
    view, at, count, last = memoryview(data), 0, 0, None
    while at < len(view):
        count += 1
        if count > MAX_PAGE_ENTRIES:
            raise WireError("too many entries in one page")
        if view[at] != 0x82:
            raise WireError("not a sequence of [seq, bytes]")
        seq, at = _read_head(view, at + 1, 0)
        size, at = _read_head(view, at, 2)
        if not 1 <= seq <= MAX_SEQ or (last is not None and seq != last + 1):
            raise WireError("the numbers of the entries are not in order")
        if size > MAX_ENTRY_BYTES:
            raise WireError("an entry is too large")
        if at + size > len(view):
            raise WireError("the sequence ends early")
        yield seq, bytes(view[at : at + size])
        at, last = at + size, seq
