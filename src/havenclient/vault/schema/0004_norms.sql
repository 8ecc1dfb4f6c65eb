-- Norms of a circle: notes and folds, the ladder, reports. Times are Unix seconds. The reader's own
-- topics and kept cards lie with care (0003): they are hers, not a circle's.

-- A message of ours that everybody sets aside, and why (written while paused, too soon in slow mode).
ALTER TABLE circle_message ADD COLUMN aside TEXT NOT NULL DEFAULT '';

-- The ladder as everybody has it after the last entry that was read (circles/ladder.py): one blob,
-- because it is judged as a whole.
CREATE TABLE circle_ladder (
  circle INTEGER PRIMARY KEY,
  state  BLOB NOT NULL
) STRICT;

-- Notes that helpers put on others' messages; they count while `author` is who wrote the message.
CREATE TABLE circle_fold (
  circle  INTEGER NOT NULL,
  message BLOB NOT NULL,
  author  BLOB NOT NULL,
  note    TEXT NOT NULL,
  by_name TEXT NOT NULL,
  PRIMARY KEY (circle, message)
) STRICT, WITHOUT ROWID;

-- When somebody was first seen here, for newcomers' posts at night.
CREATE TABLE circle_since (
  circle INTEGER NOT NULL,
  key    BLOB NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (circle, key)
) STRICT, WITHOUT ROWID;

-- Group contexts in which messages were signed: with them the signatures verify offline. As old as
-- the newest message of their epoch; deleted with its evidence.
CREATE TABLE circle_context (
  circle  INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  context BLOB NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (circle, epoch)
) STRICT, WITHOUT ROWID;

-- Reports and unnamed questions that were sealed to us. `body` holds the evidence and is gone after
-- the report window, the words with it.
CREATE TABLE circle_report (
  no       INTEGER PRIMARY KEY,
  circle   INTEGER NOT NULL,
  log_id   BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  id       BLOB NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('report', 'question')),
  reporter BLOB NOT NULL,
  name     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  words    TEXT NOT NULL,
  body     BLOB,
  state    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  UNIQUE (log_id, seq)
) STRICT;

-- Reports and questions that we made: what became of them. No evidence, nobody's words but ours.
CREATE TABLE circle_reported (
  no       INTEGER PRIMARY KEY,
  circle   INTEGER NOT NULL,
  id       BLOB NOT NULL,
  kind     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  state    TEXT NOT NULL,
  sentence TEXT NOT NULL DEFAULT '',
  by_name  TEXT NOT NULL DEFAULT '',
  at       INTEGER NOT NULL
) STRICT;

-- Quiet sentences to us alone, counted so that nobody can send many.
CREATE TABLE circle_nudge (
  no     INTEGER PRIMARY KEY,
  circle INTEGER NOT NULL,
  sender BLOB NOT NULL,
  at     INTEGER NOT NULL
) STRICT;
