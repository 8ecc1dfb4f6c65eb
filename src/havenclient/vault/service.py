"""An open vault: its keys, its database and what may be done to them.

Holds the master key (VMK) in a bytearray that `close` zeroes. Python and SQLite make copies of what
they work on (docs/threat-model.md): the wipe that counts is the replacement of the process at lock.
Everything that changes who can open the vault writes one new header, atomically.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.crypto import kdf as kdf_module
from havenclient.crypto.kdf import KdfParams, hkdf
from havenclient.crypto.slots import SlotKind
from havenclient.errors import DiskFull, NotFound, StorageError, UsageError, WrongPassphrase
from havenclient.seams import Clock, Random
from havenclient.vault import quick, rollback
from havenclient.vault.database import Database
from havenclient.vault.files import disk_full, mapped, write_atomically
from havenclient.vault.header import Header
from havenclient.vault.lock import FolderLock
from havenclient.vault.notices import Notice
from havenclient.vault.paths import VaultPaths
from havenclient.vault.ways import SlotInfo
from havenclient.vault.work import NoWork, Work

if TYPE_CHECKING:
    from havenclient.vault.blobs import BlobStore
    from havenclient.vault.snapshots import Snapshots

RECOVERY_REMINDER = timedelta(days=90)


def _subkey(vmk: bytes | bytearray, vault_id: bytes, label: str) -> bytes:
    return hkdf(vmk, f"haven/subkey/1/{label}", salt=vault_id)


def database_key(vmk: bytes | bytearray, vault_id: bytes) -> bytes:
    return _subkey(vmk, vault_id, "db")


class Vault:
    """Made by `create` and `unlock` only. Not for two threads at once, except `db`."""

    def __init__(
        self,
        paths: VaultPaths,
        header: Header,
        vmk: bytearray,
        database: Database,
        lock: FolderLock,
        *,
        state_dir: Path,
        clock: Clock,
        random: Random,
        read_only: bool,
        notices: list[Notice],
    ) -> None:
        self.paths = paths
        self.header = header
        self.db = database
        self.state_dir = state_dir
        self.clock = clock
        self.random = random
        self.read_only = read_only
        self._vmk = vmk
        self._lock = lock
        self._notices = notices
        self._closed = False
        self._recorded: int | None = None
        """`db.total_changes()` when the log was last brought level; None before the first time."""

    @cached_property
    def blobs(self) -> BlobStore:
        from havenclient.vault.blobs import BlobStore

        return BlobStore(self.paths.blobs, self.db, clock=self.clock, random=self.random)

    @cached_property
    def snapshots(self) -> Snapshots:
        from havenclient.vault.snapshots import Snapshots

        return Snapshots(
            self.paths,
            self.db,
            clock=self.clock,
            header=lambda: self.header.encode(),
            key=lambda: self.subkey("db"),
        )

    @property
    def vault_id(self) -> bytes:
        """16 random bytes, the same for the vault's whole life."""
        return self.header.vault_id

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the unlock has to tell the person, most important first."""
        return tuple(self._notices)

    def notice(self, notice: Notice) -> None:
        self._notices.append(notice)

    def subkey(self, label: str) -> bytes:
        """32 bytes for one purpose (HKDF of the master key). Changes when keys are rotated."""
        self._require_open()
        return _subkey(self._vmk, self.vault_id, label)

    def _require_open(self) -> None:
        if self._closed:
            raise StorageError("the journal is closed")

    def _require_writer(self) -> None:
        self._require_open()
        if self.read_only:
            raise StorageError("this journal is open to read only")

    # --- session ----------------------------------------------------------------------------------

    def begin(self, *, sweep: bool = True) -> None:
        """First acts of a writer: housekeeping after crashes, the notices. The log gets its record
        with the first change, in the same transaction: one wait for the disk instead of four."""
        rollback.require_memory(self.state_dir)
        self.db.before_commit = self._record_first_change
        try:
            self._publish_quick_key()
            if sweep:
                self._tidy()
            quick.forget_old_keys(self.db, self.paths)
            self.tell_recovery()
            if not self.meta("begun"):
                self.set_meta("begun", "1")
            if not os.statvfs(self.paths.root).f_bavail:
                raise disk_full()
        except DiskFull:
            # Reading must work on a full disk: how else would one look what can go?
            self.notice(
                Notice(
                    "disk",
                    "The disk is full. Everything can be read; saving waits until there is room.",
                )
            )

    def _tidy(self) -> None:
        """Files that a crash left; most folders are empty, and then nothing is loaded for them."""
        if any(os.scandir(self.paths.blobs)):
            self.blobs.sweep()
        if any(item.name.startswith(".") for item in os.scandir(self.paths.snapshots)):
            self.snapshots.thin()

    def _record_first_change(self) -> None:
        if self._recorded is None:
            self._append("first-change", after=self.db.after_commit)

    def _append(self, kind: str, after: Callable[[Callable[[], None]], None]) -> None:
        """A record now; what is outside the vault is told when the record is on the disk."""
        now = self.clock.now()
        index, digest = rollback.append(self.db, kind, now)
        self._recorded = self.db.total_changes()
        seen = rollback.Seen(index, digest.hex(), self.header.seq, now.isoformat())
        after(lambda: self._remember(seen))

    def _remember(self, seen: rollback.Seen) -> None:
        # The words are safe by now: saving them must not look as if it failed.
        with contextlib.suppress(StorageError):
            rollback.store(self.state_dir, self.vault_id, seen)

    def _publish_quick_key(self) -> None:
        if not quick.publish(self.db, self.paths):
            self.notice(
                Notice(
                    "quick-key",
                    "The key for quick notes had been replaced by something other than Haven; the"
                    " right one is back in place.",
                    ("Quick notes written since then may have been readable by someone else.",),
                )
            )

    def checkpoint_seen(self, kind: str = "checkpoint") -> None:
        """Remember outside the vault how far it is now (rollback.py). After important writes."""
        self._require_writer()
        with self.db.transaction():
            self._append(kind, after=self.db.after_commit)

    def close(self, *, tidy: bool = True) -> None:
        """Close and zero what can be zeroed. Idempotent; a full disk does not stop it.

        Without `tidy` a small write-ahead log stays (`Database.close`); not for who deleted
        something: the log would keep its pages, encrypted, until the next tidy close.
        """
        if self._closed:
            return
        if not self.read_only:
            with contextlib.suppress(StorageError):
                if self._recorded != self.db.total_changes():
                    self.checkpoint_seen("close")
        self.abandon(tidy=tidy)

    def abandon(self, *, tidy: bool = True) -> None:
        """Close without writing anything."""
        self._closed = True
        self.db.close(tidy=tidy)
        self._vmk[:] = bytes(len(self._vmk))
        self._lock.release()

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- small facts ------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        row = self.db.one("SELECT value FROM vault_meta WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        with self.db.transaction():
            self.db.execute(
                "INSERT INTO vault_meta(key, value) VALUES (?, ?)"
                " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                (key, value),
            )

    # --- ways in ----------------------------------------------------------------------------------

    def slots(self) -> list[SlotInfo]:
        """The ways in that exist."""
        self._require_open()
        kdf = self.header.kdf
        stretched = f"Argon2id, {kdf.memory // 1024} MiB, {kdf.passes} passes, {kdf.lanes} lanes"
        return [
            SlotInfo(
                entry.kind.name.lower(),
                entry.uuid.hex(),
                datetime.fromtimestamp(entry.created, UTC),
                stretched if entry.kind is SlotKind.PASSPHRASE else "",
            )
            for entry in self.header.entries(self._vmk)
        ]

    def _uuids(self, kind: SlotKind) -> tuple[bytes, ...]:
        return tuple(e.uuid for e in self.header.entries(self._vmk) if e.kind is kind)

    def _write(
        self,
        *,
        drop: tuple[bytes, ...],
        add: tuple[tuple[SlotKind, bytes], ...],
        kdf: KdfParams | None = None,
    ) -> None:
        """One new header. The one before stays as `vault.haven.1` until the next unlock."""
        now = int(self.clock.now().timestamp())
        header = self.header.changed(self._vmk, self.random, drop=drop, add=add, now=now, kdf=kdf)
        with mapped("the journal's key file"):
            write_atomically(self.paths.previous, self.header.encode())
            write_atomically(self.paths.header, header.encode())
        self.header = header
        # The change is made and must not look as if it failed; the log catches up at the lock.
        with contextlib.suppress(StorageError):
            self.checkpoint_seen("keys")

    def require_passphrase(self, passphrase: str) -> None:
        """WrongPassphrase unless it is the right one. Takes as long as an unlock."""
        kek = kdf_module.passphrase_kek(passphrase, self.header.kdf)
        opened = self.header.open(SlotKind.PASSPHRASE, kek)
        if opened is None:
            raise WrongPassphrase("that is not the present passphrase", "nothing was changed")
        opened.vmk[:] = bytes(len(opened.vmk))

    def new_kdf(self, kdf: KdfParams | None) -> KdfParams:
        """The same strength as before (or `kdf`) with a fresh salt."""
        chosen = kdf or self.header.kdf
        if kdf is not None:
            kdf.require_writable()
        return chosen.with_salt(self.random.token(kdf_module.SALT_SIZE))

    def change_passphrase(
        self, old: str, new: str, *, kdf: KdfParams | None = None, work: Work | None = None
    ) -> None:
        """Wrap the master key anew. Does not lock out somebody who copied the folder before and
        knows the old passphrase; `rotate` is for that."""
        self._require_writer()
        work = work or NoWork()
        kdf_module.require_length(new)
        work.step(0, 2, "checking the present passphrase")
        self.require_passphrase(old)
        work.step(1, 2, "deriving the new key")
        fresh = self.new_kdf(kdf)
        kek = kdf_module.passphrase_kek(new, fresh)
        work.step(2, 2, "writing the key file")
        self._write(
            drop=self._uuids(SlotKind.PASSPHRASE), add=((SlotKind.PASSPHRASE, kek),), kdf=fresh
        )

    def set_passphrase(self, new: str, *, kdf: KdfParams | None = None) -> None:
        """For somebody who came in with the recovery code and has no old passphrase to give."""
        self._require_writer()
        kdf_module.require_length(new)
        fresh = self.new_kdf(kdf)
        kek = kdf_module.passphrase_kek(new, fresh)
        self._write(
            drop=self._uuids(SlotKind.PASSPHRASE), add=((SlotKind.PASSPHRASE, kek),), kdf=fresh
        )

    def new_recovery_code(self) -> str:
        """A new code; the old one stops working. Returned once, stored nowhere."""
        from havenclient.crypto import recovery

        self._require_writer()
        secret = recovery.new_secret(self.random)
        self.set_meta("recovery_confirmed", "")
        self._write(
            drop=self._uuids(SlotKind.RECOVERY),
            add=((SlotKind.RECOVERY, kdf_module.recovery_kek(secret)),),
        )
        return recovery.show(secret)

    def check_recovery_code(self, code: str) -> bool:
        """Does this code open the vault? RecoveryCodeTypo says where a slip is. A yes is
        remembered, and asked for again after 90 days."""
        from havenclient.crypto import recovery

        self._require_open()
        opened = self.header.open(SlotKind.RECOVERY, kdf_module.recovery_kek(recovery.read(code)))
        if opened is None:
            return False
        opened.vmk[:] = bytes(len(opened.vmk))
        if not self.read_only:
            self.set_meta("recovery_confirmed", self.clock.now().isoformat())
        return True

    def tell_recovery(self) -> None:
        """The reminder about the recovery code, among the notices."""
        confirmed = self.meta("recovery_confirmed")
        if not confirmed:
            if confirmed is not None or self.meta("begun"):
                self.notice(
                    Notice(
                        "recovery",
                        "The recovery code has not been typed back yet; without it a forgotten"
                        " passphrase can't be helped.",
                        ("`haven key recovery --check` tests it, `--new` makes another.",),
                    )
                )
        elif self.clock.now() - datetime.fromisoformat(confirmed) > RECOVERY_REMINDER:
            self.notice(
                Notice(
                    "recovery",
                    "It is three months since the recovery code was tested. Is the paper still"
                    " where you can find it?",
                    ("`haven key recovery --check` tests it.",),
                )
            )

    def enable_keyring(self) -> None:
        """Let this computer's keyring open the vault. NoKeyring if there is none to trust."""
        from havenclient.vault import keyring_store

        self._require_writer()
        secret = self.random.token(keyring_store.SECRET_SIZE)
        keyring_store.store(self.vault_id, secret)
        self._write(
            drop=self._uuids(SlotKind.KEYRING),
            add=((SlotKind.KEYRING, kdf_module.keyring_kek(secret)),),
        )

    def remove_slot(self, uuid: str) -> None:
        """Remove a way in. The passphrase can be changed but not removed."""
        self._require_writer()
        found = [e for e in self.header.entries(self._vmk) if e.uuid.hex() == uuid]
        if not found:
            raise NotFound("there is no such way in")
        if found[0].kind is SlotKind.PASSPHRASE:
            raise UsageError("the passphrase can be changed but not removed")
        self._write(drop=(found[0].uuid,), add=())
        if found[0].kind is SlotKind.KEYRING:
            from havenclient.vault import keyring_store

            keyring_store.forget(self.vault_id)

    def rotate(
        self,
        passphrase: str,
        *,
        new: str | None = None,
        kdf: KdfParams | None = None,
        work: Work | None = None,
    ) -> str:
        """Every key anew ("I think somebody has it"); see rotate.py. The new recovery code."""
        from havenclient.vault.rotate import rotate

        self._require_writer()
        return rotate(self, passphrase, new=new, kdf=kdf, work=work or NoWork())

    def adopt(self, header: Header, vmk: bytearray) -> bytes:
        """Take new keys after a rotation; returns the old database key."""
        old = self.subkey("db")
        self._vmk[:] = bytes(len(self._vmk))
        self.header, self._vmk = header, vmk
        return old
