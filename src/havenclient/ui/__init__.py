"""The Textual front end. `run(launch)` opens it; nothing heavy is imported before that.

This package talks to the domain only through `session.py`. It holds no SQL, no cryptography and
no rule that the command line would lack.
"""

from __future__ import annotations

from havenclient.ui.launch import Launch
from havenclient.ui.running import run

__all__ = ["Launch", "run"]
