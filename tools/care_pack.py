"""The developer's side of library packs: `tools/care_pack.py new-key|show-key|stamp|sign`.

    new-key KEYFILE                     make a signing key (32 random bytes, 0600); keep it offline
    show-key KEYFILE                    its public key, and the words that people compare
    stamp [VERSION]                     write data/pack.json after the library's texts were changed
    sign KEYFILE VERSION OUT [FOLDER]   sign the texts in FOLDER (this tree's) as a pack

A key file never belongs into the project. `stamp` keeps the version unless one is given; dates are
those of helplines.json, the text that ages first.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from havenclient.care import gate, pack, renewal

DATA = Path(__file__).parents[1] / "src" / "havenclient" / "care" / "data"


def texts(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in pack.NAMES}


def key_of(path: Path) -> bytes:
    raw = path.read_bytes()
    if len(raw) != 32 or path.stat().st_mode & 0o077:
        sys.exit("a key file has 32 bytes and is readable by its owner only")
    return raw


def write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)


def show_key(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(key_of(path)).public_key().public_bytes_raw()
    print(public.hex())
    print(renewal.spelled(public))


def stamp(version: int | None) -> None:
    found = texts(DATA)
    day = date.fromisoformat(json.loads(found["helplines.json"])["date"])
    number = version or pack.own().manifest.version
    ordered = tuple((name, found[name]) for name in pack.NAMES)
    made = pack.Manifest(number, day, day + timedelta(days=365), b"", pack.hashed(ordered))
    (DATA / "pack.json").write_text(made.line().decode() + "\n", "utf-8")
    print(f"stamped: version {number} of {day}")


def sign(key: Path, version: int, out: Path, folder: Path = DATA) -> None:
    today = datetime.now(UTC).date()
    found = texts(folder)
    if wrong := gate.problems(found, today):
        sys.exit("\n".join(wrong))
    made = renewal.signed(found, key_of(key), version=version, day=today)
    write_new(out, made.written())
    print(f"signed: version {version}, {renewal.spelled(made.manifest.key)}")


def main(given: list[str]) -> int:
    match given:
        case ["new-key", path]:
            write_new(Path(path), secrets.token_bytes(32))
            show_key(Path(path))
        case ["show-key", path]:
            show_key(Path(path))
        case ["stamp"]:
            stamp(None)
        case ["stamp", version]:
            stamp(int(version))
        case ["sign", key, version, out, *folder] if len(folder) < 2:
            sign(Path(key), int(version), Path(out), *map(Path, folder))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
