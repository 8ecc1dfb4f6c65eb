-- The journal. Times are microseconds since 1970 in UTC; `day` is the proleptic ordinal of the
-- writer's own date (Python's date.toordinal), so that a day is the day she lived.

CREATE TABLE journal (
  no         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  key        TEXT NOT NULL UNIQUE,          -- casefolded
  hidden     INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

-- One row an entry: what lists, calendars and numbers need, and no text, so that a walk over a
-- hundred thousand of them touches few pages. `slot` is the second it was written about (next free
-- one after), counted from year 1: the order of rows, of index documents and of time is one order,
-- and "newest first" needs no sorting anywhere.
CREATE TABLE entry (
  slot       INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  head       INTEGER NOT NULL,              -- version.no of the newest version
  journal    INTEGER NOT NULL REFERENCES journal(no),
  day        INTEGER NOT NULL,
  mood       INTEGER CHECK (mood BETWEEN 1 AND 5),
  words      INTEGER NOT NULL,
  starred    INTEGER NOT NULL,
  noted      INTEGER NOT NULL,
  files      INTEGER NOT NULL DEFAULT 0,
  binned_at  INTEGER
) STRICT;
CREATE INDEX entry_day ON entry(day);
CREATE INDEX entry_binned ON entry(binned_at) WHERE binned_at IS NOT NULL;

-- Immutable: written once, deleted only with the whole entry.
CREATE TABLE version (
  no         INTEGER PRIMARY KEY,
  entry      TEXT NOT NULL,
  number     INTEGER NOT NULL,
  saved_at   INTEGER NOT NULL,
  origin     TEXT NOT NULL,
  journal    INTEGER NOT NULL,
  written_at INTEGER NOT NULL,
  utc_offset INTEGER NOT NULL,              -- seconds
  zone       TEXT,
  mood       INTEGER,
  starred    INTEGER NOT NULL,
  note       TEXT,
  tags       TEXT NOT NULL,                 -- JSON list, as written
  words      INTEGER NOT NULL,
  title      TEXT NOT NULL,
  body       TEXT NOT NULL,
  UNIQUE (entry, number)
) STRICT;

-- Tags of the newest versions of entries that are not in the bin.
CREATE TABLE tag (
  no   INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  key  TEXT NOT NULL UNIQUE                 -- casefolded
) STRICT;
CREATE TABLE entry_tag (
  tag  INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  PRIMARY KEY (tag, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
  blob_id     TEXT PRIMARY KEY,
  entry       TEXT NOT NULL,
  name        TEXT NOT NULL,
  media_type  TEXT NOT NULL,
  size        INTEGER NOT NULL,
  sha256      TEXT NOT NULL,
  added_at    INTEGER NOT NULL,
  detached_at INTEGER
) STRICT;
CREATE INDEX attachment_entry ON attachment(entry);

CREATE TABLE draft (
  key      TEXT PRIMARY KEY,
  saved_at INTEGER NOT NULL,
  mood     INTEGER,
  note     TEXT,
  tags     TEXT NOT NULL,
  body     TEXT NOT NULL
) STRICT;

-- What has been filed or imported once is not filed or imported again.
CREATE TABLE quick_filed (
  name     TEXT PRIMARY KEY,
  filed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE import_record (
  no        INTEGER PRIMARY KEY,
  source    TEXT NOT NULL,
  source_id TEXT NOT NULL,
  entry     TEXT NOT NULL,
  raw       TEXT NOT NULL,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX import_entry ON import_record(entry);

CREATE TABLE template (
  key  TEXT PRIMARY KEY,                    -- casefolded
  name TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE TABLE prompt_rest (
  id      TEXT PRIMARY KEY,
  until   INTEGER NOT NULL
) STRICT;

-- Words of the newest versions, folded in Python (journal/normalise.py), plus Haven's own words
-- (journal, tags, mood …) behind a private-use mark. Contentless: text is kept once, in `version`.
-- FTS5's secure-delete stays off: it makes an edit 30 times dearer (9 ms against 0.3, measured), for
-- nothing, since the old words stay in the history all the same. Words must leave the index when an
-- entry is deleted for ever: then the whole index is merged anew (`optimize`: 0.2 s at 10,000
-- entries, 1.5 s at 100,000), which drops every trace, also those of earlier versions.
-- pgsz: pages of the default size overflow beside the cipher's 32 reserved bytes (8 % larger).
CREATE TABLE search_state (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE entry_words USING fts5(words, content='', tokenize='ascii');
INSERT INTO entry_words(entry_words, rank) VALUES ('pgsz', 3960);
