"""The cipher suites: one table with all numbers, and the labelled functions of RFC 9420 §5 and §8.

A `CipherSuite` is the only door from this library to primitives (`cryptography`): hash, KDF, AEAD,
MAC, HPKE, signatures. Nothing here is a primitive of our own. Key material that does not fit raises
`CryptoError`; what `cryptography` raises never leaves this module.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives import hpke as _hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from . import hpke, signatures
from .codec import opaque
from .errors import CryptoError, UnsupportedSuite
from .hpke import HpkePrivateKey
from .signatures import SignatureScheme


@lru_cache(maxsize=256)
def _label(label: bytes) -> bytes:
    return opaque(b"MLS 1.0 " + label)


class CipherSuite:
    """One row of the table, with its algorithms behind the names that the RFC uses.

    `hash_size` is Nh, `key_size` Nk, `nonce_size` Nn (bytes).
    """

    def __init__(
        self,
        suite_id: int,
        name: str,
        kem: hpke.Kem,
        kdf: _hpke.KDF,
        aead: _hpke.AEAD,
        digest: hashes.HashAlgorithm,
        scheme: SignatureScheme,
    ) -> None:
        self.id = suite_id
        self.name = name
        self.kem = kem
        self.hpke = hpke.Hpke(kem, kdf, aead)
        self.scheme = scheme
        self.hash_size = digest.digest_size
        self.key_size = 16 if aead == _hpke.AEAD.AES_128_GCM else 32
        self.nonce_size = 12
        self._digest = digest
        self._aead: Any = ChaCha20Poly1305 if aead == _hpke.AEAD.CHACHA20_POLY1305 else AESGCM
        self.zero = bytes(self.hash_size)

    def __repr__(self) -> str:
        return f"<CipherSuite 0x{self.id:04X} {self.name}>"

    # --- hash, MAC, AEAD --------------------------------------------------------------------------

    def hash(self, data: bytes) -> bytes:
        digest = hashes.Hash(self._digest)
        digest.update(data)
        return digest.finalize()

    def ref_hash(self, label: bytes, value: bytes) -> bytes:
        """RefHash (§5.2). The label is used as it is: "MLS 1.0 ..." is part of it already."""
        return self.hash(opaque(label) + opaque(value))

    def mac(self, key: bytes, data: bytes) -> bytes:
        state = hmac.HMAC(key, self._digest)
        state.update(data)
        return state.finalize()

    def verify_mac(self, key: bytes, data: bytes, tag: bytes, what: str) -> None:
        state = hmac.HMAC(key, self._digest)
        state.update(data)
        try:
            state.verify(tag)
        except InvalidSignature as error:
            raise CryptoError(f"{what} does not verify") from error

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        sealed: bytes = self._aead(key).encrypt(nonce, plaintext, aad)
        return sealed

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        try:
            opened: bytes = self._aead(key).decrypt(nonce, ciphertext, aad)
        except (InvalidTag, ValueError) as error:
            raise CryptoError("ciphertext does not open") from error
        return opened

    # --- KDF (§8) ---------------------------------------------------------------------------------

    def extract(self, salt: bytes, ikm: bytes) -> bytes:
        return HKDF.extract(self._digest, salt, ikm)

    def expand_with_label(self, secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
        info = length.to_bytes(2, "big") + _label(label) + opaque(context)
        return HKDFExpand(self._digest, length, info).derive(secret)

    def derive_secret(self, secret: bytes, label: bytes) -> bytes:
        return self.expand_with_label(secret, label, b"", self.hash_size)

    def derive_tree_secret(
        self, secret: bytes, label: bytes, generation: int, length: int
    ) -> bytes:
        return self.expand_with_label(secret, label, generation.to_bytes(4, "big"), length)

    # --- signatures (§5.1.2) ----------------------------------------------------------------------

    def verify_with_label(
        self, public: bytes, label: bytes, content: bytes, signature: bytes
    ) -> None:
        self.scheme.verify(public, signature, _label(label) + opaque(content))

    # --- HPKE (§5.1.3) ----------------------------------------------------------------------------

    def encrypt_with_label(
        self, public: bytes, label: bytes, context: bytes, plaintext: bytes
    ) -> tuple[bytes, bytes]:
        """(kem_output, ciphertext)."""
        return self.hpke.seal(public, _label(label) + opaque(context), plaintext)

    def decrypt_with_label(
        self,
        key: HpkePrivateKey,
        label: bytes,
        context: bytes,
        kem_output: bytes,
        ciphertext: bytes,
    ) -> bytes:
        return self.hpke.open(key, kem_output, _label(label) + opaque(context), ciphertext)


def sign_input(label: bytes, content: bytes) -> bytes:
    """The SignContent structure of §5.1.2."""
    return _label(label) + opaque(content)


_KDF, _AEAD = _hpke.KDF, _hpke.AEAD
_256, _384, _512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()

# fmt: off
_TABLE = (
    CipherSuite(0x0001, "X25519, AES-128-GCM, SHA-256, Ed25519",
                hpke.X25519, _KDF.HKDF_SHA256, _AEAD.AES_128_GCM, _256, signatures.ED25519),
    CipherSuite(0x0002, "P-256, AES-128-GCM, SHA-256, ECDSA P-256",
                hpke.P256, _KDF.HKDF_SHA256, _AEAD.AES_128_GCM, _256, signatures.ECDSA_P256),
    CipherSuite(0x0003, "X25519, ChaCha20-Poly1305, SHA-256, Ed25519",
                hpke.X25519, _KDF.HKDF_SHA256, _AEAD.CHACHA20_POLY1305, _256, signatures.ED25519),
    CipherSuite(0x0005, "P-521, AES-256-GCM, SHA-512, ECDSA P-521",
                hpke.P521, _KDF.HKDF_SHA512, _AEAD.AES_256_GCM, _512, signatures.ECDSA_P521),
    CipherSuite(0x0007, "P-384, AES-256-GCM, SHA-384, ECDSA P-384",
                hpke.P384, _KDF.HKDF_SHA384, _AEAD.AES_256_GCM, _384, signatures.ECDSA_P384),
    # TBD1 and TBD2 of draft-ietf-mls-pq-ciphersuites-06, under private-use ids until IANA assigns
    # them.
    CipherSuite(0xF001, "MLKEM768-X25519, AES-128-GCM, SHA-256, Ed25519",
                hpke.XWING, _KDF.HKDF_SHA256, _AEAD.AES_128_GCM, _256, signatures.ED25519),
    CipherSuite(0xF002, "MLKEM768-X25519, AES-256-GCM, SHA-384, Ed25519",
                hpke.XWING, _KDF.HKDF_SHA384, _AEAD.AES_256_GCM, _384, signatures.ED25519),
)
# fmt: on

SUITES: dict[int, CipherSuite] = {suite.id: suite for suite in _TABLE}
DEFAULT_SUITE = SUITES[0xF002]


def cipher_suite(suite: int | CipherSuite) -> CipherSuite:
    """The suite of that number; `UnsupportedSuite` if the table has none."""
    if isinstance(suite, CipherSuite):
        return suite
    try:
        return SUITES[suite]
    except KeyError:
        raise UnsupportedSuite(f"cipher suite 0x{suite:04X} is not supported") from None
