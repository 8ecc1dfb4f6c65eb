"""Sealed packets for a circle's report mailbox: reports and unnamed questions.

    entry  = [FORMAT, SEALED, copies, box]
    copies = the packet key, sealed with X-Wing to each one who may read
    box    = XChaCha20-Poly1305(packet key, [kind, id, body, signer, signature])

Every member can open the mailbox's envelope, so what lies in it must tell members nothing either:
there are always as many copies as the circle has hosts and helpers, the missing ones sealed to keys
that nobody has; so nobody can count who was left out, and a report looks like a question to a host.
To the relay it is an entry of the usual sizes in a mailbox like the knock mailbox.

The signature is by the sender's MLS key over packet and mailbox: hosts and helpers know who reports
(five a day, no anonymous flood), the circle does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.acts import Reason
from havenclient.circles.circle import Circle
from havenclient.circles.evidence import Exhibit, decode, encode
from havenclient.circles.mailbox import FORMAT, MailboxError
from havenclient.circles.speaking import Token
from havenclient.crypto import mls, sealing
from havenclient.crypto.sealing import SealingError, SealingKey

SEALED = 6
"""Kind of a mailbox entry, beside those of mailbox.py."""
REPORT, QUESTION = "report", "question"
A_DAY = 5
"""Reports that one member can make in 24 hours, and questions likewise. Readers hold to it too."""
ID = 16
MAX_WORDS = 2_000
LABEL = b"HavenReport"
_NONCE = 24


@dataclass(frozen=True, slots=True)
class Packet:
    kind: str
    ident: bytes
    """16 random bytes: how a status names it."""
    reason: Reason
    words: str = field(repr=False)
    may_name: bool
    """Whether hosts and helpers may say in the circle who reported."""
    exhibits: tuple[Exhibit, ...] = field(default=(), repr=False)


def seal(
    circle: Circle, packet: Packet, readers: Collection[bytes], token: Token, *, shuffle: Token
) -> bytes:
    """`packet` for the holders of the X-Wing keys `readers` only; as a mailbox entry's content."""
    box_id = circle.terms.report.log_id
    body = cbor.dumps([packet.reason.value, packet.words, packet.may_name, encode(packet.exhibits)])
    signed = _to_be_signed(box_id, packet.kind, packet.ident, body)
    me = circle.me.key
    signature = circle.group.signature_key.sign_with_label(LABEL, signed)
    key, nonce = token(32), token(_NONCE)
    inner = cbor.dumps([packet.kind, packet.ident, body, me, signature])
    box = nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(inner, box_id, nonce, key)
    slots = len(circle.terms.hosts) + len(circle.terms.helpers)
    publics = list(readers)
    while len(publics) < slots:
        publics.append(SealingKey.generate(token).public)
    publics.sort(key=lambda _: shuffle(8))  # the place in the list must not tell who reads
    copies = [sealing.seal(public, key, _info(box_id)) for public in publics]
    return cbor.dumps([FORMAT, SEALED, copies, box])


def unseal(circle: Circle, box_id: bytes, data: bytes) -> tuple[Packet, bytes]:
    """(packet, signature key of its sender). Raises MailboxError where it is not for us, not
    signed by a member of the present epoch, or malformed."""
    try:
        _, _, copies, box = cbor.as_list(cbor.loads(data), 4)
        key = _key(circle.sealing, box_id, cbor.as_list(copies)[:32])
        raw = cbor.as_bytes(box)
        opened = crypto_aead_xchacha20poly1305_ietf_decrypt(raw[_NONCE:], box_id, raw[:_NONCE], key)
        f = cbor.as_list(cbor.loads(opened), 5)
        kind, ident = cbor.as_text(f[0], limit=16), cbor.as_bytes(f[1], size=ID)
        body, signer = cbor.as_bytes(f[2]), cbor.as_bytes(f[3], limit=128)
        if kind not in (REPORT, QUESTION) or signer not in {p.key for p in circle.people}:
            raise MailboxError("not from a member")
        circle.group.suite.verify_with_label(
            signer,
            LABEL,
            _to_be_signed(box_id, kind, ident, body),
            cbor.as_bytes(f[4], limit=256),
        )
        b = cbor.as_list(cbor.loads(body), 4)
        packet = Packet(
            kind,
            ident,
            Reason(cbor.as_text(b[0], limit=32)),
            cbor.as_text(b[1], limit=MAX_WORDS),
            cbor.as_bool(b[2]),
            decode(b[3]),
        )
    except (cbor.CborError, CryptoError, mls.errors.MLSError, ValueError, TypeError) as error:
        raise MailboxError("not a report that we can read") from error
    return packet, signer


def _key(own: SealingKey, box_id: bytes, copies: Iterable[object]) -> bytes:
    for copy in copies:
        try:
            return own.open(cbor.as_bytes(copy), _info(box_id))
        except SealingError:
            continue
    raise MailboxError("not for us")


def _to_be_signed(box_id: bytes, kind: str, ident: bytes, body: bytes) -> bytes:
    return cbor.dumps([box_id, kind, ident, body])


def _info(box_id: bytes) -> bytes:
    return b"haven report 1" + box_id
