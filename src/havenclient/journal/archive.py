"""Reading a backup's tar, as a stream, once, trusting nothing in it.

Used twice over the same file: `restore` first lets everything pass through here and writes nothing;
only when the last byte was authentic and every hash was right does it read again and write.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from havenclient.errors import Damaged, InputRejected, TooNew
from havenclient.journal.importers.haven_lines import FORMAT as LINES_FORMAT
from havenclient.journal.importers.haven_lines import NAME as LINES
from havenclient.journal.importers.values import is_map, map_of, number_of, parse_json, text_of
from havenclient.journal.seams import Work

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST = 256 * 1024 * 1024
MAX_LINE = 256 * 1024 * 1024
"""Bytes of one entry with all its versions; they are in memory one entry at a time."""
MAX_HEADER = 1024 * 1024
MAX_EXTRA = 4 * 1024 * 1024
"""Bytes of one file of another room."""
_EXTRA = re.compile(r"(?!markdown/|attachments/)[a-z]{1,32}/[a-z0-9_.-]{1,64}\Z")
_ATTACHMENT = re.compile(r"attachments/([0-9a-f]{64})\Z")
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the whole backup turned out to hold."""

    hashes: dict[str, str]
    """Member name -> SHA-256 (hex), the manifest itself left out."""
    entries: int


class _Sober(tarfile.TarInfo):
    """Refuses extended headers that claim more than any name needs: tarfile reads them whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        if self.type in _HEADERS and self.size > MAX_HEADER:
            raise tarfile.ReadError("header too large")
        return super()._proc_member(archive)  # type: ignore[misc]


class Member:
    """One file of the tar; `read` hashes what it gives."""

    def __init__(self, name: str, size: int, stream: Any, step: Callable[[int], None]) -> None:
        self.name = name
        self.size = size
        self.digest = hashlib.sha256()
        self.seen = 0
        self._stream = stream
        self._step = step

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size if size >= 0 else 1 << 20)
        while size < 0 and len(more := self._stream.read(1 << 20)):
            data += more
        self.digest.update(data)
        self.seen += len(data)
        self._step(len(data))
        return data

    def drain(self) -> None:
        while self.read(1 << 16):
            pass

    @property
    def attachment(self) -> str | None:
        """The content's hash, if this is an attachment."""
        found = _ATTACHMENT.match(self.name)
        return found[1] if found else None


def members(plain: BinaryIO, work: Work, label: str, size: int | None) -> Iterator[Member]:
    """The files in order; Damaged for anything that isn't a plain file with a plain name.

    A member that wasn't read to its end is read on by the caller's next step.
    """
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        work.step(min(done, size) if size else done, size, label)

    try:
        with tarfile.open(fileobj=plain, mode="r|", tarinfo=_Sober) as archive:
            for info in archive:
                if not info.isreg() or info.issparse() or not _plain_name(info.name):
                    damaged()
                member = Member(info.name, info.size, archive.extractfile(info), step)
                yield member
                member.drain()
                if member.seen != info.size:
                    damaged()
                # tarfile remembers every header, and a backup may hold a million files.
                archive.members.clear()  # type: ignore[attr-defined]
    except (tarfile.TarError, ValueError, EOFError, AttributeError, TypeError, OverflowError):
        damaged()
    # Read on to the very end: age says only there that the file is whole.
    while plain.read(1 << 16):
        pass


def _plain_name(name: str) -> bool:
    parts = name.split("/")
    return not (
        name.startswith("/") or "\0" in name or "\\" in name or {"", ".", ".."} & set(parts)
    )


def is_extra(name: str) -> bool:
    """Whether this is another room's file, to be handed back unread."""
    return _EXTRA.match(name) is not None


def lines(member: Member) -> Iterator[tuple[int, dict[str, object]]]:
    """(number, record) of each line of `haven.jsonl`; Damaged for one that can't be read."""
    rest = bytearray()
    number = 0
    while True:
        block = member.read(1 << 20)
        rest += block
        if b"\n" in block or not block:
            *whole, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            if not block and last:
                damaged()  # the last line ends with a line end too
            for line in whole:
                number += 1
                yield number, _record(line)
        if not block:
            return
        if len(rest) > MAX_LINE:
            damaged()


def _record(line: bytes) -> dict[str, object]:
    try:
        value = parse_json(line.decode("utf-8"))
    except (InputRejected, UnicodeDecodeError):
        damaged()
    if not is_map(value):
        damaged()
    return value


def examine(plain: BinaryIO, *, work: Work, label: str, size: int | None = None) -> Inventory:
    """Read a whole backup and compare it with its own manifest. Damaged, TooNew; writes nothing."""
    hashes: dict[str, str] = {}
    manifest: dict[str, object] | None = None
    entries = ended = -1
    wanted: set[str] = set()
    for member in members(plain, work, label, size):
        if member.name in hashes or manifest is not None:
            damaged()
        if member.name == MANIFEST:
            if member.size > MAX_MANIFEST:
                damaged()
            manifest = _manifest(member.read())
            continue
        if member.name == LINES:
            entries, ended = _check_lines(member, wanted)
        member.drain()
        hashes[member.name] = member.digest.hexdigest()
        if member.attachment not in (None, hashes[member.name]):
            damaged()
    if manifest is None or entries < 0 or entries != ended:
        damaged()
    listed = {
        name: text_of(map_of(item).get("sha256"))
        for name, item in map_of(manifest.get("files")).items()
    }
    if listed != hashes or not all(f"attachments/{digest}" in hashes for digest in wanted):
        damaged()
    return Inventory(hashes, entries)


def _manifest(data: bytes) -> dict[str, object]:
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        damaged()
    if not is_map(value):
        damaged()
    if (number_of(value.get("haven-backup")) or 0) > FORMAT:
        raise TooNew("this backup was written by a newer Haven", "update Haven first")
    return value


def _check_lines(member: Member, wanted: set[str]) -> tuple[int, int]:
    """(entries seen, entries that the last line names)."""
    entries, ended = 0, -1
    for number, record in lines(member):
        if number == 1:
            version = number_of(record.get("haven"))
            if version is None:
                damaged()
            if version > LINES_FORMAT:
                raise TooNew("this backup was written by a newer Haven", "update Haven first")
            continue
        if ended >= 0:
            damaged()
        if record.get("kind") == "end":
            ended = int(number_of(record.get("entries")) or 0)
        elif record.get("kind") == "entry":
            entries += 1
            found = record.get("attachments")
            for item in found if isinstance(found, list) else []:
                wanted.add(text_of(map_of(item).get("sha256")))
    return entries, ended


def damaged() -> NoReturn:
    raise Damaged(
        "the backup is damaged or cut short; nothing was restored from it",
        "try an older backup, or another copy of this one",
    ) from None
