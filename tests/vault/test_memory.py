"""What stays in memory, looked at from outside: the promise is the replacement of the process.

While a journal is open its keys are in memory, and after `close` Python and SQLite may have left
copies that nobody can reach to wipe. So Haven promises only this: the master key is zeroed where
Haven holds it, and after `execv` (the lock) nothing is left. Both are measured by a scan of a
child's memory through /proc, which also shows that the scan finds a key while the journal is open.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.kit import Place

pytestmark = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")

CHILD = """
import os, sys
from pathlib import Path
from havenclient.vault import KdfParams, Passphrase, VaultPaths, create, unlock
sys.stdin.readline()
root = Path(sys.argv[1])
way = Passphrase(sys.stdin.readline().rstrip("\\n"))
vault = unlock(VaultPaths(root / "journal"), way, state_dir=root / "state", schema=None)
print(vault.subkey("db").hex()[:2] and "open", flush=True)
sys.stdin.readline()
vault.close()
del vault, way
import gc
gc.collect()
print("closed", flush=True)
sys.stdin.readline()
os.execv(sys.executable, [sys.executable, "-c", "print('locked', flush=True); input()"])
"""


def memory(pid: int) -> bytes:
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if "r" not in rights or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                mem.seek(start)
                found.append(mem.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    return b"\0".join(found)


def copies(pid: int, secrets: dict[str, bytes]) -> dict[str, int]:
    data = memory(pid)
    return {name: data.count(secret) for name, secret in secrets.items()}


def test_keys_and_words_are_gone_after_the_lock(tmp_path: Path) -> None:
    from havenclient.vault.migrations import shipped

    place = Place(tmp_path, schema=shipped())
    passphrase = "sardines and marigolds"
    vault = place.create(passphrase)
    key = vault.subkey("db")
    master = bytes(vault._vmk)
    vault.close()
    secrets = {
        "master key": master,
        "database key": key,
        "database key as hex": key.hex().encode(),
        "passphrase": passphrase.encode(),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert child.stdin
    assert child.stdout
    try:
        child.stdin.write(b"\n" + passphrase.encode() + b"\n")
        assert child.stdout.readline() == b"open\n"
        opened = copies(child.pid, secrets)
        child.stdin.write(b"\n")
        assert child.stdout.readline() == b"closed\n"
        closed = copies(child.pid, secrets)
        child.stdin.write(b"\n")
        assert child.stdout.readline() == b"locked\n"
        locked = copies(child.pid, secrets)
    finally:
        child.kill()
        child.wait()
    print(f"open {opened}; closed {closed}; locked {locked}")
    assert opened["master key"] > 0
    assert opened["database key"] > 0
    # Zeroed where Haven holds it, and wiped by the cipher library where that holds it.
    assert closed["master key"] == 0
    assert locked == dict.fromkeys(secrets, 0)
