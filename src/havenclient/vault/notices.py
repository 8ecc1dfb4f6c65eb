"""What an unlock has to tell: not errors, but things a person should know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    kind: str
    """rollback, header, quick-key, recovery, snapshots, blobs, permissions: stable, for scripts."""
    message: str
    """One or two calm sentences."""
    hints: tuple[str, ...] = ()
