-- Observations as they came, for the last half hour; then they are folded into `minute`. Times are UTC milliseconds.
CREATE TABLE raw (
  ds INTEGER NOT NULL,
  t INTEGER NOT NULL,
  v REAL NOT NULL,
  q INTEGER NOT NULL,
  PRIMARY KEY (ds, t)
) STRICT, WITHOUT ROWID;
