"""`python -m tests.vault.torture [--kills N] [--seed S] [scenario …]`: the long form."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.vault.torture.registry import scenarios
from tests.vault.torture.runner import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="torture")
    parser.add_argument("--kills", type=int, default=200, help="in all, shared by the scenarios")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    every = scenarios()
    chosen = [every[name] for name in options.names] if options.names else list(every.values())
    print(f"seed {options.seed}, {options.kills} kills over {len(chosen)} scenarios")
    deaths = 0
    for index, scenario in enumerate(chosen):
        share = options.kills // len(chosen) + (index < options.kills % len(chosen))
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="haven-torture-") as folder:
            outcome = run(scenario, Path(folder), share, seed=options.seed + index)
        deaths += outcome.deaths
        print(
            f"{scenario.name:12} {outcome.deaths:4} killed, {outcome.finished:3} ended first,"
            f" {outcome.acknowledged:6} promises kept, {time.monotonic() - began:6.1f} s"
        )
    print(f"{deaths} deaths: no damaged vault, no acknowledged word lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
