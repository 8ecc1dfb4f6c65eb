"""The walls of the house: import contracts, file sizes, and nothing of the workplace inside."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "havenclient"


def test_every_import_contract_is_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_file_grows_beyond_what_one_person_reads_in_one_sitting() -> None:
    lengths = {p: len(p.read_text("utf-8").splitlines()) for p in SOURCE.rglob("*.py")}
    assert max(lengths.values()) <= 700, max(lengths, key=lambda p: lengths[p])
    ordered = sorted(lengths.values())
    assert ordered[len(ordered) // 2] <= 200


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCE.rglob("*.py")
        if path.stat().st_size and not path.read_text("utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_locks_hold_hashes_and_name_no_host() -> None:
    for lock in (ROOT / "lock").glob("*.txt"):
        text = lock.read_text("utf-8")
        assert "://" not in text, lock.name
        pinned = re.findall(
            r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==", text, re.MULTILINE | re.IGNORECASE
        )
        assert len(pinned) > 20
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of a machine it was made on, no address to download from."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    suspicious = re.compile(
        r"/(?:home|root|Users)/[a-z]|/work/(?:main|shared)|--(?:extra-)?index-url"
    )
    found = []
    for name in filter(None, tracked.split("\0")):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".mk", ".json", ".yaml", ".sh"} and (
            path != Path(__file__) and path.is_file()
        ):
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                if suspicious.search(line):
                    found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert found == []
