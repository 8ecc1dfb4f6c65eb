-- Boundaries in circles. Days are days since 1970-01-01.

-- The newest days off that each host or helper told the circle (circles/days_off.py).
CREATE TABLE circle_day_off (
  circle INTEGER NOT NULL,
  key    BLOB NOT NULL,
  first  INTEGER NOT NULL,
  last   INTEGER NOT NULL,
  PRIMARY KEY (circle, key)
) STRICT, WITHOUT ROWID;
