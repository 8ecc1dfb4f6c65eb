"""(a) Haven beside jrnl, both encrypted, whole processes, the same entries.

jrnl comes from the package registry into a throw-away environment. Its password comes from a
keyring back end of four lines, so that it waits for nobody. Key stretching is not what is compared:
Haven's vault of this run has next to none, jrnl's (PBKDF2, 100,000 rounds, once to open and once
more to save) is measured apart and taken off its times.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.journal import corpus
from benchmarks.journal.engines import PASSPHRASE, encrypted
from benchmarks.journal.measure import Result, process, processes
from havenclient.crypto.kdf import KdfParams, passphrase_kek
from havenclient.journal import Journal

RARE = 20_000

KEYRING = f"""
from keyring.backend import KeyringBackend
class Fixed(KeyringBackend):
    priority = 9
    def get_password(self, service, name): return {PASSPHRASE!r}
    def set_password(self, *_): pass
    def delete_password(self, *_): pass
"""
MAKE = """
import sys
from pathlib import Path
from jrnl.config import get_default_config
from jrnl.encryption.Jrnlv3Encryption import Jrnlv3Encryption
from ruamel.yaml import YAML
text, journal, config, password = sys.argv[1:]
box = Jrnlv3Encryption("default", {})
box.password = password
Path(journal).write_bytes(box.encrypt(Path(text).read_text("utf-8")))
made = get_default_config()
made.update(journals={"default": {"journal": journal}}, encrypt=True, timeformat="%Y-%m-%d %H:%M")
with open(config, "w") as out:
    YAML(typ="safe").dump(made, out)
"""
STRETCH = """
import time
from jrnl.encryption.Jrnlv3Encryption import Jrnlv3Encryption
box = Jrnlv3Encryption("default", {})
box.password = "lantern orchard velvet"
times = []
for _ in range(7):
    begun = time.perf_counter()
    box._make_key(b"0" * 16)
    times.append(time.perf_counter() - begun)
print(sorted(times)[3] * 1000)
"""


def install(folder: Path) -> Path | None:
    """A fresh environment with jrnl in it; None if the registry can't be reached."""
    venv = folder / "jrnl-env"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "jrnl"]
    done = subprocess.run([str(part) for part in pip], capture_output=True, check=False)
    if done.returncode:
        return None
    site = next((venv / "lib").glob("python3*/site-packages"))
    (site / "bench_keyring.py").write_text(KEYRING)
    return venv / "bin"


def run(folder: Path, haven: Path, count: int, rounds: int) -> list[Result]:
    bin_dir = install(folder)
    if bin_dir is None:
        print("(a) skipped: jrnl could not be installed (no package registry?)")
        return []
    made = list(corpus.entries(count))
    vault = encrypted(folder)
    journal = Journal(vault)
    with vault.db.transaction():
        for one in made:
            journal.add(one.body, mood=one.mood, tags=one.tags, written_at=one.written_at)
    vault.close()
    text = folder / "plain.txt"
    text.write_text(
        "".join(
            f"[{one.written_at:%Y-%m-%d %H:%M}] {one.body.removeprefix('# ')}\n" for one in made
        ),
        "utf-8",
    )
    config, store = folder / "jrnl.yaml", folder / "jrnl.txt"
    python = str(bin_dir / "python")
    subprocess.run([python, "-c", MAKE, text, store, config, PASSPHRASE], check=True)
    text.unlink()
    secret = folder / "passphrase"
    secret.write_text(PASSPHRASE)
    secret.chmod(0o600)

    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    theirs_env = env | {"PYTHON_KEYRING_BACKEND": "bench_keyring.Fixed"}
    ours_env = env | {"HAVEN_HOME": str(folder / "home")}
    our = [str(haven), "--journal", str(folder / "journal"), "--passphrase-file", str(secret)]
    our.append("--no-input")
    their = [str(bin_dir / "jrnl"), "--config-file", str(config)]
    word = corpus.vocabulary()[RARE]
    new = "Walked home by the river, a quiet evening."

    def ours(*arguments: str, stdin: str = "") -> Callable[[], tuple[float, float]]:
        return lambda: process([*our, *arguments], env=ours_env, stdin=stdin.encode())

    def theirs(*arguments: str) -> Callable[[], tuple[float, float]]:
        return lambda: process([*their, *arguments], env=theirs_env)

    taken = processes(
        {
            "newest": ours("list", "--limit", "5"),
            "jrnl newest": theirs("-n", "5"),
            "search": ours("search", word),
            "jrnl search": theirs("-contains", word),
            "add": ours("new", "-", stdin=new),
            "jrnl add": theirs(new),
        },
        rounds,
    )
    stretch = float(subprocess.run([python, "-c", STRETCH], capture_output=True, check=True).stdout)
    version = subprocess.run([*their, "--version"], capture_output=True, check=True, env=theirs_env)
    name = version.stdout.decode().split("\n")[0].replace(" version ", " ")
    print(
        f"(a) Haven beside {name}, encrypted, {count:,} entries; whole processes, wall ms without"
        " key stretching"
    )
    results = []
    for what, mine, times, keys in (
        ("newest 5", "newest", 10, 1),
        ("search", "search", 20, 1),
        ("add one", "add", 50, 2),
    ):
        other = taken[f"jrnl {mine}"][0] - keys * stretch
        ratio = other / taken[mine][0]
        results.append(
            Result(
                what, taken[mine][0], other, "ms", f"{ratio:.1f}x (aim {times}x)", ratio >= times
            )
        )
    ours_stretch = _argon2()
    cpu = {mine: taken[f"jrnl {mine}"][1] / taken[mine][1] for mine in ("newest", "search", "add")}
    print(
        "  CPU time, with stretching on jrnl's side: "
        + ", ".join(f"{mine} {ratio:.1f}x" for mine, ratio in cpu.items())
    )
    print(
        f"  key stretching apart: Haven {ours_stretch:.0f} ms (Argon2id floor, 64 MiB, 3 passes),"
        f" jrnl {stretch:.0f} ms (PBKDF2), twice when it saves"
    )
    return results


def _argon2() -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        passphrase_kek(PASSPHRASE, KdfParams().with_salt(bytes(16)))
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)
