"""Small things that this vault keeps about one circle for itself: a JSON object beside its state.

Never on any wire and in no backup; every value has a default, so a missing one means nothing.
"""

from __future__ import annotations

import json
from typing import Any

from havenclient.vault import Database

DOOR = "door"
"""Hex id of the mailbox of the invite by which we came in."""


def get(db: Database, no: int, name: str) -> Any:
    """The value kept under `name`, or None."""
    row = db.one("SELECT settings FROM circle WHERE no=?", (no,))
    return None if row is None else json.loads(row[0]).get(name)


def put(db: Database, no: int, name: str, value: object) -> None:
    """Keeps `value`; None forgets it."""
    row = db.one("SELECT settings FROM circle WHERE no=?", (no,))
    settings = {} if row is None else json.loads(row[0])
    settings[name] = value
    plain = {k: v for k, v in settings.items() if v is not None}
    db.execute("UPDATE circle SET settings=? WHERE no=?", (json.dumps(plain), no))


__all__ = ["DOOR", "get", "put"]
