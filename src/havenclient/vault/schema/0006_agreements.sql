-- Agreements that were replaced by a newer version, so that a person sees what changed before she
-- accepts again. Times are Unix seconds.
CREATE TABLE circle_agreement (
  circle  INTEGER NOT NULL,
  version INTEGER NOT NULL,
  text    TEXT NOT NULL,
  by_name TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (circle, version)
) STRICT, WITHOUT ROWID;
