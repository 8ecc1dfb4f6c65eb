"""Local copies of the whole database, encrypted like it, each one a small vault of its own.

A snapshot is a folder `snapshots/20261123T081500Z-daily/` with `vault.haven` and `journal.db`: it
is unlocked like any vault, with the passphrase that was right when it was taken. Made by VACUUM
INTO (never by copying live files), verified by opening and quick_check, then renamed into place.
Attachments are not copied: their files stay in `blobs/` and their keys are in the database. Keys of
circles are not in it, nor what was to be gone soon (`schema/left_out.sql`).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from havenclient.errors import Damaged
from havenclient.seams import Clock
from havenclient.vault.copies import check_copy, copy_between, leave_out
from havenclient.vault.database import Database
from havenclient.vault.files import (
    mapped,
    private_folder,
    replace,
    sync_file,
    sync_folder,
    write_atomically,
)
from havenclient.vault.paths import VaultPaths
from havenclient.vault.work import NoWork, Work

DAILY, WEEKLY, MONTHLY = 7, 4, 12
BEFORE_DAYS = 7
"""Copies made before a risky step or by hand stay this long beside the daily ones."""
DUE_AFTER = timedelta(hours=20)
"""Less than a day, so that somebody who writes each evening gets one each evening."""
_STAMP = "%Y%m%dT%H%M%SZ"
_REASON = re.compile(r"[a-z-]{1,32}")
_NAME = re.compile(rf"(\d{{8}}T\d{{6}}Z)-({_REASON.pattern})")


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    name: str
    path: Path
    """A vault folder: `VaultPaths(path)` unlocks it, read-only by preference."""
    taken_at: datetime
    reason: str
    """daily, before-migration, before-rotation, before-import …"""
    size: int


def kept(times: Iterable[datetime]) -> frozenset[datetime]:
    """Which snapshots stay: the newest of each of the last 7 days, 4 weeks and 12 months that
    have one. (Counted in days that exist, so that a month without writing deletes nothing.)"""
    keep: set[datetime] = set()
    newest_first = sorted(times, reverse=True)
    for limit, bucket in ((DAILY, "%Y%m%d"), (WEEKLY, "%G%V"), (MONTHLY, "%Y%m")):
        seen: set[str] = set()
        for moment in newest_first:
            label = moment.strftime(bucket)
            if label not in seen and len(seen) < limit:
                seen.add(label)
                keep.add(moment)
    return frozenset(keep)


def _rmtree(path: Path, *, ignore_errors: bool) -> None:
    import shutil  # every `haven new` asks whether a copy is due; few remove one

    shutil.rmtree(path, ignore_errors=ignore_errors)


class Snapshots:
    def __init__(
        self,
        paths: VaultPaths,
        database: Database,
        *,
        clock: Clock,
        header: Callable[[], bytes],
        key: Callable[[], bytes],
    ) -> None:
        self._paths = paths
        self._database = database
        self._clock = clock
        self._header = header
        self._key = key

    @property
    def folder(self) -> Path:
        return self._paths.snapshots

    def list(self) -> tuple[SnapshotInfo, ...]:
        """Newest first."""
        found = []
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                match = _NAME.fullmatch(path.name)
                inside = VaultPaths(path)
                if match and inside.database.is_file() and inside.header.is_file():
                    taken = datetime.fromisoformat(match[1])
                    size = inside.database.stat().st_size
                    found.append(SnapshotInfo(path.name, path, taken, match[2], size))
        return tuple(sorted(found, key=lambda s: s.name, reverse=True))

    def due(self) -> bool:
        """Is it time for the daily one?"""
        newest = self.list()[:1]
        return not newest or self._clock.now() - newest[0].taken_at >= DUE_AFTER

    def take(self, reason: str = "daily", *, work: Work | None = None) -> SnapshotInfo:
        """Make one, verify it, thin the old ones. DiskFull leaves everything as it was."""
        work = work or NoWork()
        work.step(0, 3, "copying the journal")
        if not _REASON.fullmatch(reason):
            raise ValueError(reason)
        now = self._clock.now()
        while (target := self.folder / f"{now.strftime(_STAMP)}-{reason}").exists():
            now += timedelta(seconds=1)  # two in one second: the name is the order
        with self._partial(target) as partial:
            self._database.copy_to(partial.database)
            work.step(1, 3, "checking the copy")
            self._seal(partial, self._header(), self._key())
        name = target.name
        work.step(3, 3, "done")
        self.thin()
        return next(s for s in self.list() if s.name == name)

    @contextlib.contextmanager
    def _partial(self, target: Path) -> Iterator[VaultPaths]:
        partial = VaultPaths(target.with_name(f".partial-{target.name}"))
        with mapped("the snapshots' folder"):
            private_folder(self.folder)
            _rmtree(partial.root, ignore_errors=True)
            private_folder(partial.root)
        try:
            yield partial
            with mapped("the snapshots' folder"):
                old = target.with_name(f".old-{target.name}")
                if target.exists():
                    # Only when keys were rotated: the copy under the old keys makes way. A death
                    # between the two renames is put right by `_settle`.
                    _rmtree(old, ignore_errors=True)
                    replace(target, old)
                replace(partial.root, target)
                _rmtree(old, ignore_errors=True)
        except Exception:
            self._settle()
            raise

    def _settle(self) -> None:
        """Finish or undo what was interrupted; afterwards every snapshot is whole."""
        if not self.folder.is_dir():
            return
        with mapped("the snapshots' folder"):
            for old in self.folder.glob(".old-*"):
                target = old.with_name(old.name.removeprefix(".old-"))
                partial = old.with_name(f".partial-{target.name}")
                if not target.exists():
                    # The old one went aside only after the new one was sealed and checked.
                    replace(partial if partial.exists() else old, target)
                _rmtree(old, ignore_errors=True)
        for path in (*self.folder.glob(".partial-*"), *self.folder.glob(".gone-*")):
            _rmtree(path, ignore_errors=True)

    def _remove(self, path: Path) -> None:
        # Aside first: a death in the middle must not leave half a snapshot under its name.
        gone = path.with_name(f".gone-{path.name}")
        _rmtree(gone, ignore_errors=True)
        with mapped("the snapshots' folder"):
            replace(path, gone)
        _rmtree(gone, ignore_errors=True)

    def _seal(self, partial: VaultPaths, header: bytes, key: bytes) -> None:
        leave_out(partial.database, key)
        with mapped("the snapshots' folder"):
            sync_file(partial.database)
            write_atomically(partial.header, header)
            sync_folder(partial.root)
        if not check_copy(partial.database, key):
            raise Damaged(
                "the copy of the journal did not pass its check, so it was not kept",
                "`haven doctor` looks at the journal itself",
            )

    def thin(self) -> None:
        """Apply the retention (7 daily, 4 weekly, 12 monthly) and remove unfinished ones."""
        self._settle()
        every = self.list()
        keep = kept(s.taken_at for s in every)
        young = self._clock.now() - timedelta(days=BEFORE_DAYS)
        for snapshot in every:
            recent = snapshot.reason != "daily" and snapshot.taken_at > young
            if snapshot.taken_at not in keep and not recent:
                self._remove(snapshot.path)

    def reseal(self, old_key: bytes, *, work: Work) -> int:
        """After a rotation: bring every snapshot under the new keys, one whole folder at a time.
        One that can't be opened with the old key (an older rotation was interrupted) is left."""
        every = self.list()
        done = 0
        for index, snapshot in enumerate(every):
            work.step(index, len(every), "bringing the snapshots under the new keys")
            with contextlib.suppress(Damaged), self._partial(snapshot.path) as partial:
                source = VaultPaths(snapshot.path).database
                copy_between(source, old_key, partial.database, self._key())
                self._seal(partial, self._header(), self._key())
                done += 1
        return done
