"""Sealing to one person's X-Wing key: HPKE, ML-KEM-768 + X25519, HKDF-SHA384, AES-256-GCM.

Used where MLS does not reach yet: a knock is sealed to the inviter, a return to each host, a report
to each helper. The private key is kept as the two raw seeds (96 bytes); the public key is
ML-KEM public key ‖ X25519 public key (1,216 bytes), as draft-connolly-cfrg-xwing-kem has it.

Owns: key pairs, seal, open. Never: files, names, or a decision who may read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

MLKEM_PUBLIC = 1184
MLKEM_SEED = 64
PUBLIC_SIZE = MLKEM_PUBLIC + 32
PRIVATE_SIZE = MLKEM_SEED + 32
OVERHEAD = 1120 + 16
"""Bytes that sealing adds: KEM ciphertext and AEAD tag."""

_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA384, hpke.AEAD.AES_256_GCM)


class SealingError(ValueError):
    """The bytes were not sealed to this key with this context, or the key is malformed."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A private key; `private` is secret and never shown."""

    public: bytes
    private: bytes = field(repr=False)

    @staticmethod
    def generate(token: Callable[[int], bytes]) -> SealingKey:
        """`token(n)` gives n unpredictable bytes (`Random.token`)."""
        return SealingKey.from_private(token(PRIVATE_SIZE))

    @staticmethod
    def from_private(private: bytes) -> SealingKey:
        mlkem, x25519 = _private_parts(private)
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return SealingKey(public, private)

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """The plaintext of `seal(public, …, info)`. Raises SealingError on anything else."""
        try:
            key = hpke.MLKEM768X25519PrivateKey(*_private_parts(self.private))
            return _SUITE.decrypt(sealed, key, info)
        except (InvalidTag, ValueError) as error:
            raise SealingError("not sealed to this key") from error


def seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """`plaintext` sealed so that only the holder of `public`'s private key opens it.

    `info` binds the purpose and the place (log id, circle) into the key schedule.
    """
    if len(public) != PUBLIC_SIZE:
        raise SealingError("malformed public key")
    try:
        key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC:]),
        )
        return _SUITE.encrypt(plaintext, key, info)
    except ValueError as error:  # a low-order X25519 point, a non-canonical ML-KEM key
        raise SealingError("malformed public key") from error


def _private_parts(private: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(private) != PRIVATE_SIZE:
        raise SealingError("malformed private key")
    return (
        MLKEM768PrivateKey.from_seed_bytes(private[:MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(private[MLKEM_SEED:]),
    )
