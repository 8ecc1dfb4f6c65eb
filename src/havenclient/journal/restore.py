"""Bring a backup back, into a new folder, all of it or nothing.

Theory of operation. The archive is read twice. The first time it is decrypted to its last byte and
compared with its own list of hashes, and nothing is written. The second time it fills a new vault,
in a folder beside the wanted one whose name begins with a dot; that folder gets its name when
everything is in it and closed. So what lies at the wanted place is a whole journal or nothing, also
after a power cut, and a live vault is never touched.

Entries keep their ids and all their versions. Keys are new: a new passphrase, a new recovery code.
"""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyrage

from havenclient.errors import Damaged, NotFound, UsageError, WrongPassphrase
from havenclient.journal import age_pipe, archive, ident
from havenclient.journal.archive import Inventory, examine
from havenclient.journal.clean import (
    clean_body,
    clean_mood,
    clean_note,
    clean_tags,
    clean_text,
    name_key,
)
from havenclient.journal.importers.haven_lines import NAME as LINES
from havenclient.journal.importers.haven_lines import instant
from havenclient.journal.importers.values import is_map, list_of, map_of, number_of, text_of
from havenclient.journal.records import Draft
from havenclient.journal.seams import NoWork, Work
from havenclient.journal.service import Journal
from havenclient.journal.store import Fields, Store
from havenclient.seams import Clock, Random, SystemClock, SystemRandom
from havenclient.vault import KdfParams, Vault, VaultPaths, create
from havenclient.vault.files import mapped, sync_folder

__all__ = ["RestoreResult", "examine", "read_key", "restore", "verify"]

MAX_KEY_FILE = 64 * 1024
BATCH = 200


@dataclass(frozen=True, slots=True)
class RestoreResult:
    root: Path
    recovery_code: str = field(repr=False)
    """The new vault's code, shown once, stored nowhere."""
    entries: int
    attachments: int
    left_out: int
    """Records that this Haven could not keep (0 for every backup that Haven wrote)."""


def read_key(key_file: Path, passphrase: str) -> Any:
    """The backup identity. WrongPassphrase; Damaged or NotFound for the file."""
    with mapped("the backup key"), key_file.open("rb") as stream:
        data = stream.read(MAX_KEY_FILE + 1)
    if len(data) > MAX_KEY_FILE:
        raise Damaged("this isn't a backup key")
    if b"AGE-SECRET-KEY-1" not in data:
        try:
            data = pyrage.passphrase.decrypt(data, passphrase)
        except pyrage.DecryptError as error:
            if "ecryption failed" in str(error):
                raise WrongPassphrase("that passphrase doesn't open the backup key") from None
            if "xcessive" in str(error):
                raise UsageError(
                    "the backup key asks for more work than this computer is given",
                    "open it with `age -d` and restore with the file that it writes",
                ) from None
            raise Damaged("this isn't a backup key, or it is damaged") from None
    for line in data.decode("utf-8", "replace").splitlines():
        if line.strip().startswith("AGE-SECRET-KEY-1"):
            with contextlib.suppress(pyrage.IdentityError):
                return pyrage.x25519.Identity.from_str(line.strip())
    raise Damaged("this isn't a backup key, or it is damaged")


@contextlib.contextmanager
def _opened(path: Path, identity: Any) -> Iterator[tuple[BinaryIO, int]]:
    with mapped("the backup"):
        if not path.is_file():
            raise NotFound("there is no such backup")
        size = path.stat().st_size
        with path.open("rb") as source, age_pipe.decrypting(source, [identity]) as plain:
            yield plain, size


def verify(path: Path, key_file: Path, passphrase: str, *, work: Work | None = None) -> Inventory:
    """Read a whole backup and check every byte; nothing is written anywhere."""
    identity = read_key(key_file, passphrase)
    with _opened(path, identity) as (plain, size):
        return examine(plain, work=work or NoWork(), label="checking the backup", size=size)


