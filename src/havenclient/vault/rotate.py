"""Full key rotation: a new master key, a new database file, new ways in.

The order, and what a death at each point leaves (opening.py has the rule that decides):

1. snapshot; then `journal.db.rotated-G` is written whole under the new key and synced
       death: the header still says G-1, the attempt is removed at the next unlock; old keys hold
2. `vault.haven` is replaced by the header of generation G            <- the one commit point
       death: the header says G, so the new file is the database; the next unlock moves it in
3. `vault.haven.1` is made equal, so that no header with old keys is left
4. the old `-wal`/`-shm` go, the new file is renamed over `journal.db`, the connection reopens
5. the public key for quick notes and all snapshots are brought under the new keys

Attachments are not re-encrypted: each has its own random key, and those keys live in the database,
which was. Somebody who had the old keys *and* an old copy of the database can still read the
attachments that existed then, as they could before; nothing new. (docs/vault-format.md)

The recovery code changes too and is returned at the end. If the process dies between 2 and the
moment a person sees it, the passphrase opens the vault and a notice asks to make another code.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from havenclient.crypto import kdf as kdf_module
from havenclient.crypto import recovery
from havenclient.crypto.kdf import KdfParams
from havenclient.crypto.slots import VMK_SIZE, SlotKind
from havenclient.errors import Damaged, HavenError
from havenclient.vault import keyring_store, quick, rollback
from havenclient.vault.copies import check_copy, rekey
from havenclient.vault.database import Database
from havenclient.vault.files import mapped, remove, sync_file, write_atomically
from havenclient.vault.header import Header
from havenclient.vault.lock import FolderLock
from havenclient.vault.notices import Notice
from havenclient.vault.work import Work

if TYPE_CHECKING:
    from havenclient.vault.service import Vault


def rotate(
    vault: Vault, passphrase: str, *, new: str | None, kdf: KdfParams | None, work: Work
) -> str:
    """Returns the new recovery code. Can be stopped (through `work`) until the commit point."""
    from havenclient.vault.opening import move_in
    from havenclient.vault.service import database_key

    if new is not None:
        kdf_module.require_length(new)
    work.step(0, 6, "checking the passphrase")
    vault.require_passphrase(passphrase)
    # Nobody else may have the old file open: see lock.py.
    FolderLock.alone(vault.paths.readers).release()
    work.step(1, 6, "deriving the new key")
    params = vault.new_kdf(kdf)
    kek = kdf_module.passphrase_kek(new or passphrase, params)
    secret = recovery.new_secret(vault.random)
    vmk = bytearray(vault.random.token(VMK_SIZE))
    now = vault.clock.now()
    old = vault.header
    had_keyring = any(slot.kind == "keyring" for slot in vault.slots())
    header = Header.new(
        vmk,
        vault.random,
        kdf=params,
        add=(
            (SlotKind.PASSPHRASE, kek),
            (SlotKind.RECOVERY, kdf_module.recovery_kek(secret)),
        ),
        now=int(now.timestamp()),
        vault_id=old.vault_id,
        seq=old.seq + 1,
        created=old.created,
        generation=old.generation + 1,
    )
    key = database_key(vmk, old.vault_id)
    work.step(2, 6, "keeping a snapshot")
    vault.snapshots.take("before-rotation")
    staged = vault.paths.rotated(header.generation)
    committed = False
    with vault.db.exclusive():
        old_key = vault.subkey("db")
        try:
            work.step(3, 6, "writing the journal under new keys")
            with mapped("the journal's folder"):
                remove(staged)
            vault.db.copy_to(staged)
            rekey(staged, old_key, key)
            _renew_inside(vault, staged, key)
            if not check_copy(staged, key):
                raise Damaged("the new copy did not pass its check", "the old keys still hold")
            work.step(4, 6, "changing the keys")
            vault.db.close()
            alone = FolderLock.alone(vault.paths.readers)
            try:
                with mapped("the journal's key file"):
                    write_atomically(vault.paths.header, header.encode())
                    committed = True
                    write_atomically(vault.paths.previous, header.encode())
                move_in(vault.paths, header)
            finally:
                alone.release()
        except BaseException:
            if not committed:
                committed = _stands(vault, header)
            if not committed:
                with contextlib.suppress(HavenError):
                    remove(staged)
                vault.db.reopen(vault.paths.database, old_key)
                vmk[:] = bytes(len(vmk))
                raise
            # The switch is made; whatever went wrong after it, the next unlock settles.
            vault.abandon()
            raise
        vault.db.reopen(vault.paths.database, key)
        vault.adopt(header, vmk)
    if had_keyring:
        keyring_store.forget(vault.vault_id)
    vault.checkpoint_seen("rotate")
    quick.publish(vault.db, vault.paths)
    _reseal(vault, old_key, work)
    return recovery.show(secret)


def _stands(vault: Vault, header: Header) -> bool:
    """Did the rename happen although an error came after it (an fsync of the folder)?"""
    try:
        return vault.paths.header.read_bytes() == header.encode()
    except OSError:
        return False


def _renew_inside(vault: Vault, staged: Path, key: bytes) -> None:
    """What changes inside the database with its keys: the quick pair, the code to confirm."""
    now = vault.clock.now()
    database = Database(staged, key, scratch=vault.paths.scratch)
    try:
        with database.transaction():
            quick.new_keys(database, now=now)
            database.execute("UPDATE vault_meta SET value = '' WHERE key = 'recovery_confirmed'")
            rollback.append(database, "rotated", now)
    finally:
        database.close()
    with mapped("the journal's folder"):
        sync_file(staged)


def _reseal(vault: Vault, old_key: bytes, work: Work) -> None:
    # The keys are changed already: neither a full disk nor a stop may hide the recovery code.
    every = len(vault.snapshots.list())
    done = 0
    with contextlib.suppress(HavenError):
        done = vault.snapshots.reseal(old_key, work=work)
    if done < every:
        vault.notice(
            Notice(
                "snapshots",
                f"{every - done} snapshots still open with the old passphrase and keys.",
                (f"They lie in {vault.paths.snapshots.name}; remove them if that worries you.",),
            )
        )
