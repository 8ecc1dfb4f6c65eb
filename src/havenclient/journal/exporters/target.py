"""New files and folders that are whole or not there, and never in place of something else."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from havenclient.errors import UsageError
from havenclient.vault.files import mapped, open_private, sync_file, sync_folder


@dataclass(frozen=True, slots=True)
class ExportResult:
    entries: int
    attachments: int
    files: int
    """Files written, attachments included."""


def _beside(target: Path) -> Path:
    return target.parent / f".{target.name}.{secrets.token_hex(4)}.part"


def _refuse_existing(target: Path, *, empty_folder_ok: bool) -> None:
    if (
        empty_folder_ok
        and target.is_dir()
        and not target.is_symlink()
        and not any(target.iterdir())
    ):
        return
    if target.exists() or target.is_symlink():
        raise UsageError(
            "there is something of that name already; nothing is written over it",
            "name a file or folder that doesn't exist yet",
        )
    if not target.parent.is_dir():
        raise UsageError("the folder to write into doesn't exist", "make it first")


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A private folder to fill; it becomes `target` when the block ends well, else it goes."""
    target = target.absolute()
    with mapped("the export's folder"):
        _refuse_existing(target, empty_folder_ok=True)
        building = _beside(target)
        building.mkdir(mode=0o700)
    try:
        with mapped("the export's folder"):
            yield building
            _sync_tree(building)
            # A folder is only ever renamed onto nothing or an empty folder: the system refuses
            # every other target, so a name that appeared meanwhile is safe.
            building.rename(target)
            sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """A private file to fill; it becomes `target` when the block ends well, else it goes."""
    target = target.absolute()
    with mapped("the export's file"):
        _refuse_existing(target, empty_folder_ok=False)
        building = _beside(target)
        stream = os.fdopen(open_private(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb")
    try:
        with mapped("the export's file"):
            with stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            place(building, target)
    finally:
        with contextlib.suppress(OSError):
            building.unlink()


def place(building: Path, target: Path) -> None:
    """Give a finished file its name, refusing to replace another (also one that just appeared)."""
    try:
        os.link(building, target)
        building.unlink()
    except FileExistsError:
        raise UsageError("there is something of that name already") from None
    except OSError:  # file systems without hard links (memory sticks)
        if target.exists():
            raise UsageError("there is something of that name already") from None
        building.rename(target)
    sync_folder(target.parent)


def write_new(path: Path, data: bytes) -> None:
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as stream:
        stream.write(data)


def copy_new(path: Path, source: BinaryIO) -> None:
    """The stream into a new file, in pieces."""
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as stream:
        shutil.copyfileobj(source, stream, 1 << 16)


def _sync_tree(root: Path) -> None:
    for folder, _, files in os.walk(root):
        for name in files:
            sync_file(Path(folder) / name)
        sync_folder(Path(folder))
