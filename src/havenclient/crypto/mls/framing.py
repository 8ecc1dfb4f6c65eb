"""Message framing (RFC 9420 §6): FramedContent, what is signed over it, and the MLSMessage wrapper.

`AuthenticatedContent` is the form both wire formats lead to. Encryption of PrivateMessage is in
`private_message`, the membership tag of PublicMessage in `public_message`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .codec import Reader, decode_all, opaque, u8, u16, u32, u64
from .commit_content import Commit, read_commit
from .credentials import SignatureKey
from .errors import DecodeError
from .proposals import Proposal, ProposalRef, read_proposal
from .suites import CipherSuite, cipher_suite
from .types import MLS10


class WireFormat(IntEnum):
    PUBLIC = 1
    PRIVATE = 2
    WELCOME = 3
    GROUP_INFO = 4
    KEY_PACKAGE = 5


class ContentType(IntEnum):
    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3


class SenderType(IntEnum):
    MEMBER = 1
    EXTERNAL = 2
    NEW_MEMBER_PROPOSAL = 3
    NEW_MEMBER_COMMIT = 4


@dataclass(frozen=True, slots=True)
class Sender:
    type: SenderType
    index: int = 0
    """Leaf index of a member, index into external_senders of an external sender, else 0."""

    def encode(self) -> bytes:
        if self.type in (SenderType.MEMBER, SenderType.EXTERNAL):
            return u8(self.type) + u32(self.index)
        return u8(self.type)


def read_sender(reader: Reader) -> Sender:
    try:
        kind = SenderType(reader.u8())
    except ValueError:
        raise DecodeError("unknown sender type") from None
    if kind in (SenderType.MEMBER, SenderType.EXTERNAL):
        return Sender(kind, reader.u32())
    return Sender(kind)


Body = bytes | Proposal | Commit
"""Application data, a Proposal or a Commit."""


def encode_body(body: Body) -> bytes:
    return opaque(body) if isinstance(body, bytes) else body.encode()


def read_body(reader: Reader, kind: ContentType) -> Body:
    if kind is ContentType.APPLICATION:
        return reader.opaque()
    if kind is ContentType.PROPOSAL:
        return read_proposal(reader)
    return read_commit(reader)


def read_content_type(reader: Reader) -> ContentType:
    try:
        return ContentType(reader.u8())
    except ValueError:
        raise DecodeError("unknown content type") from None


@dataclass(frozen=True, slots=True)
class FramedContent:
    """Content with its group, epoch, sender and authenticated data (§6). `raw` is its encoding."""

    group_id: bytes
    epoch: int
    sender: Sender
    authenticated_data: bytes
    content_type: ContentType
    body: Body
    raw: bytes

    @classmethod
    def make(
        cls,
        group_id: bytes,
        epoch: int,
        sender: Sender,
        authenticated_data: bytes,
        content_type: ContentType,
        body: Body,
        encoded_body: bytes | None = None,
    ) -> FramedContent:
        raw = (
            opaque(group_id)
            + u64(epoch)
            + sender.encode()
            + opaque(authenticated_data)
            + u8(content_type)
            + (encode_body(body) if encoded_body is None else encoded_body)
        )
        return cls(group_id, epoch, sender, authenticated_data, content_type, body, raw)


def read_framed_content(reader: Reader) -> FramedContent:
    start = reader.pos
    group_id, epoch, sender = reader.opaque(), reader.u64(), read_sender(reader)
    authenticated_data, kind = reader.opaque(), read_content_type(reader)
    body = read_body(reader, kind)
    return FramedContent(
        group_id, epoch, sender, authenticated_data, kind, body, reader.since(start)
    )


@dataclass(frozen=True, slots=True)
class AuthenticatedContent:
    """Content with its signature and, for a Commit, its confirmation tag (§6.1)."""

    wire_format: WireFormat
    content: FramedContent
    signature: bytes
    confirmation_tag: bytes | None

    def auth(self) -> bytes:
        """FramedContentAuthData."""
        if self.confirmation_tag is None:
            return opaque(self.signature)
        return opaque(self.signature) + opaque(self.confirmation_tag)

    def encode(self) -> bytes:
        return u16(self.wire_format) + self.content.raw + self.auth()

    def to_be_signed(self, group_context: bytes) -> bytes:
        """FramedContentTBS (§6.1)."""
        return to_be_signed(self.wire_format, self.content, group_context)

    def proposal_ref(self, suite: CipherSuite) -> ProposalRef:
        """§5.2: covers the AuthenticatedContent, without any membership tag."""
        return suite.ref_hash(b"MLS 1.0 Proposal Reference", self.encode())

    def verify(self, suite: CipherSuite, public: bytes, group_context: bytes) -> None:
        suite.verify_with_label(
            public, b"FramedContentTBS", self.to_be_signed(group_context), self.signature
        )


def to_be_signed(wire_format: int, content: FramedContent, group_context: bytes) -> bytes:
    head = u16(MLS10) + u16(wire_format) + content.raw
    if content.sender.type in (SenderType.MEMBER, SenderType.NEW_MEMBER_COMMIT):
        return head + group_context
    return head


def sign_content(
    key: SignatureKey, wire_format: WireFormat, content: FramedContent, group_context: bytes
) -> bytes:
    """The signature only: a Commit's confirmation tag depends on it and is added later."""
    return key.sign_with_label(
        b"FramedContentTBS", to_be_signed(wire_format, content, group_context)
    )


def read_auth(reader: Reader, kind: ContentType) -> tuple[bytes, bytes | None]:
    signature = reader.opaque()
    return signature, reader.opaque() if kind is ContentType.COMMIT else None


def read_authenticated_content(reader: Reader) -> AuthenticatedContent:
    wire_format = reader.u16()
    if wire_format not in (WireFormat.PUBLIC, WireFormat.PRIVATE):
        raise DecodeError("content in a wire format that carries none")
    content = read_framed_content(reader)
    signature, tag = read_auth(reader, content.content_type)
    return AuthenticatedContent(WireFormat(wire_format), content, signature, tag)


def wrap(wire_format: WireFormat, body: bytes) -> bytes:
    """MLSMessage."""
    return u16(MLS10) + u16(wire_format) + body


def read_message_header(reader: Reader) -> WireFormat:
    if reader.u16() != MLS10:
        raise DecodeError("unknown protocol version")
    try:
        return WireFormat(reader.u16())
    except ValueError:
        raise DecodeError("unknown wire format") from None


def verify_authenticated(
    suite: int | CipherSuite,
    authenticated: bytes,
    group_context: bytes,
    signature_public_key: bytes,
) -> FramedContent:
    """Check a message's MLS signature long after, without the group's secrets.

    `authenticated` is what `ApplicationReceived.authenticated` or `EncryptedMessage.authenticated`
    held, `group_context` the `Group.group_context_bytes` of that epoch. Raises `DecodeError` or
    `CryptoError`; the content it returns was signed by that key in that epoch of that group.
    """
    message = decode_all(authenticated, read_authenticated_content)
    message.verify(cipher_suite(suite), signature_public_key, group_context)
    return message.content
