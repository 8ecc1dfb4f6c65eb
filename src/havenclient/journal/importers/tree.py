"""A folder, a zip or a tar seen as one thing: a list of safe names and bytes behind each.

Theory of operation: importers never open paths that a file told them. They ask a `Tree` for a name
that the tree itself listed, so a path that climbs out of its folder can't be expressed. Archives
are judged whole before the first byte is unpacked: names that are absolute, climb ("..", zip
slip), or hold a drive or NUL; links and devices; too many members; sizes or ratios that only bombs
have. Such an archive is refused as a whole, since no honest exporter writes one. In folders, links
are left out with a remark. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from havenclient.errors import InputRejected, NotFound
from havenclient.journal.importers import limits
from havenclient.journal.records import ImportedFile

_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # zip with a password
    NotImplementedError,  # zip with an exotic compression
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    tarfile.TarError,
)


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    """Path inside the tree with '/', relative, without '.' or '..'."""
    size: int
    modified: datetime | None
    """An instant (UTC) from a file system or tar; local time without a zone from a zip."""


class Tree(Protocol):
    path: Path
    skipped: list[str]
    """Names that were left out because they are links or special files."""

    def members(self) -> dict[str, Member]: ...

    def open(self, name: str) -> BinaryIO:
        """A stream of the member's bytes."""
        ...

    def file(self, name: str) -> tuple[Path, str | None]:
        """Where `ImportedFile` finds it later: path and member."""
        ...


def read(tree: Tree, name: str, cap: int = limits.MAX_TEXT_FILE) -> bytes:
    """The whole member, if it is within `cap` bytes."""
    if tree.members()[name].size > cap:
        raise InputRejected("a file in it is larger than Haven reads at once")
    try:
        with tree.open(name) as stream:
            data = stream.read(cap + 1)
    except _UNREADABLE:
        raise InputRejected("a file in it is damaged or can't be read") from None
    if len(data) > cap:
        raise InputRejected("a file in it is larger than it claims")
    return data


def safe_name(name: str) -> str | None:
    """`name` as a relative path with '/', or None when it is none."""
    if "\0" in name or name.startswith(("/", "\\")) or name[1:2] == ":" or len(name) > 4096:
        return None
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or len(parts) > limits.MAX_DEPTH:
        return None
    return "/".join(parts)


