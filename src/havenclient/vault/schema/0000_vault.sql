-- The vault's own tables. Domain rooms bring theirs in 0001 (journal), 0002 (circles), 0003 (care).

-- Which migrations ran, so that rooms can land in any order.
CREATE TABLE vault_migration (
  number     INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT;

-- Small facts about the vault itself ('recovery_confirmed' …).
CREATE TABLE vault_meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every sealed file has its own random key, kept here: a rotation of the vault's keys re-encrypts
-- this table with the rest of the database and need not touch the files (docs/vault-format.md).
CREATE TABLE vault_blob (
  blob_id    TEXT PRIMARY KEY,
  key        BLOB NOT NULL CHECK (length(key) = 32),
  sha256     TEXT NOT NULL,
  size       INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Append-only and hash-chained: tells an older copy of the database from the newest (rollback.py).
CREATE TABLE vault_log (
  idx    INTEGER PRIMARY KEY,
  at     TEXT NOT NULL,
  kind   TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

-- Key pairs of the quick inbox. One is current (retired_at IS NULL); older ones stay while a file
-- that was sealed to them still lies in the inbox.
CREATE TABLE vault_quick_key (
  public     BLOB PRIMARY KEY CHECK (length(public) = 32),
  private    BLOB NOT NULL CHECK (length(private) = 32),
  created_at TEXT NOT NULL,
  retired_at TEXT
) STRICT, WITHOUT ROWID;
