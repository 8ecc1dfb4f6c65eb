"""Where the parts of a vault lie inside its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VaultPaths:
    """One vault is one folder (0700). Nothing of it may lie in a synced folder while open."""

    root: Path

    @property
    def header(self) -> Path:
        return self.root / "vault.haven"

    @property
    def previous(self) -> Path:
        """The header's last good write; a plain copy of it after each unlock."""
        return self.root / "vault.haven.1"

    @property
    def database(self) -> Path:
        return self.root / "journal.db"

    def rotated(self, generation: int) -> Path:
        """A database on its way in under new keys (see rotate.py)."""
        return self.root / f"journal.db.rotated-{generation}"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def lock(self) -> Path:
        return self.root / "vault.lock"

    @property
    def readers(self) -> Path:
        """Held shared by every open Haven, exclusively while the database file is replaced."""
        return self.root / "vault.readers"

    @property
    def quick_key(self) -> Path:
        return self.root / "quick.key"

    @property
    def scratch(self) -> Path:
        """SQLite's temporary folder: private and expected to stay empty (temp_store=MEMORY)."""
        return self.root / "scratch"


def exists(paths: VaultPaths) -> bool:
    """Is there a vault (or what is left of one) in this folder?"""
    return any(p.exists() for p in (paths.header, paths.previous, paths.database))
