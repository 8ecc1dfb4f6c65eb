"""Backups that a person opens with `age` and `tar`, without Haven.

Theory of operation. There are two files. `haven-backup-key.age` holds an X25519 identity, itself
encrypted with a passphrase (age's scrypt), armored so that it can be printed; it is written once.
`haven-YYYY-MM-DD.tar.age` is a tar, encrypted to that identity's public half, which stands in the
vault: so a backup needs no passphrase, and a stolen vault's key opens no older backup.

The tar is streamed: entries are read, written and encrypted piece by piece, and no plaintext
touches the disk. Tar wants each member's length before its bytes; `haven.jsonl` is only known at
the end, so it is spooled to a file sealed under a key that lives in memory alone.

Every backup is verified before it gets its name: it is also encrypted to a second identity, made
for this one backup, with which it is opened, read to its end and compared with its own list of
hashes; then that identity is forgotten. Never in a backup: circles' ratchets (restoring them would
reuse keys), the vault's keys, its passphrase or recovery code. Other rooms' own files (`extras`,
such as who one is in each circle) travel along unread.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyrage

from havenclient.errors import Damaged, NotFound, UsageError
from havenclient.journal import age_pipe, archive
from havenclient.journal.archive import FORMAT, MANIFEST, examine
from havenclient.journal.exporters import lines_out, markdown_out
from havenclient.journal.exporters.target import new_file, place
from havenclient.journal.importers.haven_lines import NAME as LINES
from havenclient.journal.records import Attachment, Query
from havenclient.journal.seams import NoWork, Work
from havenclient.journal.spool import Spool
from havenclient.seams import Clock, SystemClock
from havenclient.vault.files import mapped, open_private

if TYPE_CHECKING:
    from havenclient.journal.service import Journal
    from havenclient.vault import Vault

KEY_FILE = "haven-backup-key.age"
RECIPIENT = "backup_recipient"
"""Key in the vault's own small facts: the public half of the backup identity."""

MIN_PASSPHRASE = 8

README = """This is a backup of a Haven journal.

markdown/     every entry as a text file, newest version, by year; attachments beside
haven.jsonl   everything: all versions, drafts, what is in the bin; one JSON object a line
attachments/  the attached files by the SHA-256 of their content
circles/      who you are in your circles, for asking to be let back in; keep it to yourself
manifest.json the SHA-256 of every file here

Haven brings it back into a new journal: haven restore
Without Haven you are reading it right now:
    age -d -i haven-backup-key.age haven-YYYY-MM-DD.tar.age | tar x
age asks for the passphrase of the key file. What lies here now is not encrypted any more.
"""


@dataclass(frozen=True, slots=True)
class BackupResult:
    path: Path
    entries: int
    attachments: int
    size: int
    """Bytes of the encrypted file."""


def has_key(vault: Vault) -> bool:
    """Whether a backup key was made for this vault."""
    return bool(vault.meta(RECIPIENT))


def create_key(vault: Vault, folder: Path, passphrase: str, *, work: Work | None = None) -> Path:
    """Make the backup identity, write its passphrase-encrypted file, remember its public half.

    Takes about two seconds (scrypt). The file is never written over. A second call makes a second
    identity: later backups need the new file, earlier ones the old.
    """
    work = work or NoWork()
    if len(passphrase) < MIN_PASSPHRASE:
        raise UsageError(f"a passphrase needs at least {MIN_PASSPHRASE} characters")
    path = folder / KEY_FILE
    if path.exists() or path.is_symlink():  # asked before the seconds of scrypt, too
        raise UsageError("there is a backup key in this folder already", "use another folder")
    work.step(0, 2, "making the backup key")
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    text = f"# Haven backup key\n# public key: {public}\n{identity}\n"
    sealed: bytes = pyrage.passphrase.encrypt(text.encode(), passphrase, armored=True)
    work.step(1, 2, "writing the backup key")
    with new_file(path) as out:
        out.write(sealed)
    vault.set_meta(RECIPIENT, public)
    return path


def write(
    journal: Journal,
    vault: Vault,
    target_dir: Path,
    *,
    recipients: Sequence[str] = (),
    extras: Mapping[str, bytes] | None = None,
    work: Work | None = None,
    clock: Clock | None = None,
) -> BackupResult:
    """Write and verify `haven-YYYY-MM-DD.tar.age` (`-2`, `-3` … the same day) in `target_dir`.

    `recipients` are further age public keys (`age1…`). `extras` are other rooms' files by name
    ("circles/identities.cbor"), at most `archive.MAX_EXTRA` bytes each; `restore` hands them
    back. NotFound when no backup key was made yet;
    UsageError, DiskFull, StorageError; Damaged if what was written doesn't read back; `Stopped`
    from `work`. In all of these nothing is left in the folder.
    """
    work, clock = work or NoWork(), clock or SystemClock()
    public = vault.meta(RECIPIENT)
    if not public:
        raise NotFound("there is no backup key yet", "`haven backup FOLDER` makes it")
    check = pyrage.x25519.Identity.generate()
    extras = dict(extras or {})
    if not all(archive.is_extra(n) and len(d) <= archive.MAX_EXTRA for n, d in extras.items()):
        raise ValueError("an extra of this name or size can't be in a backup")
    targets = [recipient(public), *(recipient(text) for text in recipients), check.to_public()]
    if not target_dir.is_dir():
        raise NotFound("the folder for the backup doesn't exist", "make it first")
    final = _free_name(target_dir, f"haven-{clock.now().astimezone().date().isoformat()}")
    building = final.with_name(f".{final.name}.part")
    with mapped("the backup"):
        with contextlib.suppress(FileNotFoundError):
            building.unlink()
        out = os.fdopen(open_private(building, os.O_RDWR | os.O_CREAT | os.O_EXCL), "w+b")
    try:
        with mapped("the backup"), out:
            with age_pipe.encrypting(out, targets) as plain:
                counts = _Writer(journal, vault, plain, target_dir, work, clock, extras).write()
            out.flush()
            os.fsync(out.fileno())
            size = out.tell()
            out.seek(0)
            _verify_own(out, check, work, size)
        with mapped("the backup"):
            place(building, final)
    finally:
        with contextlib.suppress(OSError):
            building.unlink()
    return BackupResult(final, counts[0], counts[1], size)


