"""Backup of a running relay, and restore. Both check what they made before they call it done.

A backup holds ciphertext that the relay would have forgotten by its life spans; whoever keeps
backups decides how long they live (docs/relay.md says so to operators and to users).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from havenclient.errors import Damaged, NotFound, StorageError, UsageError
from havenclient.relay.operate import data as place
from havenclient.relay.operate.verify import Counted, verify
from havenclient.relay.sqlite import database, schema

NOT_WHOLE = ("this file is not a whole backup of a relay", "try an older one")


def backup(data: Path, target: Path) -> Counted:
    """A consistent copy as of now, in one file that only its owner may read."""
    if target.exists():
        raise UsageError("the backup's file exists already", "choose another name")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StorageError("the backup's directory can't be written") from error
    try:
        with place.opened(data) as db:
            db.execute("VACUUM INTO ?", (str(part),))
        counted = _checked(part)
        _sync(part)
        part.rename(target)
        _sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return counted


def restore(source: Path, data: Path) -> tuple[Counted, Path | None]:
    """Put a backup in the place of the data; the data that was there is kept beside it."""
    if not source.is_file():
        raise NotFound("there is no such backup")
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with place.lying_still(data):
            return _put_back(source, data / database.FILE)
    except OSError as error:
        raise StorageError("the backup can't be copied") from error


def _put_back(source: Path, path: Path) -> tuple[Counted, Path | None]:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with source.open("rb") as old, os.fdopen(place.make_file(part), "wb") as new:
            shutil.copyfileobj(old, new, 1 << 20)
        _upgraded(part)
        counted = _checked(part)
        _sync(part)
        kept = _set_aside(path)
        part.rename(path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)
    return counted, kept


def _upgraded(path: Path) -> None:
    """A backup may come from before an upgrade; what is put back is of this version."""
    try:
        with database.mapped():
            db = database.connect(path, write=False)
            try:
                old = 0 < database.version_of(db) < schema.VERSION
            finally:
                db.close()
            if not old:
                return  # of this version, of a newer one, or no relay's: the check says which
            db = database.connect(path, write=True)
            try:
                kept = database.migrate(db, path)
            finally:
                db.close()
    except Damaged:
        raise Damaged(*NOT_WHOLE) from None
    if kept is not None:
        kept.unlink()  # the backup itself is that copy


def _set_aside(path: Path) -> Path | None:
    """Move the present database out of the way, with what its write-ahead log still holds."""
    if not path.exists():
        return None
    number = 1
    while (kept := path.with_name(f"before-restore-{number}-{path.name}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    return kept


def _checked(path: Path) -> Counted:
    try:
        with place.open_file(path) as db:
            counted, faults = verify(db)
    except Damaged:
        raise Damaged(*NOT_WHOLE) from None
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if faults:
        raise Damaged("the backup is not whole", f"first finding: {faults[0].what}")
    return counted


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
