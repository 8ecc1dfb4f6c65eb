"""The agreed state of a circle: one GroupContext extension that every member holds, byte for byte.

What stands here is the same for all members of an epoch, because MLS makes it so: it is part of
the group context that every signature and every key covers. It changes only by a host's Commit with
a GroupContextExtensions proposal, judged by `policy.py`.

Two private-use extension types (RFC 9420 §17.3, 0xF000-0xFFFF):

* 0xF0C1 `haven_terms`, in the group context: this module's `Terms`;
* 0xF0C2 `haven_accepted`, in each leaf: the agreement that this member has accepted. The leaf is
  signed by the member's own key, so everyone sees who accepted which version.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.strict_cbor import CborError
from havenclient.crypto.sealing import PUBLIC_SIZE
from havenclient.text import safe_line

TERMS = 0xF0C1
ACCEPTED = 0xF0C2
FORMAT = 1

MAX_MEMBERS = 64
MAX_HOSTS = 8
MAX_HELPERS = 8
MAX_NAME = 64
MAX_AGREEMENT = 8 * 1024
"""Bytes of UTF-8 (protocol.md §5)."""
MAX_THEME = 200
MAX_RELAYS = 4
PLACE = "place"
"""Key in `Terms.extra`: the epoch with which the circle's present log begins."""


class TermsError(ValueError):
    """Bytes that are no terms of a circle."""


@dataclass(frozen=True, slots=True)
class Host:
    signature_key: bytes
    sealing_key: bytes = field(repr=False)
    """X-Wing public key to which knocks, returns and reports are sealed."""
    committer_hash: bytes
    """SHA-256 of the committer token that this host shows to the relay."""


