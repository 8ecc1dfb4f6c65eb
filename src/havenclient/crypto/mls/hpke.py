"""HPKE (RFC 9180, base mode, one shot) with what MLS needs and `cryptography` lacks.

Sealing and opening are `cryptography`'s own. Written out here, from HKDF and SHAKE256, is
DeriveKeyPair: RFC 9180 §7.1.3 for the classical KEMs, draft-ietf-hpke-pq (one-stage
SHAKE256.LabeledDerive to a 32-byte seed) for X-Wing. A private key travels as the KEM's serialised
form: scalar or, for X-Wing, the 32-byte seed, since the expanded key has no raw form of its own.

Public key objects are cached by their bytes. Private ones never are: they live exactly as long as
the `HpkePrivateKey` that holds them, and go with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hpke as _hpke
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .errors import CryptoError

_REFUSED = (InvalidTag, ValueError, TypeError, UnsupportedAlgorithm, OverflowError)


class HpkePrivateKey:
    """A private key with its public bytes; the backend object is made once, on first use."""

    __slots__ = ("_loaded", "public", "raw")

    def __init__(self, raw: bytes, public: bytes) -> None:
        self.raw = raw
        self.public = public
        self._loaded: Any = None

    def __repr__(self) -> str:
        return "<HpkePrivateKey>"

    def load(self, kem: Kem) -> Any:
        if self._loaded is None:
            self._loaded = kem.load_private(self.raw)
        return self._loaded


class Kem:
    """One KEM of the HPKE registry: numbers, key forms, DeriveKeyPair."""

    def __init__(
        self, kem_id: int, backend: _hpke.KEM, private_size: int, public_size: int
    ) -> None:
        self.id = kem_id
        self.backend = backend
        self.private_size = private_size
        self.public_size = public_size
        self.enc_size = backend.enc_length()
        self.load_public: Callable[[bytes], Any] = lru_cache(maxsize=256)(self._load_public)

    def _load_public(self, raw: bytes) -> Any:
        raise NotImplementedError

    def load_private(self, raw: bytes) -> Any:
        raise NotImplementedError

    def public_bytes(self, raw: bytes) -> bytes:
        """The public key of a serialised private key."""
        raise NotImplementedError

    def derive_raw(self, ikm: bytes) -> bytes:
        """DeriveKeyPair, private half only."""
        raise NotImplementedError

    def derive_key_pair(self, ikm: bytes) -> HpkePrivateKey:
        raw = self.derive_raw(ikm)
        return HpkePrivateKey(raw, self.public_bytes(raw))

    def private_key(self, raw: bytes) -> HpkePrivateKey:
        """A stored private key; raises `CryptoError` if it is none of this KEM."""
        try:
            return HpkePrivateKey(raw, self.public_bytes(raw))
        except _REFUSED as error:
            raise CryptoError("private key does not load") from error


class DhKem(Kem):
    """What the three DHKEMs of RFC 9180 share: HKDF with the suite id of §4.1."""

    def __init__(
        self,
        kem_id: int,
        backend: _hpke.KEM,
        private: int,
        public: int,
        digest: hashes.HashAlgorithm,
    ) -> None:
        super().__init__(kem_id, backend, private, public)
        self._digest = digest
        self._prefix = b"HPKE-v1" + b"KEM" + kem_id.to_bytes(2, "big")

    def _dkp_prk(self, ikm: bytes) -> bytes:
        return HKDF.extract(self._digest, b"", self._prefix + b"dkp_prk" + ikm)

    def _expand(self, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2, "big") + self._prefix + label + info
        return HKDFExpand(self._digest, length, labeled).derive(prk)


_P = 2**255 - 19

# fmt: off
SMALL_ORDER = frozenset(u.to_bytes(32, "little") for u in (
    0, 1, _P - 1, _P, _P + 1,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
))
# fmt: on
"""Every u with an all-zero exchange: orders 1, 2, 4, 8 on curve and twist (RFC 7748 §6.1)."""


def _load_x25519(raw: bytes) -> x25519.X25519PublicKey:
    """Refuses points of small order, which load but can't be sealed to.

    One such key in a ratchet tree would keep every other member from ever sending a path again. A
    newcomer looks at every key of the tree: a list costs nothing where an exchange costs 33 us.
    """
    key = x25519.X25519PublicKey.from_public_bytes(raw)
    if raw[:31] + bytes([raw[31] & 0x7F]) in SMALL_ORDER:  # X25519 ignores the top bit
        raise ValueError("a point of small order")
    return key


class X25519Kem(DhKem):
    def _load_public(self, raw: bytes) -> Any:
        return _load_x25519(raw)

    def load_private(self, raw: bytes) -> Any:
        return x25519.X25519PrivateKey.from_private_bytes(raw)

    def public_bytes(self, raw: bytes) -> bytes:
        key = x25519.X25519PrivateKey.from_private_bytes(raw)
        return key.public_key().public_bytes_raw()

    def derive_raw(self, ikm: bytes) -> bytes:
        return self._expand(self._dkp_prk(ikm), b"sk", b"", 32)


class NistKem(DhKem):
    """P-256, P-384, P-521: candidates until one lies in 1 ... n-1 (RFC 9180 §7.1.3)."""

    def __init__(
        self,
        kem_id: int,
        backend: _hpke.KEM,
        private: int,
        digest: hashes.HashAlgorithm,
        curve: ec.EllipticCurve,
        mask: int,
    ) -> None:
        super().__init__(kem_id, backend, private, 2 * private + 1, digest)
        self._curve = curve
        self._mask = mask
        self._order = curve.group_order

    def _load_public(self, raw: bytes) -> Any:
        if len(raw) != self.public_size:
            raise ValueError("compressed points are not allowed")
        return ec.EllipticCurvePublicKey.from_encoded_point(self._curve, raw)

    def load_private(self, raw: bytes) -> Any:
        # Leading zeros may be missing: published vectors hold P-521 scalars of 65 bytes.
        if len(raw) > self.private_size:
            raise ValueError("scalar is too long")
        return ec.derive_private_key(int.from_bytes(raw, "big"), self._curve)

    def public_bytes(self, raw: bytes) -> bytes:
        public: ec.EllipticCurvePublicKey = self.load_private(raw).public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def derive_raw(self, ikm: bytes) -> bytes:
        prk = self._dkp_prk(ikm)
        for counter in range(256):
            candidate = self._expand(prk, b"candidate", bytes([counter]), self.private_size)
            candidate = bytes([candidate[0] & self._mask]) + candidate[1:]
            if 0 < int.from_bytes(candidate, "big") < self._order:
                return candidate
        raise CryptoError("DeriveKeyPair found no scalar")


class XWingKem(Kem):
    """MLKEM768-X25519 (X-Wing), KEM id 0x647a."""

    def _load_public(self, raw: bytes) -> Any:
        if len(raw) != self.public_size:
            raise ValueError("wrong size")
        return _hpke.MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(raw[:1184]), _load_x25519(raw[1184:])
        )

    @staticmethod
    def expand_seed(raw: bytes) -> tuple[mlkem.MLKEM768PrivateKey, x25519.X25519PrivateKey]:
        if len(raw) != 32:
            raise ValueError("wrong size")
        expanded = _shake256(raw, 96)
        return (
            mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
        )

    def load_private(self, raw: bytes) -> Any:
        return _hpke.MLKEM768X25519PrivateKey(*self.expand_seed(raw))

    def public_bytes(self, raw: bytes) -> bytes:
        pq, classical = self.expand_seed(raw)
        return pq.public_key().public_bytes_raw() + classical.public_key().public_bytes_raw()

    def derive_raw(self, ikm: bytes) -> bytes:
        # draft-ietf-hpke-pq: SHAKE256.LabeledDerive(ikm, "DeriveKeyPair", "", 32); older X-Wing
        # libraries hash the ikm alone and reach other keys.
        suite_id = b"KEM" + self.id.to_bytes(2, "big")
        label = b"DeriveKeyPair"
        labeled = ikm + b"HPKE-v1" + suite_id + len(label).to_bytes(2, "big") + label
        return _shake256(labeled + (32).to_bytes(2, "big"), 32)


def _shake256(data: bytes, length: int) -> bytes:
    digest = hashes.Hash(hashes.SHAKE256(length))
    digest.update(data)
    return digest.finalize()


class Hpke:
    """Base-mode HPKE of one (KEM, KDF, AEAD) with an empty aad, as RFC 9420 §5.1.3 uses it."""

    def __init__(self, kem: Kem, kdf: _hpke.KDF, aead: _hpke.AEAD) -> None:
        self.kem = kem
        self._suite = _hpke.Suite(kem.backend, kdf, aead)

    def seal(self, public: bytes, info: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
        """(kem_output, ciphertext)."""
        try:
            sealed = self._suite.encrypt(plaintext, self.kem.load_public(public), info)
        except _REFUSED as error:
            raise CryptoError("HPKE public key can't be used") from error
        cut = self.kem.enc_size
        return sealed[:cut], sealed[cut:]

    def open(self, key: HpkePrivateKey, kem_output: bytes, info: bytes, ciphertext: bytes) -> bytes:
        if len(kem_output) != self.kem.enc_size:
            raise CryptoError("HPKE encapsulation has the wrong size")
        try:
            return self._suite.decrypt(kem_output + ciphertext, key.load(self.kem), info)
        except _REFUSED as error:
            raise CryptoError("HPKE ciphertext does not open") from error

    def check_public(self, public: bytes) -> None:
        try:
            self.kem.load_public(public)
        except _REFUSED as error:
            raise CryptoError("HPKE public key does not load") from error


X25519 = X25519Kem(0x0020, _hpke.KEM.X25519, 32, 32, hashes.SHA256())
P256 = NistKem(0x0010, _hpke.KEM.P256, 32, hashes.SHA256(), ec.SECP256R1(), 0xFF)
P384 = NistKem(0x0011, _hpke.KEM.P384, 48, hashes.SHA384(), ec.SECP384R1(), 0xFF)
P521 = NistKem(0x0012, _hpke.KEM.P521, 66, hashes.SHA512(), ec.SECP521R1(), 0x01)
XWING = XWingKem(0x647A, _hpke.KEM.MLKEM768_X25519, 32, 1216)
