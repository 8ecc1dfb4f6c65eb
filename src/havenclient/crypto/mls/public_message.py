"""PublicMessage (RFC 9420 §6.2): signed, and for members tagged with the epoch's membership key."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import Reader, opaque
from .errors import ValidationError
from .framing import (
    AuthenticatedContent,
    ContentType,
    SenderType,
    WireFormat,
    read_auth,
    read_framed_content,
    wrap,
)
from .suites import CipherSuite


@dataclass(frozen=True, slots=True)
class PublicMessage:
    message: AuthenticatedContent
    membership_tag: bytes | None

    def encode(self) -> bytes:
        tag = b"" if self.membership_tag is None else opaque(self.membership_tag)
        return self.message.content.raw + self.message.auth() + tag


def read_public_message(reader: Reader) -> PublicMessage:
    content = read_framed_content(reader)
    signature, confirmation = read_auth(reader, content.content_type)
    tag = reader.opaque() if content.sender.type is SenderType.MEMBER else None
    message = AuthenticatedContent(WireFormat.PUBLIC, content, signature, confirmation)
    return PublicMessage(message, tag)


def _tagged(message: AuthenticatedContent, group_context: bytes) -> bytes:
    """AuthenticatedContentTBM."""
    return message.to_be_signed(group_context) + message.auth()


def protect_public(
    suite: CipherSuite, message: AuthenticatedContent, membership_key: bytes, group_context: bytes
) -> bytes:
    """The MLSMessage of a member's handshake message."""
    tag = suite.mac(membership_key, _tagged(message, group_context))
    return wrap(WireFormat.PUBLIC, PublicMessage(message, tag).encode())


def unprotect_public(
    suite: CipherSuite, public: PublicMessage, membership_key: bytes, group_context: bytes
) -> AuthenticatedContent:
    """Check kind and membership tag; the signature is the caller's next step."""
    message = public.message
    if message.content.content_type is ContentType.APPLICATION:
        # §6.2: application data must be encrypted.
        raise ValidationError("application data in a PublicMessage")
    if message.content.sender.type is not SenderType.MEMBER or public.membership_tag is None:
        raise ValidationError("messages from outside the group are not accepted")
    suite.verify_mac(
        membership_key, _tagged(message, group_context), public.membership_tag, "membership tag"
    )
    return message