@dataclass(frozen=True, slots=True)
class Helper:
    signature_key: bytes
    sealing_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A log that every member can write to and whose entries only hosts can read."""

    log_id: bytes
    token: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Agreement:
    version: int
    text: str

    @property
    def digest(self) -> bytes:
        """What a member signs when she accepts: version and text together."""
        return hashlib.sha256(cbor.dumps([self.version, self.text])).digest()


@dataclass(frozen=True, slots=True)
class Terms:
    name: str
    agreement: Agreement
    hosts: tuple[Host, ...]
    helpers: tuple[Helper, ...]
    log_id: bytes
    relays: tuple[str, ...]
    """Base addresses; the first is where the log lies, the others where members look next."""
    retention_days: int
    closing_days: int
    knock: Mailbox
    report: Mailbox
    slow_seconds: int = 0
    """Least time between two messages of one member; 0: none."""
    founded: int = 0
    """Days since 1970-01-01."""
    theme: str = ""
    language: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    """Room for later agreed things (sunset, night mode, removals' second signatures). Kept as it
    is by versions that don't know a key."""

    def host(self, signature_key: bytes) -> Host | None:
        return next((h for h in self.hosts if h.signature_key == signature_key), None)

    def is_host(self, signature_key: bytes) -> bool:
        return self.host(signature_key) is not None

    def is_helper(self, signature_key: bytes) -> bool:
        return any(h.signature_key == signature_key for h in self.helpers)

    @property
    def first_epoch(self) -> int:
        """The epoch that is slice 0 of the log: 0, or the epoch that a move began (moving.py)."""
        first = self.extra.get(PLACE)
        return first if isinstance(first, int) and not isinstance(first, bool) else 0

    @property
    def committer_hashes(self) -> tuple[bytes, ...]:
        return tuple(h.committer_hash for h in self.hosts)

    def without(self, signature_keys: set[bytes]) -> Terms:
        """These terms after the members with these keys have gone."""
        return replace(
            self,
            hosts=tuple(h for h in self.hosts if h.signature_key not in signature_keys),
            helpers=tuple(h for h in self.helpers if h.signature_key not in signature_keys),
        )


def encode(terms: Terms) -> bytes:
    return cbor.dumps(
        [
            FORMAT,
            terms.name,
            [terms.agreement.version, terms.agreement.text],
            [[h.signature_key, h.sealing_key, h.committer_hash] for h in terms.hosts],
            [[h.signature_key, h.sealing_key] for h in terms.helpers],
            terms.log_id,
            list(terms.relays),
            terms.retention_days,
            terms.closing_days,
            [terms.knock.log_id, terms.knock.token],
            [terms.report.log_id, terms.report.token],
            terms.slow_seconds,
            terms.founded,
            terms.theme,
            terms.language,
            terms.extra,
        ]
    )


# The same bytes are asked about with every entry of an epoch: a page of 1,000 messages in a circle
# of fifty would otherwise read 50,000 leaves anew. Values are frozen; what is refused isn't kept.
@lru_cache(maxsize=16)
def decode(data: bytes) -> Terms:
    """Raises TermsError for anything that is no terms of this format or is out of bounds."""
    try:
        return _decode(data)
    except CborError as error:
        raise TermsError("malformed terms") from error


def _decode(data: bytes) -> Terms:
    f = cbor.as_list(cbor.loads(data), 16)
    cbor.as_int(f[0], low=FORMAT, high=FORMAT)
    version, text = cbor.as_list(f[2], 2)
    agreement = Agreement(cbor.as_int(version, low=1), cbor.as_text(text, limit=MAX_AGREEMENT))
    if len(agreement.text.encode()) > MAX_AGREEMENT:
        raise TermsError("the agreement is too long")
    hosts = tuple(_host(h) for h in _bounded(f[3], 1, MAX_HOSTS))
    helpers = tuple(_helper(h) for h in _bounded(f[4], 0, MAX_HELPERS))
    keys = [h.signature_key for h in hosts] + [h.signature_key for h in helpers]
    if len(set(keys)) != len(keys):
        raise TermsError("a role is given twice")
    extra: dict[str, object] = {}
    for key, value in cbor.as_map(f[15]).items():
        extra[cbor.as_text(key, limit=32)] = value
    return Terms(
        name=name_of(cbor.as_text(f[1], limit=MAX_NAME)),
        agreement=agreement,
        hosts=hosts,
        helpers=helpers,
        log_id=cbor.as_bytes(f[5], size=16),
        relays=tuple(cbor.as_text(r, limit=255) for r in _bounded(f[6], 1, MAX_RELAYS)),
        retention_days=cbor.as_int(f[7], low=1, high=3650),
        closing_days=cbor.as_int(f[8], low=1, high=3650),
        knock=_mailbox(f[9]),
        report=_mailbox(f[10]),
        slow_seconds=cbor.as_int(f[11], high=86_400),
        founded=cbor.as_int(f[12], high=1 << 20),
        theme=cbor.as_text(f[13], limit=MAX_THEME),
        language=cbor.as_text(f[14], limit=35),
        extra=extra,
    )


def _bounded(value: object, low: int, high: int) -> list[object]:
    items = cbor.as_list(value)
    if not low <= len(items) <= high:
        raise TermsError("too few or too many of something")
    return items


def _host(value: object) -> Host:
    key, sealing, committer = cbor.as_list(value, 3)
    return Host(
        cbor.as_bytes(key, limit=128),
        cbor.as_bytes(sealing, size=PUBLIC_SIZE),
        cbor.as_bytes(committer, size=32),
    )


def _helper(value: object) -> Helper:
    key, sealing = cbor.as_list(value, 2)
    return Helper(cbor.as_bytes(key, limit=128), cbor.as_bytes(sealing, size=PUBLIC_SIZE))


def _mailbox(value: object) -> Mailbox:
    log_id, token = cbor.as_list(value, 2)
    return Mailbox(cbor.as_bytes(log_id, size=16), cbor.as_bytes(token, size=32))


# --- names ---------------------------------------------------------------------------------------


@lru_cache(maxsize=4 * MAX_MEMBERS)
def name_of(text: str) -> str:
    """A circle's name or a pseudonym as it is kept: NFC, one line, 1 to 64 visible characters.

    Raises TermsError where nothing readable is left or something in it could act on a terminal.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > MAX_NAME or safe_line(name, limit=MAX_NAME) != name or not _skeleton(name):
        raise TermsError("a name has 1 to 64 readable characters")
    return name


def check_texts(agreement: str, theme: str = "") -> None:
    """Raises TermsError, in words for whoever wrote them."""
    if len(agreement.encode()) > MAX_AGREEMENT:
        raise TermsError(f"an agreement has room for {MAX_AGREEMENT:,} letters, about three pages")
    if len(theme) > MAX_THEME:
        raise TermsError(f"what a circle is about has room for {MAX_THEME} letters")


def same_name(one: str, other: str) -> bool:
    """True where two pseudonyms would be read as one: compared without case, compatibility forms
    and what nobody sees, so that nobody sits beside "mara" as "Mara", "ｍａｒａ", or as "mara"
    with a joiner in it."""
    return _skeleton(one) == _skeleton(other)


_UNSEEN = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)
"""Fillers, variation selectors and the like (Unicode's Default_Ignorable_Code_Point, as far as it
is not of category Cf, and the empty Braille pattern)."""


def _skeleton(name: str) -> str:
    seen = "".join(c for c in name if ord(c) not in _UNSEEN and unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


# --- acceptance, in each leaf --------------------------------------------------------------------


def encode_accepted(agreement: Agreement) -> bytes:
    return cbor.dumps([agreement.version, agreement.digest])


@lru_cache(maxsize=4 * MAX_MEMBERS)
def decode_accepted(data: bytes) -> tuple[int, bytes]:
    """(version, digest) of the agreement that a leaf accepted. Raises TermsError."""
    try:
        version, digest = cbor.as_list(cbor.loads(data), 2)
        return cbor.as_int(version, low=1), cbor.as_bytes(digest, size=32)
    except CborError as error:
        raise TermsError("malformed acceptance") from error