def restore(
    path: Path,
    key_file: Path,
    passphrase: str,
    new_root: Path,
    new_passphrase: str,
    *,
    state_dir: Path,
    kdf: KdfParams | None = None,
    take_extras: Callable[[Vault, Mapping[str, bytes]], None] | None = None,
    work: Work | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
) -> RestoreResult:
    """A new, closed vault at `new_root` from the backup at `path`.

    `take_extras` gets what other rooms had put into the backup, while the new vault is open and
    before it has its name: what it brings in is there with everything else, or nothing is.

    `new_root` must not exist or be an empty folder (UsageError). WrongPassphrase for the key file,
    Damaged or TooNew for the archive (before anything is written), `Stopped` from `work`.
    """
    work, clock, random = work or NoWork(), clock or SystemClock(), random or SystemRandom()
    new_root = new_root.absolute()
    with mapped("the new journal's folder"):
        if new_root.is_symlink() or (
            new_root.exists() and (not new_root.is_dir() or any(new_root.iterdir()))
        ):
            raise UsageError(
                "a backup is restored into a new folder only", "name one that doesn't exist yet"
            )
        if not new_root.parent.is_dir():
            raise UsageError("the folder to restore into doesn't exist", "make it first")
    identity = read_key(key_file, passphrase)
    with _opened(path, identity) as (plain, size):
        inventory = examine(plain, work=work, label="checking the backup", size=size)
    building = new_root.with_name(f".{new_root.name}.{random.token(4).hex()}.part")
    try:
        vault, code = create(
            VaultPaths(building),
            new_passphrase,
            state_dir=state_dir,
            kdf=kdf,
            clock=clock,
            random=random,
            work=work,
        )
        with vault:
            filler = _Filler(vault, clock, random)
            with _opened(path, identity) as (plain, size):
                for member in archive.members(plain, work, "restoring", size):
                    filler.take(member)
                    member.drain()
                    if inventory.hashes.get(member.name, "") not in (
                        "" if member.name == archive.MANIFEST else "-",
                        member.digest.hexdigest(),
                    ):
                        archive.damaged()
            filler.finish()
            if take_extras is not None:
                take_extras(vault, filler.extras)
        with mapped("the new journal's folder"):
            building.rename(new_root)
            sync_folder(new_root.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return RestoreResult(new_root, code, filler.entries, filler.attachments, filler.left_out)


class _Ids:
    """Chance that gives wanted ids to `Store.insert`: the inverse of `ident.new_id`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.wanted = ""

    def token(self, size: int) -> bytes:
        wanted, self.wanted = self.wanted, ""
        if len(wanted) != ident.ID_LENGTH or set(wanted) - set(ident.ALPHABET):
            return self._random.token(size)
        value = sum(ident.ALPHABET.index(char) << 5 * place for place, char in enumerate(wanted))
        return value.to_bytes(size)

    def below(self, bound: int) -> int:
        return self._random.below(bound)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


class _Filler:
    """Puts the archive's members into an empty vault."""

    def __init__(self, vault: Vault, clock: Clock, random: Random) -> None:
        self._vault = vault
        self._db = vault.db
        self._now_us = ident.microseconds(clock.now())[0]
        self._ids = _Ids(random)
        self._store = Store(vault.db, self._ids)
        self._journal = Journal(vault, clock=clock, random=random)
        self._wanted: dict[str, list[tuple[str, str, str, int]]] = {}
        """Content hash -> (entry id, name, media type, place among the entry's files)."""
        self._binned: list[tuple[str, int]] = []
        self.extras: dict[str, bytes] = {}
        self.entries = self.attachments = self.left_out = 0

    def take(self, member: archive.Member) -> None:
        if member.name == LINES:
            self._lines(member)
        elif (digest := member.attachment) is not None:
            self._attachment(digest, member)
        elif archive.is_extra(member.name) and member.size <= archive.MAX_EXTRA:
            self.extras[member.name] = member.read()

    def finish(self) -> None:
        if self._wanted:
            archive.damaged()
        with self._db.transaction():
            for entry_id, binned_us in self._binned:
                self._store.bin(self._store.row(entry_id), binned_us)

    def _lines(self, member: archive.Member) -> None:
        batch: list[dict[str, object]] = []
        for _, record in archive.lines(member):
            batch.append(record)
            if len(batch) >= BATCH or sum(len(text_of(r.get("body"))) for r in batch) > 1 << 24:
                self._batch(batch)
                batch = []
        self._batch(batch)

    def _batch(self, records: list[dict[str, object]]) -> None:
        with self._db.transaction():
            for record in records:
                try:
                    with self._db.transaction():
                        self._record(record)
                except UsageError:
                    self.left_out += 1

    def _record(self, record: dict[str, object]) -> None:
        match record.get("kind"):
            case "journal":
                self._journal_no(text_of(record.get("name")), hidden=record.get("hidden") is True)
            case "entry":
                self._entry(record)
                self.entries += 1
            case "draft":
                saved = instant(record.get("saved_at"))
                if saved is not None:
                    tags = tuple(text_of(tag) for tag in list_of(record.get("tags")))
                    self._journal.save_draft(
                        Draft(
                            text_of(record.get("key")),
                            text_of(record.get("body")),
                            saved,
                            _mood(record),
                            tags,
                            text_of(record.get("note")) or None,
                        )
                    )
            case "template":
                self._journal.save_template(
                    text_of(record.get("name")), text_of(record.get("body"))
                )

    def _journal_no(self, name: str, *, hidden: bool = False) -> int:
        row = self._db.one("SELECT no FROM journal WHERE key = ?", (name_key(name),))
        if row is not None:
            return int(row[0])
        return self._store.make_journal(name, hidden=hidden, now_us=self._now_us)

    def _entry(self, record: dict[str, object]) -> None:
        versions = [version for version in list_of(record.get("versions")) if is_map(version)]
        entry_id = ""
        for version in versions:
            fields = self._fields(version)
            saved = instant(version.get("saved_at"))
            now_us = ident.microseconds(saved)[0] if saved else self._now_us
            origin = clean_text(text_of(version.get("origin")))[:32] or "restore"
            if not entry_id:
                self._ids.wanted = text_of(record.get("id"))
                entry_id = self._store.insert(fields, now_us=now_us, origin=origin).id
            else:
                self._store.update(self._store.row(entry_id), fields, now_us=now_us, origin=origin)
        if not entry_id:
            raise UsageError("an entry without versions")
        imported = map_of(record.get("imported"))
        if imported:
            self._db.execute(
                "INSERT INTO import_record(source, source_id, entry, raw) VALUES (?, ?, ?, ?)",
                (
                    clean_text(text_of(imported.get("source"))),
                    clean_text(text_of(imported.get("source_id"))),
                    entry_id,
                    clean_text(text_of(imported.get("raw"))),
                ),
            )
        for place, item in enumerate(list_of(record.get("attachments"))):
            have = map_of(item)
            self._wanted.setdefault(text_of(have.get("sha256")), []).append(
                (entry_id, text_of(have.get("name")), text_of(have.get("media_type")), place)
            )
        if (binned := instant(record.get("binned_at"))) is not None:
            self._binned.append((entry_id, ident.microseconds(binned)[0]))

    def _fields(self, version: dict[str, object]) -> Fields:
        written = instant(version.get("written_at"))
        if written is None:
            raise UsageError("a version without a date")
        written_us, offset = ident.microseconds(written)
        return Fields(
            body=clean_body(text_of(version.get("body"))),
            mood=clean_mood(_mood(version)),
            tags=clean_tags(text_of(tag) for tag in list_of(version.get("tags"))),
            note=clean_note(text_of(version.get("note")) or None),
            written_us=written_us,
            offset=offset,
            zone=text_of(version.get("zone")) or None,
            starred=version.get("starred") is True,
            journal=self._journal_no(text_of(version.get("journal"))),
        )

    def _attachment(self, digest: str, member: archive.Member) -> None:
        owners = self._wanted.pop(digest, [])
        first = ""
        for entry_id, name, media_type, place in owners:
            stream = (
                cast(BinaryIO, io.BufferedReader(_Raw(member), 1 << 16))
                if not first
                else self._journal.read_attachment(first)
            )
            made = self._journal.attach(entry_id, name, stream, media_type)
            if made.sha256 != digest:
                archive.damaged()
            first = first or made.blob_id
            # Entries show their files in the order in which they were added.
            self._db.execute(
                "UPDATE attachment SET added_at = ? WHERE blob_id = ?",
                (self._now_us + place, made.blob_id),
            )
            self.attachments += 1


class _Raw(io.RawIOBase):
    def __init__(self, member: archive.Member) -> None:
        self._member = member

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._member.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _mood(record: dict[str, object]) -> int | None:
    mood = number_of(record.get("mood"))
    return int(mood) if mood is not None else None
