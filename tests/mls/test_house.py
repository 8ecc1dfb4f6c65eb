"""The library stands alone, its example runs, and its files stay small."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "src" / "havenclient" / "crypto" / "mls"


def _imports(path: Path) -> set[str]:
    """Top-level packages that a file imports, at any depth; '.' for its own siblings."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, f"{path.name} reaches out of the library"
            found.add("." if node.level else (node.module or "").split(".")[0])
    return found


def test_nothing_of_haven_is_imported() -> None:
    allowed = set(sys.stdlib_module_names) | {"cryptography", "."}
    for path in LIBRARY.glob("*.py"):
        assert _imports(path) <= allowed, path.name


def test_there_is_no_way_to_files_sockets_or_clocks() -> None:
    forbidden = {"socket", "time", "datetime", "pathlib", "io", "sqlite3", "random", "hashlib"}
    for path in LIBRARY.glob("*.py"):
        assert not _imports(path) & forbidden, path.name


def test_primitives_come_from_cryptography_alone() -> None:
    """Three files wrap them; two more compare tags in constant time."""
    users = {p.name for p in LIBRARY.glob("*.py") if "cryptography" in _imports(p)}
    assert users == {
        "hpke.py",
        "signatures.py",
        "suites.py",
        "joining.py",
        "process_commit.py",
    }


def test_files_are_small() -> None:
    sizes = {path.name: len(path.read_text().splitlines()) for path in LIBRARY.glob("*.py")}
    assert max(sizes.values()) <= 400, max(sizes, key=lambda name: sizes[name])
    assert statistics.median(sizes.values()) <= 170


def test_the_example_of_two_members_runs() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "two_members.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "bob reads: hello bob" in done.stdout
    assert "1 member stays" in done.stdout
