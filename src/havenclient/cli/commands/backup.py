"""`haven backup`, `restore`, `snapshot`: copies that are encrypted, checked, and can come back.

A restore always goes into a new folder, never over a vault that is in use.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from havenclient.cli import render
from havenclient.cli.carried import CirclesIn
from havenclient.cli.commands.key import new_fd_option, new_file_option, new_secret
from havenclient.cli.options import json_option, pass_session
from havenclient.cli.session import Session
from havenclient.errors import LockedError, NotFound
from havenclient.paths import typed_path
from havenclient.vault.files import mapped

if TYPE_CHECKING:
    from havenclient.hygiene import Secret


key_secret_option = click.option(
    "--key-passphrase-file", metavar="FILE", help="Of the backup key; mode 0600, first line."
)


@click.command()
@click.argument("folder", metavar="FOLDER")
@click.option("--recipient", multiple=True, metavar="age1…", help="Another age key; repeatable.")
@click.option("--new-key", is_flag=True, help="Make another backup key first.")
@key_secret_option
@json_option
@pass_session
def backup(
    session: Session,
    folder: str,
    recipient: tuple[str, ...],
    new_key: bool,
    key_passphrase_file: str | None,
    as_json: bool,
) -> None:
    """Write an encrypted backup into FOLDER, read it back and check it.

    The first time a backup key is made: a file with a passphrase of its own, without which no
    backup opens. Keep it, or print it, apart from the backups. Later backups need no passphrase but
    the vault's.
    """
    from havenclient.circles.carried import circles_out
    from havenclient.journal import backup as backups

    target = typed_path(folder).absolute()
    if not target.is_dir():
        raise NotFound("there is no such folder", "make it first")
    with session.journal(reading=True, quiet=False) as journal:
        vault = session.unlocked(reading=True)
        made_key: Path | None = None
        if new_key or not backups.has_key(vault):
            secret = _key_secret(session, key_passphrase_file, new=True)
            try:
                made_key = backups.create_key(
                    vault, target, secret.text(), work=session.work("Making the backup key")
                )
            finally:
                secret.wipe()
        done = backups.write(
            journal,
            vault,
            target,
            recipients=recipient,
            extras=circles_out(vault, session.clock, session.random),
            work=session.work("Writing the backup"),
        )
    if as_json:
        session.out.json(
            "backup",
            path=str(done.path),
            key=str(made_key) if made_key else None,
            entries=done.entries,
            attachments=done.attachments,
            size=done.size,
        )
    else:
        session.out.line(str(done.path))
    entries = render.plural(done.entries, "entry", "entries")
    session.out.say(f"haven: {entries}, {render.size(done.size)}, read back and checked")
    if made_key is not None:
        session.out.say(
            f"haven: the backup key is {made_key}\n"
            "Keep a copy of it elsewhere, or print it: without this file and its passphrase no\n"
            "backup opens. With them, `age` and `tar` open one without Haven."
        )


@click.command()
@click.argument("archive", metavar="ARCHIVE")
@click.argument("folder", required=False, metavar="[FOLDER]")
@click.option("--key", "key_file", metavar="FILE", help="The backup key; else the one beside it.")
@click.option("--check", is_flag=True, help="Only read it to its end and check it.")
@key_secret_option
@new_file_option
@new_fd_option
@json_option
@pass_session
def restore(
    session: Session,
    archive: str,
    folder: str | None,
    key_file: str | None,
    check: bool,
    key_passphrase_file: str | None,
    new_passphrase_file: str | None,
    new_passphrase_fd: int | None,
    as_json: bool,
) -> None:
    """Bring a backup back, into a new FOLDER (else where a vault belongs, if there is none yet).

    The whole archive is checked before anything is written. The restored vault gets a new
    passphrase and a new recovery code.
    """
    from havenclient.journal import restore as restoring
    from havenclient.vault.comeback import require_new

    path = typed_path(archive)
    if not path.is_file():
        raise NotFound("there is no such backup")
    key = typed_path(key_file) if key_file else path.parent / "haven-backup-key.age"
    if not key.is_file():
        raise NotFound("the backup key is not there", "--key FILE names it")
    root = typed_path(folder).absolute() if folder else session.root
    if not check:
        require_new(root)
    secret = _key_secret(session, key_passphrase_file, new=False)
    new: Secret | None = None
    waiting = CirclesIn(session)
    try:
        if check:
            held = restoring.verify(path, key, secret.text(), work=session.work("Checking"))
            session.out.line(f"whole: {render.plural(held.entries, 'entry', 'entries')}")
            return
        # Before the questions about a new vault, so that a wrong passphrase is said first.
        restoring.read_key(key, secret.text())
        new = new_secret(session, new_passphrase_file, new_passphrase_fd)
        if not folder:  # on a new computer there is no such place yet
            with mapped("the place for the journal"):
                root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        done = restoring.restore(
            path,
            key,
            secret.text(),
            root,
            new.text(),
            state_dir=session.places.state,
            take_extras=waiting.take,
            work=session.work("Restoring"),
            clock=session.clock,
            random=session.random,
        )
    finally:
        secret.wipe()
        if new is not None:
            new.wipe()
    if as_json:
        session.out.json(
            "restore",
            path=str(done.root),
            recovery_code=done.recovery_code,
            entries=done.entries,
            attachments=done.attachments,
            left_out=done.left_out,
            circles=waiting.names,
        )
    else:
        session.out.line(f"recovery code: {done.recovery_code}")
    session.out.say(
        f"haven: {render.plural(done.entries, 'entry', 'entries')} restored in {done.root}\n"
        "Write the recovery code on paper; it is not shown again."
    )
    if done.left_out:
        session.out.warn(f"{done.left_out} records could not be kept")
    waiting.tell()


def _key_secret(session: Session, file: str | None, *, new: bool) -> Secret:
    from havenclient import hygiene
    from havenclient.cli.commands.init import new_passphrase

    if file is not None:
        return hygiene.secret_from_file(typed_path(file))
    if session.options.no_input or not hygiene.has_terminal():
        raise LockedError(
            "the backup key needs a passphrase", "--key-passphrase-file FILE gives it"
        )
    if new:
        session.out.say("The backup key has a passphrase of its own; it may be the vault's.")
        return new_passphrase(session, "Passphrase of the backup key: ")
    return session.ask_secret("Passphrase of the backup key: ")


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
    vault = session.unlocked(reading=True, quiet=True)
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
    from havenclient.vault.comeback import from_snapshot, require_new

    root = typed_path(target).absolute()
    require_new(root)
    vault = session.unlocked(reading=True, quiet=True)
    found = [one for one in vault.snapshots.list() if one.name == name]
    if not found:
        raise NotFound("there is no snapshot of that name", "`haven snapshot list` shows them")
    from_snapshot(session.paths, found[0].path, root)
    session.out.line(str(root))
    session.out.say("haven: restored; `haven --journal FOLDER list` opens it")
