"""Hook of the agent (`haven unlock`): see commands/lock.py. Off unless locking.agent_minutes > 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.cli.session import Session
    from havenclient.hygiene import Secret


def passphrase(session: Session) -> Secret | None:
    return None


def forget(session: Session) -> None:
    return None
