"""Whether a vault holds circles at all: asked at every unlock, so it loads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.vault import Vault


def anything_here(vault: Vault) -> bool:
    """A circle, or an invite that the person holds."""
    row = vault.db.one(
        "SELECT EXISTS (SELECT 1 FROM circle)"
        " OR EXISTS (SELECT 1 FROM circle_mailbox WHERE purpose='door')"
    )
    return row is not None and bool(row[0])
