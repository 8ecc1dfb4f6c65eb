-- Circles. Times are Unix seconds. Every blob lies in the encrypted database like everything else.

-- The machine's whole state is one blob (circles/store.py): it changes as a whole or not at all.
-- What lists need without opening it stands beside it.
CREATE TABLE circle (
  no         INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  name       TEXT NOT NULL,
  pseudonym  TEXT NOT NULL,
  relay      TEXT NOT NULL,
  standing   TEXT NOT NULL,
  state      BLOB NOT NULL,
  identity   BLOB NOT NULL,                 -- what a backup may hold: no ratchet (joining.Identity)
  read_seq   INTEGER NOT NULL DEFAULT 0,    -- newest entry that the person has seen
  accepted   INTEGER NOT NULL DEFAULT 0,    -- version of the agreement that she accepted last
  settings   TEXT NOT NULL DEFAULT '{}',    -- her own: mute, pause, folded topics (JSON)
  joined_at  INTEGER NOT NULL
) STRICT;

-- Heads of the hash chain, for judging what members claim to have seen.
CREATE TABLE circle_head (
  circle INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  head   BLOB NOT NULL,
  PRIMARY KEY (circle, seq)
) STRICT, WITHOUT ROWID;

-- Entries as they came, kept by hosts: a relay restored from an older backup gets them back.
CREATE TABLE circle_entry (
  no     INTEGER PRIMARY KEY,
  circle INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  slice  INTEGER NOT NULL,
  closes BLOB,                              -- what the closing call carried besides, if known
  entry  BLOB NOT NULL,
  UNIQUE (circle, seq)
) STRICT;

-- What is shown. `seq` is NULL while a message of ours isn't in the log yet.
CREATE TABLE circle_message (
  no          INTEGER PRIMARY KEY,
  circle      INTEGER NOT NULL,
  seq         INTEGER,
  id          BLOB,                         -- MIMI message id; NULL for lines and quarantine
  kind        TEXT NOT NULL CHECK (kind IN ('message', 'line', 'quarantine', 'control')),
  sender_key  BLOB,
  sender      TEXT NOT NULL,
  mine        INTEGER NOT NULL,
  at          INTEGER NOT NULL,             -- when it was written (ours) or first seen here
  content     BLOB,                         -- MIMI content as it was decoded; NULL once deleted
  replaces    BLOB,                         -- an edit or deletion of this id
  reply_to    BLOB,
  reaction    TEXT,                         -- a word of support for `reply_to`
  expires_at  INTEGER,
  edited      INTEGER NOT NULL DEFAULT 0,
  sent        INTEGER NOT NULL DEFAULT 0,   -- ours: the relay has acknowledged it
  line        TEXT NOT NULL DEFAULT '',     -- Haven's own words, for lines and quarantine
  evidence    BLOB,                         -- signature and context; gone after the report window
  UNIQUE (circle, seq)
) STRICT;
CREATE INDEX circle_message_id ON circle_message(circle, id);
CREATE INDEX circle_message_replaces ON circle_message(circle, replaces) WHERE replaces NOT NULL;
CREATE INDEX circle_message_expires ON circle_message(expires_at) WHERE expires_at NOT NULL;

-- What is to be done on relays, in order, with the very bytes that will be sent.
CREATE TABLE circle_outbox (
  no        INTEGER PRIMARY KEY,
  circle    INTEGER,                        -- NULL: belongs to a door, not to a circle yet
  relay     TEXT NOT NULL,
  kind      TEXT NOT NULL,                  -- outgoing.kind_of
  log_id    BLOB NOT NULL,
  body      BLOB NOT NULL,                  -- outgoing.encode
  digest    BLOB,                           -- of the entry, to know it when it comes back
  epoch     INTEGER,
  message   INTEGER,                        -- circle_message.no
  state     TEXT NOT NULL,                  -- outgoing.State
  reason    TEXT NOT NULL DEFAULT '',
  tries     INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  made_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX circle_outbox_digest ON circle_outbox(digest) WHERE digest NOT NULL;

-- Entries of our own leaf that came back or were sent: an entry by our leaf that is not among them
-- was written by a copy of this vault.
CREATE TABLE circle_own_entry (
  circle INTEGER NOT NULL,
  digest BLOB NOT NULL,
  epoch  INTEGER NOT NULL,
  message INTEGER,                          -- circle_message.no, if it carried one
  PRIMARY KEY (circle, digest)
) STRICT, WITHOUT ROWID;

-- Mailboxes that we read: invites that we gave, knock and report mailboxes of our circles, present
-- and earlier, and the doors at which we knocked.
CREATE TABLE circle_mailbox (
  log_id   BLOB PRIMARY KEY,
  circle   INTEGER,
  relay    TEXT NOT NULL,
  purpose  TEXT NOT NULL CHECK (purpose IN ('invite', 'knock', 'report', 'door', 'return')),
  token    BLOB NOT NULL,
  envelope BLOB NOT NULL,
  body     BLOB NOT NULL,                   -- invitation or door, by purpose (store.py)
  state    TEXT NOT NULL,
  cursor   INTEGER NOT NULL DEFAULT 0,
  made_at  INTEGER NOT NULL,
  expires  INTEGER NOT NULL
) STRICT;

-- Who stands at the door.
CREATE TABLE circle_knock (
  no       INTEGER PRIMARY KEY,
  circle   INTEGER NOT NULL,
  log_id   BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  name     TEXT NOT NULL,
  words    TEXT NOT NULL,
  content  BLOB NOT NULL,
  returns  INTEGER NOT NULL,                -- 1: a member who asks to come back
  state    TEXT NOT NULL CHECK (state IN ('waiting', 'admitting', 'admitted', 'declined')),
  at       INTEGER NOT NULL,
  UNIQUE (log_id, seq)
) STRICT;

-- Marks that the person made, by signature key: they end with the key.
CREATE TABLE circle_person (
  circle      INTEGER NOT NULL,
  key         BLOB NOT NULL,
  name        TEXT NOT NULL,
  verified_at INTEGER,
  hidden      INTEGER NOT NULL DEFAULT 0,
  earlier_key BLOB,                         -- came back with a new key; the mark was on this one
  PRIMARY KEY (circle, key)
) STRICT, WITHOUT ROWID;

-- Numbers for safety words that were opened in an invite's mailbox.
CREATE TABLE circle_reveal (
  log_id  BLOB NOT NULL,
  by_host INTEGER NOT NULL,
  value   BLOB NOT NULL,
  PRIMARY KEY (log_id, by_host)
) STRICT, WITHOUT ROWID;

-- Comparing safety words with another member (verifying.py). `mine`: we committed first.
CREATE TABLE circle_sas (
  circle INTEGER NOT NULL,
  key    BLOB NOT NULL,
  mine   INTEGER NOT NULL,
  began  INTEGER NOT NULL,
  ours   BLOB NOT NULL,
  theirs BLOB,                              -- her commitment, then her number
  opened INTEGER NOT NULL,
  PRIMARY KEY (circle, key)
) STRICT, WITHOUT ROWID;

-- How to get to a relay, where the person set more than its address.
CREATE TABLE circle_relay (
  base       TEXT PRIMARY KEY,
  proxy      TEXT,
  ca_file    TEXT,
  pinned_key TEXT,
  admission  TEXT
) STRICT, WITHOUT ROWID;
