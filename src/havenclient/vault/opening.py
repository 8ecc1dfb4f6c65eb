"""Make a vault, open a vault: the only two ways to get a `Vault`.

Theory of operation. The header decides everything. It is replaced by one atomic rename, and it
names (by its `generation`) the database file that belongs to it:

* A database that is on its way in lies as `journal.db.rotated-G`. While the header says less than
  G it is an unfinished attempt and is removed. Once the header says G it *is* the database, and
  whoever unlocks next renames it to `journal.db` first (`settle`). Creation and key rotation use
  the same step, so at every instant exactly one (header, database) pair is valid, and which one can
  be read off the header alone.
* `vault.haven.1` is brought level with the header after a way in was proven and *before* `settle`
  moves a database: an older header must never be left beside a newer database.
* A header that is damaged or missing falls back to `vault.haven.1`. A header that is whole never
  does: a passphrase that was changed or a slot that was removed must stay wrong.

Right or wrong is decided by a slot's AEAD tag, damage by checksum and MAC, age by `rollback`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from havenclient.crypto import kdf as kdf_module
from havenclient.crypto.kdf import KdfParams
from havenclient.crypto.slots import VMK_SIZE, SlotKind
from havenclient.errors import Damaged, NotFound, StorageError, UsageError, WrongPassphrase
from havenclient.seams import Clock, Random, SystemClock, SystemRandom
from havenclient.vault import migrations, quick, rollback
from havenclient.vault.cipher import require_cipher
from havenclient.vault.database import Database
from havenclient.vault.files import (
    mapped,
    private_folder,
    read_small,
    remove,
    replace,
    sync_file,
    write_atomically,
)
from havenclient.vault.header import MAX_SIZE, Header
from havenclient.vault.lock import FolderLock
from havenclient.vault.migrations import Migration
from havenclient.vault.notices import Notice
from havenclient.vault.paths import VaultPaths, exists
from havenclient.vault.service import Vault, database_key
from havenclient.vault.ways import Derived, KeyringSlot, Passphrase, RecoveryCode, Way
from havenclient.vault.work import NoWork, Work


def available_memory() -> int:
    """KiB that may be used right now; the floor's worth if the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1])
    return 4 * kdf_module.FLOOR_MEMORY


# --- create ---------------------------------------------------------------------------------------


def create(
    paths: VaultPaths,
    passphrase: str,
    *,
    state_dir: Path,
    kdf: KdfParams | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
    work: Work | None = None,
    schema: Sequence[Migration] | None = None,
) -> tuple[Vault, str]:
    """A new vault, open, and its recovery code as people see it (shown once, stored nowhere).

    Without `kdf` the key stretching is calibrated to this computer (a few seconds). A crash leaves
    either no vault or a whole one. StorageError if there is one already.
    """
    from havenclient.crypto import recovery

    clock, random, work = clock or SystemClock(), random or SystemRandom(), work or NoWork()
    require_cipher()
    kdf_module.require_length(passphrase)
    if kdf is not None:
        kdf.require_writable()
    with mapped("the journal's folder"):
        private_folder(paths.root)
    lock = FolderLock.writer(paths.lock, clock.now())
    try:
        if exists(paths):
            raise StorageError(
                "there is a journal in this folder already",
                "open it, or choose another folder with --journal",
            )
        work.step(0, 3, "measuring this computer")
        kdf = kdf or kdf_module.calibrate(clock, random, available=available_memory())
        kdf = kdf.with_salt(random.token(kdf_module.SALT_SIZE))
        work.step(1, 3, "deriving the key")
        kek = kdf_module.passphrase_kek(passphrase, kdf)
        secret = recovery.new_secret(random)
        vmk = bytearray(random.token(VMK_SIZE))
        ways = (
            (SlotKind.PASSPHRASE, kek),
            (SlotKind.RECOVERY, kdf_module.recovery_kek(secret)),
        )
        now = clock.now()
        header = Header.new(vmk, random, kdf=kdf, add=ways, now=int(now.timestamp()), generation=1)
        work.step(2, 3, "making the journal")
        _prepare_folders(paths)
        _discard_attempts(paths, keep=None)
        staged = paths.rotated(header.generation)
        key = database_key(vmk, header.vault_id)
        database = Database(staged, key, scratch=paths.scratch, fresh=True)
        try:
            known = schema if schema is not None else migrations.shipped()
            migrations.migrate(database, known, now=now, before=lambda: None, work=work)
            quick.new_keys(database, now=now)
        finally:
            database.close()
        with mapped("the journal's folder"):
            sync_file(staged)
            write_atomically(paths.header, header.encode())  # from here on there is a vault
            write_atomically(paths.previous, header.encode())
        settle(paths, header)
        vault = _assemble(
            paths, header, vmk, lock, state_dir, clock, random, read_only=False, notices=[]
        )
        vault.begin()
        return vault, recovery.show(secret)
    except BaseException:
        lock.release()
        raise


