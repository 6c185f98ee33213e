-- Folded observations: one row per datastream and minute that has any. `t` is the minute's start; times are UTC milliseconds.
CREATE TABLE minute (
  ds INTEGER NOT NULL,
  t INTEGER NOT NULL,
  n INTEGER NOT NULL,
  lo REAL NOT NULL,
  hi REAL NOT NULL,
  total REAL NOT NULL,
  last REAL NOT NULL,
  last_t INTEGER NOT NULL,
  last_q INTEGER NOT NULL,
  PRIMARY KEY (ds, t)
) STRICT, WITHOUT ROWID;
