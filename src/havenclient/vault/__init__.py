"""The vault: one folder with key slots, one encrypted database, sealed files and an inbox.

Owns everything that touches the person's words at rest. Knows nothing of what the words mean: no
entries, no circles. `docs/vault-format.md` describes every byte.
"""

from havenclient.crypto.kdf import KdfParams
from havenclient.vault import quick
from havenclient.vault.blobs import BlobInfo, BlobStore
from havenclient.vault.cipher import Conflict, NoCipher
from havenclient.vault.database import Database
from havenclient.vault.keyring_store import NoKeyring
from havenclient.vault.notices import Notice
from havenclient.vault.opening import create, exists, unlock
from havenclient.vault.paths import VaultPaths
from havenclient.vault.quick import QuickItem
from havenclient.vault.service import Vault
from havenclient.vault.snapshots import SnapshotInfo, Snapshots
from havenclient.vault.ways import KeyringSlot, Passphrase, RecoveryCode, SlotInfo, Way
from havenclient.vault.work import NoWork, Stopped, Work

__all__ = [
    "BlobInfo",
    "BlobStore",
    "Conflict",
    "Database",
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
    "exists",
    "quick",
    "unlock",
]