def _prepare_folders(paths: VaultPaths) -> None:
    with mapped("the journal's folder"):
        for folder in (paths.root, paths.blobs, paths.inbox, paths.snapshots, paths.scratch):
            private_folder(folder)


def _discard_attempts(paths: VaultPaths, keep: int | None) -> None:
    """Remove databases of rotations (or a creation) that were not committed."""
    wanted = paths.rotated(keep).name if keep is not None else None
    for path in paths.root.glob("journal.db.rotated-*"):
        base = path.name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
        if base != wanted:
            with mapped("the journal's folder"):
                remove(path)


def settle(paths: VaultPaths, header: Header) -> None:
    """Make `journal.db` the database that `header` names. The header's MAC must be verified."""
    _discard_attempts(paths, keep=header.generation)
    if not paths.rotated(header.generation).exists():
        return
    alone = FolderLock.alone(paths.readers)
    try:
        move_in(paths, header)
    finally:
        alone.release()


def move_in(paths: VaultPaths, header: Header) -> None:
    """The last step of `settle`, for whoever holds the readers' lock."""
    with mapped("the journal's folder"):
        # A log of the old database must never meet the new one. (The staged file was closed before
        # it was committed; a log beside it is an empty one that a reader made.)
        staged = paths.rotated(header.generation)
        for path in (staged, paths.database):
            for suffix in ("-wal", "-shm"):
                remove(path.with_name(path.name + suffix))
        replace(staged, paths.database)


# --- unlock ---------------------------------------------------------------------------------------


def unlock(
    paths: VaultPaths,
    way: Way,
    *,
    state_dir: Path,
    read_only: bool = False,
    quiet: Callable[[Vault], bool] | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
    work: Work | None = None,
    schema: Sequence[Migration] | None = None,
) -> Vault:
    """The open vault. NotFound, InUse, WrongPassphrase, Damaged, TooNew, DiskFull.

    `read_only` needs no writer's lock and changes nothing; a schema that is older than this Haven's
    is then refused (it needs the writer to migrate).

    `quiet` is for who came to read: the vault is opened read-only, with all its notices, unless
    something waits for a writer (traces of a crash, a quick note, a migration, a file to put
    right, or `quiet` itself answers False); then it is opened as without it. The passphrase is
    stretched once either way.
    """
    clock, random, work = clock or SystemClock(), random or SystemRandom(), work or NoWork()
    require_cipher()
    if not exists(paths):
        raise NotFound("there is no journal in this folder", "`haven init` makes one")
    known = schema if schema is not None else migrations.shipped()
    if quiet is not None and not read_only and _calm(paths):
        work.step(0, 2, "deriving the key")
        if isinstance(way, Passphrase):
            way = derive(paths, way.text)
        with contextlib.suppress(_NeedsWriter):
            return _open(
                paths, way, state_dir, clock, random, work, known, read_only=True, quiet=quiet
            )
    return _open(paths, way, state_dir, clock, random, work, known, read_only=read_only)


class _NeedsWriter(Exception):
    """A quiet reader found something that only a writer may do."""


def _calm(paths: VaultPaths) -> bool:
    """Nothing in the folder asks for a writer. (What only the database knows is asked later.)"""
    try:
        level = read_small(paths.header, MAX_SIZE) == read_small(paths.previous, MAX_SIZE)
        names = {item.name for item in os.scandir(paths.root)}
        waiting = any(item.name.endswith(".quick") for item in os.scandir(paths.inbox))
    except (OSError, Damaged):
        return False
    moving = any(name.startswith("journal.db.rotated-") for name in names)
    return level and not waiting and not moving


def derive(paths: VaultPaths, passphrase: str) -> Derived:
    """Stretch `passphrase` as this vault's key file says; whether it is right shows at unlock."""
    for path in (paths.header, paths.previous):
        with contextlib.suppress(Damaged, NotFound), mapped("the journal's key file"):
            header = Header.decode(read_small(path, MAX_SIZE))
            return Derived(kdf_module.passphrase_kek(passphrase, header.kdf))
    raise Damaged("the journal's key file (vault.haven) is damaged", "a backup or a snapshot helps")


def _open(
    paths: VaultPaths,
    way: Way,
    state_dir: Path,
    clock: Clock,
    random: Random,
    work: Work,
    schema: Sequence[Migration],
    *,
    read_only: bool,
    quiet: Callable[[Vault], bool] | None = None,
) -> Vault:
    lock = FolderLock.shared(paths.readers) if read_only else _writer(paths, clock)
    vmk: bytearray | None = None
    try:
        work.step(0, 2, "deriving the key")
        notices: list[Notice] = []
        header, vmk = _open_header(paths, way, notices)
        work.step(1, 2, "opening the journal")
        if not read_only:
            _prepare_folders(paths)
            with mapped("the journal's folder"):
                for target in (paths.header, paths.previous):
                    _level(target, header.encode())
            settle(paths, header)
        vault = _assemble(
            paths, header, vmk, lock, state_dir, clock, random, read_only=read_only, notices=notices
        )
        try:
            _bring_up(vault, schema, work, quiet)
        except BaseException:
            vault.abandon()
            raise
        return vault
    except BaseException:
        if vmk is not None:
            vmk[:] = bytes(len(vmk))
        lock.release()
        raise


