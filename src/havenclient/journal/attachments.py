"""Files that belong to entries: sealed by the vault's blob store, listed here.

The file is sealed first and its row written after, so that no row ever names nothing. Sealing is
not inside the transaction: a film would keep drafts from being saved. A crash between the two
leaves a sealed file that nobody sees; `sweep` takes it away a day later.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from havenclient.errors import NotFound, UsageError
from havenclient.journal.clean import clean_text
from havenclient.journal.records import Attachment
from havenclient.journal.seams import NoWork, Work
from havenclient.journal.store import Store

if TYPE_CHECKING:
    from havenclient.vault import Vault


class Attachments:
    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._db = store.db
        self._vault = vault

    def attach(
        self,
        entry_id: str,
        name: str,
        stream: BinaryIO,
        media_type: str,
        *,
        now_us: int,
        work: Work | None = None,
    ) -> Attachment:
        if self._store.row(entry_id).binned_us is not None:
            raise UsageError("this entry is in the bin", "take it out of the bin to change it")
        info = self._vault.blobs.put(stream, work=work or NoWork())
        made = Attachment(
            blob_id=info.blob_id,
            name=" ".join(clean_text(name).split())[:255] or "file",
            media_type=clean_text(media_type)[:127] or "application/octet-stream",
            size=info.size,
            sha256=info.sha256,
        )
        try:
            with self._db.transaction():
                row = self._store.row(entry_id)
                self._db.execute(
                    "INSERT INTO attachment(blob_id, entry, name, media_type, size, sha256,"
                    " added_at) VALUES (?,?,?,?,?,?,?)",
                    (
                        made.blob_id,
                        row.id,
                        made.name,
                        made.media_type,
                        made.size,
                        made.sha256,
                        now_us,
                    ),
                )
                self._store.recount_files(row)
        except BaseException:
            self.delete_blobs([info.blob_id])
            raise
        return made

    def read(self, blob_id: str) -> BinaryIO:
        blob_id = clean_text(blob_id)
        known = self._db.one(
            "SELECT 1 FROM attachment WHERE blob_id = ? AND detached_at IS NULL", (blob_id,)
        )
        if known is None:
            raise NotFound("there is no such attachment")
        return self._vault.blobs.open(blob_id)

    def detach(self, entry_id: str, blob_id: str, *, now_us: int) -> None:
        blob_id = clean_text(blob_id)
        with self._db.transaction():
            row = self._store.row(entry_id)
            known = self._db.one(
                "SELECT 1 FROM attachment WHERE blob_id = ? AND entry = ? AND detached_at IS NULL",
                (blob_id, row.id),
            )
            if known is None:
                raise NotFound("this entry has no such attachment")
            self._db.execute(
                "UPDATE attachment SET detached_at = ? WHERE blob_id = ?", (now_us, blob_id)
            )
            self._store.recount_files(row)

    def sweep(self, before_us: int) -> int:
        """Forget sealed files older than that which no entry names: a crash came in between."""
        before = datetime.fromtimestamp(before_us / 1e6, UTC).isoformat()
        lost = self._db.execute(
            "SELECT blob_id FROM vault_blob WHERE created_at < ?"
            " AND blob_id NOT IN (SELECT blob_id FROM attachment)",
            (before,),
        )
        blobs = [str(row[0]) for row in lost]
        self.delete_blobs(blobs)
        return len(blobs)

    def drop_detached(self, before_us: int) -> None:
        """Within a transaction: forget what was taken off before then."""
        found = self._db.execute(
            "SELECT blob_id FROM attachment WHERE detached_at <= ?", (before_us,)
        )
        blobs = [str(row[0]) for row in found]
        self._db.execute("DELETE FROM attachment WHERE detached_at <= ?", (before_us,))
        self.delete_blobs(blobs)

    def delete_blobs(self, blobs: Iterable[str]) -> None:
        for blob_id in blobs:
            with contextlib.suppress(NotFound):  # gone already is what was wanted
                self._vault.blobs.delete(blob_id)
