"""Where this computer is, as far as it can be known without guessing."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def local_zone_name() -> str | None:
    """The IANA name of this computer's zone if it can be known without guessing."""
    named = os.environ.get("TZ", "").lstrip(":")
    if not named:
        named = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return named if named and (Path("/usr/share/zoneinfo") / named).is_file() else None