def _writer(paths: VaultPaths, clock: Clock) -> FolderLock:
    return FolderLock.writer(paths.lock, clock.now())


def _level(target: Path, data: bytes) -> None:
    try:
        same = read_small(target, MAX_SIZE) == data
    except (OSError, Damaged):
        same = False
    if not same:
        write_atomically(target, data)


def _open_header(paths: VaultPaths, way: Way, notices: list[Notice]) -> tuple[Header, bytearray]:
    damage: Damaged | None = None
    for path in (paths.header, paths.previous):
        try:
            with mapped("the journal's key file"):
                header = Header.decode(read_small(path, MAX_SIZE))
            vmk = try_header(header, way)
        except NotFound:
            damage = damage or Damaged(
                "the journal's key file (vault.haven) is missing",
                "a backup or a snapshot holds one",
            )
            continue
        except Damaged as error:
            damage = damage or error
            continue
        if vmk is None:
            raise _wrong(way, earlier=damage is not None)
        if damage is not None:
            notices.append(
                Notice(
                    "header",
                    "The journal's key file was damaged or missing; its second copy was used and"
                    " the file was repaired.",
                    ("Nothing is lost. Make a backup if the disk is old.",),
                )
            )
        return header, vmk
    assert damage is not None
    raise damage


def try_header(header: Header, way: Way) -> bytearray | None:
    """The master key, or None if `way` is wrong. Damaged if the header's MAC does not hold."""
    match way:
        case Derived(key):
            opened = header.open(SlotKind.PASSPHRASE, key)
        case Passphrase(text):
            opened = header.open(SlotKind.PASSPHRASE, kdf_module.passphrase_kek(text, header.kdf))
        case RecoveryCode(code):
            from havenclient.crypto import recovery

            opened = header.open(SlotKind.RECOVERY, kdf_module.recovery_kek(recovery.read(code)))
        case KeyringSlot():
            from havenclient.vault import keyring_store

            secret = keyring_store.load(header.vault_id)
            opened = header.open(SlotKind.KEYRING, kdf_module.keyring_kek(secret))
        case _:
            raise UsageError("this is not a way to open a journal")
    return opened.vmk if opened else None


def _wrong(way: Way, *, earlier: bool) -> WrongPassphrase:
    sentence = {
        Passphrase: "that passphrase does not open this journal",
        Derived: "that passphrase does not open this journal",
        RecoveryCode: "that recovery code does not open this journal",
        KeyringSlot: "this computer's keyring does not open this journal",
    }[type(way)]
    hints = ["nothing is lost; try again"]
    if isinstance(way, KeyringSlot):
        hints = ["use the passphrase or the recovery code"]
    if earlier:
        hints.append("the key file was damaged and an earlier one is used: try the one before")
    return WrongPassphrase(sentence, *hints)


def _assemble(
    paths: VaultPaths,
    header: Header,
    vmk: bytearray,
    lock: FolderLock,
    state_dir: Path,
    clock: Clock,
    random: Random,
    *,
    read_only: bool,
    notices: list[Notice],
) -> Vault:
    staged = paths.rotated(header.generation)
    path = staged if read_only and staged.exists() else paths.database
    if not path.exists():
        raise Damaged(
            "the journal's database (journal.db) is missing", "a backup or a snapshot holds one"
        )
    key = database_key(vmk, header.vault_id)
    database = Database(path, key, scratch=paths.scratch, read_only=read_only)
    return Vault(
        paths,
        header,
        vmk,
        database,
        lock,
        state_dir=state_dir,
        clock=clock,
        random=random,
        read_only=read_only,
        notices=notices,
    )


def _bring_up(
    vault: Vault,
    schema: Sequence[Migration],
    work: Work,
    quiet: Callable[[Vault], bool] | None,
) -> None:
    migrations.require_known(vault.db, schema)
    seen = rollback.load(vault.state_dir, vault.vault_id)
    older = rollback.compare(vault.db, vault.header.seq, seen)
    if older is not None:
        vault.notice(older)
    if quiet is not None:
        missing = {m.number for m in schema} - migrations.applied(vault.db)
        if missing or not quick.in_place(vault.db, vault.paths) or not quiet(vault):
            raise _NeedsWriter
        vault.tell_recovery()
        return
    if vault.read_only:
        if {m.number for m in schema} - migrations.applied(vault.db):
            raise StorageError(
                "this journal must be brought up to date before it can be read",
                "close the other Haven and open it once normally",
            )
        return
    migrations.migrate(
        vault.db,
        schema,
        now=vault.clock.now(),
        before=lambda: void(vault.snapshots.take("before-migration", work=work)),
        work=work,
    )
    # An older copy may have been put here by mistake: leave alone what only the newer one knows.
    vault.begin(sweep=older is None)


def void(_: object) -> None:
    return None
