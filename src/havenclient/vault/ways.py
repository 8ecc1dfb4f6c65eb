"""Ways into a vault. Values only; a secret in them never shows in a repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Passphrase:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    code: str = field(repr=False)
    """As typed: case, dashes, O for 0 and I or L for 1 don't matter."""


@dataclass(frozen=True, slots=True)
class KeyringSlot:
    """The operating system's keyring, if the person turned that on."""


@dataclass(frozen=True, slots=True)
class Derived:
    """The passphrase's key after stretching (`derive`): opens at once, and stops opening when the
    passphrase or its salt is changed. As secret as the passphrase, but of use for this vault only.
    """

    key: bytes = field(repr=False)
    """32 bytes."""


Way = Passphrase | RecoveryCode | KeyringSlot | Derived


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """A way in that exists, as a person may see it. Never a secret."""

    kind: str
    """passphrase, recovery or keyring."""
    uuid: str
    """32 hex digits; what `remove_slot` takes."""
    created: datetime
    parameters: str
    """"Argon2id, 256 MiB, 3 passes, 4 lanes", or empty where nothing is stretched."""
