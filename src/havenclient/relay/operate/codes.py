"""Admission codes: 128 random bits each, kept as a hash, limited, and revocable.

A code counts how many logs were created with it and never which: logs carry no code, so nothing
in the relay says which logs one person made.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import apsw

from havenclient.seams import Random

CODE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Code:
    number: int
    label: str
    used: int
    max_logs: int
    last_day: int | None
    revoked: bool


def code_hash(code: str) -> bytes:
    """How a code is kept. A plain hash: a code is 128 random bits, not a password."""
    return hashlib.sha256(b"haven relay admission\0" + code.encode()).digest()


def make(db: apsw.Connection, random: Random, label: str, max_logs: int, last: int | None) -> str:
    """Store a new code and return it; it can't be shown again."""
    raw = base64.b32encode(random.token(CODE_BYTES)).decode().rstrip("=").lower()
    code = "-".join(raw[at : at + 4] for at in range(0, len(raw), 4))
    db.execute(
        "INSERT INTO codes(hash, label, max_logs, expires) VALUES (?, ?, ?, ?)",
        (code_hash(code), label, max_logs, last),
    )
    return code


def all_codes(db: apsw.Connection) -> list[Code]:
    rows = db.execute("SELECT id, label, used, max_logs, expires, revoked FROM codes ORDER BY id")
    return [Code(a, b, c, d, e, bool(revoked)) for a, b, c, d, e, revoked in rows]


def revoke(db: apsw.Connection, number: int) -> bool:
    """Logs that were created with it live on; new ones are refused from now."""
    db.execute("UPDATE codes SET revoked = 1 WHERE id = ?", (number,))
    return bool(db.changes())
