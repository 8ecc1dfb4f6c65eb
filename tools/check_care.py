"""The build check of the care library: `tools/check_care.py`. Says what is wrong and fails.

The rules are `havenclient.care.gate`, which an installed pack has to pass too; here they are held
against the files in the source tree, and the stamp of the program's own pack is compared.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from havenclient.care import gate, pack

DATA = Path(__file__).parents[1] / "src" / "havenclient" / "care" / "data"
NAMES = (*pack.NAMES, "words.toml", "instruments.json")


def problems(folder: Path = DATA, *, today: date | None = None) -> list[str]:
    """Everything that is wrong with the data files in `folder`, as sentences."""
    texts = {name: (folder / name).read_text("utf-8") for name in NAMES}
    return gate.problems(texts, today or datetime.now(UTC).date())


def unstamped() -> list[str]:
    """Files that are not the ones the shipped manifest names."""
    texts = tuple((name, pack.own_text(name)) for name in pack.NAMES)
    if pack.hashed(texts) == pack.own().manifest.hashes:
        return []
    return ["pack.json: the files were changed since; tools/care_pack.py stamp"]


def main() -> int:
    found = [*problems(), *unstamped()]
    for one in found:
        print(one)
    print(f"{len(found)} problems" if found else "care: every item has source, date and label")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
