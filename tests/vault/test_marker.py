"""No word in clear in any file: not in the vault, the home or temporary folders, nor after a kill.

A child process with a home of its own writes a marker everywhere a vault takes words (rows, the
full-text index, big sorts, attachments, quick notes, snapshots, a rotation), then closes, or is
killed in the middle; afterwards every byte under that home is searched for it in several codings.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.kit import every_file

MARKER = "zanzibarquokkaflugelhorn"
PASSPHRASE = "umbrellas over lisbon"

CHILD = """
import io, os, signal, sys
from pathlib import Path
from havenclient.seams import SystemClock, SystemRandom
from havenclient.vault import KdfParams, NoWork, Passphrase, VaultPaths, create, quick, unlock

home, how, marker, passphrase = Path.home(), *sys.argv[1:]
paths = VaultPaths(home / "data" / "journal")
vault, code = create(paths, passphrase, state_dir=home / "state", kdf=KdfParams.weak_for_tests())
db = vault.db

def fill(rounds):
    for i in range(rounds):
        with db.transaction():
            db.executemany("INSERT INTO scratch(body) VALUES (?)",
                           ((f"{marker} {i} {j} " * 20,) for j in range(60)))
            db.execute("INSERT INTO words(body) VALUES (?)", (f"{marker} {i}",))

with db.transaction():
    db.script("CREATE TABLE scratch (id INTEGER PRIMARY KEY, body TEXT);"
              "CREATE VIRTUAL TABLE words USING fts5(body);")
fill(20)
list(db.execute("SELECT DISTINCT body || random() AS x FROM scratch ORDER BY x LIMIT 3"))
db.script("CREATE TEMP TABLE held AS SELECT * FROM scratch")
vault.blobs.put(io.BytesIO((marker * 9000).encode()))
quick.seal(paths, marker.encode(), clock=SystemClock(), random=SystemRandom())
vault.snapshots.take("daily")
if how == "close":
    vault.rotate(passphrase)
    vault.close()
elif how == "crash":
    with db.transaction():
        db.execute("UPDATE scratch SET body = body || ?", (marker,))
        raise RuntimeError("a crash in the middle of a change")
elif how == "kill":
    with db.transaction():
        db.execute("UPDATE scratch SET body = body || ?", (marker * 50,))
        os.kill(os.getpid(), signal.SIGKILL)
elif how == "kill-in-rotation":
    class Stop(NoWork):
        def step(self, done, total, label):
            if total == 6 and done == 4:
                os.kill(os.getpid(), signal.SIGKILL)
    vault.rotate(passphrase, work=Stop())
"""


def codings(marker: str) -> list[bytes]:
    raw = marker.encode()
    # The middle of a base64 text does not depend on what stands before, up to three shifts.
    shifted = [base64.b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
    return [raw, raw.hex().encode(), marker.encode("utf-16-le"), marker.upper().encode(), *shifted]


@pytest.mark.parametrize("how", ["close", "crash", "kill", "kill-in-rotation"])
def test_no_word_stands_in_clear_anywhere(tmp_path: Path, how: str) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    before = set(Path("/var/tmp").iterdir())
    done = subprocess.run(
        [sys.executable, "-c", CHILD, how, MARKER, PASSPHRASE],
        env={
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "XDG_RUNTIME_DIR": str(temporary),
            "PATH": os.environ["PATH"],
        },
        cwd=home,
        capture_output=True,
        check=False,
    )
    wanted = {"close": 0, "crash": 1, "kill": -signal.SIGKILL, "kill-in-rotation": -signal.SIGKILL}
    assert done.returncode == wanted[how], done.stderr.decode()[-2000:]
    names = {path.name for path in every_file(home)}
    assert "journal.db" in names
    if how == "kill-in-rotation":
        assert any("rotated" in name for name in names)
    looked_at = 0
    for path in [*every_file(tmp_path), *(set(Path("/var/tmp").iterdir()) - before)]:
        if not path.is_file():
            continue
        data = path.read_bytes()
        looked_at += len(data)
        for text in (MARKER, PASSPHRASE):
            for coded in codings(text):
                assert coded not in data, path.name
        assert not data.startswith(b"SQLite format 3"), path.name
    assert looked_at > 500_000
    assert done.stdout == b""
    assert MARKER.encode() not in done.stderr
    assert PASSPHRASE.encode() not in done.stderr


def test_the_search_itself_finds_a_marker(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"..." + base64.b64encode(b"ab" + MARKER.encode()))
    data = (tmp_path / "a").read_bytes()
    assert any(coded in data for coded in codings(MARKER))
    shutil.rmtree(tmp_path)
