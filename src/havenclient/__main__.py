"""The entry point `haven` (and `python -m havenclient`): harden the process, then the command line.

Nothing may be imported above `harden()` that could read a TEXTUAL variable, open a file or print.
"""

from __future__ import annotations

import sys


def main() -> None:
    from havenclient import hygiene

    hygiene.harden()
    from havenclient.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
