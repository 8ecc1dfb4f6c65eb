"""Coverage-guided fuzzing of every door (atheris). Run as `python -m tests.mls.fuzz.fuzz_mls`.

The first byte of an input chooses the entry. Arguments are libFuzzer's; a corpus folder given last
is filled with samples first. Exit code 0 means that nothing but `MLSError` came out.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["havenclient.crypto.mls"]):
    from havenclient.crypto.mls.errors import MLSError

    from .entries import ENTRIES, samples

_NAMES = sorted(ENTRIES)


def one_input(data: bytes) -> None:
    if not data:
        return
    with contextlib.suppress(MLSError):
        ENTRIES[_NAMES[data[0] % len(_NAMES)]](data[1:])


def plant(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, inputs in samples().items():
        for data in inputs:
            whole = bytes([_NAMES.index(name)]) + data
            (folder / hashlib.sha256(whole).hexdigest()[:20]).write_bytes(whole)


def main() -> None:
    if len(sys.argv) > 1 and not sys.argv[-1].startswith("-"):
        plant(Path(sys.argv[-1]))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
