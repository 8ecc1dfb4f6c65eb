"""Whether a vault holds circles at all, and what they are called: it loads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from havenclient.text import safe_line

if TYPE_CHECKING:
    from havenclient.vault import Vault


def anything_here(vault: Vault) -> bool:
    """A circle, or an invite that the person holds."""
    row = vault.db.one(
        "SELECT EXISTS (SELECT 1 FROM circle)"
        " OR EXISTS (SELECT 1 FROM circle_mailbox WHERE purpose='door')"
    )
    return row is not None and bool(row[0])


def names(vault: Vault) -> dict[str, str]:
    """Names of circles by their id in hex, those that were left too."""
    rows = vault.db.execute("SELECT id, name FROM circle")
    return {bytes(ident).hex(): safe_line(name, limit=60) for ident, name in rows}
