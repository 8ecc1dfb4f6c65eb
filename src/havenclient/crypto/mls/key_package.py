"""Key packages (RFC 9420 §10): what a client hands out to be added, and its private half.

A `KeyPackageBundle` holds three private keys (init, leaf, signature). It is used for one join and
must be deleted after it (§16.8); this library keeps no copy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .codec import Reader, decode_all, opaque, u16, vector
from .credentials import Credential, Rng, SignatureKey, default_rng
from .errors import CryptoError, DecodeError
from .hpke import HpkePrivateKey
from .nodes import LeafNode, read_leaf_node
from .suites import SUITES, CipherSuite, cipher_suite
from .types import (
    DEFAULT_EXTENSIONS,
    MLS10,
    Capabilities,
    Extension,
    Lifetime,
    checked_extensions,
    read_extensions,
)

_BUNDLE_MAGIC = b"MLSkpb\x01"
_WIRE_KEY_PACKAGE = 5


@dataclass(frozen=True, slots=True)
class KeyPackage:
    suite_id: int
    init_key: bytes
    leaf_node: LeafNode
    extensions: tuple[Extension, ...]
    signature: bytes
    raw: bytes

    def encode(self) -> bytes:
        return self.raw

    @classmethod
    def decode(cls, data: bytes) -> KeyPackage:
        """From the bare structure, without the MLSMessage header."""
        return decode_all(data, read_key_package)

    def to_message(self) -> bytes:
        """As an MLSMessage."""
        return u16(MLS10) + u16(_WIRE_KEY_PACKAGE) + self.raw

    @classmethod
    def from_message(cls, data: bytes) -> KeyPackage:
        """From an MLSMessage."""

        def read(reader: Reader) -> KeyPackage:
            if reader.u16() != MLS10 or reader.u16() != _WIRE_KEY_PACKAGE:
                raise DecodeError("not a KeyPackage message")
            return read_key_package(reader)

        return decode_all(data, read)

    def ref(self, suite: CipherSuite) -> bytes:
        """KeyPackageRef (§5.2)."""
        return suite.ref_hash(b"MLS 1.0 KeyPackage Reference", self.raw)

    def verify_signature(self, suite: CipherSuite) -> None:
        content = self.raw[: len(self.raw) - len(opaque(self.signature))]
        suite.verify_with_label(
            self.leaf_node.signature_key, b"KeyPackageTBS", content, self.signature
        )


def read_key_package(reader: Reader) -> KeyPackage:
    start = reader.pos
    if reader.u16() != MLS10:
        raise DecodeError("unknown protocol version")
    suite_id, init_key, leaf_node = reader.u16(), reader.opaque(), read_leaf_node(reader)
    extensions, signature = read_extensions(reader), reader.opaque()
    return KeyPackage(suite_id, init_key, leaf_node, extensions, signature, reader.since(start))


def default_capabilities(
    extensions: Iterable[int] = (), proposals: Iterable[int] | None = None
) -> Capabilities:
    """All suites of the table, SelfRemove, and the given extension types.

    Extension types of RFC 9420 itself are left out: they must not be listed (§7.2).
    """
    special = tuple(dict.fromkeys(kind for kind in extensions if kind not in DEFAULT_EXTENSIONS))
    usual = Capabilities(cipher_suites=tuple(SUITES), extensions=special)
    return usual if proposals is None else replace(usual, proposals=tuple(proposals))


def fresh_key(suite: CipherSuite, rng: Rng) -> HpkePrivateKey:
    """A new HPKE key pair: DeriveKeyPair over fresh randomness."""
    return suite.kem.derive_key_pair(rng(max(suite.hash_size, suite.kem.private_size)))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class KeyPackageBundle:
    """A KeyPackage with its private keys. Holds secrets: no repr, no equality."""

    suite: CipherSuite
    key_package: KeyPackage
    init_key: HpkePrivateKey
    leaf_key: HpkePrivateKey
    signature_key: SignatureKey

    @classmethod
    def create(
        cls,
        suite: int | CipherSuite,
        credential: Credential,
        signature_key: SignatureKey,
        *,
        lifetime: Lifetime,
        capabilities: Capabilities | None = None,
        extensions: Iterable[Extension] = (),
        leaf_extensions: Iterable[Extension] = (),
        rng: Rng = default_rng,
    ) -> KeyPackageBundle:
        suite = cipher_suite(suite)
        signature_key.must_fit(suite)
        leaf_extensions = checked_extensions(leaf_extensions)
        extensions = checked_extensions(extensions)
        init_key, leaf_key = fresh_key(suite, rng), fresh_key(suite, rng)
        types = [e.type for e in (*extensions, *leaf_extensions)]
        leaf = LeafNode.make(
            encryption_key=leaf_key.public,
            signature_key=signature_key,
            credential=credential,
            capabilities=capabilities or default_capabilities(types),
            extensions=leaf_extensions,
            lifetime=lifetime,
        )
        content = u16(MLS10) + u16(suite.id) + opaque(init_key.public) + leaf.raw
        content += vector(extensions)
        signature = signature_key.sign_with_label(b"KeyPackageTBS", content)
        package = KeyPackage(
            suite.id, init_key.public, leaf, extensions, signature, content + opaque(signature)
        )
        return cls(suite, package, init_key, leaf_key, signature_key)

    @classmethod
    def assemble(
        cls, key_package: KeyPackage, init_private: bytes, leaf_private: bytes, signature: bytes
    ) -> KeyPackageBundle:
        """From stored parts; raises `CryptoError` unless each private key fits its public one."""
        suite = cipher_suite(key_package.suite_id)
        init_key = suite.kem.private_key(init_private)
        leaf_key = suite.kem.private_key(leaf_private)
        signature_key = SignatureKey.from_private(suite, signature)
        leaf = key_package.leaf_node
        if (init_key.public, leaf_key.public, signature_key.public) != (
            key_package.init_key,
            leaf.encryption_key,
            leaf.signature_key,
        ):
            raise CryptoError("a private key does not fit the key package")
        return cls(suite, key_package, init_key, leaf_key, signature_key)

    @property
    def ref(self) -> bytes:
        return self.key_package.ref(self.suite)

    def save(self) -> bytes:
        """All of it, private keys included: for encrypted storage only."""
        return (
            _BUNDLE_MAGIC
            + opaque(self.key_package.raw)
            + opaque(self.init_key.raw)
            + opaque(self.leaf_key.raw)
            + opaque(self.signature_key.private)
        )

    @classmethod
    def load(cls, data: bytes) -> KeyPackageBundle:
        def read(reader: Reader) -> KeyPackageBundle:
            if reader.take(len(_BUNDLE_MAGIC)) != _BUNDLE_MAGIC:
                raise DecodeError("not a saved key package bundle")
            package = KeyPackage.decode(reader.opaque())
            return cls.assemble(package, reader.opaque(), reader.opaque(), reader.opaque())

        return decode_all(data, read)

    def __repr__(self) -> str:
        return "<KeyPackageBundle>"
