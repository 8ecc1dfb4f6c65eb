"""The entry point `haven` (and `python -m havenclient`): harden the process, then the command line.

The one place that knows both front ends: it hands the command line a way to open the screens, which
are loaded only then. Nothing may be imported above `harden()` that could read a TEXTUAL variable,
open a file or print.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from havenclient.cli.session import Session


def main() -> None:
    from havenclient import hygiene

    hygiene.harden()
    from havenclient.cli.app import run

    sys.exit(run(sys.argv[1:], screens))


def screens(session: Session) -> int:
    """Open the Textual app. Does not return after a lock (the process is replaced)."""
    from havenclient import ui

    settings = session.settings
    if session.options.no_mouse:
        settings = settings.replacing("look.mouse", value=False)
    if session.options.no_color:
        os.environ["NO_COLOR"] = "1"  # what Textual reads; not a secret
    launch = ui.Launch(
        places=session.places,
        settings=settings,
        paths=session.paths,
        options=session.options.again(),
        locked=session.options.locked,
        config_file=session.options.config,
    )
    return ui.run(launch)


if __name__ == "__main__":
    main()
