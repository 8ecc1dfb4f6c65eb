"""`haven backup`, `restore`, `snapshot`: copies that are encrypted, checked, and can come back.

A restore always goes into a new folder, never over a vault that is in use.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from havenclient.cli import render
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.errors import HavenError, NotFound, StorageError

if TYPE_CHECKING:
    from havenclient.vault import SnapshotInfo


@click.group()
def snapshot() -> None:
    """Copies that Haven keeps by itself inside the vault's folder, encrypted like it.

    They help after a mistake, not after a lost disk: `haven backup` is for that.
    """


@snapshot.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Snapshots, newest first."""
    vault = session.unlocked(reading=True)
    found = vault.snapshots.list()
    if as_json:
        rows = [
            {
                "name": one.name,
                "taken_at": one.taken_at.isoformat(),
                "reason": one.reason,
                "size": one.size,
                "path": str(one.path),
            }
            for one in found
        ]
        session.out.json("snapshots", snapshots=rows)
        return
    for one in found:
        taken = f"{one.taken_at.astimezone():%Y-%m-%d %H:%M}"
        session.out.line(f"{one.name}  {taken}  {one.reason}  {render.size(one.size)}")
    if not found:
        session.out.say("No snapshots yet; one is taken each day of writing.")
    session.out.say(f"haven: they lie in {session.paths.snapshots}")


@snapshot.command()
@pass_session
def take(session: Session) -> None:
    """Take one now."""
    vault = session.unlocked()
    made = vault.snapshots.take("by-hand", work=session.work("Copying"))
    session.out.line(made.name)


@snapshot.command("restore-from")
@click.argument("name")
@click.argument("target", metavar="FOLDER")
@pass_session
def restore_from(session: Session, name: str, target: str) -> None:
    """Make a vault of its own out of a snapshot, in a new folder.

    It opens with the passphrase that was right when the snapshot was taken.
    """
    root = Path(target).expanduser().absolute()
    _require_new(root)
    vault = session.unlocked(reading=True)
    found = [one for one in vault.snapshots.list() if one.name == name]
    if not found:
        raise NotFound("there is no snapshot of that name", "`haven snapshot list` shows them")
    _copy(session, found[0], root)
    session.out.line(str(root))
    session.out.say("haven: restored; `haven --journal FOLDER list` opens it")


def _require_new(root: Path) -> None:
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise HavenError(
            "a restore goes into a new or empty folder", "nothing is ever written over a vault"
        )


def _copy(session: Session, info: SnapshotInfo, root: Path) -> None:
    from havenclient.paths import private_folder
    from havenclient.vault import VaultPaths

    new, old = VaultPaths(root), VaultPaths(info.path)
    part = root.with_name(root.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        private_folder(part)
        inside = VaultPaths(part)
        shutil.copyfile(old.header, inside.header)
        shutil.copyfile(old.database, inside.database)
        # Snapshots hold no attachments: their sealed files lie beside the live database.
        if session.paths.blobs.is_dir():
            shutil.copytree(session.paths.blobs, inside.blobs, copy_function=shutil.copyfile)
        if new.root.exists():
            new.root.rmdir()
        part.rename(root)
    except OSError as bad:
        shutil.rmtree(part, ignore_errors=True)
        raise StorageError(
            "the snapshot could not be restored", (bad.strerror or "is there room?").lower()
        ) from None
