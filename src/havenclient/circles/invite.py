"""Invites: sixteen secret bytes, three ways to hand them over, and the mailbox they open.

Theory of operation. From the secret follow, by HKDF with labels of their own, a mailbox: a log
id, its access token and an AEAD key. Whoever has the secret can read and write the mailbox; nobody
else finds it. The secret travels in a link's fragment (never sent to a server), as a QR code of
that link, or as twelve words of the 2,048-word list: 128 bits and a 4-bit checksum. It is single
use, lives for 72 hours, and can be taken back by deleting the mailbox.

In the mailbox lie, in this order (each in an envelope under the mailbox key):

    offer    inviter -> anyone with the invite: the circle's card, a fresh X-Wing key, signed
    knock    joiner -> inviter, sealed to that key: KeyPackage, a few words, agreement accepted
    reveal   either -> the other: the numbers for safety words (see `safety.py`), when both want
    welcome  inviter -> joiner, under a key from the knock: MLS Welcome and where the circle is

An invite proves nothing about who uses it: that is what safety words are for. Two knocks on one
invite are shown to the host.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from havenclient.circles import keys
from havenclient.crypto.words import index_of
from havenclient.crypto.words import words as word_list
from havenclient.errors import UsageError

SECRET = 16
_SECRET_TEXT = 23
"""Characters of the secret and its version in a link."""
LIFETIME = 72 * 3600
"""Seconds."""
_VERSION = 1


class InviteError(UsageError):
    """A link or words that are no invite; the message says what to do, never what was typed."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Where to knock, and the secret that opens the door."""

    relay: str | None
    """Base address of the relay; None where it came as words and nobody said which relay."""
    secret: bytes = field(repr=False)

    @property
    def mailbox_id(self) -> bytes:
        return keys.derive(self.secret, "haven invite 1 log id", keys.LOG_ID)

    @property
    def token(self) -> bytes:
        return keys.derive(self.secret, "haven invite 1 access token", keys.TOKEN)

    @property
    def key(self) -> bytes:
        return keys.derive(self.secret, "haven invite 1 envelope", 32)

    def link(self) -> str:
        """`haven://HOST/#…`: the secret stands in the fragment, which is never sent anywhere."""
        if self.relay is None:
            raise InviteError("an invite link needs the relay's address")
        fragment = base64.urlsafe_b64encode(bytes([_VERSION]) + self.secret).decode().rstrip("=")
        return f"haven://{address_of(self.relay)}/#{fragment}"

    def words(self) -> str:
        """Twelve words for the telephone; the relay's address has to be said beside them."""
        bits = int.from_bytes(self.secret, "big") << 4 | _checksum(self.secret)
        return " ".join(word_list()[bits >> shift & 0x7FF] for shift in range(121, -1, -11))


def parse(text: str, *, relay: str | None = None) -> Invite:
    """The invite in a link or in twelve words. `relay` is used for words. Raises InviteError."""
    link = _link_in(text)
    if link is not None:
        return _parse_link(link)
    if "://" in text:
        raise InviteError(
            "that is no Haven invite", "an invite begins with haven:// or is twelve words"
        )
    return Invite(None if relay is None else base_as_said(relay), _parse_words(text))


def is_link(text: str) -> bool:
    """Whether there is a link in it, which names its relay itself."""
    return _link_in(text) is not None


def _link_in(text: str) -> str | None:
    """The link among what was copied with it: a greeting before it, a full stop behind it, the line
    end that a mail program put into its secret."""
    at = text.casefold().find("haven:")
    if at < 0:
        return None
    link, *more = text[at:].split()
    for piece in more:
        _, mark, secret = link.partition("#")
        if len(secret) >= _SECRET_TEXT or not (mark or piece.startswith("#")):
            break
        link += piece
    return link.rstrip(".,;:!?)>]\"'")


def _parse_link(text: str) -> Invite:
    try:
        parts = urlsplit(text)
        address = parts.netloc
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InviteError("that invite link is malformed") from error
    if not host or not _ADDRESS.fullmatch(address) or parts.query or parts.path not in ("", "/"):
        raise InviteError("that invite link is malformed")
    if not parts.fragment:
        raise InviteError(
            "that invite has lost its secret part (everything after the #)",
            "some programs cut links; ask for the whole line, or for the twelve words",
        )
    try:
        raw = base64.urlsafe_b64decode(parts.fragment + "=" * (-len(parts.fragment) % 4))
    except (binascii.Error, ValueError) as error:
        raise InviteError("that invite link is malformed") from error
    if len(raw) != SECRET + 1:
        raise InviteError("that invite link is cut off", "ask for the whole line")
    if raw[0] != _VERSION:
        raise InviteError("that invite was made by a newer Haven")
    del port  # only read to have it checked
    return Invite(base_of(address), raw[1:])


def _parse_words(text: str) -> bytes:
    # Numbers, commas and dots between them are copied along, or said along.
    typed = re.findall(r"[^\W\d_]+", text.casefold())
    if len(typed) != 12:
        raise InviteError(f"an invite has twelve words; these are {len(typed)}")
    bits = 0
    for place, word in enumerate(typed, 1):
        index = index_of(word)
        if index is None:
            raise InviteError(f"word {place} is not in the list", "spell it as it was said")
        bits = bits << 11 | index
    secret = (bits >> 4).to_bytes(SECRET, "big")
    if bits & 0xF != _checksum(secret):
        raise InviteError("these words do not belong together", "one of them was misheard")
    return secret


def _checksum(secret: bytes) -> int:
    return hashlib.sha256(b"haven invite words" + secret).digest()[0] >> 4


# --- addresses ----------------------------------------------------------------------------------


_ADDRESS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host name (other scripts as punycode, so that none can look like another) or an address, and a
port: what a URL may hold and nothing that means something else in it."""


def base_of(address: str) -> str:
    """The relay's base URL for an invite's host part: https, but http to this computer itself and
    to onion services, whose own encryption needs no certificate."""
    host = address.rsplit(":", 1)[0] if ":" in address.rsplit("]", 1)[-1] else address
    plain = host in ("127.0.0.1", "[::1]", "localhost") or host.endswith(".onion")
    return f"{'http' if plain else 'https'}://{address}"


def address_of(base: str) -> str:
    """Host and port of a relay's base URL, as it stands in an invite."""
    try:
        parts = urlsplit(base)
    except ValueError as error:
        raise InviteError("that is no relay's address", "https://relay.example.org") from error
    if (
        not _ADDRESS.fullmatch(parts.netloc)
        or parts.path not in ("", "/")
        or base_of(parts.netloc) != (f"{parts.scheme}://{parts.netloc}")
    ):
        raise InviteError(
            "that relay can't stand in an invite",
            "invites carry https relays, onion services, or a relay on this computer",
        )
    return parts.netloc


def base_as_said(text: str) -> str:
    """The base URL of a relay as people write it: without `https://`, with it twice, with a slash
    behind. Never less encrypted than it was said: `http://` of a relay elsewhere is refused."""
    before, mark, rest = text.strip().rstrip("/").rpartition("://")
    scheme = before.casefold().rpartition("://")[2]
    if mark and scheme not in ("http", "https", "haven"):
        raise InviteError("that is no relay's address", "https://relay.example.org")
    base = base_of(rest)
    return base_of(address_of(f"http://{rest}" if scheme == "http" else base))


def can_be_asked(base: str) -> bool:
    """Whether an address is one of a relay, in its one plain spelling."""
    try:
        return base_of(address_of(base)) == base
    except InviteError:
        return False