class FolderTree:
    def __init__(self, root: Path) -> None:
        self.path = root
        self.skipped: list[str] = []
        self._members: dict[str, Member] | None = None

    def members(self) -> dict[str, Member]:
        if self._members is None:
            found: dict[str, Member] = {}
            for name, info in self._walk(self.path, "", 0):
                found[name] = Member(name, info.st_size, _instant(info.st_mtime))
                if len(found) > limits.MAX_MEMBERS:
                    raise InputRejected("the folder holds more files than Haven reads at once")
            self._members = dict(sorted(found.items()))
        return self._members

    def _walk(self, folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
        if depth > limits.MAX_DEPTH:
            self.skipped.append(prefix)
            return
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            self.skipped.append(prefix or ".")
            return
        for entry in entries:
            name = f"{prefix}{entry.name}"
            try:
                info = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(info.st_mode):
                yield from self._walk(folder / entry.name, f"{name}/", depth + 1)
            elif stat.S_ISREG(info.st_mode):
                yield name, info
            else:
                self.skipped.append(name)

    def open(self, name: str) -> BinaryIO:
        if name not in self.members():
            raise KeyError(name)
        return _open_plain(self.path / name)

    def file(self, name: str) -> tuple[Path, str | None]:
        return self.path / name, None


class SingleTree:
    """One file, seen as a folder that holds only it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: list[str] = []

    def members(self) -> dict[str, Member]:
        try:
            info = self.path.stat()
        except (OSError, ValueError):
            raise NotFound("there is no such file") from None
        if not stat.S_ISREG(info.st_mode):
            raise InputRejected("that isn't a file")
        return {self.path.name: Member(self.path.name, info.st_size, _instant(info.st_mtime))}

    def open(self, name: str) -> BinaryIO:
        return self.path.open("rb")

    def file(self, name: str) -> tuple[Path, str | None]:
        return self.path, None


class FileWithFolders:
    """One file and the named folders beside it, nothing else of the place where they lie."""

    def __init__(self, path: Path, *folders: str) -> None:
        self.path = path
        self._file = SingleTree(path)
        self._beside = {
            folder: FolderTree(path.parent / folder)
            for folder in folders
            if (path.parent / folder).is_dir() and not (path.parent / folder).is_symlink()
        }
        self._members: dict[str, Member] | None = None
        self.skipped: list[str] = []

    def members(self) -> dict[str, Member]:
        if self._members is None:
            found = dict(self._file.members())
            for folder, tree in self._beside.items():
                for member in tree.members().values():
                    name = f"{folder}/{member.name}"
                    found[name] = Member(name, member.size, member.modified)
            self._members = found
        return self._members

    def _where(self, name: str) -> tuple[FolderTree | SingleTree, str]:
        folder, slash, rest = name.partition("/")
        return (self._beside[folder], rest) if slash else (self._file, name)

    def open(self, name: str) -> BinaryIO:
        tree, inner = self._where(name)
        return tree.open(inner)

    def file(self, name: str) -> tuple[Path, str | None]:
        tree, inner = self._where(name)
        return tree.file(inner)


class ZipTree:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: list[str] = []
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
        except _UNREADABLE:
            raise InputRejected("the zip file is damaged or no zip file") from None
        self._members = self._judge(infos, path.stat().st_size)

    def _judge(self, infos: list[zipfile.ZipInfo], on_disk: int) -> dict[str, Member]:
        if len(infos) > limits.MAX_MEMBERS:
            raise InputRejected("the zip file holds more files than Haven reads")
        found: dict[str, Member] = {}
        unpacked = packed = 0
        for info in infos:
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
                raise InputRejected("the zip file holds a link or a special file")
            name = safe_name(info.filename)
            if name is None:
                raise InputRejected("the zip file holds a path that leaves its folder")
            if info.is_dir():
                continue
            if info.flag_bits & 0x1:
                raise InputRejected(
                    "the zip file is locked with a password", "unpack it first, then import that"
                )
            unpacked += info.file_size
            packed += info.compress_size
            if info.file_size > limits.RATIO_FLOOR and info.file_size > limits.MAX_RATIO * max(
                1, info.compress_size
            ):
                raise InputRejected("the zip file unpacks to far more than any journal would")
            found[name] = Member(name, info.file_size, _zip_time(info.date_time))
        # Members that share packed bytes (a bomb without nesting) claim more than is there.
        if unpacked > limits.MAX_UNPACKED or packed > on_disk:
            raise InputRejected("the zip file unpacks to far more than any journal would")
        self._originals = {
            safe_name(info.filename) or "": info.filename for info in infos if not info.is_dir()
        }
        return found

    def members(self) -> dict[str, Member]:
        return self._members

    def open(self, name: str) -> BinaryIO:
        return open_in_zip(self.path, self._originals[name])

    def file(self, name: str) -> tuple[Path, str | None]:
        return self.path, self._originals[name]


class TarTree:
    """Uncompressed tar only: what Joplin writes. A compressed one could hide a bomb."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: list[str] = []
        found: dict[str, Member] = {}
        self._originals: dict[str, str] = {}
        try:
            with path.open("rb") as raw, _tar(raw) as archive:
                for info in archive:
                    if len(found) > limits.MAX_MEMBERS:
                        raise InputRejected("the archive holds more files than Haven reads")
                    if info.isdir():
                        continue
                    if not info.isreg() or info.issparse():
                        raise InputRejected("the archive holds a link or a special file")
                    name = safe_name(info.name)
                    if name is None:
                        raise InputRejected("the archive holds a path that leaves its folder")
                    found[name] = Member(name, info.size, _instant(info.mtime))
                    self._originals[name] = info.name
        except _UNREADABLE:
            raise InputRejected("the archive is damaged or no tar file") from None
        except (AttributeError, TypeError, OverflowError, RecursionError, AssertionError):
            # tarfile trusts some header fields; a strange one surfaces as any of these.
            raise InputRejected("the archive is damaged or no tar file") from None
        self._members = found

    def members(self) -> dict[str, Member]:
        return self._members

    def open(self, name: str) -> BinaryIO:
        return open_in_tar(self.path, self._originals[name])

    def file(self, name: str) -> tuple[Path, str | None]:
        return self.path, self._originals[name]


class _Sober:
    """A file that refuses giant single reads: tar headers may claim gigabytes of header."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > limits.MAX_TEXT_FILE:
            raise InputRejected("the archive's headers are damaged")
        return self._raw.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()


def _tar(raw: BinaryIO) -> tarfile.TarFile:
    return tarfile.open(fileobj=cast(BinaryIO, _Sober(raw)), mode="r:")


class _Owning:
    """A member's stream that closes its archive with it."""

    def __init__(self, stream: BinaryIO, *owners: object) -> None:
        self._stream = stream
        self._owners = owners

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except _UNREADABLE:
            raise InputRejected("a file in the archive is damaged") from None

    def close(self) -> None:
        self._stream.close()
        for owner in self._owners:
            owner.close()  # type: ignore[attr-defined]

    def __enter__(self) -> _Owning:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_in_zip(path: Path, member: str) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    try:
        return cast(BinaryIO, _Owning(cast(BinaryIO, archive.open(member)), archive))
    except BaseException:
        archive.close()
        raise


def open_in_tar(path: Path, member: str) -> BinaryIO:
    raw = path.open("rb")
    try:
        archive = _tar(raw)
        stream = archive.extractfile(archive.getmember(member))
        if stream is None:
            raise KeyError(member)
        return cast(BinaryIO, _Owning(cast(BinaryIO, stream), archive, raw))
    except BaseException:
        raw.close()
        raise


def _open_plain(path: Path) -> BinaryIO:
    # The tree was listed a moment ago; a link put there since then is not followed.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    return os.fdopen(handle, "rb")


def open_attachment(file: ImportedFile) -> BinaryIO:
    """The bytes of an attachment that an importer found, streamed (for `Journal.import_plan`).

    Raises InputRejected when the file went away or is damaged.
    """
    try:
        if file.member is None:
            return _open_plain(file.open_path)
        if zipfile.is_zipfile(file.open_path):
            return open_in_zip(file.open_path, file.member)
        return open_in_tar(file.open_path, file.member)
    except _UNREADABLE:
        raise InputRejected("an attachment can't be read any more") from None


def open_tree(path: Path) -> Tree:
    """The tree behind a folder, zip, tar or single file."""
    try:
        if path.is_dir():
            return FolderTree(path)
        if not path.exists():
            raise NotFound("there is no such file or folder")
        with path.open("rb") as stream:
            head = stream.read(512)
    except (OSError, ValueError):
        raise InputRejected("that file or folder can't be read") from None
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ZipTree(path)
    if head[257:262] == b"ustar":
        return TarTree(path)
    return SingleTree(path)


def _instant(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _zip_time(parts: tuple[int, int, int, int, int, int]) -> datetime | None:
    try:
        when = datetime(*parts)  # noqa: DTZ001 (zips keep local wall time)
    except ValueError:
        return None
    return None if when.year <= 1980 else when  # 1980-01-01 is the zip's way to say "unknown"
