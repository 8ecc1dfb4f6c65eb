"""Transcript hashes (RFC 9420 §8.2): what ties each epoch to all the Commits before it."""

from __future__ import annotations

from .codec import opaque, u16
from .framing import FramedContent
from .suites import CipherSuite


def confirmed_transcript_hash(
    suite: CipherSuite, interim: bytes, wire_format: int, content: FramedContent, signature: bytes
) -> bytes:
    """Over the Commit's content and signature, on top of the interim hash before it."""
    return suite.hash(interim + u16(wire_format) + content.raw + opaque(signature))


def interim_transcript_hash(suite: CipherSuite, confirmed: bytes, confirmation_tag: bytes) -> bytes:
    return suite.hash(confirmed + opaque(confirmation_tag))
