"""(a) Haven beside jrnl, both encrypted, whole processes, the same entries.

jrnl comes from the package registry into a throw-away environment. Its password comes from a
keyring back end of four lines, so that it waits for nobody. Key stretching is not what is compared:
Haven's vault of this run has next to none, jrnl's (PBKDF2, 100,000 rounds, once to open and once
more to save) is measured apart and taken off its times.

Every command is measured twice: inside a warm process (what the program does for the command: find
and read its configuration, open, decrypt, search, save, print), and as a whole process from the
shell, where starting Python and importing libraries is most of Haven's time at this size.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.journal import corpus, inside
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

    stretch = float(subprocess.run([python, "-c", STRETCH], capture_output=True, check=True).stdout)
    version = subprocess.run([*their, "--version"], capture_output=True, check=True, env=theirs_env)
    name = version.stdout.decode().split("\n")[0].replace(" version ", " ")
    print(
        f"(a) Haven beside {name}, both encrypted, {count:,} entries; ms, key stretching taken off"
    )
    kinds = (
        ("newest 5", ["list", "--limit", "5"], "", ["-n", "5"], 10, 1),
        ("search", ["search", word], "", ["-contains", word], 20, 1),
        ("add one", ["new", "-"], new, [new], 50, 2),
    )
    warm = (
        inside.Program(sys.executable, inside.HAVEN, ours_env),
        inside.Program(python, inside.JRNL, theirs_env),
    )
    inner = inside.by_turns(
        *warm,
        [([*our[1:], *mine], text, [*their[1:], *others]) for _, mine, text, others, _, _ in kinds],
        rounds,
    )
    for program in warm:
        program.close()
    whole = processes(
        {
            f"{who} {what}": partial(process, command, env=env, stdin=stdin.encode())
            for what, mine, stdin, others, _, _ in kinds
            for who, command, env in (
                ("haven", [*our, *mine], ours_env),
                ("jrnl", [*their, *others], theirs_env),
            )
        },
        rounds,
    )
    results = []
    for (what, _, _, _, aim, keys), (mine, other) in zip(kinds, inner, strict=True):
        results.append(_faster(f"{what}: the command itself", mine, other - keys * stretch, aim))
    for what, _, _, _, aim, keys in kinds:
        mine, other = whole[f"haven {what}"][0], whole[f"jrnl {what}"][0] - keys * stretch
        results.append(_faster(f"{what}: with starting Python", mine, other, aim))
    print(
        "  CPU of the whole processes: "
        + "; ".join(
            f"{what} {whole[f'haven {what}'][1]:.0f} and {whole[f'jrnl {what}'][1]:.0f} ms"
            for what, *_ in kinds
        )
    )
    print(
        f"  key stretching apart: Haven {_argon2():.0f} ms (Argon2id floor, 64 MiB, 3 passes),"
        f" jrnl {stretch:.0f} ms (PBKDF2), twice when it saves"
    )
    return results


def _faster(name: str, ours: float, theirs: float, aim: int) -> Result:
    ratio = theirs / ours
    return Result(name, ours, theirs, "ms", f"{ratio:.1f}x faster (aim {aim}x)", ratio >= aim)


def _argon2() -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        passphrase_kek(PASSPHRASE, KdfParams().with_salt(bytes(16)))
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)
