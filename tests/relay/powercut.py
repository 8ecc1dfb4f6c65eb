"""A disk that can lose power: an apsw VFS that journals every write and sync, and the rebuilding.

What a disk may hold after a power cut, as assumed here: of each file everything that was written
before its last sync that returned; of the later writes any subset, in any order, each whole, not
at all, or torn at sectors of 512 bytes. A file that was never synced may be missing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


@dataclass(frozen=True, slots=True, repr=False)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: str


@dataclass(frozen=True, slots=True)
class Delete:
    file: str
    synced: bool
    """SQLite asked for the directory to be synced too."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Not a disk's event: a client was told that its entry is safe."""

    seq: int
    body: bytes


Event = Write | Truncate | Sync | Delete | Acknowledged


@dataclass
class Journal:
    events: list[Event] = field(default_factory=list)


class _File(apsw.VFSFile):
    def __init__(self, journal: Journal, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._journal = journal
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._name = Path(path).name if path else ""

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._journal.events.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._journal.events.append(Truncate(self._name, newsize))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._journal.events.append(Sync(self._name))


class CutDisk(apsw.VFS):
    def __init__(self, name: str) -> None:
        self.journal = Journal()
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> _File:
        return _File(self.journal, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.journal.events.append(Delete(Path(filename).name, bool(syncdir)))


def rebuild(events: list[Event], folder: Path, chance: random.Random) -> None:
    """Write into `folder` the files as a disk could hold them when power went after `events`."""
    last_sync = {e.file: at for at, e in enumerate(events) if isinstance(e, Sync)}
    files: dict[str, bytearray] = {}
    for at, event in enumerate(events):
        if isinstance(event, Acknowledged | Sync):
            continue
        safe = at < last_sync.get(event.file, -1)
        if isinstance(event, Delete):
            safe = event.synced
        if not safe and chance.random() < 0.4:
            continue
        if isinstance(event, Delete):
            files.pop(event.file, None)
            continue
        content = files.setdefault(event.file, bytearray())
        if isinstance(event, Truncate):
            if len(content) > event.size:
                del content[event.size :]
            continue
        torn = not safe and chance.random() < 0.3
        for start in range(0, len(event.data), SECTOR):
            if torn and chance.random() < 0.5:
                continue
            piece = event.data[start : start + SECTOR]
            where = event.offset + start
            if len(content) < where:
                content.extend(bytes(where - len(content)))
            content[where : where + len(piece)] = piece
    for name, content in files.items():
        (folder / name).write_bytes(content)
