"""Credentials (RFC 9420 §5.3) and the signature key that goes with one.

Only `basic` is understood. Other types are carried as they are, so that a KeyPackage which holds
one can be read and then refused by validation (their body is one vector in every type registered so
far). Whether an identity is who she says she is, is the application's question, not this library's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .codec import Reader, opaque, u16
from .errors import CryptoError, StateError
from .signatures import SignatureScheme
from .suites import CipherSuite, cipher_suite, sign_input

Rng = Callable[[int], bytes]
"""Randomness as a seam: a function from a count to that many bytes."""

default_rng: Rng = os.urandom

BASIC = 1
X509 = 2


@dataclass(frozen=True, slots=True)
class BasicCredential:
    """A bare identity; its meaning is the application's."""

    identity: bytes

    @property
    def credential_type(self) -> int:
        return BASIC

    def encode(self) -> bytes:
        return u16(BASIC) + opaque(self.identity)


@dataclass(frozen=True, slots=True)
class OpaqueCredential:
    """A credential of a type that this library carries but does not understand."""

    credential_type: int
    data: bytes

    def encode(self) -> bytes:
        return u16(self.credential_type) + opaque(self.data)


Credential = BasicCredential | OpaqueCredential


def read_credential(reader: Reader) -> Credential:
    kind = reader.u16()
    body = reader.opaque()
    return BasicCredential(body) if kind == BASIC else OpaqueCredential(kind, body)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SignatureKey:
    """A signature key pair: `public` as it stands in a LeafNode, `private` as seed or scalar."""

    scheme: SignatureScheme
    private: bytes
    public: bytes
    _loaded: Any

    @classmethod
    def generate(cls, suite: int | CipherSuite, rng: Rng = default_rng) -> SignatureKey:
        scheme = cipher_suite(suite).scheme
        return cls.from_private(suite, scheme.new_private(rng))

    @classmethod
    def from_private(cls, suite: int | CipherSuite, private: bytes) -> SignatureKey:
        scheme = cipher_suite(suite).scheme
        try:
            loaded = scheme.load_private(private)
        except (ValueError, TypeError) as error:
            raise CryptoError("signature key does not load") from error
        return cls(scheme, private, scheme.public_bytes(loaded), loaded)

    def sign_with_label(self, label: bytes, content: bytes) -> bytes:
        """SignWithLabel (§5.1.2)."""
        return self.scheme.sign(self._loaded, sign_input(label, content))

    def must_fit(self, suite: CipherSuite) -> None:
        if self.scheme is not suite.scheme:
            raise StateError("the signature key belongs to another scheme than the suite's")

    def __repr__(self) -> str:
        return "<SignatureKey>"
