"""What lies in a mailbox: offer, knock, reveal, welcome, and the way back (protocol.md §3).

Each is a CBOR list `[format, kind, …]` in an envelope under the mailbox key. What only one side may
read is sealed once more inside: a knock to the inviter's X-Wing key, a return to each host's, a
welcome under the answer key that the knock carried. Decoders raise `MailboxError` for everything
they don't know; a mailbox is public to whoever holds the invite, so its entries are hostile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.strict_cbor import CborError
from havenclient.circles.terms import MAX_AGREEMENT, Agreement, TermsError, name_of
from havenclient.crypto import sealing
from havenclient.crypto.sealing import PUBLIC_SIZE, SealingError, SealingKey

FORMAT = 1
OFFER, KNOCK, REVEAL, WELCOME, RETURN = 1, 2, 3, 4, 5
MAX_WORDS = 500
"""Characters of the few words that come with a knock."""
MAX_KEY_PACKAGE = 16 * 1024
NONCE = 32


class MailboxError(ValueError):
    """An entry of a mailbox that means nothing here."""


@dataclass(frozen=True, slots=True)
class Card:
    """What somebody reads before she sends anything: facts of the circle, from agreed state."""

    name: str
    agreement: Agreement
    hosts: tuple[str, ...]
    helpers: tuple[str, ...]
    members: int
    retention_days: int
    founded: int
    theme: str = ""
    language: str = ""
    relay_note: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    card: Card
    inviter: str
    inviter_key: bytes
    """The inviter's Ed25519 key in the circle: the joiner finds it among the hosts afterwards."""
    sealing_key: bytes = field(repr=False)
    expires: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Knock:
    key_package: bytes = field(repr=False)
    words: str
    agreement_version: int
    agreement_digest: bytes
    answer_key: bytes = field(repr=False)
    """32 bytes: what the host answers is sealed under it."""
    commitment: bytes
    """SHA-256 commitment to the joiner's number for safety words."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """A number for the safety words; the host's comes first, the joiner's opens the commitment."""

    by_host: bool
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Welcome:
    welcome: bytes = field(repr=False)
    seq: int
    """The closing entry that added the joiner; she reads on after it."""
    head: bytes
    """The hash chain's head there."""


@dataclass(frozen=True, slots=True)
class Return:
    """Who fell off the ladder asks the hosts to be put back, as herself."""

    old_key: bytes
    key_package: bytes = field(repr=False)
    answer_key: bytes = field(repr=False)
    signature: bytes
    made: int


Sign = Callable[[bytes], bytes]


# --- offer --------------------------------------------------------------------------------------


def encode_offer(offer: Offer, mailbox_id: bytes, sign: Sign) -> bytes:
    body = cbor.dumps(
        [
            _card(offer.card),
            offer.inviter,
            offer.inviter_key,
            offer.sealing_key,
            offer.expires,
        ]
    )
    return cbor.dumps([FORMAT, OFFER, body, sign(_offer_tbs(mailbox_id, body))])


def decode_offer(data: bytes, mailbox_id: bytes) -> Offer:
    """The offer, its signature checked against the key that it names. Raises MailboxError.

    The signature proves that card and key were made together by one host of the circle that the
    joiner will find herself in; she compares after joining (`machine.join`).
    """
    body_bytes, signature = _fields(data, OFFER, 2)
    try:
        body = cbor.as_bytes(body_bytes, limit=32 * 1024)
        f = cbor.as_list(cbor.loads(body), 5)
        offer = Offer(
            _read_card(f[0]),
            name_of(cbor.as_text(f[1], limit=64)),
            cbor.as_bytes(f[2], size=32),
            cbor.as_bytes(f[3], size=PUBLIC_SIZE),
            cbor.as_int(f[4]),
        )
        verify(offer.inviter_key, _offer_tbs(mailbox_id, body), signature)
    except (CborError, TermsError) as error:
        raise MailboxError("malformed offer") from error
    return offer


def digest(entry_content: bytes) -> bytes:
    """What later entries refer to an offer or a knock by."""
    return hashlib.sha256(entry_content).digest()


def _offer_tbs(mailbox_id: bytes, body: bytes) -> bytes:
    return b"haven offer 1" + mailbox_id + body


def _card(card: Card) -> list[object]:
    return [
        card.name,
        [card.agreement.version, card.agreement.text],
        list(card.hosts),
        list(card.helpers),
        card.members,
        card.retention_days,
        card.founded,
        card.theme,
        card.language,
        card.relay_note,
    ]


