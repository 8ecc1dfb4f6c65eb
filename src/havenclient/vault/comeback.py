"""A snapshot becomes a vault of its own, in a new folder. Never over a vault that is in use.

The folder appears under its name only when everything is in it. Snapshots hold no attachments:
their sealed files lie beside the live database and are copied from there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from havenclient.errors import HavenError, StorageError
from havenclient.paths import private_folder
from havenclient.vault.paths import VaultPaths


def require_new(root: Path) -> None:
    """`HavenError` unless `root` is missing or an empty folder."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise HavenError(
            "a restore goes into a new or empty folder", "nothing is ever written over a vault"
        )


def from_snapshot(live: VaultPaths, snapshot: Path, root: Path) -> None:
    """Copy the snapshot in folder `snapshot` of the vault `live` into the new folder `root`."""
    require_new(root)
    new, old = VaultPaths(root), VaultPaths(snapshot)
    part = root.with_name(root.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        private_folder(part)
        inside = VaultPaths(part)
        shutil.copyfile(old.header, inside.header)
        shutil.copyfile(old.database, inside.database)
        if live.blobs.is_dir():
            shutil.copytree(live.blobs, inside.blobs, copy_function=shutil.copyfile)
        if new.root.exists():
            new.root.rmdir()
        part.rename(root)
    except OSError as bad:
        shutil.rmtree(part, ignore_errors=True)
        raise StorageError(
            "the snapshot could not be restored", (bad.strerror or "is there room?").lower()
        ) from None