def recipient(text: str) -> Any:
    """An age public key; UsageError if it is none."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise UsageError("that isn't an age public key", "it begins with age1") from None


def _free_name(folder: Path, stem: str) -> Path:
    for number in range(1, 1000):
        path = folder / (f"{stem}.tar.age" if number == 1 else f"{stem}-{number}.tar.age")
        if not path.exists() and not path.is_symlink():
            return path
    raise UsageError("there are a thousand backups of today in that folder already")


def _verify_own(out: BinaryIO, check: Any, work: Work, size: int) -> None:
    try:
        with age_pipe.decrypting(out, [check]) as plain:
            examine(plain, work=work, label="checking the backup", size=size)
    except Damaged:
        raise Damaged(
            "the backup that was just written doesn't read back, so it was not kept",
            "the disk may be failing; try another one",
        ) from None


class _Writer:
    """Fills the tar. One pass over the entries, in the journal's own order."""

    def __init__(
        self,
        journal: Journal,
        vault: Vault,
        plain: BinaryIO,
        folder: Path,
        work: Work,
        clock: Clock,
        extras: Mapping[str, bytes],
    ) -> None:
        self._extras = extras
        self._folder = folder
        self._journal = journal
        self._vault = vault
        self._work = work
        self._clock = clock
        self._mtime = int(clock.now().timestamp())
        self._hashes: dict[str, dict[str, object]] = {}
        self._tar = tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def write(self) -> tuple[int, int]:
        """(entries, attachments)."""
        try:
            return self._fill()
        except BaseException:
            # A half-written tar must not try to finish itself when it is collected.
            self._tar.fileobj.closed = True  # type: ignore[attr-defined]
            raise

    def _fill(self) -> tuple[int, int]:
        self._bytes("README.txt", README.encode())
        files: dict[str, Attachment] = {}
        entries = 0
        with Spool(self._folder) as spool:
            spool.write(lines_out.head(self._clock))
            names = markdown_out.Namer()
            for info in self._journal.journals():
                spool.write(lines_out.journal_line(info))
            for info in self._journal.journals():
                for binned in (False, True):
                    query = Query(journal=info.name, binned=binned)
                    for entry, versions in self._journal.iter_versions(query):
                        self._work.step(entries, None, "backing up entries")
                        imported = self._imported(entry.id)
                        spool.write(lines_out.entry_line(entry, versions, imported))
                        if not binned:
                            page = markdown_out.page_of(entry, names)
                            self._bytes(f"markdown/{page.name}", page.text)
                        for attachment in entry.attachments:
                            files.setdefault(attachment.sha256, attachment)
                        entries += 1
            for value in self._rest():
                spool.write(lines_out.line(value))
            spool.write(lines_out.line({"kind": "end", "entries": entries}))
            self._stream(LINES, spool.size, spool.read_back())
        for number, (digest, attachment) in enumerate(sorted(files.items())):
            self._work.step(number, len(files), "backing up attachments")
            with self._journal.read_attachment(attachment.blob_id) as stream:
                self._stream(f"attachments/{digest}", attachment.size, stream)
        for name, data in self._extras.items():
            self._bytes(name, data)
        manifest = {"haven-backup": FORMAT, "entries": entries, "files": self._hashes}
        self._bytes(MANIFEST, json.dumps(manifest, indent=1).encode())
        self._tar.close()
        return entries, len(files)

    def _imported(self, entry_id: str) -> Mapping[str, str] | None:
        row = self._vault.db.one(
            "SELECT source, source_id, raw FROM import_record WHERE entry = ?", (entry_id,)
        )
        return None if row is None else dict(zip(("source", "source_id", "raw"), row, strict=True))

    def _rest(self) -> Iterator[Mapping[str, object]]:
        for draft in self._journal.drafts():
            yield {
                "kind": "draft",
                "key": draft.key,
                "saved_at": draft.saved_at.isoformat(),
                "mood": draft.mood,
                "tags": list(draft.tags),
                "note": draft.note,
                "body": draft.body,
            }
        for name, body in self._vault.db.execute("SELECT name, body FROM template ORDER BY key"):
            yield {"kind": "template", "name": name, "body": body}

    def _bytes(self, name: str, data: bytes) -> None:
        self._stream(name, len(data), io.BytesIO(data))

    def _stream(self, name: str, size: int, stream: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._mtime, 0o600
        counted = _Counted(stream, self._work)
        try:
            self._tar.addfile(info, counted)
        except tarfile.TarError:
            raise Damaged("an attachment is not as long as it was", "see `haven doctor`") from None
        self._hashes[name] = {"sha256": counted.digest.hexdigest(), "size": size}


class _Counted:
    """A source that hashes what is read from it and can be stopped."""

    def __init__(self, stream: Any, work: Work) -> None:
        self._stream = stream
        self._work = work
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self.digest.update(data)
        if size > 1 << 14:
            self._work.step(0, None, "writing the backup")
        return data
