"""Signature schemes of the suites (RFC 9420 §5.1.2): Ed25519 and ECDSA over the NIST curves.

Public keys are raw (Ed25519) or uncompressed points; ECDSA signatures are DER (RFC 8446 §4.2.3).
A `SignatureKey` holds both halves and never shows the private one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .errors import CryptoError

_REFUSED = (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm, OverflowError)


class SignatureScheme:
    """One scheme: how keys load, sign and verify."""

    def __init__(self, name: str, private_size: int) -> None:
        self.name = name
        self.private_size = private_size
        self.load_public: Callable[[bytes], Any] = lru_cache(maxsize=1024)(self._load_public)

    def _load_public(self, raw: bytes) -> Any:
        raise NotImplementedError

    def load_private(self, raw: bytes) -> Any:
        raise NotImplementedError

    def public_bytes(self, loaded: Any) -> bytes:
        raise NotImplementedError

    def new_private(self, rng: Callable[[int], bytes]) -> bytes:
        raise NotImplementedError

    def sign(self, loaded: Any, data: bytes) -> bytes:
        raise NotImplementedError

    def _verify(self, loaded: Any, signature: bytes, data: bytes) -> None:
        raise NotImplementedError

    def verify(self, public: bytes, signature: bytes, data: bytes) -> None:
        """Return, or raise `CryptoError`."""
        try:
            self._verify(self.load_public(public), signature, data)
        except _REFUSED as error:
            raise CryptoError("signature does not verify") from error

    def check_public(self, public: bytes) -> None:
        try:
            self.load_public(public)
        except _REFUSED as error:
            raise CryptoError("signature key does not load") from error


class Ed25519(SignatureScheme):
    def _load_public(self, raw: bytes) -> Any:
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)

    def load_private(self, raw: bytes) -> Any:
        return ed25519.Ed25519PrivateKey.from_private_bytes(raw)

    def public_bytes(self, loaded: Any) -> bytes:
        key: ed25519.Ed25519PrivateKey = loaded
        return key.public_key().public_bytes_raw()

    def new_private(self, rng: Callable[[int], bytes]) -> bytes:
        return rng(32)

    def sign(self, loaded: Any, data: bytes) -> bytes:
        key: ed25519.Ed25519PrivateKey = loaded
        return key.sign(data)

    def _verify(self, loaded: Any, signature: bytes, data: bytes) -> None:
        loaded.verify(signature, data)


class Ecdsa(SignatureScheme):
    def __init__(
        self, name: str, size: int, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm
    ) -> None:
        super().__init__(name, size)
        self._curve = curve
        self._algorithm = ec.ECDSA(digest)
        self._order = curve.group_order

    def _load_public(self, raw: bytes) -> Any:
        if len(raw) != 2 * self.private_size + 1:
            raise ValueError("compressed points are not allowed")
        return ec.EllipticCurvePublicKey.from_encoded_point(self._curve, raw)

    def load_private(self, raw: bytes) -> Any:
        if len(raw) > self.private_size:
            raise ValueError("scalar is too long")
        return ec.derive_private_key(int.from_bytes(raw, "big"), self._curve)

    def public_bytes(self, loaded: Any) -> bytes:
        key: ec.EllipticCurvePrivateKey = loaded
        return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def new_private(self, rng: Callable[[int], bytes]) -> bytes:
        # 16 bytes more than the order make the reduction's bias 2^-128 (FIPS 186-5, A.2.1).
        wide = int.from_bytes(rng(self.private_size + 16), "big")
        return (wide % (self._order - 1) + 1).to_bytes(self.private_size, "big")

    def sign(self, loaded: Any, data: bytes) -> bytes:
        key: ec.EllipticCurvePrivateKey = loaded
        return key.sign(data, self._algorithm)

    def _verify(self, loaded: Any, signature: bytes, data: bytes) -> None:
        loaded.verify(signature, data, self._algorithm)


ED25519 = Ed25519("Ed25519", 32)
ECDSA_P256 = Ecdsa("ECDSA P-256 SHA-256", 32, ec.SECP256R1(), hashes.SHA256())
ECDSA_P384 = Ecdsa("ECDSA P-384 SHA-384", 48, ec.SECP384R1(), hashes.SHA384())
ECDSA_P521 = Ecdsa("ECDSA P-521 SHA-512", 66, ec.SECP521R1(), hashes.SHA512())
