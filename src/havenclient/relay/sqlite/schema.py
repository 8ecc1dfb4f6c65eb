"""The tables, and how an older file becomes a newer one.

`VERSION` is SQLite's `user_version`. A step is run inside one transaction; a file that is to be
stepped is backed up first (see `database.migrate`). Published steps are never edited.

* `logs.id` is AUTOINCREMENT, so that a number is never used twice and a remembered `Place` of a
  deleted log leads nowhere.
* `entries.id` is `log << 31 | seq`: one rowid tree holds every log's entries side by side in
  order, with no second index to be written (measured: WITHOUT ROWID was 2.5 to 4 times slower).
* `keys` outlives `entries`: a copied vault must be found out also after its first message expired.
* `codes` is not referenced by `logs`: which logs one person made is nobody's business.
"""

from __future__ import annotations

from typing import Final

SEQ_BITS: Final = 31
APPLICATION_ID: Final = 0x48524C59
"""`HRLY`, so that another program's file is not taken for a relay's."""

STEPS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE logs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        log_id BLOB NOT NULL UNIQUE,
        retention INTEGER NOT NULL,
        closing_retention INTEGER NOT NULL,
        created INTEGER NOT NULL,
        open_slice INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        size INTEGER NOT NULL,
        last_day INTEGER NOT NULL,
        next_prune INTEGER NOT NULL
    );
    CREATE INDEX logs_prune ON logs(next_prune);
    CREATE TABLE slices (
        log INTEGER NOT NULL,
        number INTEGER NOT NULL,
        door BLOB NOT NULL UNIQUE,
        first_seq INTEGER NOT NULL,
        committers BLOB NOT NULL,
        PRIMARY KEY (log, number)
    );
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        day INTEGER NOT NULL,
        closing INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE TABLE keys (
        log INTEGER NOT NULL,
        key BLOB NOT NULL,
        seq INTEGER NOT NULL,
        slice INTEGER NOT NULL,
        digest BLOB NOT NULL,
        PRIMARY KEY (log, key)
    ) WITHOUT ROWID;
    CREATE TABLE codes (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        label TEXT NOT NULL,
        max_logs INTEGER NOT NULL,
        used INTEGER NOT NULL DEFAULT 0,
        expires INTEGER,
        revoked INTEGER NOT NULL DEFAULT 0
    );
    """,
)
VERSION: Final = len(STEPS)


def entry_id(log: int, seq: int) -> int:
    return log << SEQ_BITS | seq
