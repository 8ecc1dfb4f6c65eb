"""The operating system's keyring as a way in: 32 random bytes, never the passphrase itself.

Off by default: whoever can use the unlocked desktop session can then open the journal. `keyring` is
an optional package and imported only when asked for.
"""

from __future__ import annotations

import base64
import binascii

from havenclient.errors import HavenError, WrongPassphrase

SERVICE = "haven-journal"
SECRET_SIZE = 32


class NoKeyring(HavenError):
    """This computer has no keyring that Haven may use."""

    def __init__(self) -> None:
        super().__init__(
            "this computer's keyring can't be used",
            "the passphrase and the recovery code work as before",
        )


def _backend() -> object:
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError as error:
        raise NoKeyring from error
    backend = keyring.get_keyring()
    # keyrings.alt stores secrets in plain or obfuscated files: worse than nothing for a journal.
    if isinstance(backend, fail.Keyring | null.Keyring) or type(backend).__module__.startswith(
        "keyrings.alt"
    ):
        raise NoKeyring
    return backend


def store(vault_id: bytes, secret: bytes) -> None:
    backend = _backend()
    try:
        backend.set_password(  # type: ignore[attr-defined]
            SERVICE, vault_id.hex(), base64.b64encode(secret).decode()
        )
    except Exception as error:  # keyring backends raise what their platform raises
        raise NoKeyring from error


def load(vault_id: bytes) -> bytes:
    backend = _backend()
    try:
        text = backend.get_password(SERVICE, vault_id.hex())  # type: ignore[attr-defined]
    except Exception as error:
        raise NoKeyring from error
    try:
        secret = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongPassphrase("the keyring's entry for this journal is damaged") from error
    if len(secret) != SECRET_SIZE:
        raise WrongPassphrase(
            "the keyring holds nothing for this journal", "use the passphrase or the recovery code"
        )
    return secret


def forget(vault_id: bytes) -> None:
    """Best effort: without its slot the secret opens nothing."""
    try:
        _backend().delete_password(SERVICE, vault_id.hex())  # type: ignore[attr-defined]
    except Exception:
        return
