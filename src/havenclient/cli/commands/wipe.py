"""`haven wipe`: delete a vault from this computer.

The header goes first: without its key slots the rest can't be opened by anyone, even where a disk
keeps deleted blocks. Only files that Haven made are removed.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import click

from havenclient.cli.options import pass_session, yes_option
from havenclient.cli.session import Session
from havenclient.cli.terminal import ask_word
from havenclient.errors import NotFound, StorageError


@click.command()
@yes_option
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@pass_session
def wipe(session: Session, yes: bool, dry_run: bool) -> None:
    """Delete the vault from this computer, with its snapshots. Asks twice; can't be undone."""
    from havenclient.cli import agent
    from havenclient.vault import exists
    from havenclient.vault.lock import FolderLock

    paths = session.paths
    if not exists(paths):
        raise NotFound("there is no vault here")
    if dry_run:
        session.out.line(f"would delete: {paths.root}")
        return
    no_input = session.options.no_input
    if not yes:
        ask_word(
            f"This deletes the vault in {paths.root} with all entries and snapshots.\n"
            "Nobody can bring it back. Backups that lie elsewhere stay.",
            "wipe",
            no_input=no_input,
        )
        ask_word("Really all of it?", "everything", no_input=no_input)
    held = FolderLock.writer(paths.lock, session.clock.now())
    try:
        agent.forget(session)
        _keyring_forgets(session)
        for header in (paths.header, paths.previous, *paths.snapshots.glob("*/vault.haven")):
            _overwrite(header)
        for folder in (paths.snapshots, paths.blobs, paths.inbox, paths.scratch):
            shutil.rmtree(folder, ignore_errors=True)
        names = ("vault.haven*", "journal.db*", "quick.key*", "lock-request", "vault.readers")
        for pattern in names:
            for file in paths.root.glob(pattern):
                file.unlink(missing_ok=True)
    except OSError as bad:
        raise StorageError(
            "the vault could not be deleted whole", (bad.strerror or "").lower()
        ) from None
    finally:
        held.release()
    paths.lock.unlink(missing_ok=True)
    with suppress(OSError):
        paths.root.rmdir()
    session.out.say("haven: the vault is gone from this computer")
    if paths.root.exists():
        session.out.warn(f"files that are not Haven's stay in {paths.root}")


def _overwrite(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("r+b") as stream:
        stream.write(os.urandom(path.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())


def _keyring_forgets(session: Session) -> None:
    if not session.settings.locking.use_keyring:
        return
    from havenclient.vault import keyring_store
    from havenclient.vault.header import Header

    with suppress(Exception):  # best effort: without the vault the keyring's secret opens nothing
        keyring_store.forget(Header.decode(session.paths.header.read_bytes()).vault_id)