def _read_card(value: object) -> Card:
    f = cbor.as_list(value, 10)
    version, text = cbor.as_list(f[1], 2)
    return Card(
        name=name_of(cbor.as_text(f[0], limit=64)),
        agreement=Agreement(cbor.as_int(version, low=1), cbor.as_text(text, limit=MAX_AGREEMENT)),
        hosts=_names(f[2]),
        helpers=_names(f[3]),
        members=cbor.as_int(f[4], high=64),
        retention_days=cbor.as_int(f[5], low=1, high=3650),
        founded=cbor.as_int(f[6], high=1 << 20),
        theme=cbor.as_text(f[7], limit=200),
        language=cbor.as_text(f[8], limit=35),
        relay_note=cbor.as_text(f[9], limit=500),
    )


def _names(value: object) -> tuple[str, ...]:
    names = cbor.as_list(value)
    if len(names) > 8:
        raise MailboxError("too many names")
    return tuple(name_of(cbor.as_text(n, limit=64)) for n in names)


# --- knock --------------------------------------------------------------------------------------


def encode_knock(
    knock: Knock, offer_content: bytes, mailbox_id: bytes, sealing_key: bytes, sign: Sign
) -> bytes:
    """`sign` signs with the signature key of the KeyPackage: the agreement's acceptance."""
    body = cbor.dumps(
        [
            knock.key_package,
            knock.words,
            knock.agreement_version,
            knock.agreement_digest,
            knock.answer_key,
            knock.commitment,
        ]
    )
    signature = sign(_knock_tbs(offer_content, body))
    sealed = sealing.seal(sealing_key, cbor.dumps([body, signature]), _info(KNOCK, mailbox_id))
    return cbor.dumps([FORMAT, KNOCK, sealed])


def decode_knock(
    data: bytes,
    offer_content: bytes,
    mailbox_id: bytes,
    key: SealingKey,
    signature_key_of: Callable[[bytes], bytes],
) -> Knock:
    """`signature_key_of` gives the Ed25519 key of a KeyPackage (raising MailboxError).

    Raises MailboxError where anything is wrong, the signature included.
    """
    (sealed,) = _fields(data, KNOCK, 1)
    try:
        opened = key.open(cbor.as_bytes(sealed), _info(KNOCK, mailbox_id))
        body_bytes, signature = cbor.as_list(cbor.loads(opened), 2)
        body = cbor.as_bytes(body_bytes)
        f = cbor.as_list(cbor.loads(body), 6)
        knock = Knock(
            cbor.as_bytes(f[0], limit=MAX_KEY_PACKAGE),
            cbor.as_text(f[1], limit=MAX_WORDS),
            cbor.as_int(f[2], low=1),
            cbor.as_bytes(f[3], size=32),
            cbor.as_bytes(f[4], size=32),
            cbor.as_bytes(f[5], size=32),
        )
    except (CborError, SealingError) as error:
        raise MailboxError("malformed knock") from error
    verify(signature_key_of(knock.key_package), _knock_tbs(offer_content, body), signature)
    return knock


def _knock_tbs(offer_content: bytes, body: bytes) -> bytes:
    return b"haven knock 1" + digest(offer_content) + body


# --- reveal and welcome, under the answer key ---------------------------------------------------


def encode_reveal(reveal: Reveal, answer_key: bytes, token: Callable[[int], bytes]) -> bytes:
    inner = cbor.dumps([reveal.by_host, reveal.nonce])
    return cbor.dumps([FORMAT, REVEAL, _answer(answer_key, REVEAL, inner, token)])


def decode_reveal(data: bytes, answer_key: bytes) -> Reveal:
    (sealed,) = _fields(data, REVEAL, 1)
    try:
        by_host, nonce = cbor.as_list(cbor.loads(_open_answer(answer_key, REVEAL, sealed)), 2)
        return Reveal(cbor.as_bool(by_host), cbor.as_bytes(nonce, size=NONCE))
    except CborError as error:
        raise MailboxError("malformed reveal") from error


def encode_welcome(welcome: Welcome, answer_key: bytes, token: Callable[[int], bytes]) -> bytes:
    inner = cbor.dumps([welcome.welcome, welcome.seq, welcome.head])
    return cbor.dumps([FORMAT, WELCOME, _answer(answer_key, WELCOME, inner, token)])


