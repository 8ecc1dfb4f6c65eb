"""Welcome, GroupSecrets, GroupInfo (RFC 9420 §12.4.3, §12.4.3.1): structures and sealing."""

from __future__ import annotations

from dataclasses import dataclass

from . import key_schedule
from .codec import Reader, decode_all, opaque, optional, u16, u32, vector
from .commit_content import HPKECiphertext, read_hpke_ciphertext
from .credentials import SignatureKey
from .hpke import HpkePrivateKey
from .psk import PreSharedKeyID, read_psk_id
from .suites import CipherSuite
from .types import Extension, GroupContext, read_extensions, read_group_context


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class GroupSecrets:
    """What one new member gets: joiner secret, path secret of the common ancestor, PSK ids."""

    joiner_secret: bytes
    path_secret: bytes | None
    psks: tuple[PreSharedKeyID, ...]

    def encode(self) -> bytes:
        path = None if self.path_secret is None else opaque(self.path_secret)
        return opaque(self.joiner_secret) + optional(path) + vector(self.psks)


def read_group_secrets(reader: Reader) -> GroupSecrets:
    joiner = reader.opaque()
    path_secret = reader.opaque() if reader.present() else None
    return GroupSecrets(joiner, path_secret, reader.vector(read_psk_id))


@dataclass(frozen=True, slots=True)
class EncryptedGroupSecrets:
    new_member: bytes
    """KeyPackageRef."""
    encrypted: HPKECiphertext

    def encode(self) -> bytes:
        return opaque(self.new_member) + self.encrypted.encode()


def _read_encrypted_secrets(reader: Reader) -> EncryptedGroupSecrets:
    return EncryptedGroupSecrets(reader.opaque(), read_hpke_ciphertext(reader))


@dataclass(frozen=True, slots=True)
class Welcome:
    suite_id: int
    secrets: tuple[EncryptedGroupSecrets, ...]
    encrypted_group_info: bytes

    def encode(self) -> bytes:
        return u16(self.suite_id) + vector(self.secrets) + opaque(self.encrypted_group_info)


def read_welcome(reader: Reader) -> Welcome:
    return Welcome(reader.u16(), reader.vector(_read_encrypted_secrets), reader.opaque())


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """The public state of an epoch, signed by one member."""

    group_context: GroupContext
    extensions: tuple[Extension, ...]
    confirmation_tag: bytes
    signer: int
    signature: bytes
    raw: bytes

    @classmethod
    def make(
        cls,
        group_context: GroupContext,
        extensions: tuple[Extension, ...],
        confirmation_tag: bytes,
        signer: int,
        key: SignatureKey,
    ) -> GroupInfo:
        content = group_context.raw + vector(extensions) + opaque(confirmation_tag) + u32(signer)
        signature = key.sign_with_label(b"GroupInfoTBS", content)
        raw = content + opaque(signature)
        return cls(group_context, extensions, confirmation_tag, signer, signature, raw)

    def encode(self) -> bytes:
        return self.raw

    def verify_signature(self, suite: CipherSuite, public: bytes) -> None:
        content = self.raw[: len(self.raw) - len(opaque(self.signature))]
        suite.verify_with_label(public, b"GroupInfoTBS", content, self.signature)


def read_group_info(reader: Reader) -> GroupInfo:
    start = reader.pos
    context, extensions = read_group_context(reader), read_extensions(reader)
    tag, signer, signature = reader.opaque(), reader.u32(), reader.opaque()
    return GroupInfo(context, extensions, tag, signer, signature, reader.since(start))


def seal_group_info(suite: CipherSuite, welcome_secret: bytes, info: GroupInfo) -> bytes:
    key, nonce = key_schedule.welcome_key_nonce(suite, welcome_secret)
    return suite.seal(key, nonce, b"", info.raw)


def open_group_info(suite: CipherSuite, welcome_secret: bytes, sealed: bytes) -> GroupInfo:
    key, nonce = key_schedule.welcome_key_nonce(suite, welcome_secret)
    return decode_all(suite.open(key, nonce, b"", sealed), read_group_info)


def seal_group_secrets(
    suite: CipherSuite, init_key: bytes, encrypted_group_info: bytes, secrets: GroupSecrets
) -> HPKECiphertext:
    pair = suite.encrypt_with_label(init_key, b"Welcome", encrypted_group_info, secrets.encode())
    return HPKECiphertext(*pair)


def open_group_secrets(
    suite: CipherSuite, key: HpkePrivateKey, encrypted_group_info: bytes, sealed: HPKECiphertext
) -> GroupSecrets:
    raw = suite.decrypt_with_label(
        key, b"Welcome", encrypted_group_info, sealed.kem_output, sealed.ciphertext
    )
    return decode_all(raw, read_group_secrets)
