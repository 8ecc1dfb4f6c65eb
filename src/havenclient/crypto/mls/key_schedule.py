"""The key schedule (RFC 9420 §8): from the last init secret to all secrets of an epoch.

Theory of operation. commit_secret and psk_secret enter by Extract, the new GroupContext by
ExpandWithLabel; so the epoch's secrets exist only for those who hold all of them and agree on the
context. Intermediate values (joiner_secret, epoch_secret) are returned only where a Welcome
needs them and kept nowhere: who finds the state of epoch n can't go back to n - 1 (§16.6).
"""

from __future__ import annotations

from dataclasses import dataclass

from .suites import CipherSuite


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class EpochSecrets:
    """What an epoch keeps; the encryption secret goes into the secret tree at once."""

    init_secret: bytes
    sender_data_secret: bytes
    exporter_secret: bytes
    external_secret: bytes
    confirmation_key: bytes
    membership_key: bytes
    resumption_psk: bytes
    epoch_authenticator: bytes

    def __repr__(self) -> str:
        return "<EpochSecrets>"


def joiner_secret(
    suite: CipherSuite, init_secret: bytes, commit_secret: bytes, group_context: bytes
) -> bytes:
    mixed = suite.extract(init_secret, commit_secret)
    return suite.expand_with_label(mixed, b"joiner", group_context, suite.hash_size)


def welcome_secret(suite: CipherSuite, joiner: bytes, psk_secret: bytes) -> bytes:
    return suite.derive_secret(suite.extract(joiner, psk_secret), b"welcome")


def welcome_key_nonce(suite: CipherSuite, secret: bytes) -> tuple[bytes, bytes]:
    return (
        suite.expand_with_label(secret, b"key", b"", suite.key_size),
        suite.expand_with_label(secret, b"nonce", b"", suite.nonce_size),
    )


def epoch_secret(
    suite: CipherSuite, joiner: bytes, psk_secret: bytes, group_context: bytes
) -> bytes:
    member = suite.extract(joiner, psk_secret)
    return suite.expand_with_label(member, b"epoch", group_context, suite.hash_size)


def epoch_secrets(suite: CipherSuite, secret: bytes) -> tuple[EpochSecrets, bytes]:
    """(what the epoch keeps, encryption_secret) from epoch_secret."""
    kept = EpochSecrets(
        init_secret=suite.derive_secret(secret, b"init"),
        sender_data_secret=suite.derive_secret(secret, b"sender data"),
        exporter_secret=suite.derive_secret(secret, b"exporter"),
        external_secret=suite.derive_secret(secret, b"external"),
        confirmation_key=suite.derive_secret(secret, b"confirm"),
        membership_key=suite.derive_secret(secret, b"membership"),
        resumption_psk=suite.derive_secret(secret, b"resumption"),
        epoch_authenticator=suite.derive_secret(secret, b"authentication"),
    )
    return kept, suite.derive_secret(secret, b"encryption")


def export(
    suite: CipherSuite, exporter_secret: bytes, label: bytes, context: bytes, length: int
) -> bytes:
    """MLS-Exporter (§8.5); the context enters as its hash."""
    derived = suite.derive_secret(exporter_secret, label)
    return suite.expand_with_label(derived, b"exported", suite.hash(context), length)
