-- Care: what a person keeps for herself beside the journal. Times are microseconds since 1970 in
-- UTC. Nothing here is ever put into a circle's packet; tests/care looks at that.

-- Self-checks. `answers` is a JSON list; a missing answer is null, and then `raw` is null too.
CREATE TABLE care_check (
  no       INTEGER PRIMARY KEY,
  id       TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  answers  TEXT NOT NULL,
  raw      INTEGER,
  note     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX care_check_id ON care_check(id, taken_at);

-- The plan for hard moments, one row a heading.
CREATE TABLE care_plan (
  section    INTEGER PRIMARY KEY,
  text       TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

-- The support map. `last_day` is the proleptic ordinal of a day that the person entered.
CREATE TABLE care_person (
  no       INTEGER PRIMARY KEY,
  part     TEXT NOT NULL,
  name     TEXT NOT NULL,
  reach    TEXT NOT NULL DEFAULT '',
  last_day INTEGER,
  added_at INTEGER NOT NULL
) STRICT;

-- Questions for a professional, and what was found out about a piece of advice.
CREATE TABLE care_question (
  no       INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  text     TEXT NOT NULL,
  source   TEXT NOT NULL DEFAULT '',
  verdict  TEXT NOT NULL DEFAULT '',
  added_at INTEGER NOT NULL,
  done_at  INTEGER
) STRICT;

-- Coping cards that were kept: never with the author's name, so they stay after leaving a circle.
CREATE TABLE care_card (
  no      INTEGER PRIMARY KEY,
  what    TEXT NOT NULL,
  at      TEXT NOT NULL DEFAULT '',
  worked  TEXT NOT NULL DEFAULT '',
  source  TEXT NOT NULL DEFAULT '',
  note    TEXT NOT NULL DEFAULT '',
  kept_at INTEGER NOT NULL
) STRICT;

-- Boundaries. `care_choice` holds what differs from the defaults; `care_word` the person's own
-- lists ("topic": folded, "name": looked for before something is posted).
CREATE TABLE care_choice (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE TABLE care_word (
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT;
CREATE TABLE care_visit (
  no       INTEGER PRIMARY KEY,
  circle   TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  read_seconds INTEGER NOT NULL DEFAULT 0,
  feeling  INTEGER CHECK (feeling BETWEEN -1 AND 1)
) STRICT;
CREATE INDEX care_visit_began ON care_visit(began_at);
CREATE TABLE care_pause (
  circle TEXT PRIMARY KEY,
  since  INTEGER NOT NULL,
  until  INTEGER,                           -- null: until I return
  told   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE care_later (
  circle  TEXT NOT NULL,
  post    TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  PRIMARY KEY (circle, post)
) STRICT;

-- Help lines that did not work for this person; they come last on this device.
CREATE TABLE care_unanswered (
  service TEXT PRIMARY KEY,
  at      INTEGER NOT NULL
) STRICT;
