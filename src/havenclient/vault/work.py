"""Long work says how far it is and can be stopped between two steps."""

from __future__ import annotations

from typing import Protocol

from havenclient.errors import ExitCode, HavenError


class Stopped(HavenError):
    """The person stopped it; nothing was changed, or what was changed is whole."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str = "stopped; nothing was changed") -> None:
        super().__init__(message)


class Work(Protocol):
    def step(self, done: int, total: int | None, label: str) -> None:
        """Called between two steps. Raises `Stopped` if the person asked to stop."""
        ...


class NoWork:
    """Nobody watches."""

    def step(self, done: int, total: int | None, label: str) -> None:
        return None
