-- The 24 hours of a series in a UTC day, summed up; `day` is its start, UTC milliseconds. Derived: an absent row is made again.
CREATE TABLE hours (
  ds INTEGER NOT NULL,
  day INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (ds, day)
) STRICT, WITHOUT ROWID;

-- Days that are in `hours` for every series that has values in them.
CREATE TABLE hours_days (
  day INTEGER PRIMARY KEY
) STRICT;
