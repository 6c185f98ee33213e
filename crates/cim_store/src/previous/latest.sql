-- The newest value of each datastream. Never goes back in time.
CREATE TABLE latest (
  ds INTEGER PRIMARY KEY,
  t INTEGER NOT NULL,
  v REAL NOT NULL,
  q INTEGER NOT NULL
) STRICT;
