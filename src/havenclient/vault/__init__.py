"""The vault: one folder with key slots, one encrypted database, sealed files and an inbox.

Owns everything that touches the person's words at rest. Knows nothing of what the words mean: no
entries, no circles. `docs/vault-format.md` describes every byte.

Names are fetched from their modules when first used: `haven quick` needs neither the database
engine nor the key stretching, and their import costs more than its whole work.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from havenclient.crypto.kdf import KdfParams
    from havenclient.vault import quick, rollback
    from havenclient.vault.blobs import BlobInfo, BlobStore
    from havenclient.vault.cipher import Conflict, NoCipher
    from havenclient.vault.database import Database
    from havenclient.vault.keyring_store import NoKeyring
    from havenclient.vault.notices import Notice
    from havenclient.vault.opening import create, derive, unlock
    from havenclient.vault.paths import VaultPaths, exists
    from havenclient.vault.quick import QuickItem
    from havenclient.vault.service import Vault
    from havenclient.vault.snapshots import SnapshotInfo, Snapshots
    from havenclient.vault.ways import (
        Derived,
        KeyringSlot,
        Passphrase,
        RecoveryCode,
        SlotInfo,
        Way,
    )
    from havenclient.vault.work import NoWork, Stopped, Work

__all__ = [
    "BlobInfo",
    "BlobStore",
    "Conflict",
    "Database",
    "Derived",
    "KdfParams",
    "KeyringSlot",
    "NoCipher",
    "NoKeyring",
    "NoWork",
    "Notice",
    "Passphrase",
    "QuickItem",
    "RecoveryCode",
    "SlotInfo",
    "SnapshotInfo",
    "Snapshots",
    "Stopped",
    "Vault",
    "VaultPaths",
    "Way",
    "Work",
    "create",
    "derive",
    "exists",
    "quick",
    "rollback",
    "unlock",
]

_HOMES = {
    "blobs": ("BlobInfo", "BlobStore"),
    "cipher": ("Conflict", "NoCipher"),
    "database": ("Database",),
    "keyring_store": ("NoKeyring",),
    "notices": ("Notice",),
    "opening": ("create", "derive", "unlock"),
    "paths": ("VaultPaths", "exists"),
    "quick": ("QuickItem",),
    "service": ("Vault",),
    "snapshots": ("SnapshotInfo", "Snapshots"),
    "ways": ("Derived", "KeyringSlot", "Passphrase", "RecoveryCode", "SlotInfo", "Way"),
    "work": ("NoWork", "Stopped", "Work"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "KdfParams":
        value = import_module("havenclient.crypto.kdf").KdfParams
    elif name in ("quick", "rollback"):
        value = import_module(f"havenclient.vault.{name}")
    elif name in _HOME:
        value = getattr(import_module(f"havenclient.vault.{_HOME[name]}"), name)
    else:
        raise AttributeError(name)
    globals()[name] = value
    return value
