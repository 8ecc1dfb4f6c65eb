"""What the vault's tests share: time moved by hand, a vault in a moment, a death on demand."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from havenclient.seams import SystemRandom
from havenclient.vault import KdfParams, Passphrase, Vault, VaultPaths, Way, create, unlock
from havenclient.vault import files as vault_files
from havenclient.vault import migrations as vault_migrations
from havenclient.vault.migrations import Migration, shipped

PASSPHRASE = "lantern orchard velvet"
WEAK = KdfParams.weak_for_tests()


class HandClock:
    """Time that moves only when the test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def go(self, **span: float) -> None:
        self.at += timedelta(**span)


def own_schema() -> tuple[Migration, ...]:
    """The vault's own tables and one of the test's: no other room's state changes these tests."""
    notes = "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"
    return (shipped()[0], Migration(1, "notes", notes))


@dataclass
class Place:
    """A folder with a vault, its state folder and its clock."""

    root: Path
    clock: HandClock = field(default_factory=HandClock)
    schema: Sequence[Migration] = field(default_factory=own_schema)
    code: str = ""

    @property
    def paths(self) -> VaultPaths:
        return VaultPaths(self.root / "journal")

    @property
    def state(self) -> Path:
        return self.root / "state"

    def create(self, passphrase: str = PASSPHRASE) -> Vault:
        vault, self.code = create(
            self.paths,
            passphrase,
            state_dir=self.state,
            kdf=WEAK,
            clock=self.clock,
            random=SystemRandom(),
            schema=self.schema,
        )
        return vault

    def unlock(self, way: Way | str = PASSPHRASE, *, read_only: bool = False) -> Vault:
        return unlock(
            self.paths,
            Passphrase(way) if isinstance(way, str) else way,
            state_dir=self.state,
            read_only=read_only,
            clock=self.clock,
            schema=self.schema,
        )


def write(vault: Vault, body: str) -> None:
    with vault.db.transaction():
        vault.db.execute("INSERT INTO note(body) VALUES (?)", (body,))


def notes(vault: Vault) -> list[str]:
    return [body for (body,) in vault.db.execute("SELECT body FROM note ORDER BY id")]


def every_file(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file())


def in_child(action: Callable[[], None]) -> int:
    """Run `action` in a forked process; its exit status, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def die_at_step(number: int) -> None:
    """From now on this process kills itself (SIGKILL) at the `number`-th step on disk."""
    count = 0

    def step(_name: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    on_step(step)


def on_step(step: Callable[[str], None]) -> None:
    # Each module that has a handle of its own; the product's `step` does nothing.
    for module in (vault_files, vault_migrations):
        module.step = step  # type: ignore[attr-defined]


def killed_everywhere(action: Callable[[], None], prepare: Callable[[], None]) -> Iterator[int]:
    """Kill `action` at its first, second … step; yields after each death, until it survives."""
    number = 0
    while True:
        number += 1
        prepare()

        def doomed(at: int = number) -> None:
            die_at_step(at)
            action()

        status = in_child(doomed)
        if status == 0:
            assert number > 1, "the action has no steps: nothing was tested"
            return
        assert status == -signal.SIGKILL, f"the child failed by itself at step {number}"
        yield number
