"""PrivateMessage (RFC 9420 §6.3): content encryption and sender data encryption.

Keys come from the secret tree and are handed in; this module knows no ratchet. Opening has two
steps on purpose: `open_sender_data` says which key is needed, `open_content` uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .codec import Reader, opaque, u8, u32, u64
from .errors import DecodeError, ValidationError
from .framing import (
    AuthenticatedContent,
    ContentType,
    FramedContent,
    Sender,
    SenderType,
    WireFormat,
    encode_body,
    read_auth,
    read_body,
    read_content_type,
    wrap,
)
from .suites import CipherSuite


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    group_id: bytes
    epoch: int
    content_type: ContentType
    authenticated_data: bytes
    encrypted_sender_data: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        return (
            self.head()
            + opaque(self.authenticated_data)
            + opaque(self.encrypted_sender_data)
            + opaque(self.ciphertext)
        )

    def head(self) -> bytes:
        """SenderDataAAD; with the authenticated data it is PrivateContentAAD."""
        return opaque(self.group_id) + u64(self.epoch) + u8(self.content_type)


def read_private_message(reader: Reader) -> PrivateMessage:
    group_id, epoch, kind = reader.opaque(), reader.u64(), read_content_type(reader)
    return PrivateMessage(group_id, epoch, kind, reader.opaque(), reader.opaque(), reader.opaque())


@dataclass(frozen=True, slots=True)
class SenderData:
    leaf_index: int
    generation: int
    reuse_guard: bytes


def sender_data_key(suite: CipherSuite, secret: bytes, ciphertext: bytes) -> tuple[bytes, bytes]:
    """(key, nonce) from a sample of the ciphertext (§6.3.2)."""
    sample = ciphertext[: suite.hash_size]
    return (
        suite.expand_with_label(secret, b"key", sample, suite.key_size),
        suite.expand_with_label(secret, b"nonce", sample, suite.nonce_size),
    )


def apply_reuse_guard(nonce: bytes, guard: bytes) -> bytes:
    """XOR of the first four bytes (§6.3.1): two copies of one state still use two nonces."""
    first = int.from_bytes(nonce[:4], "big") ^ int.from_bytes(guard, "big")
    return first.to_bytes(4, "big") + nonce[4:]


def protect_private(
    suite: CipherSuite,
    message: AuthenticatedContent,
    *,
    sender_data_secret: bytes,
    generation: int,
    key: bytes,
    nonce: bytes,
    reuse_guard: bytes,
    padding: int,
) -> bytes:
    """The MLSMessage. `padding` zero bytes are encrypted with the content."""
    content = message.content
    plaintext = encode_body(content.body) + message.auth() + bytes(padding)
    head = opaque(content.group_id) + u64(content.epoch) + u8(content.content_type)
    aad = head + opaque(content.authenticated_data)
    ciphertext = suite.seal(key, apply_reuse_guard(nonce, reuse_guard), aad, plaintext)
    data_key, data_nonce = sender_data_key(suite, sender_data_secret, ciphertext)
    sender_data = u32(content.sender.index) + u32(generation) + reuse_guard
    sealed = suite.seal(data_key, data_nonce, head, sender_data)
    return wrap(WireFormat.PRIVATE, aad + opaque(sealed) + opaque(ciphertext))


def open_sender_data(suite: CipherSuite, message: PrivateMessage, secret: bytes) -> SenderData:
    key, nonce = sender_data_key(suite, secret, message.ciphertext)
    raw = suite.open(key, nonce, message.head(), message.encrypted_sender_data)
    if len(raw) != 12:
        raise DecodeError("sender data has the wrong length")
    return SenderData(int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:8], "big"), raw[8:12])


def open_content(
    suite: CipherSuite, message: PrivateMessage, sender: SenderData, key: bytes, nonce: bytes
) -> AuthenticatedContent:
    """Decrypt and parse. The signature is still to be verified by the caller."""
    aad = message.head() + opaque(message.authenticated_data)
    nonce = apply_reuse_guard(nonce, sender.reuse_guard)
    reader = Reader(suite.open(key, nonce, aad, message.ciphertext))
    start = reader.pos
    body = read_body(reader, message.content_type)
    encoded = reader.since(start)
    signature, tag = read_auth(reader, message.content_type)
    _check_padding(reader.rest())
    content = FramedContent.make(
        message.group_id,
        message.epoch,
        Sender(SenderType.MEMBER, sender.leaf_index),
        message.authenticated_data,
        message.content_type,
        body,
        encoded,
    )
    return AuthenticatedContent(WireFormat.PRIVATE, content, signature, tag)


def _check_padding(padding: bytes) -> None:
    """§6.3.1: padding is zeros; anything else would be an unsigned side channel."""
    if padding.count(0) != len(padding):
        raise ValidationError("padding is not zero")
