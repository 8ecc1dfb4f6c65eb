"""One person's computer in a temporary folder, for tests that run Haven as a process.

Everything that a Haven process may touch lies below one root (HAVEN_HOME, HOME, TMPDIR, runtime
folder), so that a scan for a marker afterwards looks at all of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PASSPHRASE = "correct horse battery"


@dataclass(frozen=True)
class Home:
    """One person's computer, in a temporary folder."""

    root: Path

    @property
    def haven(self) -> Path:
        return self.root / "haven"

    @property
    def vault(self) -> Path:
        return self.haven / "data" / "journal"

    @property
    def state(self) -> Path:
        return self.haven / "state"

    @property
    def work(self) -> Path:
        """The current folder of commands."""
        return self.root / "work"

    @property
    def passphrase_file(self) -> Path:
        return self.work / "pw"

    @property
    def environment(self) -> dict[str, str]:
        """All of it: nothing of the machine that runs the tests gets in."""
        return {
            "HAVEN_HOME": str(self.haven),
            "HOME": str(self.root / "person"),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TERM": "xterm",
            "COLUMNS": "100",
            "HAVEN_BOUNDARIES_QUIET_HOURS": "",  # tests are not about the hour they run in
        }

    def traces(self, marker: str, *, without: Sequence[Path] = ()) -> list[Path]:
        """Files anywhere below that hold `marker` in UTF-8 or UTF-16, in any case."""
        found = []
        needles = {
            text.encode(code)
            for text in (marker, marker.upper(), marker.capitalize())
            for code in ("utf-8", "utf-16-le", "utf-16-be")
        }
        for path in sorted(self.root.rglob("*")):
            if (
                path.is_symlink()
                or not path.is_file()
                or any(path.is_relative_to(p) for p in without)
            ):
                continue
            if any(needle in path.read_bytes() for needle in needles):
                found.append(path)
        return found

    def assert_no_trace(self, *markers: str, without: Sequence[Path] = ()) -> None:
        for marker in markers:
            assert self.traces(marker, without=without) == [], marker


def make_home(root: Path) -> Home:
    home = Home(root)
    for folder in ("person", "tmp", "run", "work", "haven"):
        (root / folder).mkdir(mode=0o700, parents=True)
    home.passphrase_file.write_text(PASSPHRASE + "\n")
    home.passphrase_file.chmod(0o600)
    return home