def decode_welcome(data: bytes, answer_key: bytes) -> Welcome:
    (sealed,) = _fields(data, WELCOME, 1)
    try:
        f = cbor.as_list(cbor.loads(_open_answer(answer_key, WELCOME, sealed)), 3)
        return Welcome(cbor.as_bytes(f[0]), cbor.as_int(f[1], low=1), cbor.as_bytes(f[2], size=32))
    except CborError as error:
        raise MailboxError("malformed welcome") from error


def _answer(key: bytes, kind: int, inner: bytes, token: Callable[[int], bytes]) -> bytes:
    nonce = token(24)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(inner, bytes([kind]), nonce, key)


def _open_answer(key: bytes, kind: int, value: object) -> bytes:
    sealed = cbor.as_bytes(value)
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed[24:], bytes([kind]), sealed[:24], key
        )
    except (CryptoError, ValueError, TypeError) as error:
        raise MailboxError("not for us") from error


# --- return -------------------------------------------------------------------------------------


def encode_return(back: Return, mailbox_id: bytes, hosts: list[bytes]) -> bytes:
    """`hosts`: the X-Wing keys of all hosts; each gets a copy that only she opens."""
    inner = cbor.dumps([back.old_key, back.key_package, back.answer_key, back.signature, back.made])
    copies = [sealing.seal(host, inner, _info(RETURN, mailbox_id)) for host in hosts]
    return cbor.dumps([FORMAT, RETURN, copies])


def decode_return(data: bytes, mailbox_id: bytes, key: SealingKey) -> Return:
    (copies,) = _fields(data, RETURN, 1)
    try:
        for copy in cbor.as_list(copies)[:8]:
            try:
                inner = key.open(cbor.as_bytes(copy), _info(RETURN, mailbox_id))
            except SealingError:
                continue
            f = cbor.as_list(cbor.loads(inner), 5)
            back = Return(
                cbor.as_bytes(f[0], size=32),
                cbor.as_bytes(f[1], limit=MAX_KEY_PACKAGE),
                cbor.as_bytes(f[2], size=32),
                cbor.as_bytes(f[3], size=64),
                cbor.as_int(f[4]),
            )
            verify(back.old_key, _return_signed(mailbox_id, back), back.signature)
            return back
    except CborError as error:
        raise MailboxError("malformed return") from error
    raise MailboxError("not for us")


def return_tbs(
    mailbox_id: bytes, old_key: bytes, key_package: bytes, answer_digest: bytes, made: int
) -> bytes:
    """What the old leaf key signs: this mailbox, this new KeyPackage, this moment. Of the answer
    key only a digest, so that the Commit can show the signature to all (`returning.py`)."""
    return b"haven return 1" + cbor.dumps(
        [mailbox_id, old_key, digest(key_package), answer_digest, made]
    )


def _return_signed(mailbox_id: bytes, back: Return) -> bytes:
    answer = digest(back.answer_key)
    return return_tbs(mailbox_id, back.old_key, back.key_package, answer, back.made)


def sign_return(back: Return, mailbox_id: bytes, sign: Sign) -> Return:
    return replace(back, signature=sign(_return_signed(mailbox_id, back)))


# --- shared -------------------------------------------------------------------------------------


def kind_of(data: bytes) -> int:
    """Which of the kinds this entry claims to be. Raises MailboxError."""
    try:
        fields = cbor.as_list(cbor.loads(data))
        if len(fields) < 3:
            raise MailboxError("malformed entry")
        cbor.as_int(fields[0], low=FORMAT, high=FORMAT)
        return cbor.as_int(fields[1], high=255)
    except CborError as error:
        raise MailboxError("malformed entry") from error


def signer(private_key: bytes) -> Sign:
    """Signs with a raw Ed25519 private key (32 bytes)."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign


def _fields(data: bytes, kind: int, count: int) -> list[object]:
    try:
        fields = cbor.as_list(cbor.loads(data), 2 + count)
        cbor.as_int(fields[0], low=FORMAT, high=FORMAT)
        cbor.as_int(fields[1], low=kind, high=kind)
    except CborError as error:
        raise MailboxError("another kind of entry") from error
    return fields[2:]


def verify(public_key: bytes, message: bytes, signature: object) -> None:
    """Ed25519. Raises MailboxError."""
    try:
        raw = cbor.as_bytes(signature, size=64)
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, message)
    except (InvalidSignature, CborError, ValueError) as error:
        raise MailboxError("a signature does not fit") from error


def _info(kind: int, mailbox_id: bytes) -> bytes:
    return b"haven mailbox 1" + bytes([kind]) + mailbox_id
