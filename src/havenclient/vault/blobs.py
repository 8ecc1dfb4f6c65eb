"""Attachments: files sealed piece by piece, named at random, each under its own key.

Owns `blobs/` and the table `vault_blob`. A file's key stands in the database, so it is as safe as
the words are, goes with the row when the attachment is deleted, and needs no re-encryption when the
vault's keys are rotated. Order of events: file first (sealed, synced, renamed), then the row; at
deletion the row first, then, after the commit, the file. What a crash leaves is a file without
a row: `sweep` removes it at the next unlock. Never a row without a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from havenclient.crypto import streams
from havenclient.errors import Damaged, NotFound
from havenclient.seams import Clock, Random
from havenclient.vault.database import Database
from havenclient.vault.files import (
    flush,
    mapped,
    open_private,
    private_folder,
    remove,
    replace,
    sync_folder,
)
from havenclient.vault.work import NoWork, Work

_NAME = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"[0-9a-f]{32}\.part")


@dataclass(frozen=True, slots=True)
class BlobInfo:
    blob_id: str
    """32 hex digits, random."""
    sha256: str
    """Hex digest of the plaintext."""
    size: int
    """Bytes of plaintext."""


class _Reader(io.RawIOBase):
    """Plaintext of a sealed file as a raw stream; wrapped in a BufferedReader."""

    def __init__(self, sealed: BinaryIO, key: bytes, info: BlobInfo) -> None:
        self._sealed = sealed
        self._pieces = streams.unseal(key, sealed.read, ad=bytes.fromhex(info.blob_id))
        self._piece = memoryview(b"")
        self._digest = hashlib.sha256()
        self._info = info
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._piece and not self._ended:
            with mapped("an attachment"):
                piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                if self._digest.hexdigest() != self._info.sha256:
                    raise Damaged("an attachment is not the one that was stored")
            else:
                self._digest.update(piece)
                self._piece = memoryview(piece)
        size = min(len(target), len(self._piece))
        target[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size

    def close(self) -> None:
        self._sealed.close()
        super().close()


class BlobStore:
    def __init__(self, folder: Path, database: Database, *, clock: Clock, random: Random) -> None:
        self._folder = folder
        self._database = database
        self._clock = clock
        self._random = random

    def put(self, stream: BinaryIO, *, work: Work | None = None) -> BlobInfo:
        """Seal everything `stream` gives; never more than two 64 KiB pieces in memory."""
        work = work or NoWork()
        blob_id = self._random.token(16).hex()
        key = self._random.token(streams.KEY_SIZE)
        digest = hashlib.sha256()
        size = 0

        def read(wanted: int) -> bytes:
            nonlocal size
            piece = stream.read(wanted)
            digest.update(piece)
            size += len(piece)
            work.step(size, None, "sealing the attachment")
            return piece

        part = self._folder / f"{blob_id}.part"
        try:
            with mapped("the attachments' folder"):
                private_folder(self._folder)
                descriptor = open_private(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                with os.fdopen(descriptor, "wb") as out:
                    for piece in streams.seal(key, read, ad=bytes.fromhex(blob_id)):
                        out.write(piece)
                    out.flush()
                    flush(out.fileno())
                replace(part, self._folder / blob_id)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        info = BlobInfo(blob_id, digest.hexdigest(), size)
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO vault_blob(blob_id, key, sha256, size, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (blob_id, key, info.sha256, size, self._clock.now().isoformat()),
            )
        return info

    def info(self, blob_id: str) -> BlobInfo:
        return self._row(blob_id)[1]

    def _row(self, blob_id: str) -> tuple[bytes, BlobInfo]:
        row = self._database.one(
            "SELECT key, sha256, size FROM vault_blob WHERE blob_id = ?", (blob_id,)
        )
        if row is None:
            raise NotFound("this attachment is not in the journal")
        return row[0], BlobInfo(blob_id, row[1], row[2])

    def open(self, blob_id: str) -> BinaryIO:
        """A stream of the plaintext. Each piece is verified before it comes; a missing end, a
        changed bit or another file in its place raises Damaged while reading."""
        key, info = self._row(blob_id)
        try:
            with mapped("an attachment"):
                descriptor = os.open(
                    self._folder / blob_id, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
                )
        except NotFound as error:
            raise Damaged(
                "the file of this attachment is missing", "a backup may still hold it"
            ) from error
        sealed = os.fdopen(descriptor, "rb")
        return cast(BinaryIO, io.BufferedReader(_Reader(sealed, key, info), streams.CHUNK))

    def delete(self, blob_id: str) -> None:
        """Forget the key now; the file goes when the surrounding transaction is on the disk."""
        self._row(blob_id)
        with self._database.transaction():
            self._database.execute("DELETE FROM vault_blob WHERE blob_id = ?", (blob_id,))
            self._database.after_commit(lambda: self._unlink(blob_id))

    def _unlink(self, blob_id: str) -> None:
        # A file that can't be removed is sealed under a key that no longer exists; sweep retries.
        with contextlib.suppress(OSError):
            remove(self._folder / blob_id)

    def ids(self) -> Iterator[str]:
        return (row[0] for row in self._database.execute("SELECT blob_id FROM vault_blob"))

    def missing(self) -> list[str]:
        """Blobs whose file is not there (for `haven doctor`, and after restoring a snapshot)."""
        return [blob_id for blob_id in self.ids() if not (self._folder / blob_id).is_file()]

    def drop_unnamed(self, blob_ids: Iterable[str]) -> None:
        """Remove those of these files whose rows were undone with their transaction."""
        for blob_id in blob_ids:
            row = self._database.one("SELECT 1 FROM vault_blob WHERE blob_id = ?", (blob_id,))
            if row is None:
                self._unlink(blob_id)

    def sweep(self) -> int:
        """Remove files that no row knows: what crashes left. Only the writer may call this."""
        known = set(self.ids())
        gone = 0
        if not self._folder.is_dir():
            return 0
        for path in self._folder.iterdir():
            orphan = _NAME.fullmatch(path.name) and path.name not in known
            if orphan or _PART.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()
                    gone += 1
        if gone:
            with mapped("the attachments' folder"):
                sync_folder(self._folder)
        return gone
